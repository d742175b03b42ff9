/* GMime, loaded by the first message that is composed: a run that sends no mail starts without it and GLib. */
#ifndef DN_CHANNEL_GMIME_LATE_H
#define DN_CHANNEL_GMIME_LATE_H

#include <gmime/gmime.h>

#include "base/error.h"

/* What is called, without its g_. */
#define DN_GMIME_NAMES(NAME)                                                                                           \
    NAME(free)                                                                                                         \
    NAME(object_unref)                                                                                                 \
    NAME(mime_content_type_parse)                                                                                      \
    NAME(mime_encoding_flush)                                                                                          \
    NAME(mime_encoding_init_encode)                                                                                    \
    NAME(mime_encoding_outlen)                                                                                         \
    NAME(mime_encoding_step)                                                                                           \
    NAME(mime_format_options_free)                                                                                     \
    NAME(mime_format_options_new)                                                                                      \
    NAME(mime_format_options_set_newline_format)                                                                       \
    NAME(mime_init)                                                                                                    \
    NAME(mime_object_get_headers)                                                                                      \
    NAME(mime_object_set_content_disposition_parameter)                                                                \
    NAME(mime_object_set_content_type)                                                                                 \
    NAME(mime_object_set_disposition)                                                                                  \
    NAME(mime_part_new)                                                                                                \
    NAME(mime_part_set_content_encoding)

struct dn_gmime {
#define DN_GMIME_NAME(name) __typeof__(g_##name) *name;
    DN_GMIME_NAMES(DN_GMIME_NAME)
#undef DN_GMIME_NAME
    const unsigned *major, *minor, *micro; /* its version */
};

/* *gmime: ready to be called, for as long as the process lives. DN_SYSTEM: it is not there. */
enum dn_status dn_gmime_load(const struct dn_gmime **gmime, struct dn_error *err);

#endif
