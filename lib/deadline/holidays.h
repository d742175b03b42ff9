/* Inside lib/deadline: one calendar of holidays as YAML (duenotice-holidays(5)). */
#ifndef DN_DEADLINE_HOLIDAYS_H
#define DN_DEADLINE_HOLIDAYS_H

#include "stream/yaml.h"
#include "time/calendar.h"

/* Is it a document of holidays, and of which calendar? The text is the document's. DN_INVALID with its place. */
enum dn_status dn_holidays_head(const struct dn_yaml_file *file, const struct dn_yaml *node, struct dn_text *id,
                                struct dn_error *err);

/* Adds the document's rules to the calendar; its own title, law and years, where given, replace what was there.
 * *extends becomes the name of the calendar it stands on (the caller frees it), or NULL. The years must be known in the
 * end: a calendar without any is DN_INVALID. */
enum dn_status dn_holidays_read(const struct dn_yaml_file *file, const struct dn_yaml *node,
                                struct dn_calendar *calendar, char **extends, struct dn_error *err);

#endif
