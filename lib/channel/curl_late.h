/* libcurl, loaded by the first connection: a run that sends nothing starts without it and the 32 libraries that it
 * brings. Its functions are called by their own names, for curl.h checks the types of its options by them; each stands
 * in curl_late.c and passes the call on. */
#ifndef DN_CHANNEL_CURL_LATE_H
#define DN_CHANNEL_CURL_LATE_H

#include <curl/curl.h>

#include "base/error.h"

/* Before the first call of libcurl (curl_getdate alone may come without). DN_SYSTEM: it is not there. */
enum dn_status dn_curl_load(struct dn_error *err);

#endif
