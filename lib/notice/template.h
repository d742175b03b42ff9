/* Templates: a small subset of mustache. {{name}} is a value, {{#name}}..{{/name}} what is said when it is known,
 * {{^name}}..{{/name}} what is said when it is not, {{!..}} a remark. One pass: values are never looked at again. No
 * includes, no partials, no unescaped form: the sink escapes. A line that holds nothing but a section's tag or a remark
 * leaves nothing. */
#ifndef DN_NOTICE_TEMPLATE_H
#define DN_NOTICE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/* Where a template's output goes, and so what a value may hold there. */
enum dn_sink {
    DN_SINK_LINE, /* one line (a subject): line breaks become blanks */
    DN_SINK_TEXT, /* plain text, LF */
    DN_SINK_HTML  /* & < > " ' escaped, line breaks become <br> */
};

struct dn_template;

/* Compiles bytes. names is the NULL-ended list of all variables there are; the name is for messages ("en/notice.txt").
 * DN_INVALID with line and column: an unknown variable, an unclosed or crossing section, a tag of a kind that there is
 * not, text that is not UTF-8 or holds control characters. *made is the caller's. */
enum dn_status dn_template_parse(struct dn_text bytes, const char *name, enum dn_sink sink, const char *const *names,
                                 struct dn_template **made, struct dn_error *err);

/* Appends the template filled with values, one per name in the order of names; an empty one is not known: its sections
 * are left out and unknown stands in its place. Control, escape and bidi characters in values are made visible. */
void dn_template_render(const struct dn_template *template, const struct dn_text *values, struct dn_text unknown,
                        struct dn_buf *out);

/* The template with some of the count values filled in already, those that is_fixed: rendered with values that hold the
 * same, it gives the same. The caller frees it. */
struct dn_template *dn_template_fill(const struct dn_template *template, const struct dn_text *values,
                                     const bool *is_fixed, size_t count, struct dn_text unknown);

/* Puts every run of whole lines of the template's own text through map, which appends what is to stand there. */
void dn_template_map_lines(struct dn_template *template, void (*map)(struct dn_text lines, struct dn_buf *out));

/* Frees it; NULL allowed. */
void dn_template_free(struct dn_template *template);

#endif
