/* Whose certificates a connection takes: of the authorities in a file, or of the system's. The system's are in a bundle
 * (one file) and in a folder, and as a rule the same in both. libcurl reads a file once for all connections of a multi
 * handle, but where there is a folder too it reads the file, a megabyte, for each and keeps it with each. So the bundle
 * is asked first, and the folder with it only where a server cannot be verified by the bundle: nobody is trusted who
 * was not, or is not who was. */
#ifndef DN_CHANNEL_CURL_TRUST_H
#define DN_CHANNEL_CURL_TRUST_H

#include <stdbool.h>

#include "channel/curl_late.h"

/* What the handles of one engine share. */
struct dn_trust {
    const char *ca_file; /* NULL: the system's authorities */
    bool with_folder;    /* it was needed: the next handles have it from the start */
};

/* Sets a new handle up; *has_folder is for _widen. False: libcurl refuses. */
bool dn_trust_set(const struct dn_trust *trust, CURL *easy, bool *has_folder);

/* Behind CURLE_PEER_FAILED_VERIFICATION, of which nothing but a handshake can have left: adds the folder. False: there
 * is no more to ask, and the refusal holds. */
bool dn_trust_widen(struct dn_trust *trust, CURL *easy, bool *has_folder);

#endif
