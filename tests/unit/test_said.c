#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline/audit.h"
#include "deadline/foreign.h"
#include "deadline/said_entry.h"
#include "deadline/said_parts.h"
#include "text_file.h"

#define ROWS 3000

/* A number that is the same every time. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void add_time(struct dn_buf *text, uint32_t minutes, uint32_t form)
{
    char time[DN_INSTANT_TEXT];
    dn_instant_format((struct dn_instant){1780272000 + (int64_t)minutes * 60, form % 7 == 1 ? 123456789 : 0}, time);
    if (form % 50 == 0)
        dn_buf_adds(text, form % 100 == 0 ? "soon" : "");
    else if (form % 7 == 2)
        dn_buf_addf(text, " %.19s+00:00 ", time);
    else if (form % 7 == 3)
        dn_buf_addf(text, "%.10s %.8s", time, time + 11);
    else
        dn_buf_adds(text, time);
}

/* Attempts to tell 200 tenants of 5 incidents, in no order: times in several forms and none, states in any case, cells
 * with line ends, a zone here and there. */
static void add_table(struct dn_buf *text)
{
    static const char *const states[] = {"accepted", "Delivered", "queued", "bounced", "REACHED", "unknown", ""};
    uint32_t state = 7;
    dn_buf_adds(text, "note,incident,tenant,state,told,due,found,zone\r\n");
    for (int i = 0; i < ROWS; i++) {
        uint32_t tenant = next(&state) % 200, incident = next(&state) % 5, told = next(&state) % 9000;
        dn_buf_addf(text, next(&state) % 9 ? "%d," : "\"a, \"\"%d\"\"\nb\",", i);
        dn_buf_addf(text, "INC-%u, tenant-%u of a longer name,%s,", incident, tenant, states[next(&state) % 7]);
        add_time(text, told, next(&state));
        dn_buf_addc(text, ',');
        add_time(text, 3000 + tenant * 10, next(&state) % 200 ? 4 : next(&state));
        dn_buf_addc(text, ',');
        add_time(text, 100 + tenant, next(&state) % 300 ? 4 : next(&state));
        dn_buf_adds(text, next(&state) % 400 ? ",Europe/Paris\r\n" : ",Europe/Nowhere\n");
    }
}

static void map(struct dn_foreign *foreign, const char *pair)
{
    ck_assert(dn_foreign_map(foreign, pair, NULL) == DN_OK);
}

static void add_instant(struct dn_buf *out, const char *name, struct dn_instant at)
{
    dn_buf_addf(out, " %s=", name);
    dn_instant_add_to(out, at);
}

/* All entries in their order, and what was noted. */
static void add_list(const struct dn_told_list *list, const struct dn_notes *notes, struct dn_buf *out)
{
    uint32_t *references = dn_told_sorted(list), found;
    struct dn_told_view view = {0};
    for (size_t i = 0; i < dn_told_count(list); i++) {
        const struct dn_told *told = dn_told_at(list, references[i], &view);
        const struct dn_told_foreign *it = told->foreign;
        ck_assert(dn_told_find(list, dn_text_of(view.incident_id), dn_text_of(told->tenant_id), &found));
        ck_assert_uint_eq(found, references[i]);
        dn_buf_addf(out, "%s/%s line %lld by=%s trouble=%s zone=%s%s", view.incident_id, told->tenant_id,
                    (long long)it->line, it->satisfied_by != NULL ? it->satisfied_by : "",
                    it->trouble != NULL ? it->trouble : "", it->zone != NULL ? it->zone : "",
                    it->unsure ? " unsure" : "");
        add_instant(out, "told", it->satisfied_at);
        add_instant(out, "due", it->due_at);
        add_instant(out, it->anchors[0].name, it->anchors[0].at);
        for (size_t p = 0; p < DN_POLICY_COUNT; p++)
            add_instant(out, dn_policy_words[p], it->under[p]);
        dn_buf_addc(out, '\n');
    }
    dn_buf_addf(out, "%zu entries, %lld rows, %zu incidents\n", dn_told_count(list), (long long)list->sources[0].rows,
                list->ids.count);
    for (size_t i = 0; i < notes->count; i++)
        dn_buf_addf(out, "%s\n", notes->at[i].text);
    dn_told_view_clear(&view);
    free(references);
}

/* What the table comes to, read by so many threads, so many bytes at a time. */
static void read_by(const char *path, size_t threads, size_t stretch, struct dn_buf *out)
{
    struct dn_foreign foreign = {.satisfied_by = "accepted", .policies = true, .threads = threads, .stretch = stretch};
    struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
    struct dn_strings formats = {0};
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    map(&foreign, "incident_id=incident");
    map(&foreign, "tenant_id=tenant");
    map(&foreign, "satisfied_at=told");
    map(&foreign, "due_at=due");
    map(&foreign, "state=state");
    map(&foreign, "zone=zone");
    map(&foreign, "anchor.found=found");
    dn_strings_add(&formats, DN_TEXT("%Y-%m-%d %H:%M:%S"));
    ck_assert(dn_formats_set(&foreign.formats, &formats, NULL) == DN_OK);
    ck_assert_msg(dn_foreign_read(&foreign, path, &list, &notes, &err) == DN_OK, "%s", err.text);
    add_list(&list, &notes, out);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_strings_clear(&formats);
    dn_notes_clear(&notes);
}

/* One thread with one stretch, against the number of threads and stretches of so many bytes. */
static const struct {
    size_t threads, stretch;
} readings[] = {{1, 0}, {2, 0}, {3, 0}, {1, 4096}, {2, 4096}, {3, 4096}, {2, 1009}, {3, 77}, {4, 20011}};

START_TEST(a_table_comes_to_the_same_for_every_number_of_threads)
{
    struct dn_buf table = {0}, whole = {0}, parts = {0};
    add_table(&table);
    const char *path = text_file(dn_buf_text(&table));
    read_by(path, 1, 1 << 24, &whole);
    read_by(path, readings[_i].threads, readings[_i].stretch, &parts);
    unlink(path);
    ck_assert_str_eq(parts.at, whole.at);
    ck_assert_ptr_nonnull(strstr(whole.at, " entries, 3000 rows, 5 incidents"));
    ck_assert_ptr_nonnull(strstr(whole.at, "times cannot be read; the first is"));
    ck_assert_ptr_nonnull(strstr(whole.at, "trouble=time"));
    ck_assert_ptr_nonnull(strstr(whole.at, "trouble=no-time"));
    ck_assert_ptr_nonnull(strstr(whole.at, "trouble=repeated"));
    dn_buf_clear(&table);
    dn_buf_clear(&whole);
    dn_buf_clear(&parts);
}
END_TEST

/* The id of one of very many incidents: short and long ones, many that end alike, and long ones that do not. */
static void add_incident(struct dn_buf *text, uint32_t number)
{
    dn_buf_addf(text, "INC-%u", number / 7);
    for (uint32_t i = 0; i < number % 7; i++)
        dn_buf_addf(text, " of the year %u", i % 2 ? 2026 : number / 7);
}

/* Each pair twice, the second time with another start, which only the later table has. */
static void add_pairs(struct dn_buf *text, bool started)
{
    dn_buf_adds(text, started ? "incident_id,tenant_id,told,started_at\n" : "incident_id,tenant_id,told\n");
    for (uint32_t i = 0; i < ROWS; i++) {
        add_incident(text, i);
        dn_buf_addf(text, ",t-%u,2026-06-02T00:00:00Z%s\n", i % 11,
                    !started ? ""
                    : i % 2  ? ",2026-06-01T00:00:00Z"
                             : ",");
    }
}

static void read_table(struct dn_foreign *foreign, struct dn_told_list *list, bool started)
{
    struct dn_buf table = {0};
    struct dn_notes notes = {0};
    add_pairs(&table, started);
    const char *path = text_file(dn_buf_text(&table));
    ck_assert(dn_foreign_read(foreign, path, list, &notes, NULL) == DN_OK);
    unlink(path);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
}

/* More incidents than are remembered, and a time that only the second table has. */
START_TEST(two_tables_of_very_many_incidents_are_one_list)
{
    struct dn_foreign foreign = {.satisfied_by = "told", .threads = readings[_i].threads};
    struct dn_told_list list = {0};
    struct dn_told_view view = {0};
    struct dn_buf id = {0}, tenant = {0};
    foreign.stretch = readings[_i].stretch;
    map(&foreign, "satisfied_at=told");
    read_table(&foreign, &list, false);
    read_table(&foreign, &list, true);
    ck_assert_uint_eq(dn_told_count(&list), ROWS);
    for (uint32_t i = 0, reference; i < ROWS; i++) {
        add_incident(&id, i);
        dn_buf_addf(&tenant, "t-%u", i % 11);
        ck_assert(dn_told_find(&list, dn_buf_text(&id), dn_buf_text(&tenant), &reference));
        const struct dn_told_foreign *it = dn_told_at(&list, reference, &view)->foreign;
        ck_assert_int_eq(it->line, i + 2);
        ck_assert_uint_eq(it->source, 0);
        ck_assert_int_eq(it->trouble != NULL, i % 2);
        ck_assert_int_eq(dn_instant_is(it->started_at), i % 2);
        dn_buf_reset(&id);
        dn_buf_reset(&tenant);
    }
    dn_told_view_clear(&view);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_buf_clear(&id);
    dn_buf_clear(&tenant);
}
END_TEST

/* Of incidents whose ids end alike each may be remembered in the other's place, also between rows of the same block. */
START_TEST(rows_of_incidents_whose_ids_end_alike_keep_their_own)
{
    struct dn_foreign foreign = {.satisfied_by = "told", .threads = readings[_i].threads};
    struct dn_told_list list = {0};
    struct dn_buf table = {0}, tenant = {0};
    struct dn_notes notes = {0};
    char ids[ROWS][8];
    uint32_t state = 5, reference;
    foreign.stretch = readings[_i].stretch;
    dn_buf_adds(&table, "incident_id,tenant_id,satisfied_at\n");
    for (uint32_t i = 0; i < ROWS; i++) {
        snprintf(ids[i], sizeof *ids, "%c-026", 'A' + (int)(next(&state) % 3));
        dn_buf_addf(&table, "%s,t-%u,2026-06-02T00:00:00Z\n", ids[i], i);
    }
    const char *path = text_file(dn_buf_text(&table));
    ck_assert(dn_foreign_read(&foreign, path, &list, &notes, NULL) == DN_OK);
    unlink(path);
    for (uint32_t i = 0; i < ROWS; i++) {
        dn_buf_reset(&tenant);
        dn_buf_addf(&tenant, "t-%u", i);
        ck_assert_msg(dn_told_find(&list, dn_text_of(ids[i]), dn_buf_text(&tenant), &reference), "%s, row %u", ids[i],
                      i);
    }
    ck_assert_uint_eq(dn_told_count(&list), ROWS);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
    dn_buf_clear(&tenant);
}
END_TEST

#define D "2026-06-02T00:00:00" /* a part of a second follows */

/* Rows about one tenant (tenant_id,started_at,due_at,told,state,found), and what they come to. */
static const struct {
    const char *rows, *wanted;
} agreements[] = {
    {"t," D "Z," D "Z," D "Z,accepted,\nt," D ".0Z," D ".0Z," D "Z,accepted,\n",
     "fine started=" D "Z due=" D "Z told=" D "Z by=accepted"},
    {"t," D ".000000001Z," D "Z,,queued,\nt," D ".000000002Z," D "Z,,queued,\n",
     "repeated started=" D ".000000001Z due=" D "Z told= by="},
    {"t," D ".000000002Z," D "Z,,queued,\nt," D ".000000001Z," D "Z,,queued,\n",
     "repeated started=" D ".000000001Z due=" D "Z told= by="},
    {"t,," D ".999999901Z,,queued,\nt,," D ".999999902Z,,queued,\n",
     "repeated started= due=" D ".999999901Z told= by="},
    {"t,," D ".000000102Z,,queued,\nt,," D ".000000101Z,,queued,\n",
     "repeated started= due=" D ".000000101Z told= by="},
    {"t,," D "Z," D ".000000002Z,reached,\nt,," D "Z," D ".000000001Z,accepted,\n",
     "fine started= due=" D "Z told=" D ".000000001Z by=reached"},
    {"t,," D "Z," D ".000000001Z,accepted,\nt,," D "Z," D ".000000002Z,accepted,\n",
     "fine started= due=" D "Z told=" D ".000000001Z by=accepted"},
    {"t,0001-01-01T00:00:00Z,9999-12-31T23:59:59.999999999Z,0001-01-01T00:00:00.000000001Z,accepted,\n",
     "fine started=0001-01-01T00:00:00Z due=9999-12-31T23:59:59.999999999Z told=0001-01-01T00:00:00.000000001Z "
     "by=accepted"},
    {"t,,0000-12-31T23:59:59.9999999Z,,queued,\n", "time started= due= told= by="},
    {"t,," D "Z,soon,accepted,\n", "time started= due=" D "Z told= by="},
    {"t,," D "Z,,accepted,\n", "no-time started= due=" D "Z told= by="},
    {"t,soon," D "Z," D "Z,accepted,\n", "time started= due=" D "Z told=" D "Z by=accepted"},
    {"t,," D "Z," D "Z,accepted,soon\n", "time started= due=" D "Z told=" D "Z by=accepted"},
    {"t,," D "Z," D "Z,accepted," D "Z\nt,," D "Z," D "Z,accepted," D ".000000001Z\n",
     "repeated started= due=" D "Z told=" D "Z by=accepted"},
};

START_TEST(rows_about_one_tenant_agree_to_the_nanosecond)
{
    struct dn_foreign foreign = {.satisfied_by = "accepted", .threads = 1};
    struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
    struct dn_told_view view = {0};
    struct dn_buf table = {0}, found = {0};
    struct dn_notes notes = {0};
    dn_buf_addf(&table, "tenant_id,started_at,due_at,told,state,found\n%s", agreements[_i].rows);
    const char *path = text_file(dn_buf_text(&table));
    map(&foreign, "satisfied_at=told");
    map(&foreign, "state=state");
    map(&foreign, "anchor.found=found");
    ck_assert(dn_foreign_read(&foreign, path, &list, &notes, NULL) == DN_OK);
    unlink(path);
    ck_assert_uint_eq(dn_told_count(&list), 1);
    uint32_t *references = dn_told_sorted(&list);
    const struct dn_told_foreign *it = dn_told_at(&list, references[0], &view)->foreign;
    dn_buf_adds(&found, it->trouble != NULL ? it->trouble : "fine");
    add_instant(&found, "started", it->started_at);
    add_instant(&found, "due", it->due_at);
    add_instant(&found, "told", it->satisfied_at);
    dn_buf_addf(&found, " by=%s", it->satisfied_by != NULL ? it->satisfied_by : "");
    ck_assert_str_eq(found.at, agreements[_i].wanted);
    free(references);
    dn_told_view_clear(&view);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
    dn_buf_clear(&found);
}
END_TEST

/* The error is the first in the order of the table, whoever comes upon it. */
START_TEST(the_first_bad_record_ends_it_for_every_number_of_threads)
{
    struct dn_foreign foreign = {.satisfied_by = "told", .threads = readings[_i].threads};
    struct dn_told_list list = {0};
    struct dn_buf table = {0};
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    foreign.stretch = readings[_i].stretch;
    dn_buf_adds(&table, "incident_id,tenant_id,satisfied_at\n");
    for (int i = 2; i < 3000; i++)
        dn_buf_addf(&table, "INC-1,tenant-%d,2026-06-15T18:00:00Z%s\n", i, i % 1000 == 0 ? ",more" : "");
    const char *path = text_file(dn_buf_text(&table));
    ck_assert(dn_foreign_read(&foreign, path, &list, &notes, &err) == DN_INVALID);
    unlink(path);
    ck_assert_msg(strstr(err.text, ":1000: ") != NULL, "%s", err.text);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
}
END_TEST

static void take_row(void *summary, const struct dn_obligation *row)
{
    dn_summary_take(summary, row);
}

static void add_percentiles(struct dn_buf *out, const struct dn_seconds *seconds)
{
    int64_t values[4] = {0};
    dn_buf_addf(out, " of %zu:", dn_seconds_percentiles(seconds, values));
    for (size_t i = 0; i < 4; i++)
        dn_buf_addf(out, " %lld", (long long)values[i]);
}

/* An audit's counts and notes: rows are only counted, or seen one by one and counted then. */
static void audit(struct dn_audit *audit, bool seen, struct dn_buf *out)
{
    struct dn_summary summary = {0};
    struct dn_obligations kept = {0};
    struct dn_notes notes = {0};
    audit->take = seen ? take_row : NULL;
    audit->context = &summary;
    audit->summary = seen ? NULL : &summary;
    ck_assert(dn_audit_run(audit, &kept, &notes, NULL) == DN_OK);
    dn_buf_addf(out, "%zu rows;", summary.total);
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        dn_buf_addf(out, " %s %zu", dn_verdict_words[i], summary.counts[i]);
    add_percentiles(out, &summary.elapsed);
    add_percentiles(out, &summary.overrun);
    for (size_t i = 0; i < notes.count; i++)
        dn_buf_addf(out, "\n%s", notes.at[i].text);
    dn_summary_clear(&summary);
    dn_obligations_clear(&kept);
    dn_notes_clear(&notes);
}

#define NOW "2026-06-04T03:00:00Z"

/* A start and a due time for each tenant, some of them not there or not alike; some were told before the start, some in
 * time, late or never; nobody knows of some. And the ends of all that. */
static void add_clocks(struct dn_buf *text)
{
    static const char *const states[] = {"accepted", "delivered", "queued", "reached", "queued", "unknown", ""};
    uint32_t state = 11;
    dn_buf_adds(text, "incident_id,tenant_id,told,state,started_at,due_at\n");
    for (int i = 0; i < ROWS; i++) {
        uint32_t tenant = next(&state) % 900, told = next(&state) % 6000;
        dn_buf_addf(text, "INC-%u,tenant-%u,", tenant % 3, tenant);
        add_time(text, told, next(&state) % 20 ? 4 : next(&state));
        dn_buf_addf(text, ",%s,", states[next(&state) % 7]);
        if (tenant % 5 != 0)
            add_time(text, 500 + tenant + (i % 100 == 0), next(&state) % 50 ? 4 : next(&state));
        dn_buf_addc(text, ',');
        add_time(text, 3000 + tenant * 4, tenant % 90 == 0 ? 100 : 4);
        dn_buf_addc(text, '\n');
    }
    dn_buf_adds(text, "INC-9,at the end,2026-06-02T00:00:00Z,reached,,2026-06-02T00:00:00Z\n"
                      "INC-9,behind it,2026-06-02T00:00:00.000000001Z,reached,,2026-06-02T00:00:00Z\n"
                      "INC-9,at once,2026-06-02T00:00:00Z,reached,2026-06-02T00:00:00Z,2026-06-03T00:00:00Z\n"
                      "INC-9,before,2026-06-02T00:00:00Z,reached,2026-06-02T00:00:00.000000001Z,2026-06-03T00:00:00Z\n"
                      "INC-9,now," NOW ",reached,,2026-06-05T00:00:00Z\n"
                      "INC-9,due now,,queued,," NOW "\n");
}

/* Whoever only counts takes a shorter way. _i: who is asked about what is due soon, at a time in the midst of it. */
START_TEST(rows_that_are_only_counted_come_to_what_rows_that_are_seen_do)
{
    struct dn_foreign foreign = {.satisfied_by = "delivered", .threads = 2};
    struct dn_told_list list = {.satisfied_by = DN_POLICY_DELIVERED};
    struct dn_buf table = {0}, seen = {0}, counted = {0};
    struct dn_incidents incidents = {0};
    struct dn_almanac almanac = {0};
    struct dn_regimes regimes = {0};
    struct dn_notes notes = {0};
    struct dn_audit asked = {.incidents = &incidents, .told = &list, .regimes = &regimes, .almanac = &almanac};
    ck_assert(dn_instant_parse(DN_TEXT(NOW), &asked.now));
    asked.warn_s = _i == 0 ? -1 : 3600;
    asked.threads = 3;
    add_clocks(&table);
    const char *path = text_file(dn_buf_text(&table));
    map(&foreign, "satisfied_at=told");
    map(&foreign, "state=state");
    ck_assert(dn_regimes_load(NULL, &regimes, NULL) == DN_OK);
    ck_assert(dn_foreign_read(&foreign, path, &list, &notes, NULL) == DN_OK);
    unlink(path);
    audit(&asked, true, &seen);
    audit(&asked, false, &counted);
    ck_assert_str_eq(counted.at, seen.at);
    ck_assert_msg(strstr(seen.at, " late 0") == NULL && strstr(seen.at, " met 0") == NULL, "%s", seen.at);
    ck_assert_msg(strstr(seen.at, "told before their clock started") != NULL, "%s", seen.at);
    ck_assert_msg((strstr(seen.at, "are due soon") != NULL) == (_i == 1), "%s", seen.at);
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_almanac_clear(&almanac);
    dn_regimes_clear(&regimes);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
    dn_buf_clear(&counted);
    dn_buf_clear(&seen);
}
END_TEST

/* Numbers of several kinds; the last three: far apart, very far, and one step too wide for 4096 ranges. */
static int64_t number_of(int kind, size_t i, uint32_t *state)
{
    if (kind == 0)
        return 7;
    if (kind <= 2)
        return kind == 1 ? (int64_t)i : -(int64_t)i;
    if (kind == 8)
        return i % 3 == 0 ? 8192 : 0;
    int64_t number = next(state) % (uint32_t)(kind * 9);
    return kind <= 5 ? number : (number - 30) * (kind == 6 ? 100000 : 4000000000);
}

/* Selection against sorting, with numbers alike, in order, and so few that ranks fall together. */
START_TEST(percentiles_are_those_of_the_sorted_numbers)
{
    static const size_t ranks[] = {50, 90, 99, 100};
    uint32_t state = (uint32_t)_i + 1;
    for (size_t count = 1; count < 400; count++) {
        struct dn_summary part[2] = {{0}};
        size_t below[4] = {0}, same[4] = {0};
        int64_t numbers[400], values[4];
        for (size_t i = 0; i < count; i++) {
            numbers[i] = number_of(_i, i, &state);
            struct dn_obligation row = {.due_at = {1000, 0}, .satisfied_at = {1000 + numbers[i], 0}};
            row.started_at = DN_INSTANT_NONE;
            dn_summary_take(&part[i % 3 == 0], &row);
        }
        dn_summary_join(&part[0], &part[1]);
        ck_assert_uint_eq(dn_seconds_percentiles(&part[0].elapsed, values), 0);
        ck_assert_uint_eq(dn_seconds_percentiles(&part[0].overrun, values), count);
        for (size_t v = 0; v < 4; v++) {
            for (size_t i = 0; i < count; i++) {
                below[v] += numbers[i] < values[v];
                same[v] += numbers[i] == values[v];
            }
            size_t place = (count * ranks[v] + 99) / 100; /* nearest rank */
            ck_assert_msg(below[v] < place && place <= below[v] + same[v], "%zu numbers, rank %zu", count, ranks[v]);
        }
        dn_summary_clear(&part[0]);
    }
}
END_TEST

/* A hash speaks for an entry, but does not decide. */
START_TEST(tenants_whose_hashes_are_alike_are_told_apart)
{
    struct dn_said *said = dn_said_new(&(struct dn_said_kind){0});
    struct dn_said_incident incident = {.id = DN_TEXT("INC-1"), .hash = 5};
    struct dn_said_batch batch = {0};
    struct dn_said_more *more;
    char ids[50][12];
    dn_said_begin(said, 0, false, false);
    for (int i = 0; i < 100; i++) {
        snprintf(ids[i % 50], sizeof *ids, "tenant-%d", i % 50);
        struct dn_said_row *row = dn_said_batch_add(said, &batch, &incident, dn_text_of(ids[i % 50]), &more);
        row->hash = 77;
        row->line = i;
        row->due = (struct dn_instant){1000 + i % 50, 0};
        row->satisfied = DN_INSTANT_NONE;
        row->rank = -1;
        row->word = 0;
        row->told = row->unsure = false;
        row->fine = row->satisfied_fine = true;
        if (i % 50 == 49)
            dn_said_take(said, (size_t)i / 50, &batch);
    }
    ck_assert_uint_eq(dn_said_count(said), 50);
    for (uint32_t i = 0; i < DN_SAID_SHARDS; i++)
        for (uint32_t n = 0; n < dn_said_shard_count(said, i); n++) {
            struct dn_said_entry entry;
            dn_said_at(said, n * DN_SAID_SHARDS + i, &entry);
            ck_assert_ptr_null(entry.times.trouble);
        }
    dn_said_batch_clear(&batch);
    dn_said_free(said);
}
END_TEST

#define MANY 20000

/* Very many incidents of one tenant, which lie in one shard, and very many tenants of one. */
START_TEST(very_many_pairs_are_found_again)
{
    struct dn_foreign foreign = {.satisfied_by = "told", .threads = readings[_i].threads};
    struct dn_told_list list = {0};
    struct dn_notes notes = {0};
    struct dn_buf table = {0};
    uint32_t reference;
    char id[2][16];
    foreign.stretch = readings[_i].stretch;
    dn_buf_adds(&table, "incident_id,tenant_id,satisfied_at\n");
    for (unsigned i = 0; i < 3 * MANY; i++)
        dn_buf_addf(&table, "I-%u,t-%u,2026-06-02T00:00:00Z\n", i % 3 ? i % MANY : 0, i % 3 ? 0 : i % MANY);
    const char *path = text_file(dn_buf_text(&table));
    ck_assert(dn_foreign_read(&foreign, path, &list, &notes, NULL) == DN_OK);
    unlink(path);
    ck_assert_uint_eq(dn_told_count(&list), 2 * MANY - 1);
    for (unsigned i = 0; i < 2 * MANY; i++) {
        snprintf(id[0], sizeof id[0], "I-%u", i % 2 ? i / 2 : 0);
        snprintf(id[1], sizeof id[1], "t-%u", i % 2 ? 0 : i / 2);
        ck_assert_msg(dn_told_find(&list, dn_text_of(id[0]), dn_text_of(id[1]), &reference), "%s %s", id[0], id[1]);
    }
    dn_told_list_clear(&list);
    dn_foreign_clear(&foreign);
    dn_notes_clear(&notes);
    dn_buf_clear(&table);
}
END_TEST

/* A row about one tenant, which is all of a block. */
static void take_block(struct dn_said *said, size_t block, struct dn_said_incident *incident,
                       const struct dn_said_row *it)
{
    struct dn_said_batch batch = {0};
    struct dn_said_more *more;
    struct dn_said_row *row = dn_said_batch_add(said, &batch, incident, DN_TEXT("tenant"), &more);
    row->line = it->line;
    row->due = it->due;
    row->satisfied = it->satisfied;
    row->word = it->word;
    row->rank = -1;
    row->told = row->fine = row->satisfied_fine = true;
    row->unsure = false;
    dn_said_take(said, block, &batch);
    dn_said_batch_clear(&batch);
}

/* The same, of a block behind the last one. */
static void take_said(struct dn_said *said, struct dn_said_incident *incident, const struct dn_said_row *row)
{
    static size_t block;
    block = dn_said_count(said) == 0 ? 0 : block + 1;
    take_block(said, block, incident, row);
}

/* The reference of the only shard that has entries. */
static uint32_t shard_in_use(const struct dn_said *said)
{
    uint32_t shard = 0;
    while (dn_said_shard_count(said, shard) == 0)
        shard++;
    return shard;
}

/* A row of an incident that has this number in every shard. */
static void take_numbered(struct dn_said *said, uint32_t number, const struct dn_said_row *row)
{
    struct dn_said_incident incident = {.id = DN_TEXT("INC-1"), .hash = 5};
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        incident.numbers[i] = number + 1;
    take_said(said, &incident, row);
}

/* Entries have little room for numbers; what is larger is kept all the same, and found again. */
START_TEST(numbers_that_have_no_room_in_an_entry_are_kept)
{
    static const uint32_t incidents[] = {0, 7, 1048574, 1048575, 1048576, 40000000};
    static const int64_t lines[] = {2, 70, 4294967297, 4294967298, 1099511627775, 1099511627775};
    struct dn_said *said = dn_said_new(&(struct dn_said_kind){0});
    size_t count = sizeof incidents / sizeof *incidents;
    dn_said_begin(said, 3, false, false);
    for (size_t turn = 0; turn < 2; turn++) /* the second one finds what the first has added */
        for (size_t i = 0; i < count; i++) {
            struct dn_said_row row = {.line = lines[i], .word = (uint32_t)(250 + i), .due = {(int64_t)i << 31, 0}};
            row.satisfied = row.due;
            take_numbered(said, incidents[i], &row);
            ck_assert_uint_eq(dn_said_count(said), turn == 0 ? i + 1 : count);
        }
    for (uint32_t i = 0, shard = shard_in_use(said); i < count; i++) {
        struct dn_said_times times;
        dn_said_times(said, i * DN_SAID_SHARDS + shard, &times);
        ck_assert_ptr_null(times.trouble);
        ck_assert(times.due_at.s == (int64_t)i << 31 && times.satisfied_at.s == (int64_t)i << 31);
        ck_assert_uint_eq(dn_said_text(said, i * DN_SAID_SHARDS + shard, false), incidents[i]);
        ck_assert_uint_eq(dn_said_place(&said->shards[shard], i),
                          (uint64_t)3 << DN_SAID_LINE_BITS | (uint64_t)lines[i]);
        ck_assert_uint_eq(dn_said_word_of(&said->shards[shard], i), 250 + i);
    }
    dn_said_free(said);
}
END_TEST

/* Two entries of each of several tables, and of one none. */
START_TEST(an_entry_says_of_which_table_and_line_it_is)
{
    static const size_t sources[] = {0, 1, 2, 3, 5, 6, 9};
    struct dn_said *said = dn_said_new(&(struct dn_said_kind){0});
    size_t count = 2 * sizeof sources / sizeof *sources;
    for (uint32_t i = 0; i < count; i++) {
        struct dn_said_incident incident = {.id = DN_TEXT("INC-1"), .hash = 5};
        struct dn_said_row row = {.line = 2 + 10 * (int64_t)i, .due = {1000, 0}, .satisfied = {5, 0}};
        for (size_t s = 0; s < DN_SAID_SHARDS; s++)
            incident.numbers[s] = i + 1;
        if (i % 2 == 0)
            dn_said_begin(said, sources[i / 2], false, false);
        take_block(said, i % 2, &incident, &row);
    }
    for (uint32_t i = 0, shard = shard_in_use(said); i < count; i++)
        ck_assert_uint_eq(dn_said_place(&said->shards[shard], i),
                          (uint64_t)sources[i / 2] << DN_SAID_LINE_BITS | (uint64_t)(2 + 10 * i));
    dn_said_free(said);
}
END_TEST

/* One of them is the number that says in an entry: it has no room here. Under a key of 0 all hashes of the first tenant
 * are alike, so that the entry of another one is looked at first. */
START_TEST(many_incidents_whose_hashes_are_alike_are_told_apart)
{
    static const uint32_t incidents[] = {1048576, 1048575, 1048574};
    struct dn_said *said = dn_said_new(&(struct dn_said_kind){0});
    size_t count = sizeof incidents / sizeof *incidents;
    dn_said_begin(said, 3, false, false);
    said->keys[1] = 0;
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < count; i++) {
            struct dn_said_row row = {.line = 2, .due = {1000, 0}, .satisfied = {(int64_t)(10 * i + 5 - turn), 0}};
            take_numbered(said, incidents[i], &row);
            ck_assert_uint_eq(dn_said_count(said), turn == 0 ? i + 1 : count);
        }
    for (uint32_t i = 0, shard = shard_in_use(said); i < count; i++) {
        struct dn_said_times times;
        dn_said_times(said, i * DN_SAID_SHARDS + shard, &times);
        ck_assert_ptr_null(times.trouble);
        ck_assert_int_eq(times.satisfied_at.s, 10 * i + 4);
        ck_assert_uint_eq(dn_said_text(said, i * DN_SAID_SHARDS + shard, false), incidents[i]);
    }
    dn_said_free(said);
}
END_TEST

/* Each byte of an id counts, and its size: among so few no two meet. */
START_TEST(ids_that_differ_in_one_byte_or_in_size_have_other_hashes)
{
    char id[64];
    struct dn_said *said = dn_said_new(&(struct dn_said_kind){0});
    memset(id, 'a', sizeof id);
    uint64_t shorter = dn_said_tenant_hash(said, (struct dn_text){id, 0});
    for (size_t size = 1; size <= sizeof id; size++) {
        uint64_t hash = dn_said_tenant_hash(said, (struct dn_text){id, size});
        ck_assert(hash != shorter);
        for (size_t i = 0; i < size; i++) {
            id[i] = 'b';
            ck_assert_msg(dn_said_tenant_hash(said, (struct dn_text){id, size}) != hash, "%zu of %zu", i, size);
            id[i] = 'a';
        }
        ck_assert(dn_said_tenant_hash(said, (struct dn_text){id, size}) == hash);
        shorter = hash;
    }
    dn_said_free(said);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("said");
    TCase *tests = tcase_create("said");
    int count = sizeof readings / sizeof *readings;
    tcase_add_loop_test(tests, a_table_comes_to_the_same_for_every_number_of_threads, 0, count);
    tcase_add_loop_test(tests, two_tables_of_very_many_incidents_are_one_list, 0, count);
    tcase_add_loop_test(tests, rows_of_incidents_whose_ids_end_alike_keep_their_own, 0, count);
    tcase_add_loop_test(tests, rows_about_one_tenant_agree_to_the_nanosecond, 0,
                        sizeof agreements / sizeof *agreements);
    tcase_add_loop_test(tests, the_first_bad_record_ends_it_for_every_number_of_threads, 0, count);
    tcase_add_loop_test(tests, rows_that_are_only_counted_come_to_what_rows_that_are_seen_do, 0, 2);
    tcase_add_loop_test(tests, percentiles_are_those_of_the_sorted_numbers, 0, 9);
    tcase_add_test(tests, tenants_whose_hashes_are_alike_are_told_apart);
    tcase_add_loop_test(tests, very_many_pairs_are_found_again, 0, 3);
    tcase_add_test(tests, numbers_that_have_no_room_in_an_entry_are_kept);
    tcase_add_test(tests, an_entry_says_of_which_table_and_line_it_is);
    tcase_add_test(tests, many_incidents_whose_hashes_are_alike_are_told_apart);
    tcase_add_test(tests, ids_that_differ_in_one_byte_or_in_size_have_other_hashes);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
