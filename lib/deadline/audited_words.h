/* What an audit says beside its rows, as lines of text: the stages, the tightest clocks, the other policies. */
#ifndef DN_DEADLINE_AUDITED_WORDS_H
#define DN_DEADLINE_AUDITED_WORDS_H

#include "deadline/audited.h"

/* One line for each of the eight stages, behind prefix: when it was reached, and how long after the one before it, or
 * "-". breach-declared, which is none of the eight, only where it was reached. */
void dn_audited_add_stages(const struct dn_audited *audited, const struct dn_incident *incident, const char *prefix,
                           struct dn_buf *out);

/* Which of their clocks is the tightest, for tenants that have several; "" if none has. */
void dn_audited_add_tightest(const struct dn_obligations *obligations, struct dn_buf *out);

/* What the verdicts would be under the policies that were not declared; "" where none differs. */
void dn_audited_add_policies(const struct dn_audited *audited, struct dn_buf *out);

/* All of it, as it stands under a table. */
void dn_audited_add_words(const struct dn_audited *audited, struct dn_buf *out);

/* "2 d 03:04:05", with a sign when negative. */
void dn_audited_add_span(struct dn_buf *out, int64_t seconds);

#endif
