/* A JSON document, written as it is made: indented by two, what is inside a map on lines of its own, escaped no more
 * than RFC 8259 asks for. The same bytes as jansson's json_dumps with JSON_INDENT(2), at a twentieth of what a tree
 * costs; who sorts the keys has what JSON_SORT_KEYS gives. */
#ifndef DN_CHANNEL_JSON_OUT_H
#define DN_CHANNEL_JSON_OUT_H

#include "base/text.h"

/* Starts zeroed but for into. */
struct dn_json_out {
    struct dn_buf *into;
    unsigned depth;
    bool filled; /* something stands in what was opened last */
    bool bad;    /* text that is not UTF-8 was to be written: the document is of no use */
};

/* Begins and ends a map ('{', '}') or a list ('[', ']'). name: its key; NULL in a list, and of the document. */
void dn_json_out_open(struct dn_json_out *out, const char *name, char bracket);
void dn_json_out_close(struct dn_json_out *out, char bracket);

/* A string; NULL is "". */
void dn_json_out_text(struct dn_json_out *out, const char *name, struct dn_text text);
void dn_json_out_string(struct dn_json_out *out, const char *name, const char *text);

/* A value as it is to stand there: a number, true, false, null. */
void dn_json_out_plain(struct dn_json_out *out, const char *name, const char *value);

/* Bytes as a string in base64 (RFC 4648 section 4). */
void dn_json_out_base64(struct dn_json_out *out, const char *name, struct dn_text bytes);

#endif
