#include "ledger/ledger.h"

#define BIT(state) (1U << DN_STATE_##state)

/* What may follow by itself, and what only a person may decide. States move forward: what was accepted is not asked
 * again. */
static const unsigned follows[] = {
    [DN_STATE_INTENT] = BIT(ACCEPTED) | BIT(DEFERRED) | BIT(REJECTED) | BIT(UNKNOWN),
    [DN_STATE_ACCEPTED] = BIT(DELIVERED) | BIT(BOUNCED) | BIT(REACHED) | BIT(NOT_REACHED),
    [DN_STATE_DEFERRED] = BIT(INTENT) | BIT(DEFERRED) | BIT(REACHED) | BIT(NOT_REACHED) | BIT(SKIPPED) | BIT(HELD),
    [DN_STATE_REJECTED] = 0,
    [DN_STATE_UNKNOWN] = BIT(DELIVERED) | BIT(BOUNCED),
    [DN_STATE_DELIVERED] = BIT(BOUNCED) | BIT(REACHED),
    [DN_STATE_BOUNCED] = 0,
    [DN_STATE_REACHED] = 0,
    [DN_STATE_NOT_REACHED] = BIT(REACHED) | BIT(NOT_REACHED) | BIT(DEFERRED),
    [DN_STATE_SKIPPED] = BIT(INTENT) | BIT(DEFERRED) | BIT(SKIPPED) | BIT(HELD),
    [DN_STATE_HELD] = BIT(INTENT) | BIT(DEFERRED) | BIT(SKIPPED) | BIT(HELD),
};
static const unsigned decided[] = {
    [DN_STATE_REJECTED] = BIT(INTENT) | BIT(DEFERRED),
    [DN_STATE_UNKNOWN] = BIT(INTENT) | BIT(ACCEPTED) | BIT(DEFERRED) | BIT(REJECTED),
    [DN_STATE_BOUNCED] = BIT(INTENT) | BIT(DEFERRED),
    [DN_STATE_HELD] = 0,
};

bool dn_state_may_follow(enum dn_state a, enum dn_state b, bool resend)
{
    unsigned may = follows[a] | (resend ? decided[a] : 0);
    return (may & 1U << b) != 0;
}
