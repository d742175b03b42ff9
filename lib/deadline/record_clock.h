/* The clock of a record: which regime, from which anchor, until when. */
#ifndef DN_DEADLINE_RECORD_CLOCK_H
#define DN_DEADLINE_RECORD_CLOCK_H

#include "deadline/regime.h"

/* Is the record's clock what its regime and its timeline say? A record without a running clock is fine unless it is
 * declared ("[no-clock]", attention); a regime that needs a place to be counted in, which no record has, is said
 * ("[clock-not-checked]", attention). DN_INVALID: an unknown regime, or another start or end than the regime's. file:
 * where it was read, for messages. */
enum dn_status dn_record_clock_check(const struct dn_regimes *regimes, const struct dn_incident *incident,
                                     const char *file, struct dn_notes *notes, struct dn_error *err);

/* Sets the clock by regime_id (NULL: the record's own, else DN_REGIME_DEFAULT), says until when it runs if the record
 * is declared, and, when a running clock changes, writes what changed to *change (a clause). It never ends later than
 * before: DN_INVALID, as for an unknown regime and one whose trigger the record does not have. */
enum dn_status dn_record_clock_set(const struct dn_regimes *regimes, const char *regime_id,
                                   struct dn_incident *incident, struct dn_notes *notes, struct dn_buf *change,
                                   struct dn_error *err);

/* The regime of that id. DN_INVALID: there is none. */
enum dn_status dn_record_clock_regime(const struct dn_regimes *regimes, const char *id, const struct dn_regime **regime,
                                      struct dn_error *err);

#endif
