/* One lane of the traffic (channel/traffic.h): what is begun on it, what comes back, how its other end does. */
#ifndef DN_CHANNEL_LANE_H
#define DN_CHANNEL_LANE_H

#include "channel/traffic.h"

/* Milliseconds of a clock that only goes forward. */
int64_t dn_lane_clock(void);

/* Ends the run early: what is in flight comes to its end, nothing more is begun. */
void dn_lane_fail(struct dn_traffic *traffic, enum dn_status status, const struct dn_error *why);

/* Is there more to begin on it, now or later? When, if not now (INT64_MAX: now, or never)? */
bool dn_lane_has_more(const struct dn_traffic *traffic, struct dn_lane *lane);
int64_t dn_lane_due(const struct dn_lane *lane);

/* Composes as much as the way has room for. What ends the run early goes to traffic->failure. DN_SYSTEM: the ledger. */
enum dn_status dn_lane_fill(struct dn_traffic *traffic, struct dn_lane *lane, struct dn_error *err);

/* Writes the outcomes that have come, and the intents of what is about to leave, at most so many (*told: there was
 * one).
 */
enum dn_status dn_lane_take(struct dn_traffic *traffic, struct dn_lane *lane, size_t most, bool *told,
                            struct dn_error *err);

/* Looks at the other end. One that is away is left alone for a while, or for good. */
void dn_lane_look(struct dn_traffic *traffic, struct dn_lane *lane);

#endif
