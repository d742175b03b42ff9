/* Inside lib/deadline: the parts of the page, each of which appends HTML to out. */
#ifndef DN_DEADLINE_REPORT_PAGE_H
#define DN_DEADLINE_REPORT_PAGE_H

#include "base/file.h"
#include "deadline/audited.h"
#include "deadline/markup.h"

/* The block that says how it stands: the sentence as the page's only h1. _sentence is its plain text. */
void dn_page_add_verdict(const struct dn_audited *audited, struct dn_buf *out);
void dn_page_add_sentence(const struct dn_audited *audited, struct dn_buf *out);

/* The stages of one incident against its clock; number makes its ids unique. */
void dn_page_add_timeline(const struct dn_audited *audited, const struct dn_incident *incident, size_t number,
                          struct dn_buf *out);

/* When tenants were told, against when they had to be. Nothing if no row has both times. */
void dn_page_add_chart(const struct dn_audited *audited, struct dn_buf *out);

/* Everything that needs a person, and everything that is accepted with a reason, with the rows behind it. Written out
 * as it grows. */
void dn_page_write_open(const struct dn_audited *audited, struct dn_output *output);
void dn_page_write_reasoned(const struct dn_audited *audited, struct dn_output *output);

/* A verdict's mark: a shape of its own beside its colour. */
void dn_page_add_mark(enum dn_verdict verdict, struct dn_buf *out);

#endif
