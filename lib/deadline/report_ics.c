#include "deadline/report_ics.h"

#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"
#include "deadline/ical_late.h"
#include "deadline/markup.h"

#define ALARM_S (4 * 3600) /* before the due time, if nobody said */

void dn_report_ics_uid(const struct dn_obligation *row, struct dn_buf *uid)
{
    char hex[DN_SHA256_HEX];
    struct dn_buf text = {0};
    dn_buf_addf(&text, "%s\n%s\n%s\n", row->incident_id, row->tenant_id, row->regime);
    dn_sha256_hex(dn_buf_text(&text), hex);
    dn_buf_addf(uid, "%.32s@duenotice", hex);
    dn_buf_clear(&text);
}

/* The second that the instant lies in: never later than what it stands for. */
static icaltimetype calendar_time(const struct dn_ical *ical, struct dn_instant at)
{
    struct dn_civil civil = dn_civil_of(at, 0);
    icaltimetype time = ical->time_null_time();
    time.year = civil.year;
    time.month = civil.month;
    time.day = civil.day;
    time.hour = civil.hour;
    time.minute = civil.minute;
    time.second = civil.second;
    time.zone = ical->timezone_get_utc_timezone();
    return time;
}

/* "OVERDUE: tell Contoso (contract-72h-declared)" */
static void add_summary(const struct dn_audited *audited, const struct dn_obligation *row, struct dn_buf *text)
{
    static const char *const verbs[DN_VERDICT_COUNT] = {[DN_VERDICT_PENDING] = "Due: tell ",
                                                        [DN_VERDICT_OVERDUE] = "OVERDUE: tell ",
                                                        [DN_VERDICT_MISSING] = "NO NOTICE YET: tell ",
                                                        [DN_VERDICT_HELD] = "On hold: tell ",
                                                        [DN_VERDICT_UNKNOWN] = "UNKNOWN: settle "};
    const char *name = dn_audited_name(audited, row);
    dn_buf_adds(text, dn_obligation_is_drill(row) ? "[DRILL] " : "");
    dn_buf_adds(text, dn_instant_is(row->due_at) ? "" : "No due time known. ");
    dn_buf_adds(text, verbs[row->status]);
    if (name[0] != '\0')
        dn_buf_add_visible(text, dn_text_of(name));
    else if (row->tenant_id[0] != '\0')
        dn_buf_add_visible(text, dn_text_of(row->tenant_id));
    else
        dn_buf_adds(text, "what belongs to no tenant yet");
    dn_buf_adds(text, ", ");
    dn_buf_add_visible(text, dn_text_of(row->incident_id));
}

static void add_line(struct dn_buf *text, const char *what, const char *value)
{
    dn_buf_addf(text, "%s: ", what);
    dn_buf_add_visible(text, dn_text_of(value));
    dn_buf_addc(text, '\n');
}

static void add_description(const struct dn_audited *audited, const struct dn_obligation *row, struct dn_buf *text)
{
    char time[DN_INSTANT_TEXT];
    add_line(text, "Incident", row->incident_id);
    add_line(text, "Tenant", row->tenant_id);
    add_line(text, "Regime", row->regime);
    dn_instant_format(row->started_at, time);
    add_line(text, "Clock started", time);
    dn_instant_format(row->due_at, time);
    add_line(text, "Due", time);
    add_line(text, "Verdict", dn_verdict_words[row->status]);
    add_line(text, "Reason", row->reason);
    dn_instant_format(audited->now, time);
    dn_buf_addf(text, "Judged by deadline-check at %s", time);
}

static icalcomponent *make_alarm(const struct dn_ical *ical, const struct dn_audited *audited, const char *summary)
{
    struct icaltriggertype trigger = {.time = ical->time_null_time()};
    int64_t before = audited->warn_s >= 0 ? audited->warn_s : ALARM_S;
    icalcomponent *alarm = ical->component_new(ICAL_VALARM_COMPONENT);
    trigger.duration = ical->durationtype_from_int(-(int)(before > INT32_MAX ? INT32_MAX : before));
    ical->component_add_property(alarm, ical->property_new_action(ICAL_ACTION_DISPLAY));
    ical->component_add_property(alarm, ical->property_new_description(summary));
    ical->component_add_property(alarm, ical->property_new_trigger(trigger));
    return alarm;
}

static icalcomponent *make_event(const struct dn_ical *ical, const struct dn_audited *audited,
                                 const struct dn_obligation *row)
{
    struct dn_buf uid = {0}, summary = {0}, description = {0};
    struct dn_instant at = dn_instant_is(row->due_at) ? row->due_at : audited->now;
    dn_report_ics_uid(row, &uid);
    add_summary(audited, row, &summary);
    add_description(audited, row, &description);
    icalcomponent *event = ical->component_new(ICAL_VEVENT_COMPONENT);
    icalproperty *const properties[] = {ical->property_new_uid(uid.at),
                                        ical->property_new_dtstamp(calendar_time(ical, audited->now)),
                                        ical->property_new_dtstart(calendar_time(ical, at)),
                                        ical->property_new_summary(summary.at),
                                        ical->property_new_description(description.at),
                                        ical->property_new_categories(dn_verdict_words[row->status]),
                                        ical->property_new_transp(ICAL_TRANSP_TRANSPARENT)};
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        ical->component_add_property(event, properties[i]);
    ical->component_add_component(event, make_alarm(ical, audited, summary.at));
    dn_buf_clear(&uid);
    dn_buf_clear(&summary);
    dn_buf_clear(&description);
    return event;
}

static enum dn_status write_event(const struct dn_ical *ical, const struct dn_audited *audited,
                                  const struct dn_obligation *row, struct dn_output *output, struct dn_error *err)
{
    icalcomponent *event = make_event(ical, audited, row);
    char *text = event != NULL ? ical->component_as_ical_string_r(event) : NULL;
    if (text != NULL)
        dn_output_write(output, dn_text_of(text));
    free(text);
    if (event != NULL)
        ical->component_free(event);
    return text != NULL ? DN_OK : dn_error_set(err, DN_SYSTEM, "the calendar could not be made");
}

enum dn_status dn_report_ics(const struct dn_audited *audited, struct dn_output *output, struct dn_error *err)
{
    const struct dn_ical *ical;
    enum dn_status status = dn_ical_load(&ical, err);
    if (status != DN_OK)
        return status;
    dn_output_write(output, DN_TEXT("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//duenotice//deadline-check//EN\r\n"
                                    "CALSCALE:GREGORIAN\r\n"));
    for (size_t i = 0; i < audited->obligations->count && status == DN_OK; i++)
        if (dn_verdict_is_open(audited->obligations->at[i].status))
            status = write_event(ical, audited, &audited->obligations->at[i], output, err);
    dn_output_write(output, DN_TEXT("END:VCALENDAR\r\n"));
    return status;
}
