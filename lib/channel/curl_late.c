#include "channel/curl_late.h"

#include <stdarg.h>

#include "base/late.h"

/* What we call, without its curl_. */
#define NAMES(NAME)                                                                                                    \
    NAME(easy_cleanup)                                                                                                 \
    NAME(easy_getinfo)                                                                                                 \
    NAME(easy_init)                                                                                                    \
    NAME(easy_recv)                                                                                                    \
    NAME(easy_send)                                                                                                    \
    NAME(easy_setopt)                                                                                                  \
    NAME(easy_strerror)                                                                                                \
    NAME(getdate)                                                                                                      \
    NAME(global_init)                                                                                                  \
    NAME(multi_add_handle)                                                                                             \
    NAME(multi_cleanup)                                                                                                \
    NAME(multi_info_read)                                                                                              \
    NAME(multi_init)                                                                                                   \
    NAME(multi_remove_handle)                                                                                          \
    NAME(multi_setopt)                                                                                                 \
    NAME(multi_socket_action)                                                                                          \
    NAME(share_cleanup)                                                                                                \
    NAME(share_init)                                                                                                   \
    NAME(share_setopt)                                                                                                 \
    NAME(slist_append)                                                                                                 \
    NAME(slist_free_all)                                                                                               \
    NAME(version)

static struct {
#define POINTER(name) __typeof__(curl_##name) *name;
    NAMES(POINTER)
} curl;

static const struct dn_late_name names[] = {
#define ENTRY(name) {"curl_" #name, &curl.name},
    NAMES(ENTRY){NULL, NULL}};

static struct dn_late late = DN_LATE(DN_LIBCURL, names);

enum dn_status dn_curl_load(struct dn_error *err)
{
    return dn_late_load(&late, err);
}

#define PASS(type, name, parameters, arguments)                                                                        \
    type curl_##name parameters                                                                                        \
    {                                                                                                                  \
        return curl.name arguments;                                                                                    \
    }

PASS(CURLcode, global_init, (long flags), (flags))
PASS(char *, version, (void), ())
PASS(CURL *, easy_init, (void), ())
PASS(CURLcode, easy_recv, (CURL * easy, void *into, size_t room, size_t *count), (easy, into, room, count))
PASS(CURLcode, easy_send, (CURL * easy, const void *at, size_t size, size_t *count), (easy, at, size, count))
PASS(const char *, easy_strerror, (CURLcode code), (code))
PASS(CURLM *, multi_init, (void), ())
PASS(CURLMcode, multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))
PASS(CURLMcode, multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))
PASS(CURLMsg *, multi_info_read, (CURLM * multi, int *left), (multi, left))
PASS(CURLMcode, multi_socket_action, (CURLM * multi, curl_socket_t fd, int mask, int *running),
     (multi, fd, mask, running))
PASS(CURLSH *, share_init, (void), ())
PASS(struct curl_slist *, slist_append, (struct curl_slist * list, const char *text), (list, text))

/* These are called for what was never made, too. */
CURLMcode curl_multi_cleanup(CURLM *multi)
{
    return multi ? curl.multi_cleanup(multi) : CURLM_BAD_HANDLE;
}

void curl_easy_cleanup(CURL *easy)
{
    if (easy)
        curl.easy_cleanup(easy);
}

CURLSHcode curl_share_cleanup(CURLSH *share)
{
    return share ? curl.share_cleanup(share) : CURLSHE_INVALID;
}

void curl_slist_free_all(struct curl_slist *list)
{
    if (list)
        curl.slist_free_all(list);
}

time_t curl_getdate(const char *text, const time_t *unused)
{
    return dn_curl_load(NULL) == DN_OK ? curl.getdate(text, unused) : -1;
}

/* Those whose last argument's type goes by the option's number. In brackets, since curl.h has macros of the same
 * name that check it. A pointer to a function is as large as any other in POSIX. */

CURLcode(curl_easy_setopt)(CURL *easy, CURLoption option, ...)
{
    va_list rest;
    va_start(rest, option);
    CURLcode code = option < CURLOPTTYPE_OBJECTPOINT ? curl.easy_setopt(easy, option, va_arg(rest, long))
                    : option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB
                        ? curl.easy_setopt(easy, option, va_arg(rest, curl_off_t))
                        : curl.easy_setopt(easy, option, va_arg(rest, void *));
    va_end(rest);
    return code;
}

CURLMcode(curl_multi_setopt)(CURLM *multi, CURLMoption option, ...)
{
    va_list rest;
    va_start(rest, option);
    CURLMcode code = (int)option < CURLOPTTYPE_OBJECTPOINT ? curl.multi_setopt(multi, option, va_arg(rest, long))
                     : (int)option >= CURLOPTTYPE_OFF_T    ? curl.multi_setopt(multi, option, va_arg(rest, curl_off_t))
                                                           : curl.multi_setopt(multi, option, va_arg(rest, void *));
    va_end(rest);
    return code;
}

CURLSHcode(curl_share_setopt)(CURLSH *share, CURLSHoption option, ...)
{
    va_list rest;
    va_start(rest, option);
    CURLSHcode code = option == CURLSHOPT_SHARE || option == CURLSHOPT_UNSHARE
                          ? curl.share_setopt(share, option, va_arg(rest, int))
                          : curl.share_setopt(share, option, va_arg(rest, void *));
    va_end(rest);
    return code;
}

CURLcode(curl_easy_getinfo)(CURL *easy, CURLINFO info, ...)
{
    va_list rest;
    va_start(rest, info);
    CURLcode code = curl.easy_getinfo(easy, info, va_arg(rest, void *));
    va_end(rest);
    return code;
}
