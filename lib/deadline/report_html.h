/* An audit as one page of HTML that stands alone: no script, nothing fetched from anywhere, readable on a screen in
 * light and dark, on paper, and aloud. The same audit gives the same bytes. */
#ifndef DN_DEADLINE_REPORT_HTML_H
#define DN_DEADLINE_REPORT_HTML_H

#include "base/file.h"
#include "deadline/audited.h"

/* The whole page. Text of the input is shown, never interpreted: the number of tags depends on no cell's content. */
void dn_report_html(const struct dn_audited *audited, struct dn_output *output);

#endif
