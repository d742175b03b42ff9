/* libical, loaded by the first report that is a calendar: all others start without it and ICU. */
#ifndef DN_DEADLINE_ICAL_LATE_H
#define DN_DEADLINE_ICAL_LATE_H

#include <libical/ical.h>

#include "base/error.h"

/* What is called, without its ical. */
#define DN_ICAL_NAMES(NAME)                                                                                            \
    NAME(component_add_component)                                                                                      \
    NAME(component_add_property)                                                                                       \
    NAME(component_as_ical_string_r)                                                                                   \
    NAME(component_free)                                                                                               \
    NAME(component_new)                                                                                                \
    NAME(durationtype_from_int)                                                                                        \
    NAME(property_new_action)                                                                                          \
    NAME(property_new_categories)                                                                                      \
    NAME(property_new_description)                                                                                     \
    NAME(property_new_dtstamp)                                                                                         \
    NAME(property_new_dtstart)                                                                                         \
    NAME(property_new_summary)                                                                                         \
    NAME(property_new_transp)                                                                                          \
    NAME(property_new_trigger)                                                                                         \
    NAME(property_new_uid)                                                                                             \
    NAME(time_null_time)                                                                                               \
    NAME(timezone_get_utc_timezone)

struct dn_ical {
#define DN_ICAL_NAME(name) __typeof__(ical##name) *name;
    DN_ICAL_NAMES(DN_ICAL_NAME)
#undef DN_ICAL_NAME
};

/* *ical: ready to be called, for as long as the process lives. DN_SYSTEM: it is not there. */
enum dn_status dn_ical_load(const struct dn_ical **ical, struct dn_error *err);

#endif
