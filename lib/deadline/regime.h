/* Regimes as data (duenotice-regimes(5)): which event starts a clock, how long it runs, when it is met. A word that is
 * not known is refused where it stands, never approximated. */
#ifndef DN_DEADLINE_REGIME_H
#define DN_DEADLINE_REGIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "incident/incident.h"
#include "time/instant.h"

enum dn_unit { DN_UNIT_HOURS, DN_UNIT_DAYS, DN_UNIT_BUSINESS_DAYS, DN_UNIT_MONTHS, DN_UNIT_DAYS_AFTER_YEAR_END };

enum dn_counting {
    DN_COUNTING_ELAPSED,       /* hours that pass */
    DN_COUNTING_EU_1182_HOURS, /* the hour of the trigger is not counted */
    DN_COUNTING_EU_1182,       /* the day of the trigger is not counted */
    DN_COUNTING_EXCLUDE_DAY,   /* the same, outside Regulation 1182/71 */
    DN_COUNTING_INCLUDE_DAY,   /* the day of the trigger is day 1 */
    DN_COUNTING_BUSINESS_AFTER /* open days behind the day of the trigger */
};

enum dn_boundary {
    DN_BOUNDARY_INCLUSIVE,  /* met at the end itself */
    DN_BOUNDARY_BEFORE_END, /* late at it */
    DN_BOUNDARY_END_OF_DAY, /* late at the first instant of the next local day */
    DN_BOUNDARY_CUTOFF      /* met at a time of the last day */
};

enum dn_roll {
    DN_ROLL_NONE,
    DN_ROLL_EU_WORKING_DAY, /* Regulation 1182/71 Art. 3(4) */
    DN_ROLL_DORA_NOON,      /* Delegated Regulation 2025/301 Art. 5(4) */
    DN_ROLL_OPEN_DAY
};

enum dn_zone_rule {
    DN_ZONE_RULE_IRRELEVANT,
    DN_ZONE_RULE_TRIGGER,
    DN_ZONE_RULE_RECIPIENT,
    DN_ZONE_RULE_ENTITY,
    DN_ZONE_RULE_FIXED /* the zone named by zone_rule */
};

/* One regime; char * are owned, const char * are literals. Texts that an entry may leave out are "" unless it says
 * NULL. */
struct dn_regime {
    char *id, *title, *jurisdiction, *trigger_event, *trigger_text, *recipient, *citation, *source, *notes;
    int64_t period;
    const char *unit, *counting, *boundary, *roll; /* the words of duenotice-regimes(5) ... */
    struct {
        enum dn_unit unit;
        enum dn_counting counting;
        enum dn_boundary boundary;
        enum dn_roll roll;
        enum dn_zone_rule zone;
    } rule;                         /* ... and what they mean */
    char *zone_rule;                /* never empty */
    char *holidays;                 /* a calendar, "member-state-of-recipient", "member-state-of-entity"; NULL: none */
    int64_t min_working_days;       /* Regulation 1182/71 Art. 3(5) */
    int cutoff_hour, cutoff_minute; /* DN_BOUNDARY_CUTOFF, on the clock of ... */
    char *cutoff_zone;              /* ... this zone */
    int64_t limit_hours;            /* not later than so many hours after ... */
    char *limit_event;              /* ... this event, which then is what started_at holds; NULL: no limit */
    char *anchor;                   /* with a limit: the name of the trigger's own anchor (anchor.NAME) */
    char *latest;                   /* how latest_due_at is counted ("eu-1182-hours"); NULL: it is due_at */
    int64_t updates_s;           /* after the first notice one more at least every so many seconds; 0: none is wanted */
    struct dn_strings countries; /* whose tenants it applies to by itself */
    int64_t in_force_from;       /* a day (dn_civil_days); INT64_MIN: not said */
};

/* A duty that no due time is computed for, and why. */
struct dn_duty {
    char *id, *rule, *citation;
    bool pending; /* a period that is not shown to be in force; else the rule has no number */
};

/* Starts zeroed. */
struct dn_regimes {
    struct dn_regime *at;
    size_t count, room;
    struct dn_duty *duties;
    size_t duty_count, duty_room;
};

/* The embedded regimes, then those of file (NULL: none), which replace equal ids. The caller clears, also after an
 * error. DN_OK, DN_INVALID (with its place), DN_SYSTEM. */
enum dn_status dn_regimes_load(const char *file, struct dn_regimes *regimes, struct dn_error *err);

/* The regime of that id, or NULL. */
const struct dn_regime *dn_regimes_find(const struct dn_regimes *regimes, struct dn_text id);

/* The duty without a due time of that id, or NULL. */
const struct dn_duty *dn_regimes_duty(const struct dn_regimes *regimes, struct dn_text id);

/* The instants at which a notice is due, counted without any place: dn_regime_reckon (deadline/due.h) with nothing but
 * the instant. DN_INSTANT_NONE for a clock that never started. DN_INVALID: the regime needs a time zone, a country or a
 * further anchor, or the end is later than the year 9999. */
enum dn_status dn_regime_due(const struct dn_regime *regime, struct dn_instant started_at, struct dn_instant *due_at,
                             struct dn_instant *latest_due_at, struct dn_error *err);

/* The instant that starts the regime's clock for this incident (trigger_event as a stage word), or DN_INSTANT_NONE. */
struct dn_instant dn_regime_start(const struct dn_regime *regime, const struct dn_incident *incident);

/* Must its time zone, its calendar of holidays be known? */
bool dn_regime_needs_zone(const struct dn_regime *regime);
bool dn_regime_needs_calendar(const struct dn_regime *regime);

void dn_regimes_clear(struct dn_regimes *regimes);

#define DN_REGIME_DEFAULT "contract-72h-declared"

#endif
