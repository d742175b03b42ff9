#include <check.h>
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "deadline/markup.h"
#include "deadline/report.h"
#include "deadline/report_html.h"
#include "deadline/report_ics.h"
#include "deadline/report_junit.h"
#include "deadline/report_page.h"

static struct dn_instant at(const char *text)
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

static void begin(struct fixture *it, const char *now)
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

static void end(struct fixture *it)
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
static struct dn_obligation *add(struct fixture *it, const char *tenant, enum dn_verdict verdict, const char *told)
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

static void set(struct fixture *it, const char **field, const char *text)
{
    *field = dn_obligations_text(&it->rows, text);
}

static void add_affected(struct fixture *it, const char *tenant, const char *name)
{
    it->affected.at = dn_grow(it->affected.at, it->affected.count, &it->affected.room, sizeof *it->affected.at);
    struct dn_affected *row = &it->affected.at[it->affected.count++];
    *row = (struct dn_affected){.first_seen = DN_INSTANT_NONE, .last_seen = DN_INSTANT_NONE};
    row->incident_id = "INC-1";
    row->tenant_id = dn_obligations_text(&it->rows, tenant);
    row->name = dn_obligations_text(&it->rows, name);
    row->identified_at = DN_INSTANT_NONE;
}

static void add_incident(struct fixture *it, const char *title)
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
static void take(struct fixture *it, const char *tenant, int64_t seq, enum dn_state state, const char *reason)
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

static char *written(const struct fixture *it, enum kind kind)
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

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *found = text; (found = strstr(found, what)) != NULL; found += strlen(what))
        count++;
    return count;
}

static void assert_sentence(const struct fixture *it, const char *expected)
{
    struct dn_buf text = {0};
    dn_page_add_sentence(&it->audited, &text);
    ck_assert_str_eq(text.at, expected);
    dn_buf_clear(&text);
}

/* -- markup -- */

static const struct {
    const char *text, *markup;
} markups[] = {{"a & b < c > d \" e ' f", "a &amp; b &lt; c &gt; d &#34; e &#39; f"},
               {"</title><script>", "&lt;/title&gt;&lt;script&gt;"},
               {"one\ntwo\x1b[31m", "one\\ntwo\\x1B[31m"},
               {"user\xE2\x80\xAEgpj", "user\\u{202E}gpj"},
               {"\xEF\xBF\xBE|\xEF\xBF\xBF", "\\u{FFFE}|\\u{FFFF}"},
               {"\xFF\xC0", "\\xFF\\xC0"},
               {"Zo\xC3\xAB", "Zo\xC3\xAB"}};

START_TEST(markup_is_escaped_and_visible)
{
    struct dn_buf out = {0};
    dn_markup_adds(&out, markups[_i].text);
    ck_assert_str_eq(out.at, markups[_i].markup);
    dn_buf_clear(&out);
}
END_TEST

START_TEST(short_markup_counts_characters_and_cuts_no_entity)
{
    struct dn_buf out = {0};
    dn_markup_add_short(&out, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4);
    dn_buf_addc(&out, '|');
    dn_markup_add_short(&out, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4);
    dn_buf_addc(&out, '|');
    dn_markup_add_short(&out, "<<<<<", 3);
    ck_assert_str_eq(out.at, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9|\xC3\xA9\xC3\xA9\xC3\xA9…|&lt;&lt;…");
    dn_buf_clear(&out);
}
END_TEST

START_TEST(numbers_spans_and_times_read_well)
{
    struct dn_buf out = {0};
    dn_markup_add_count(&out, 1234567);
    dn_buf_addc(&out, '|');
    dn_markup_add_things(&out, 1, "obligation");
    dn_buf_addc(&out, '|');
    dn_markup_add_span(&out, -(2 * 86400 + 61));
    dn_buf_addc(&out, '|');
    dn_markup_add_span(&out, 0);
    dn_buf_addc(&out, '|');
    dn_markup_add_clock(&out, at("2026-06-16T07:05:00Z"));
    dn_buf_addc(&out, '|');
    dn_markup_add_clock(&out, at("2026-06-16T07:05:09.5Z"));
    dn_buf_addc(&out, '|');
    dn_markup_add_percent(&out, 1, 3);
    ck_assert_str_eq(out.at, "1,234,567|1 obligation|2 d 1 min 1 s|0 s|2026-06-16 07:05|2026-06-16 07:05:09.5|33.33%");
    dn_buf_clear(&out);
}
END_TEST

/* -- the audit as reports see it -- */

START_TEST(percentiles_are_nearest_ranks_of_those_who_were_told)
{
    static const char *const told[] = {"2026-06-16T08:05:00Z", "2026-06-16T09:05:00Z", "2026-06-19T08:05:00Z"};
    struct fixture it;
    int64_t values[4] = {0};
    begin(&it, "2026-06-20T00:00:00Z");
    add(&it, "a", DN_VERDICT_MET, told[0]);
    add(&it, "b", DN_VERDICT_MET, told[1]);
    add(&it, "c", DN_VERDICT_LATE, told[2]);
    add(&it, "d", DN_VERDICT_UNKNOWN, "2026-06-16T08:05:00Z");
    add(&it, "e", DN_VERDICT_OVERDUE, NULL);
    ck_assert_uint_eq(dn_obligations_percentiles(&it.rows, false, values), 3);
    ck_assert_int_eq(values[0], 7200);
    ck_assert_int_eq(values[1], 73 * 3600);
    ck_assert_int_eq(values[3], 73 * 3600);
    ck_assert_uint_eq(dn_obligations_percentiles(&it.rows, true, values), 3);
    ck_assert_int_eq(values[0], -70 * 3600);
    ck_assert_int_eq(values[3], 3600);
    end(&it);
}
END_TEST

START_TEST(the_last_stage_is_reached_when_nobody_is_left)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add_incident(&it, "A test");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "b", DN_VERDICT_LATE, "2026-06-19T10:00:00Z");
    add(&it, "c", DN_VERDICT_EXEMPT, NULL);
    struct dn_instant told = dn_audited_reached(&it.audited, &it.incidents.at[0], DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED);
    ck_assert_int_eq(dn_instant_compare(told, at("2026-06-19T10:00:00Z")), 0);
    add(&it, "d", DN_VERDICT_PENDING, NULL);
    told = dn_audited_reached(&it.audited, &it.incidents.at[0], DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED);
    ck_assert(!dn_instant_is(told));
    struct dn_progress progress = dn_audited_progress(&it.audited, &it.incidents.at[0]);
    ck_assert_uint_eq(progress.due, 3);
    ck_assert_uint_eq(progress.open, 1);
    end(&it);
}
END_TEST

/* -- the sentence -- */

START_TEST(sentence_says_no_more_than_was_checked)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    assert_sentence(&it, "Nothing in the input obliges anybody to anything.");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    assert_sentence(&it, "Every affected tenant was told in time.");
    it.audited.affected = NULL;
    assert_sentence(&it, "Every tenant in this ledger was told in time; whether anybody affected is not in it was not "
                         "checked.");
    it.audited.affected = &it.affected;
    dn_notes_attention(&it.notes, "outbox", "1 tenant");
    assert_sentence(&it, "Every affected tenant was told in time; but something else needs a person.");
    end(&it);
}
END_TEST

START_TEST(sentence_of_the_excused_and_the_exempt)
{
    struct fixture it;
    begin(&it, "2026-06-21T00:00:00Z");
    add(&it, "a", DN_VERDICT_EXEMPT, NULL);
    assert_sentence(&it, "Nobody had to be told: the one obligation is exempt.");
    add(&it, "b", DN_VERDICT_EXCUSED, "2026-06-20T00:00:00Z");
    assert_sentence(&it,
                    "Every tenant was told, late but under a lawful hold: of 2 obligations, 1 was met late under a "
                    "hold and 1 is exempt.");
    add(&it, "c", DN_VERDICT_MET, "2026-06-17T00:00:00Z");
    assert_sentence(&it,
                    "Every tenant was told in time, or later under a lawful hold: of 3 obligations, 1 was met late "
                    "under a hold, 1 is exempt and 1 is met.");
    end(&it);
}
END_TEST

START_TEST(sentence_names_the_worst_first)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "b", DN_VERDICT_PENDING, NULL);
    assert_sentence(&it, "Not finished: of 2 obligations, 1 is still to be met and 1 is met.");
    add(&it, "c", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not finished: of 3 obligations, 1 got no notice at all, 1 is still to be met and 1 is met.");
    add(&it, "d", DN_VERDICT_LATE, "2026-06-19T10:00:00Z");
    assert_sentence(&it, "Not every tenant was told in time: of 4 obligations, 1 got no notice at all, 1 was met late, "
                         "1 is still to be met and 1 is met.");
    end(&it);
}
END_TEST

START_TEST(a_missing_one_is_not_late_before_it_is_due)
{
    struct fixture it;
    begin(&it, "2026-06-19T07:05:00Z");
    add(&it, "a", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not finished: the one obligation got no notice at all.");
    end(&it);
    begin(&it, "2026-06-19T07:05:01Z");
    add(&it, "a", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not every tenant was told in time: the one obligation got no notice at all.");
    end(&it);
}
END_TEST

/* -- the page -- */

/* Everything between < and >, and nothing else. */
static char *tags_of(const char *page)
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

static char *page_with(const char *text)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    add_incident(&it, text);
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "%s%c", text, 'a' + verdict);
        bool told = verdict <= DN_VERDICT_EXCUSED || verdict == DN_VERDICT_STRAY;
        struct dn_obligation *row = add(&it, tenant.at, (enum dn_verdict)verdict, told ? START : NULL);
        set(&it, &row->reason, text);
        if (verdict % 2 == 0)
            set(&it, &row->regime, text);
        add_affected(&it, tenant.at, text);
        take(&it, tenant.at, verdict + 1, DN_STATE_DEFERRED, text);
        dn_buf_clear(&tenant);
    }
    dn_told_begin(&it.told, text);
    dn_notes_attention(&it.notes, "time", "%s", text);
    dn_affected_sort(&it.affected);
    char *page = written(&it, HTML);
    end(&it);
    return page;
}

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

START_TEST(tags_do_not_depend_on_the_data)
{
    char *tame_page = page_with("x"), *page = page_with(hostile[_i]);
    char *tame = tags_of(tame_page), *tags = tags_of(page);
    ck_assert_msg(strcmp(tame, tags) == 0, "other tags");
    ck_assert_ptr_null(strstr(page, "<script"));
    ck_assert_ptr_null(strstr(page, "\xE2\x80\xAE"));
    ck_assert(dn_text_utf8(dn_text_of(page), NULL));
    ck_assert_ptr_null(strpbrk(page, "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x1b\x7f\r\t"));
    free(tame_page);
    free(page);
    free(tame);
    free(tags);
}
END_TEST

START_TEST(page_fetches_nothing_and_runs_nothing)
{
    static const char *const none[] = {"http:",   "https:",  "src=",   "<link",     "@import", "url(",  "<img",
                                       "<iframe", "<object", "<embed", "<a ",       "onload",  "<form", "<base",
                                       "<audio",  "<video",  "srcset", "poster=\"", "data:"};
    char *page = page_with("x");
    ck_assert_ptr_nonnull(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(strstr(page, none[i]) == NULL, "%s", none[i]);
    ck_assert_uint_eq(count_of(page, "href=\""), count_of(page, "href=\"#m-"));
    free(page);
}
END_TEST

START_TEST(page_can_be_read_aloud)
{
    char *page = page_with("x");
    ck_assert_ptr_nonnull(strstr(page, "<html lang=\"en\">"));
    ck_assert_uint_eq(count_of(page, "<h1"), 1);
    ck_assert_uint_eq(count_of(page, "<section "), count_of(page, "<section aria-labelledby="));
    ck_assert_uint_eq(count_of(page, "<th "), count_of(page, " scope=\""));
    ck_assert_uint_eq(count_of(page, "role=\"img\""), 2);
    ck_assert_uint_eq(count_of(page, "<title id="), 2);
    ck_assert_uint_eq(count_of(page, "<desc id="), 2);
    ck_assert_uint_eq(count_of(page, "<svg class=\"mark"),
                      count_of(page, "viewBox=\"-8 -8 16 16\" aria-hidden=\"true\""));
    free(page);
}
END_TEST

START_TEST(page_names_every_row_that_is_not_met)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    for (int i = 0; i < 1203; i++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "tenant-%04d-", i);
        add(&it, tenant.at,
            i % 3 == 0   ? DN_VERDICT_OVERDUE
            : i % 3 == 1 ? DN_VERDICT_MET
                         : DN_VERDICT_STRAY,
            i % 3 == 0 ? NULL : START);
        dn_buf_clear(&tenant);
    }
    char *page = written(&it, HTML);
    for (int i = 0; i < 1203; i++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "<bdi>tenant-%04d-</bdi><td>", i);
        ck_assert_uint_eq(count_of(page, tenant.at), i % 3 == 1 ? 0 : 1);
        dn_buf_clear(&tenant);
    }
    ck_assert_ptr_nonnull(strstr(page, "Overdue: 401"));
    free(page);
    end(&it);
}
END_TEST

START_TEST(evidence_names_the_rows_of_the_ledger)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    add(&it, "t1", DN_VERDICT_OVERDUE, NULL);
    struct dn_told_source *source = dn_told_begin(&it.told, "ledger.csv");
    source->rows = source->seq = 9;
    memset(source->chain, 'c', 64);
    take(&it, "t1", 7, DN_STATE_INTENT, "");
    take(&it, "t1", 8, DN_STATE_ACCEPTED, "");
    take(&it, "t1", 9, DN_STATE_BOUNCED, "");
    char *page = written(&it, HTML);
    char key[DN_SHA256_HEX];
    struct dn_buf expected = {0};
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("initial"), DN_TEXT("t1"), DN_CHANNEL_EMAIL_PRIVACY, DN_TEXT(""), key);
    dn_buf_addf(&expected, "row 9: email-privacy bounced <code>%.12s</code>", key);
    ck_assert_ptr_nonnull(strstr(page, expected.at));
    ck_assert_ptr_nonnull(
        strstr(page, "<code>9 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc</code>"));
    ck_assert_ptr_nonnull(strstr(page, "<strong>Not checked</strong></td><td>The ledger's sequence and chain"));
    dn_buf_clear(&expected);
    free(page);
    end(&it);
}
END_TEST

/* What stands behind every x=" and width=" of the pictures. */
static void assert_places(const char *page)
{
    static const char *const names[] = {" x=\"", " x1=\"", " x2=\"", " width=\""};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (const char *found = page; (found = strstr(found, names[n])) != NULL; found++) {
            char *rest = NULL;
            double value = strtod(found + strlen(names[n]), &rest);
            if (*rest == '%')
                ck_assert_msg(value >= 0 && value <= 100, "%.40s", found);
        }
}

static const char *const far_times[][3] = {{"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
                                           {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
                                           {START, START, START},
                                           {START, DUE, DUE}};

START_TEST(pictures_hold_any_time)
{
    for (int few = 0; few < 2; few++) {
        struct fixture it;
        begin(&it, far_times[_i][2]);
        add_incident(&it, "A test");
        for (int i = 0; i < (few ? 3 : 100); i++) {
            struct dn_obligation *row = add(&it, "t", DN_VERDICT_LATE, i == 0 ? far_times[_i][2] : START);
            row->started_at = at(far_times[_i][0]);
            row->due_at = at(far_times[_i][1]);
        }
        add(&it, "u", DN_VERDICT_OVERDUE, NULL);
        char *page = written(&it, HTML);
        assert_places(page);
        ck_assert_ptr_nonnull(strstr(page, few ? "One line each" : "the share that was told"));
        free(page);
        end(&it);
    }
}
END_TEST

/* The place that follows the first `what` after *from, which moves on. */
static double place_after(const char **from, const char *what)
{
    *from = strstr(*from, what);
    ck_assert_msg(*from != NULL, "%s", what);
    *from = strstr(*from, " x=\"") != NULL && strstr(what, "line") == NULL ? strstr(*from, " x=\"") + 4
                                                                           : strstr(*from, " x1=\"") + 5;
    return strtod(*from, NULL);
}

START_TEST(marks_stand_where_the_times_are)
{
    struct fixture it;
    begin(&it, "2026-06-21T00:00:00Z");
    add(&it, "at-the-start", DN_VERDICT_MET, START);
    add(&it, "half-way", DN_VERDICT_MET, "2026-06-17T19:05:00Z");
    add(&it, "at-the-due-time", DN_VERDICT_MET, DUE);
    add(&it, "late", DN_VERDICT_LATE, "2026-06-19T19:05:00Z");
    char *page = written(&it, HTML);
    const char *rest = strstr(page, "class=\"names\"");
    double due = place_after(&rest, "<line class=\"due\"");
    double start = place_after(&rest, "<use class=\"v-met\""), half = place_after(&rest, "<use class=\"v-met\"");
    double met = place_after(&rest, "<use class=\"v-met\""), late = place_after(&rest, "<use class=\"v-late\"");
    ck_assert_msg(start == 0 && met == due, "%f %f %f", start, met, due);
    ck_assert_msg(half > due / 2 - 0.02 && half < due / 2 + 0.02, "%f of %f", half, due);
    ck_assert_msg(late > due * 7 / 6 - 0.02 && late < due * 7 / 6 + 0.02 && late < 100, "%f of %f", late, due);
    free(page);
    end(&it);
}
END_TEST

START_TEST(a_single_late_one_among_many_is_seen)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    for (int i = 0; i < 20000; i++)
        add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "late", DN_VERDICT_LATE, "2026-06-19T07:05:01Z");
    char *page = written(&it, HTML);
    ck_assert_uint_eq(count_of(page, "class=\"bar-bad\""), 1);
    ck_assert_ptr_nonnull(strstr(page, "20,000 of 20,001 obligations (99.9 %) met by the due time, 1 after it."));
    ck_assert_uint_lt(strlen(page), 100000);
    free(page);
    end(&it);
}
END_TEST

START_TEST(a_drill_says_so_loudly)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    struct dn_obligation *row = add(&it, "a", DN_VERDICT_PENDING, NULL);
    set(&it, &row->reason, "drill;phone:deferred");
    char *page = written(&it, HTML), *calendar = written(&it, ICS);
    ck_assert_uint_eq(count_of(page, "<strong>DRILL</strong>"), 2);
    ck_assert_ptr_nonnull(strstr(page, "<title>DRILL: "));
    ck_assert_ptr_nonnull(strstr(page, "<h1>Drill: Not finished: "));
    ck_assert_ptr_nonnull(strstr(calendar, "SUMMARY:[DRILL] Due: tell a"));
    free(page);
    free(calendar);
    end(&it);
}
END_TEST

/* -- JUnit -- */

START_TEST(junit_is_red_exactly_when_a_person_is_needed)
{
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++) {
        struct fixture it;
        begin(&it, "2026-06-20T00:00:00Z");
        add(&it, "t", (enum dn_verdict)verdict, verdict <= DN_VERDICT_EXCUSED ? START : NULL);
        char *text = written(&it, JUNIT);
        bool red = count_of(text, "<failure ") + count_of(text, "<error ") > 0;
        bool totals = strstr(text, "failures=\"0\" errors=\"0\"") == NULL;
        ck_assert_msg(red == dn_notes_need_person(&it.notes), "%s", dn_verdict_words[verdict]);
        ck_assert_int_eq(totals, red);
        free(text);
        end(&it);
    }
}
END_TEST

START_TEST(junit_has_a_case_for_what_no_row_says)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    dn_notes_attention(&it.notes, "no-obligations", "nothing & nobody");
    dn_notes_say(&it.notes, "slow", "3 met");
    char *text = written(&it, JUNIT);
    ck_assert_ptr_nonnull(strstr(text, "<testsuites name=\"deadline-check\" tests=\"1\" failures=\"1\" errors=\"0\""));
    ck_assert_ptr_nonnull(strstr(text, "<testcase classname=\"audit\" name=\"no-obligations\" time=\"0\"><failure "
                                       "type=\"no-obligations\" message=\"nothing &amp; nobody\"/></testcase>"));
    free(text);
    end(&it);
}
END_TEST

START_TEST(junit_tags_do_not_depend_on_the_data)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    struct dn_obligation *row = add(&it, hostile[_i], DN_VERDICT_LATE, START);
    set(&it, &row->reason, hostile[_i]);
    set(&it, &row->regime, hostile[_i]);
    set(&it, &row->incident_id, hostile[_i]);
    char *text = written(&it, JUNIT);
    ck_assert_uint_eq(count_of(text, "<"), 8);
    ck_assert_uint_eq(count_of(text, "\""), 2 * count_of(text, "=\""));
    ck_assert(dn_text_utf8(dn_text_of(text), NULL));
    free(text);
    end(&it);
}
END_TEST

/* -- the calendar -- */

static icalcomponent *parsed(const char *text)
{
    icalcomponent *calendar = icalparser_parse_string(text);
    ck_assert_ptr_nonnull(calendar);
    ck_assert_int_eq(icalcomponent_isa(calendar), ICAL_VCALENDAR_COMPONENT);
    ck_assert_int_eq(icalcomponent_count_errors(calendar), 0);
    return calendar;
}

static void assert_lines(const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        ck_assert_int_eq(text[size], '\n');
        ck_assert_int_eq(text[size - 1], '\r');
        ck_assert_uint_le(size - 1, 75);
        ck_assert(dn_text_utf8((struct dn_text){text, size}, NULL));
        text += size + 1;
    }
}

START_TEST(calendar_has_what_is_open_and_reads_back)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add_affected(&it, "t",
                 "Soci\xC3\xA9t\xC3\xA9, \"Deux\"; \\ \xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97"
                 "\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC"
                 "\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\nBEGIN:VEVENT");
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++)
        add(&it, "t", (enum dn_verdict)verdict, verdict <= DN_VERDICT_EXCUSED ? START : NULL);
    char *text = written(&it, ICS);
    assert_lines(text);
    icalcomponent *calendar = parsed(text);
    int events = 0;
    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != NULL;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        struct icaltimetype start = icalcomponent_get_dtstart(event);
        icalcomponent *alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
        ck_assert_str_eq(icaltime_as_ical_string(start), "20260619T070500Z");
        ck_assert_ptr_nonnull(alarm);
        struct icaltriggertype trigger =
            icalproperty_get_trigger(icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY));
        ck_assert_int_eq(icaldurationtype_as_int(trigger.duration), -4 * 3600);
        ck_assert_ptr_nonnull(
            strstr(icalcomponent_get_summary(event), "\xE6\x97\xA5\xE6\x9C\xAC\\nBEGIN:VEVENT, INC-1"));
        events++;
    }
    ck_assert_int_eq(events, 5);
    icalcomponent_free(calendar);
    free(text);
    end(&it);
}
END_TEST

START_TEST(uid_is_that_of_the_obligation)
{
    struct fixture it;
    struct dn_buf first = {0}, again = {0}, other = {0};
    begin(&it, "2026-06-17T00:00:00Z");
    dn_report_ics_uid(add(&it, "t", DN_VERDICT_PENDING, NULL), &first);
    dn_report_ics_uid(add(&it, "t", DN_VERDICT_OVERDUE, NULL), &again);
    dn_report_ics_uid(add(&it, "u", DN_VERDICT_PENDING, NULL), &other);
    ck_assert_str_eq(first.at, again.at);
    ck_assert_str_ne(first.at, other.at);
    /* printf 'INC-1\nt\ncontract-72h-declared\n' | sha256sum */
    ck_assert_str_eq(first.at, "9397aaa4c5aa72a060b023d93408f326@duenotice");
    dn_buf_clear(&first);
    dn_buf_clear(&again);
    dn_buf_clear(&other);
    end(&it);
}
END_TEST

START_TEST(one_without_a_due_time_stands_at_now)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00.75Z");
    struct dn_obligation *row = add(&it, "t", DN_VERDICT_UNKNOWN, NULL);
    row->due_at = DN_INSTANT_NONE;
    char *text = written(&it, ICS);
    ck_assert_ptr_nonnull(strstr(text, "\r\nDTSTART:20260617T000000Z\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nSUMMARY:No due time known. UNKNOWN: settle t"));
    free(text);
    end(&it);
}
END_TEST

/* -- the table -- */

START_TEST(names_are_cut_on_a_terminal_alone)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add_affected(&it, "t", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E and a name that goes on and on \xE2\x80\xAE");
    char *whole = written(&it, TABLE), *cut = written(&it, PLAIN_TABLE), *colour = written(&it, COLOUR_TABLE);
    ck_assert_ptr_nonnull(strstr(whole, "NAME "));
    ck_assert_ptr_nonnull(strstr(whole, "and a name that goes on and on \\u{202E} "));
    ck_assert_ptr_nonnull(strstr(cut, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E and a name that goes… "));
    ck_assert_ptr_null(strchr(cut, '\x1b'));
    ck_assert_ptr_nonnull(strstr(colour, "\x1b[32mmet"));
    free(whole);
    free(cut);
    free(colour);
    end(&it);
}
END_TEST

START_TEST(table_without_names_has_no_column_for_them)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    char *text = written(&it, TABLE);
    ck_assert_ptr_null(strstr(text, "NAME"));
    free(text);
    end(&it);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static Suite *suite(void)
{
    Suite *suite = suite_create("report");
    TCase *cases = tcase_create("report");
    tcase_set_timeout(cases, 0);
    tcase_add_loop_test(cases, markup_is_escaped_and_visible, 0, COUNT(markups));
    tcase_add_test(cases, short_markup_counts_characters_and_cuts_no_entity);
    tcase_add_test(cases, numbers_spans_and_times_read_well);
    tcase_add_test(cases, percentiles_are_nearest_ranks_of_those_who_were_told);
    tcase_add_test(cases, the_last_stage_is_reached_when_nobody_is_left);
    tcase_add_test(cases, sentence_says_no_more_than_was_checked);
    tcase_add_test(cases, sentence_of_the_excused_and_the_exempt);
    tcase_add_test(cases, sentence_names_the_worst_first);
    tcase_add_test(cases, a_missing_one_is_not_late_before_it_is_due);
    tcase_add_loop_test(cases, tags_do_not_depend_on_the_data, 0, COUNT(hostile));
    tcase_add_test(cases, page_fetches_nothing_and_runs_nothing);
    tcase_add_test(cases, page_can_be_read_aloud);
    tcase_add_test(cases, page_names_every_row_that_is_not_met);
    tcase_add_test(cases, evidence_names_the_rows_of_the_ledger);
    tcase_add_loop_test(cases, pictures_hold_any_time, 0, COUNT(far_times));
    tcase_add_test(cases, marks_stand_where_the_times_are);
    tcase_add_test(cases, a_single_late_one_among_many_is_seen);
    tcase_add_test(cases, a_drill_says_so_loudly);
    tcase_add_test(cases, junit_is_red_exactly_when_a_person_is_needed);
    tcase_add_test(cases, junit_has_a_case_for_what_no_row_says);
    tcase_add_loop_test(cases, junit_tags_do_not_depend_on_the_data, 0, COUNT(hostile));
    tcase_add_test(cases, calendar_has_what_is_open_and_reads_back);
    tcase_add_test(cases, uid_is_that_of_the_obligation);
    tcase_add_test(cases, one_without_a_due_time_stands_at_now);
    tcase_add_test(cases, names_are_cut_on_a_terminal_alone);
    tcase_add_test(cases, table_without_names_has_no_column_for_them);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
