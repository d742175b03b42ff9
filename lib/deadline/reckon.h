/* Inside lib/deadline: one reckoning under way. */
#ifndef DN_DEADLINE_RECKON_H
#define DN_DEADLINE_RECKON_H

#include "deadline/due.h"

struct dn_reckon {
    const struct dn_regime *regime;
    const struct dn_trigger *trigger;
    struct dn_almanac *almanac;
    struct dn_reckon_steps *steps;
    struct dn_reckoning *result;
    struct dn_error *err;
    const struct dn_zone *zone; /* NULL: the rule needs none */
    const struct dn_calendar *calendar;
    struct dn_instant aware_at; /* with a limit: what it is counted from */
};

/* An end; exclusive: late at it. */
struct dn_end {
    struct dn_instant at;
    bool exclusive;
};

/* Sets the trouble and the error, and adds a step. Always DN_INVALID. */
enum dn_status dn_reckon_stop(const struct dn_reckon *it, const char *trouble, const char *detail, const char *format,
                              ...) __attribute__((format(printf, 4, 5)));

/* Whether that day is a holiday is not known. Always DN_INVALID. */
enum dn_status dn_reckon_unknown_day(const struct dn_reckon *it, int64_t day);

/* A time of day on a zone's clock; one that does not exist is where the clock jumped, of two the first. */
struct dn_instant dn_reckon_local(const struct dn_zone *zone, int64_t day, int hour, int minute);

/* Finds the zone and the calendar that the rule asks for. */
enum dn_status dn_reckon_places(struct dn_reckon *it);

/* The end of a period of hours, of one of days. */
enum dn_status dn_reckon_hours(const struct dn_reckon *it, struct dn_end *end);
enum dn_status dn_reckon_days(const struct dn_reckon *it, struct dn_end *end);

/* The latest arguable end of a period of hours under Regulation 1182/71; without steps. */
enum dn_status dn_reckon_latest(const struct dn_reckon *it, struct dn_end *end);

#endif
