/* An audit made by hand, for the tests of its reports. */
#ifndef DN_TEST_REPORT_FIXTURE_H
#define DN_TEST_REPORT_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "deadline/report.h"
#include "deadline/report_html.h"
#include "deadline/report_ics.h"
#include "deadline/report_junit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static inline struct dn_instant at(const char *text)
{
    struct dn_instant value = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &value), "%s", text);
    return value;
}

/* An audit made by hand: what the reports borrow. */
struct fixture {
    struct dn_obligations rows;
    struct dn_incidents incidents;
    struct dn_affected_list affected;
    struct dn_told_list told;
    struct dn_notes notes;
    struct dn_audited audited;
};

static inline void begin(struct fixture *it, const char *now)
{
    *it = (struct fixture){0};
    it->audited = (struct dn_audited){.obligations = &it->rows,
                                      .incidents = &it->incidents,
                                      .affected = &it->affected,
                                      .told = &it->told,
                                      .notes = &it->notes,
                                      .now = at(now),
                                      .satisfied_by = "accepted",
                                      .warn_s = -1};
}

static inline void end(struct fixture *it)
{
    dn_obligations_clear(&it->rows);
    dn_incidents_clear(&it->incidents);
    dn_affected_list_clear(&it->affected);
    dn_told_list_clear(&it->told);
    dn_notes_clear(&it->notes);
}

#define START "2026-06-16T07:05:00Z"
#define DUE "2026-06-19T07:05:00Z"

/* One row of INC-1 under a clock of 72 hours, and the note that an audit adds for it. told: NULL, or when. */
static inline struct dn_obligation *add(struct fixture *it, const char *tenant, enum dn_verdict verdict,
                                        const char *told)
{
    struct dn_obligation *row = dn_obligations_add(&it->rows);
    row->incident_id = "INC-1";
    row->tenant_id = dn_obligations_text(&it->rows, tenant);
    row->regime = "contract-72h-declared";
    row->anchor = "incident-declared";
    row->satisfied_by = told != NULL ? "email-privacy" : "";
    row->reason = "";
    row->started_at = at(START);
    row->due_at = row->latest_due_at = at(DUE);
    row->satisfied_at = told != NULL ? at(told) : DN_INSTANT_NONE;
    row->now = it->audited.now;
    row->status = verdict;
    if (dn_verdict_needs_person(verdict))
        dn_notes_attention(&it->notes, dn_verdict_words[verdict], "1 obligation");
    return row;
}

static inline void set(struct fixture *it, const char **field, const char *text)
{
    *field = dn_obligations_text(&it->rows, text);
}

static inline void add_affected(struct fixture *it, const char *tenant, const char *name)
{
    it->affected.at = dn_grow(it->affected.at, it->affected.count, &it->affected.room, sizeof *it->affected.at);
    struct dn_affected *row = &it->affected.at[it->affected.count++];
    *row = (struct dn_affected){.first_seen = DN_INSTANT_NONE, .last_seen = DN_INSTANT_NONE};
    row->incident_id = "INC-1";
    row->tenant_id = dn_obligations_text(&it->rows, tenant);
    row->name = dn_obligations_text(&it->rows, name);
    row->identified_at = DN_INSTANT_NONE;
}

static inline void add_incident(struct fixture *it, const char *title)
{
    it->incidents.at = dn_grow(it->incidents.at, it->incidents.count, &it->incidents.room, sizeof *it->incidents.at);
    struct dn_incident *incident = &it->incidents.at[it->incidents.count++];
    *incident = (struct dn_incident){.id = dn_strdup("INC-1"),
                                     .title = dn_strdup(title),
                                     .status = DN_INCIDENT_DECLARED,
                                     .clock_regime = dn_strdup("contract-72h-declared"),
                                     .clock_started_at = at(START),
                                     .clock_due_at = at(DUE),
                                     .notice = {.next_update_at = DN_INSTANT_NONE}};
    incident->timeline = dn_alloc(2, sizeof *incident->timeline);
    incident->timeline_count = 2;
    incident->timeline[0] =
        (struct dn_timeline_entry){.stage = DN_STAGE_EVENT_STARTED, .at = at("2026-06-01T00:00:00Z")};
    incident->timeline[1] = (struct dn_timeline_entry){.stage = DN_STAGE_INCIDENT_DECLARED, .at = at(START)};
}

/* One row of a ledger about that tenant. */
static inline void take(struct fixture *it, const char *tenant, int64_t seq, enum dn_state state, const char *reason)
{
    char key[DN_SHA256_HEX];
    struct dn_ledger_row row = {.seq = seq,
                                .at = at(START),
                                .incident_id = DN_TEXT("INC-1"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = dn_text_of(tenant),
                                .channel = DN_CHANNEL_EMAIL_PRIVACY,
                                .state = state,
                                .reason = dn_text_of(reason),
                                .declared_at = DN_INSTANT_NONE,
                                .due_at = DN_INSTANT_NONE,
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, row.channel, row.recipient, key);
    row.key = dn_text_of(key);
    dn_told_take(&it->told, &row);
}

enum kind { HTML, ICS, JUNIT, TABLE, COLOUR_TABLE, PLAIN_TABLE };

static inline char *written(const struct fixture *it, enum kind kind)
{
    char path[] = "/tmp/dn-report-XXXXXX";
    struct dn_output *output = NULL;
    struct dn_error err = {0};
    struct dn_buf text = {0};
    int fd = mkstemp(path);
    ck_assert(fd >= 0);
    close(fd);
    ck_assert(dn_output_open(path, &output, &err) == DN_OK);
    enum dn_status status = DN_OK;
    if (kind == HTML)
        dn_report_html(&it->audited, output);
    else if (kind == JUNIT)
        dn_report_junit(&it->audited, output);
    else if (kind == ICS)
        status = dn_report_ics(&it->audited, output, &err);
    else
        status = dn_report_table(&it->audited,
                                 kind == TABLE          ? DN_SCREEN_NONE
                                 : kind == COLOUR_TABLE ? DN_SCREEN_COLOUR
                                                        : DN_SCREEN_PLAIN,
                                 output, &err);
    ck_assert_msg(status == DN_OK, "%s", err.text);
    ck_assert_msg(dn_output_commit(output, &err) == DN_OK, "%s", err.text);
    ck_assert(dn_file_read(path, (size_t)1 << 28, &text, &err) == DN_OK);
    unlink(path);
    return dn_buf_take(&text);
}

static inline size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *found = text; (found = strstr(found, what)) != NULL; found += strlen(what))
        count++;
    return count;
}

/* Of a page: everything between < and >, and nothing else. */
static inline char *tags_of(const char *page)
{
    struct dn_buf tags = {0};
    const char *from = page;
    while ((from = strchr(from, '<')) != NULL) {
        size_t size = strcspn(from, ">");
        dn_buf_add(&tags, from, size);
        dn_buf_addc(&tags, '\n');
        from += size;
    }
    return dn_buf_take(&tags);
}

/* What may stand in any cell of what is audited. */
static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></svg><base href=//evil.example>",
    "&lt;script&gt;&#60;b&#62;",
    "]]><!--",
    "\xE2\x80\xAE\xE2\x81\xA6txet",
    "\x1b]0;x\x07\n\r\t",
    "a;b;c:d:e:f",
    "\xFF\xFE\xED\xA0\x80",
    "\xEF\xBF\xBE",
    "%s%n%5000d",
    "javascript:alert(1)",
};

#endif
