/* ISO 8601 durations as RFC 3339 appendix A has them ("PT72H", "P1D", "P1M"). */
#ifndef DN_TIME_PERIOD_H
#define DN_TIME_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Months and days are kept apart from seconds: only the latter have one length. Weeks become days, years months. */
struct dn_period {
    int64_t months, days, seconds;
};

/* The whole text, capital letters; no overflow (over 100 years of 365.25 days: refused). False: not a duration. */
bool dn_period_parse(struct dn_text text, struct dn_period *period);

/* Its length with a day as 24 hours; -1 if it has months. */
int64_t dn_period_seconds(const struct dn_period *period);

#endif
