/* impact: the stream, and grouping with and without memory. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "impact/group.h"
#include "impact/grouped.h"
#include "impact/impact.h"
#include "impact/pen.h"
#include "text_file.h"

#define HEADER                                                                                                         \
    "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,last_seen,evidence,"    \
    "determined_at,part\n"
#define ROW "I,t,s,r,access,confirmed,3,2,40,2026-06-15T08:00:00Z,2026-06-15T09:00:00.5Z,e.csv:7,2026-07-01T00:00:00Z,"

/* Reads a stream to its end and gives the number of rows, or -1 and the error. */
static int read_all(const char *text, struct dn_error *err)
{
    const char *path = text_file(dn_text_of(text));
    struct dn_impact_reader *reader = NULL;
    struct dn_impact row;
    int count = 0;
    enum dn_status status = dn_impact_open(path, false, &reader, err);
    while (status == DN_OK && (status = dn_impact_next(reader, &row, err)) == DN_OK)
        count++;
    dn_impact_close(reader);
    unlink(path);
    return status == DN_END ? count : -1;
}

static void is_refused(const char *text, const char *why)
{
    struct dn_error err = {0};
    ck_assert_int_eq(read_all(text, &err), -1);
    ck_assert_msg(strstr(err.text, why), "'%s' is not in '%s'", why, err.text);
}

START_TEST(a_row_is_read_as_it_was_written)
{
    const char *path = text_file(DN_TEXT(HEADER ROW "1/1\n"));
    struct dn_impact_reader *reader = NULL;
    struct dn_impact row;
    struct dn_buf scratch = {0}, line = {0};
    struct dn_text cells[DN_IMPACT_COLUMNS];
    ck_assert_int_eq(dn_impact_open(path, false, &reader, NULL), DN_OK);
    ck_assert_int_eq(dn_impact_next(reader, &row, NULL), DN_OK);
    ck_assert_int_eq(dn_impact_line(reader), 2);
    ck_assert_str_eq(dn_impact_name(reader), path);
    ck_assert_int_eq(row.data_subjects, 40);
    dn_impact_cells(&row, &scratch, cells);
    dn_csv_add_record(&line, cells, DN_IMPACT_COLUMNS);
    ck_assert_int_eq(strncmp(line.at, ROW, strlen(ROW) - 1), 0);
    ck_assert_int_eq(dn_impact_next(reader, &row, NULL), DN_END);
    dn_impact_close(reader);
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
    unlink(path);
}
END_TEST

/* Whatever stands in a time of day: on a day that was met before, as dn_instant_parse says. */
START_TEST(times_of_a_day_that_was_met_are_read_as_any_others)
{
    static const char written[] = "0123456789:/;. @aApP\x7f";
    static const char times[][21] = {"2026-06-15T18:30:09Z", "2026-06-15T23:59:59Z", "2026-06-15T00:00:00Z"};
    for (size_t i = 0; i < 3 * 9 * (sizeof written - 1); i++) {
        char time[21], text[1024];
        struct dn_error err = {0};
        struct dn_instant at;
        memcpy(time, times[i % 3], sizeof time);
        time[10 + i / 3 % 9] = written[i / 27];
        snprintf(text, sizeof text, HEADER ROW "1/2\nI,t,s,r,access,confirmed,3,2,40,%s,,e,2026-07-01T00:00:00Z,2/2\n",
                 time);
        ck_assert_msg((read_all(text, &err) == 2) == dn_instant_parse(dn_text_of(time), &at), "%s", time);
    }
}
END_TEST

START_TEST(what_is_not_known_stays_empty)
{
    struct dn_impact row = {.incident_id = DN_TEXT("I"),
                            .effect = DN_EFFECT_UNRESOLVED,
                            .rows = 1,
                            .events = 0,
                            .data_subjects = -1,
                            .first_seen = DN_INSTANT_NONE,
                            .last_seen = DN_INSTANT_NONE,
                            .determined_at = {0, 0}};
    struct dn_buf scratch = {0}, line = {0};
    struct dn_text cells[DN_IMPACT_COLUMNS];
    dn_impact_cells(&row, &scratch, cells);
    dn_csv_add_record(&line, cells, DN_IMPACT_COLUMNS);
    ck_assert_str_eq(line.at, "I,,,,unresolved,potential,1,0,,,,,1970-01-01T00:00:00Z\n");
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
}
END_TEST

static void is_written_as_its_cells(struct dn_pen *pen, const struct dn_impact *row)
{
    struct dn_buf scratch = {0}, line = {0}, written = {0};
    struct dn_text cells[DN_IMPACT_COLUMNS];
    dn_impact_cells(row, &scratch, cells);
    dn_csv_add_record(&line, cells, DN_IMPACT_COLUMNS);
    dn_pen_add(pen, row, &written);
    dn_buf_addc(&written, '\n');
    ck_assert_str_eq(written.at, line.at);
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
    dn_buf_clear(&written);
}

START_TEST(rows_are_written_as_their_cells)
{
    static const int64_t seconds[] = {0,          -1,           -86400,      86399,        86400,       64 * 86400,
                                      1781546400, -62135596800, 13569465600, 253402300799, -2208988801, 951782400};
    static const int32_t ns[] = {-1, 0, 1, 999999999, 500000000, 120000000, 123000, 100, 987654320};
    static const char *const texts[] = {"",         "a",    "a,b", "\"",
                                        "\"\"\"\"", "x\ny", "\r",  "plain text of more than one word"};
    struct dn_pen pen = {0};
    for (size_t s = 0; s < sizeof seconds / sizeof *seconds; s++)
        for (size_t n = 0; n < sizeof ns / sizeof *ns; n++)
            for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
                struct dn_text text = dn_text_of(texts[t]);
                struct dn_impact row = {text,
                                        text,
                                        text,
                                        text,
                                        (enum dn_effect)(t % 7),
                                        (enum dn_certainty)(t % 2),
                                        (int64_t)t,
                                        INT64_MAX,
                                        (int64_t)t - 1,
                                        {seconds[s], ns[n]},
                                        {seconds[s] / 3, ns[n]},
                                        text,
                                        {seconds[s], 0}};
                is_written_as_its_cells(&pen, &row);
            }
}
END_TEST

START_TEST(wrong_cells_are_named_with_line_and_field)
{
    ck_assert_int_eq(read_all(HEADER, NULL), 0);
    ck_assert_int_eq(read_all(HEADER ROW "1/1\n", NULL), 1);
    ck_assert_int_eq(read_all(HEADER "I,,,,unresolved,potential,1,1,,,,,2026-07-01T00:00:00Z,1/1\n", NULL), 1);
    is_refused(HEADER ",t,s,r,access,confirmed,1,1,,,,,2026-07-01T00:00:00Z,1/1\n", ":2:1: incident_id '' is empty");
    is_refused(HEADER "I,t,s,r,theft,confirmed,1,1,,,,,2026-07-01T00:00:00Z,1/1\n", ":2:5: effect 'theft' is not");
    is_refused(HEADER "I,t,s,r,access,sure,1,1,,,,,2026-07-01T00:00:00Z,1/1\n", ":2:6: certainty 'sure' is not");
    is_refused(HEADER "I,t,s,r,access,confirmed,,1,,,,,2026-07-01T00:00:00Z,1/1\n", ":2:7: rows '' is not a whole");
    is_refused(HEADER "I,t,s,r,access,confirmed,1,-1,,,,,2026-07-01T00:00:00Z,1/1\n", ":2:8: events '-1' is not");
    is_refused(HEADER "I,t,s,r,access,confirmed,1,1,few,,,,2026-07-01T00:00:00Z,1/1\n", ":2:9: data_subjects 'few'");
    is_refused(HEADER "I,t,s,r,access,confirmed,1,1,,2026-06-15,,,2026-07-01T00:00:00Z,1/1\n", ":2:10: first_seen");
    is_refused(HEADER "I,t,s,r,access,confirmed,1,1,,,now,,2026-07-01T00:00:00Z,1/1\n", ":2:11: last_seen 'now'");
    is_refused(HEADER "I,t,s,r,access,confirmed,1,1,,,,,,1/1\n", ":2:13: determined_at '' is not a time");
    is_refused(HEADER ROW "1/2\n", "cut: 1 of 2 rows");
    is_refused(HEADER "I,t,s\n", ":2: 3 fields, but the header has 14");
    is_refused("incident_id,resource,effect\nI,r,access\n", "missing column 'tenant': expected an impact stream");
    is_refused("at,operation,actor,resource\n", "this is native evidence");
}
END_TEST

/* What grouping tells, as text. */
struct told {
    struct dn_buf text;
};

static void tell_count(void *context, struct dn_text incident_id, int64_t record_ids)
{
    struct told *told = context;
    dn_buf_addf(&told->text, "%.*s %d ids\n", (int)incident_id.size, incident_id.at, (int)record_ids);
}

static void tell_row(void *context, size_t thread, const struct dn_impact *row, int64_t number, struct dn_buf *rows)
{
    struct dn_buf scratch = {0};
    struct dn_text cells[DN_IMPACT_COLUMNS];
    (void)context;
    (void)thread;
    (void)number;
    dn_impact_cells(row, &scratch, cells);
    dn_csv_add_record(rows, cells, DN_IMPACT_COLUMNS - 1);
    dn_buf_clear(&scratch);
}

static void tell_rows(void *context, struct dn_text rows, int64_t count)
{
    (void)count;
    dn_buf_addt(&((struct told *)context)->text, rows);
}

/* Small numbers, the same ones in every run. */
static uint32_t next_number(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

static void add_row(struct dn_groups *groups, struct dn_groups_lane *lane, uint32_t *state, int i)
{
    char tenant[8], resource[8], evidence[32], id[16] = "";
    snprintf(tenant, sizeof tenant, "t%d", (int)next_number(state, 5));
    snprintf(resource, sizeof resource, "r%d", (int)next_number(state, 40));
    snprintf(evidence, sizeof evidence, "%c.csv:%d", 'a' + (int)next_number(state, 3), i);
    if (next_number(state, 4) > 0)
        snprintf(id, sizeof id, "id%d", (int)next_number(state, 700));
    struct dn_impact row = {.incident_id = next_number(state, 2) ? DN_TEXT("A") : DN_TEXT("A-B"),
                            .tenant = dn_text_of(tenant),
                            .service = DN_TEXT("s"),
                            .resource = dn_text_of(resource),
                            .effect = (enum dn_effect)next_number(state, 6),
                            .certainty = (enum dn_certainty)next_number(state, 2),
                            .rows = 1,
                            .events = id[0] == '\0',
                            .data_subjects = (int64_t)next_number(state, 9) - 1,
                            .first_seen = {1000 + next_number(state, 50), 0},
                            .evidence = dn_text_of(evidence)};
    if (next_number(state, 10) == 0)
        row.first_seen = DN_INSTANT_NONE;
    row.last_seen = row.first_seen;
    if (!lane) {
        ck_assert_int_eq(dn_groups_add(groups, &row, dn_text_of(id), NULL), DN_OK);
        ck_assert_int_eq(dn_groups_count(groups, row.incident_id, dn_text_of(id), NULL), DN_OK);
        return;
    }
    row.evidence.size = 6; /* "a.csv:" */
    ck_assert_int_eq(dn_groups_lane_add(lane, &row, i, dn_text_of(id), NULL), DN_OK);
    ck_assert_int_eq(dn_groups_lane_count(lane, row.incident_id, dn_text_of(id), NULL), DN_OK);
}

/* lanes 0: without any. */
static char *group_rows(size_t memory_bytes, int rows, int lanes)
{
    struct dn_groups_lane *lane[4] = {NULL};
    struct told told = {{0}};
    struct dn_groups_told how = {&told, tell_count, NULL, tell_row, tell_rows};
    struct dn_groups *groups = dn_groups_new(memory_bytes);
    uint32_t state = 7;
    for (int i = 0; i < lanes; i++)
        lane[i] = dn_groups_lane_new(groups);
    for (int i = 0; i < rows; i++)
        add_row(groups, lanes > 0 ? lane[i / 7 % lanes] : NULL, &state, i);
    for (int i = lanes; i-- > 0;) {
        ck_assert_int_eq(dn_groups_lane_flush(lane[i], NULL), DN_OK);
        dn_groups_lane_free(lane[i]);
    }
    ck_assert_int_eq(dn_groups_tell(groups, 2, &how, NULL), DN_OK);
    size_t size = told.text.size;
    ck_assert_int_eq(dn_groups_tell(groups, 2, &how, NULL), DN_OK); /* nothing is left */
    ck_assert_uint_eq(told.text.size, size);
    dn_groups_free(groups);
    return dn_buf_take(&told.text);
}

/* One byte of memory sends every batch to a file, and what comes back is split again. */
START_TEST(memory_and_lanes_do_not_show_in_the_answer)
{
    static const size_t memories[] = {1, 4 << 10, 64 << 10, 300 << 10, 1 << 30};
    char *whole = group_rows((size_t)1 << 30, 5000, 0);
    ck_assert_uint_gt(strlen(whole), 10000);
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++)
        for (int lanes = 0; lanes < 4; lanes++) {
            char *other = group_rows(memories[i], 5000, lanes);
            ck_assert_str_eq(other, whole);
            free(other);
        }
    free(whole);
}
END_TEST

/* So many ids of one group that they cannot be counted in memory at once. */
START_TEST(ids_of_one_group_are_counted_whatever_they_are)
{
    struct told told = {{0}};
    struct dn_groups_told how = {&told, NULL, NULL, tell_row, tell_rows};
    struct dn_groups *groups = dn_groups_new(1);
    struct dn_impact row = {.incident_id = DN_TEXT("I"),
                            .rows = 1,
                            .data_subjects = -1,
                            .first_seen = {7, 0},
                            .last_seen = {7, 0},
                            .evidence = DN_TEXT("e:1")};
    for (int i = 0; i < 20000; i++) {
        char id[16];
        snprintf(id, sizeof id, "id-%d", i % 7001);
        ck_assert_int_eq(dn_groups_add(groups, &row, dn_text_of(id), NULL), DN_OK);
    }
    ck_assert_int_eq(dn_groups_tell(groups, 2, &how, NULL), DN_OK);
    ck_assert_ptr_nonnull(strstr(told.text.at, ",20000,7001,"));
    dn_buf_clear(&told.text);
    dn_groups_free(groups);
}
END_TEST

static void add(struct dn_groups *groups, const char *resource, const char *evidence, int second, const char *id)
{
    struct dn_impact row = {.incident_id = DN_TEXT("I"),
                            .resource = dn_text_of(resource),
                            .rows = 1,
                            .events = !*id,
                            .data_subjects = -1,
                            .first_seen = second < 0 ? DN_INSTANT_NONE : (struct dn_instant){second, 0},
                            .evidence = dn_text_of(evidence)};
    row.last_seen = row.first_seen;
    ck_assert_int_eq(dn_groups_add(groups, &row, dn_text_of(id), NULL), DN_OK);
}

static void tells(struct dn_groups *groups, const char *want)
{
    struct told told = {{0}};
    struct dn_groups_told how = {&told, tell_count, NULL, tell_row, tell_rows};
    ck_assert_int_eq(dn_groups_tell(groups, 2, &how, NULL), DN_OK);
    ck_assert_str_eq(told.text.at, want);
    dn_buf_clear(&told.text);
    dn_groups_free(groups);
}

START_TEST(ids_count_once_in_a_group_and_rows_without_one_each)
{
    struct dn_groups *groups = dn_groups_new(1 << 20);
    add(groups, "r", "e:1", 1, "a");
    add(groups, "r", "e:2", 2, "a");
    add(groups, "r", "e:3", 3, "b");
    add(groups, "r", "e:4", 4, "");
    add(groups, "r", "e:5", 5, "");
    add(groups, "q", "e:6", 6, "a");
    tells(groups, "I,,,q,access,potential,1,1,,1970-01-01T00:00:06Z,1970-01-01T00:00:06Z,e:6\n"
                  "I,,,r,access,potential,5,4,,1970-01-01T00:00:01Z,1970-01-01T00:00:05Z,e:1\n");
}
END_TEST

START_TEST(the_earliest_row_is_the_same_in_any_order)
{
    static const char *const evidence[] = {"b.csv:2", "b.csv:10", "a.csv:30", "c:1.csv:4"};
    for (int first = 0; first < 4; first++) {
        struct dn_groups *groups = dn_groups_new(1 << 20);
        add(groups, "r", "0.csv:1", -1, "");
        for (int i = 0; i < 4; i++)
            add(groups, "r", evidence[(first + i) % 4], (first + i) % 4 == 2 ? 9 : 5, "");
        tells(groups, "I,,,r,access,potential,5,5,,1970-01-01T00:00:05Z,1970-01-01T00:00:09Z,b.csv:2\n");
    }
}
END_TEST

START_TEST(keys_are_sorted_by_column_not_as_one_text)
{
    struct dn_groups *groups = dn_groups_new(1 << 20);
    struct dn_impact row = {.rows = 1, .events = 1, .data_subjects = -1, .first_seen = {0, -1}, .last_seen = {0, -1}};
    static const char *const tenants[] = {"a-b", "a", "a b", "", "\xc3\xa9", "B"};
    for (size_t i = 0; i < 6; i++) {
        row.incident_id = DN_TEXT("I");
        row.tenant = dn_text_of(tenants[i]);
        row.service = DN_TEXT("z");
        ck_assert_int_eq(dn_groups_add(groups, &row, (struct dn_text){NULL, 0}, NULL), DN_OK);
    }
    tells(groups, "I,,z,,access,potential,1,1,,,,\nI,B,z,,access,potential,1,1,,,,\n"
                  "I,a,z,,access,potential,1,1,,,,\nI,a b,z,,access,potential,1,1,,,,\n"
                  "I,a-b,z,,access,potential,1,1,,,,\nI,\xc3\xa9,z,,access,potential,1,1,,,,\n");
}
END_TEST

/* The row before, and whether all rows came in order, each with its number. */
struct ordered {
    struct dn_buf before, now;
    int64_t count, wrong;
};

/* A row's number, the size of its key and the key. */
static void render_key(void *context, size_t thread, const struct dn_impact *row, int64_t number, struct dn_buf *rows)
{
    const struct dn_text columns[] = {row->incident_id, row->tenant, row->service, row->resource};
    size_t size = 4;
    (void)context;
    (void)thread;
    for (size_t i = 0; i < 4; i++)
        size += columns[i].size;
    dn_buf_add(rows, &number, sizeof number);
    dn_buf_add(rows, &size, sizeof size);
    for (size_t i = 0; i < 4; i++) {
        dn_buf_addt(rows, columns[i]);
        dn_buf_addc(rows, '\0');
    }
}

static void look_at_key(struct ordered *ordered, int64_t number, struct dn_text key)
{
    dn_buf_reset(&ordered->now);
    dn_buf_addt(&ordered->now, key);
    ordered->wrong +=
        ordered->count > 0 && dn_text_compare(dn_buf_text(&ordered->before), dn_buf_text(&ordered->now)) >= 0;
    ordered->wrong += number != ++ordered->count;
    dn_buf_reset(&ordered->before);
    dn_buf_addt(&ordered->before, dn_buf_text(&ordered->now));
}

static void look_at_order(void *context, struct dn_text rows, int64_t count)
{
    struct ordered *ordered = context;
    int64_t number = 0, before = ordered->count;
    for (size_t at = 0, size = 0; at < rows.size; at += size) {
        memcpy(&number, rows.at + at, sizeof number);
        memcpy(&size, rows.at + at + sizeof number, sizeof size);
        at += sizeof number + sizeof size;
        look_at_key(ordered, number, (struct dn_text){rows.at + at, size});
    }
    ordered->wrong += ordered->count - before != count;
}

/* Many that begin alike, and each one more byte than the one before. */
static void add_nested(struct dn_groups *groups, struct dn_text incident_id, size_t count)
{
    struct dn_impact row = {.rows = 1, .data_subjects = -1, .incident_id = incident_id, .service = DN_TEXT("Share")};
    char path[2048];
    uint32_t state = 3;
    for (size_t i = 0; i < count; i++) {
        memset(path, 'x', sizeof path);
        int size = snprintf(path, sizeof path, "/site/%u/doc%u", (unsigned)next_number(&state, 40), (unsigned)i);
        row.resource = (struct dn_text){path, (size_t)size};
        ck_assert_int_eq(dn_groups_add(groups, &row, (struct dn_text){NULL, 0}, NULL), DN_OK);
        if (i >= sizeof path)
            continue;
        memset(path, 'x', sizeof path);
        row.resource = (struct dn_text){path, i};
        ck_assert_int_eq(dn_groups_add(groups, &row, (struct dn_text){NULL, 0}, NULL), DN_OK);
    }
}

static enum dn_status expect(void *context, int64_t groups, bool sure, struct dn_error *err)
{
    struct ordered *ordered = context;
    (void)sure;
    (void)err;
    ordered->wrong += groups == 0;
    return DN_OK;
}

START_TEST(any_number_of_groups_comes_in_order)
{
    /* all in memory; spilled, in stretches too short for more than one range; and in several */
    static const size_t memory[] = {1 << 26, 1 << 26, 1 << 14, 1 << 20};
    for (size_t i = 0; i < 4; i++)
        for (size_t threads = 0; threads < 4; threads++) {
            struct ordered ordered = {{0}, {0}, 0, 0};
            struct dn_groups_told how = {&ordered, NULL, expect, render_key, look_at_order};
            struct dn_groups *groups = dn_groups_new(memory[i]);
            add_nested(groups, DN_TEXT("J"), 5000);
            if (i > 0)
                add_nested(groups, DN_TEXT("I"), 700);
            ck_assert_int_eq(dn_groups_tell(groups, threads, &how, NULL), DN_OK);
            ck_assert_int_eq(ordered.count, i > 0 ? 8448 : 7048);
            ck_assert_int_eq(ordered.wrong, 0);
            dn_groups_free(groups);
            dn_buf_clear(&ordered.before);
            dn_buf_clear(&ordered.now);
        }
}
END_TEST

static enum dn_status refuse(void *context, int64_t groups, bool sure, struct dn_error *err)
{
    ck_assert_int_eq(groups, 1);
    ck_assert_int_eq(sure, *(const bool *)context);
    return dn_error_set(err, DN_INVALID, "no");
}

static void no_rows(void *context, struct dn_text rows, int64_t count)
{
    (void)context;
    (void)rows;
    ck_abort_msg("%d rows are told", (int)count);
}

/* Records of a shard have numbers of 32 bits. */
START_TEST(however_much_memory_there_is_a_shard_has_numbers_for_its_records)
{
    struct dn_groups *groups = dn_groups_new(SIZE_MAX / 2);
    ck_assert_uint_le(groups->shard_bytes, DN_STORE_MOST_BYTES);
    ck_assert_int_le(groups->limit, (int64_t)(DN_STORE_MOST_BYTES / 4));
    dn_groups_free(groups);
}
END_TEST

START_TEST(who_is_told_may_refuse_before_the_first_row)
{
    for (int sure = 0; sure < 2; sure++) {
        bool is = sure;
        struct dn_groups_told how = {&is, NULL, refuse, tell_row, no_rows};
        struct dn_groups *groups = dn_groups_new(sure ? 1 << 26 : 1);
        add(groups, "r", "e:1", 1, "a");
        if (!sure)
            for (int i = 0; i < 100; i++)
                add(groups, "r", "e:1", 1, "b");
        ck_assert_int_eq(dn_groups_tell(groups, 1, &how, NULL), DN_INVALID);
        dn_groups_free(groups);
    }
}
END_TEST

START_TEST(a_temporary_folder_that_is_not_there_is_an_error)
{
    struct dn_groups *groups = dn_groups_new(1);
    struct dn_error err = {0};
    struct dn_impact row = {.incident_id = DN_TEXT("I"), .rows = 1, .evidence = DN_TEXT("e:1")};
    char *before = dn_strdup(getenv("TMPDIR"));
    setenv("TMPDIR", "/nonexistent", 1);
    struct dn_groups_lane *lane = dn_groups_lane_new(groups);
    ck_assert_int_eq(dn_groups_lane_add(lane, &row, -1, DN_TEXT("a"), &err), DN_OK);
    ck_assert_int_eq(dn_groups_lane_flush(lane, &err), DN_SYSTEM);
    dn_groups_lane_free(lane);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/"));
    if (before)
        setenv("TMPDIR", before, 1);
    else
        unsetenv("TMPDIR");
    free(before);
    dn_groups_free(groups);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("impact");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, a_row_is_read_as_it_was_written);
    tcase_add_test(cases, times_of_a_day_that_was_met_are_read_as_any_others);
    tcase_add_test(cases, what_is_not_known_stays_empty);
    tcase_add_test(cases, wrong_cells_are_named_with_line_and_field);
    tcase_add_test(cases, memory_and_lanes_do_not_show_in_the_answer);
    tcase_add_test(cases, ids_of_one_group_are_counted_whatever_they_are);
    tcase_add_test(cases, ids_count_once_in_a_group_and_rows_without_one_each);
    tcase_add_test(cases, the_earliest_row_is_the_same_in_any_order);
    tcase_add_test(cases, keys_are_sorted_by_column_not_as_one_text);
    tcase_add_test(cases, any_number_of_groups_comes_in_order);
    tcase_add_test(cases, however_much_memory_there_is_a_shard_has_numbers_for_its_records);
    tcase_add_test(cases, who_is_told_may_refuse_before_the_first_row);
    tcase_add_test(cases, rows_are_written_as_their_cells);
    tcase_add_test(cases, a_temporary_folder_that_is_not_there_is_an_error);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
