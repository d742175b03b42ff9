#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "channel/calls.h"
#include "channel/outbox.h"
#include "channel/post.h"
#include "plan_fixture.h"
#include "stream/csv.h"

static char folder[64];
static struct dn_error err;
static struct dn_ledger *ledger;
static struct dn_config config;
static struct dn_instant now;
static struct dn_transport outbox;
static struct fixture f;

static void set_up(void)
{
    struct dn_notes notes = {0};
    strcpy(folder, "/tmp/test_outbox.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    umask(077);
    ck_assert(dn_instant_parse(DN_TEXT("2026-06-15T20:00:00Z"), &now));
    ck_assert_int_eq(dn_ledger_open(NULL, &ledger, &notes, &err), DN_OK);
    fixture_make(&f);
}

static void shut(void)
{
    if (outbox.close)
        outbox.close(outbox.self);
    outbox = (struct dn_transport){0};
}

static void tear_down(void)
{
    char command[128];
    shut();
    dn_ledger_close(ledger);
    fixture_clear(&f);
    dn_strings_clear(&config.first);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static void open_box(void)
{
    ck_assert_msg(dn_outbox_open("box", &config, ledger, now, &outbox, &err) == DN_OK, "%s", err.text);
}

static void take(const struct dn_plan_row *row, enum dn_state want)
{
    struct dn_dispatch dispatch = {
        .row = row, .content = &f.content, .notice = "initial", .intent_at = now, .called_at = DN_INSTANT_NONE};
    struct dn_outcome outcome = {0};
    ck_assert_msg(outbox.take(outbox.self, &dispatch, &outcome, &err) == DN_OK, "%s", err.text);
    ck_assert_int_eq(outcome.state, want);
    ck_assert_str_eq(outcome.code, want == DN_STATE_ACCEPTED ? "outbox" : "sheet");
}

static void flush(void)
{
    ck_assert_msg(outbox.flush(outbox.self, &err) == DN_OK, "%s", err.text);
}

static void finish(void)
{
    ck_assert_msg(outbox.finish(outbox.self, &err) == DN_OK, "%s", err.text);
}

static int count_files(const char *path)
{
    int count = 0;
    DIR *names = opendir(path);
    ck_assert_ptr_nonnull(names);
    for (struct dirent *entry; (entry = readdir(names));)
        count += entry->d_name[0] != '.';
    closedir(names);
    return count;
}

static const char *file_of(const char *where, const char *key, const char *ending)
{
    static char path[256];
    snprintf(path, sizeof path, "box/%s/%s%s", where, key, ending);
    return path;
}

static unsigned mode_of(const char *path)
{
    struct stat found;
    ck_assert_msg(lstat(path, &found) == 0, "%s", path);
    return (unsigned)found.st_mode & 0777;
}

static struct dn_buf content_of(const char *path)
{
    struct dn_buf bytes = {0};
    ck_assert_msg(dn_file_read(path, 1 << 20, &bytes, &err) == DN_OK, "%s", err.text);
    return bytes;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_nothing_is_seen_before_the_flush)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    open_box();
    take(row, DN_STATE_ACCEPTED);
    ck_assert_int_eq(count_files("box/new"), 0);
    ck_assert(!outbox.found(outbox.self, row->key, row->channel));
    flush();
    ck_assert_int_eq(count_files("box/new"), 1);
    ck_assert_int_eq(count_files("box/tmp"), 0);
    ck_assert(outbox.found(outbox.self, row->key, row->channel));
}
END_TEST

START_TEST(test_only_the_owner_can_read)
{
    static const char *const folders[] = {"box", "box/tmp", "box/new", "box/cur", "box/posts"};
    struct dn_plan_row *mail = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    struct dn_plan_row *post = fixture_row(&f, 0, DN_CHANNEL_MESSAGE_CENTER, "t0");
    umask(0);
    open_box();
    take(mail, DN_STATE_ACCEPTED);
    take(post, DN_STATE_ACCEPTED);
    flush();
    finish();
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(mode_of(folders[i]), 0700);
    ck_assert_uint_eq(mode_of(file_of("new", mail->key, ".eml")), 0600);
    ck_assert_uint_eq(mode_of(file_of("posts", post->key, ".json")), 0600);
    ck_assert_uint_eq(mode_of("box/calls.csv"), 0600);
}
END_TEST

START_TEST(test_large_batches_are_synced_and_shown_at_once)
{
    struct dn_plan_row row = *fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    open_box();
    for (int i = 0; i < 100; i++) {
        snprintf(row.key, sizeof row.key, "%064d", i);
        take(&row, DN_STATE_ACCEPTED);
    }
    flush();
    ck_assert_int_eq(count_files("box/new"), 100);
    ck_assert_int_eq(count_files("box/tmp"), 0);
}
END_TEST

START_TEST(test_the_same_name_is_rewritten)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    open_box();
    take(row, DN_STATE_ACCEPTED);
    flush();
    struct dn_buf one = content_of(file_of("new", row->key, ".eml"));
    shut();
    open_box();
    take(row, DN_STATE_ACCEPTED);
    flush();
    struct dn_buf two = content_of(file_of("new", row->key, ".eml"));
    ck_assert_str_eq(one.at, two.at);
    ck_assert_int_eq(count_files("box/new"), 1);
    dn_buf_clear(&one);
    dn_buf_clear(&two);
}
END_TEST

START_TEST(test_a_message_that_is_sent_again_says_so_first)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    struct dn_dispatch dispatch = {
        .row = row, .content = &f.content, .notice = "initial", .intent_at = now, .resend = true, .attempt = 2};
    struct dn_outcome outcome = {0};
    f.content.second_copy = own(&f, "A second copy");
    open_box();
    ck_assert_msg(outbox.take(outbox.self, &dispatch, &outcome, &err) == DN_OK, "%s", err.text);
    flush();
    struct dn_buf made = content_of(file_of("new", row->key, ".eml"));
    ck_assert_ptr_nonnull(strstr(made.at, "\r\nA second copy\r\n\r\n"));
    ck_assert_ptr_nonnull(strstr(made.at, "<strong>A second copy</strong>"));
    dn_buf_clear(&made);
}
END_TEST

START_TEST(test_a_message_that_was_read_is_found_and_never_doubled)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    char from[256];
    open_box();
    take(row, DN_STATE_ACCEPTED);
    flush();
    shut();
    strcpy(from, file_of("new", row->key, ".eml"));
    ck_assert_int_eq(rename(from, file_of("cur", row->key, ".eml:2,S")), 0);
    open_box();
    ck_assert(outbox.found(outbox.self, row->key, row->channel));
    take(row, DN_STATE_ACCEPTED);
    flush();
    ck_assert_int_eq(count_files("box/new") + count_files("box/cur"), 1);
}
END_TEST

START_TEST(test_what_a_killed_run_left_in_tmp_goes)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    open_box();
    take(row, DN_STATE_ACCEPTED);
    shut(); /* killed before the flush */
    put("box/tmp/of-somebody-else", "x");
    ck_assert_int_eq(count_files("box/tmp"), 2);
    open_box();
    ck_assert_int_eq(count_files("box/tmp"), 1);
    take(row, DN_STATE_ACCEPTED);
    flush();
    ck_assert_int_eq(count_files("box/new"), 1);
}
END_TEST

START_TEST(test_two_runs_do_not_share_an_outbox)
{
    int status;
    open_box();
    pid_t child = fork();
    if (child == 0) {
        struct dn_transport other = {0};
        _exit(dn_outbox_open("box", &config, ledger, now, &other, &err));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), DN_BUSY);
}
END_TEST

START_TEST(test_a_link_in_place_of_a_folder_is_refused)
{
    ck_assert_int_eq(mkdir("box", 0700), 0);
    ck_assert_int_eq(mkdir("elsewhere", 0700), 0);
    ck_assert_int_eq(symlink("../elsewhere", "box/new"), 0);
    ck_assert_int_eq(dn_outbox_open("box", &config, ledger, now, &outbox, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "box/new"));
    ck_assert_ptr_null(outbox.self);
}
END_TEST

START_TEST(test_a_file_in_place_of_the_outbox_is_refused)
{
    put("box", "x");
    ck_assert_int_eq(dn_outbox_open("box", &config, ledger, now, &outbox, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "box"));
}
END_TEST

/* A post stands as jansson writes it, keys sorted. */
static void check_spelling(const char *path, const json_t *post)
{
    char *wanted = json_dumps(post, JSON_SORT_KEYS | JSON_INDENT(2));
    struct dn_buf bytes = {0};
    ck_assert_int_eq(dn_file_read(path, 1 << 20, &bytes, &err), DN_OK);
    ck_assert_uint_eq(bytes.size, strlen(wanted) + 1);
    ck_assert_mem_eq(bytes.at, wanted, bytes.size - 1);
    ck_assert_int_eq(bytes.at[bytes.size - 1], '\n');
    dn_buf_clear(&bytes);
    free(wanted);
}

static json_t *post_of(const struct dn_plan_row *row)
{
    json_error_t wrong;
    json_t *post = json_load_file(file_of("posts", row->key, ".json"), 0, &wrong);
    ck_assert_msg(post != NULL, "%s", wrong.text);
    check_spelling(file_of("posts", row->key, ".json"), post);
    return post;
}

START_TEST(test_a_post_has_the_fields_of_a_service_update_message)
{
    static const char *const keys[] = {"actionRequiredByDateTime",
                                       "attachments",
                                       "body",
                                       "category",
                                       "details",
                                       "endDateTime",
                                       "hasAttachments",
                                       "id",
                                       "isMajorChange",
                                       "lastModifiedDateTime",
                                       "services",
                                       "severity",
                                       "startDateTime",
                                       "tags",
                                       "title",
                                       "viewPoint"};
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_MESSAGE_CENTER, "t0");
    f.content.subject = own(&f, "Violation de donn\xc3\xa9"
                                "es");
    open_box();
    take(row, DN_STATE_ACCEPTED);
    flush();
    json_t *post = post_of(row);
    ck_assert_uint_eq(json_object_size(post), 16);
    size_t at = 0;
    const char *key;
    json_t *value;
    json_object_foreach(post, key, value)
        ck_assert_str_eq(key, keys[at++]); /* sorted: the same bytes for the same values */
    ck_assert_str_eq(json_string_value(json_object_get(post, "title")), f.content.subject);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(post, "tags"), 0)), "Data Privacy");
    ck_assert_uint_eq(json_array_size(json_object_get(post, "services")), 2);
    ck_assert_str_eq(json_string_value(json_object_get(post, "startDateTime")), "2026-06-15T20:00:00Z");
    json_t *body = json_object_get(post, "body");
    ck_assert_str_eq(json_string_value(json_object_get(body, "content")), "<p>h</p>\n");
    json_t *file = json_array_get(json_object_get(post, "attachments"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(file, "content")), "YQo=");
    json_decref(post);
}
END_TEST

START_TEST(test_a_reference_only_post_has_no_particulars)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_MESSAGE_CENTER, "t0");
    row->reference_only = true;
    f.incident.drill = true;
    open_box();
    take(row, DN_STATE_ACCEPTED);
    flush();
    json_t *post = post_of(row);
    ck_assert_str_eq(json_string_value(json_object_get(post, "title")), "Ref");
    ck_assert(json_is_false(json_object_get(post, "hasAttachments")));
    ck_assert_uint_eq(json_array_size(json_object_get(post, "attachments")), 0);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(post, "tags"), 1)), "Drill");
    json_decref(post);
}
END_TEST

START_TEST(test_a_post_that_is_sent_again_says_so_first)
{
    struct dn_buf made = {0};
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_MESSAGE_CENTER, "t0");
    struct dn_dispatch dispatch = {
        .row = row, .content = &f.content, .notice = "initial", .intent_at = now, .resend = true, .attempt = 2};
    f.content.second_copy = own(&f, "A second <copy>");
    f.content.html = own(&f, "<html><body class=\"x\">\n<p>h</p></body></html>\n");
    ck_assert_int_eq(dn_post_compose(&dispatch, &made, &err), DN_OK);
    json_t *post = json_loads(made.at, 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(post, "body"), "content")),
                     "<html><body class=\"x\">\n<p><strong>A second &lt;copy></strong></p>\n<p>h</p></body></html>\n");
    json_decref(post);
    dn_buf_clear(&made);
}
END_TEST

/* The sheet as read back: cells[row][column] joined for one column. */
static struct dn_buf column_of(const char *name)
{
    struct dn_buf joined = {0};
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    size_t index;
    ck_assert_msg(dn_csv_open("box/calls.csv", NULL, &csv, &err) == DN_OK, "%s", err.text);
    ck_assert_int_eq(dn_csv_column(csv, name, &index, &err), DN_OK);
    dn_buf_adds(&joined, "");
    while (dn_csv_next(csv, &record, &err) == DN_OK) {
        dn_buf_addt(&joined, dn_csv_cell(&record, index));
        dn_buf_addc(&joined, '|');
    }
    dn_csv_close(csv);
    return joined;
}

static void check_column(const char *name, const char *want)
{
    struct dn_buf found = column_of(name);
    ck_assert_str_eq(found.at ? found.at : "", want);
    dn_buf_clear(&found);
}

START_TEST(test_calls_come_by_rank_then_due_time)
{
    struct dn_plan_row *rows[4];
    for (size_t i = 0; i < 4; i++)
        rows[i] = fixture_row(&f, i, DN_CHANNEL_PHONE, "+49 30 1");
    dn_instant_parse(DN_TEXT("2026-06-17T18:00:00Z"), &rows[2]->due_at);
    dn_strings_add(&config.first, DN_TEXT("t3"));
    open_box();
    for (size_t i = 0; i < 4; i++)
        take(rows[i], DN_STATE_INTENT);
    finish();
    check_column("tenant_id", "t3|t2|t0|t1|");
    check_column("phone", "'+49 30 1|'+49 30 1|'+49 30 1|'+49 30 1|"); /* a sheet must not take it for a formula */
    check_column("local_time", "2026-06-15 22:00|2026-06-15 22:00|2026-06-15 22:00|2026-06-15 22:00|");
    ck_assert_uint_eq(dn_outbox_calls(&outbox), 4);
}
END_TEST

/* It is 20:00 UTC: afternoon in New York, night elsewhere; Tokyo wakes before Berlin. */
START_TEST(test_who_is_awake_is_called_before_who_sleeps)
{
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Atlantis/City",
                                        "Asia/Tokyo",    "Asia/Tokyo",       "Europe/Berlin"};
    struct dn_plan_row *rows[6];
    for (size_t i = 0; i < 6; i++) {
        rows[i] = fixture_row(&f, i, DN_CHANNEL_PHONE, "+49 30 1");
        f.tenants[i].time_zone = own(&f, zones[i]);
    }
    dn_instant_parse(DN_TEXT("2026-06-17T18:00:00Z"), &rows[4]->due_at);
    dn_strings_add(&config.first, DN_TEXT("t5"));
    open_box();
    for (size_t i = 0; i < 6; i++)
        take(rows[i], DN_STATE_INTENT);
    finish();
    check_column("tenant_id", "t5|t4|t1|t2|t3|t0|");
    check_column("local_time",
                 "2026-06-15 22:00|2026-06-16 05:00|2026-06-15 16:00||2026-06-16 05:00|2026-06-15 22:00|");
}
END_TEST

/* The borders of the waking hours: from 08:00, and no longer at 20:00. */
START_TEST(test_waking_hours_have_two_ends)
{
    static const char *const times[] = {"2026-06-15T05:59:59Z", "2026-06-15T06:00:00Z", "2026-06-15T17:59:59Z",
                                        "2026-06-15T18:00:00Z"};
    struct dn_plan_row *berlin = fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49 30 1");
    struct dn_plan_row *nowhere = fixture_row(&f, 1, DN_CHANNEL_PHONE, "+49 30 1");
    f.tenants[1].time_zone = own(&f, "");
    for (size_t i = 0; i < 4; i++) {
        dn_instant_parse(dn_text_of(times[i]), &now);
        open_box();
        take(nowhere, DN_STATE_INTENT);
        take(berlin, DN_STATE_INTENT);
        finish();
        check_column("tenant_id", i == 1 || i == 2 ? "t0|t1|" : "t1|t0|");
        shut();
    }
}
END_TEST

/* In the nights in which its clocks change, Berlin wakes an hour later or earlier than who lives by the same hour in
 * the evening: Johannesburg in October, Lagos in March. */
START_TEST(test_a_night_in_which_clocks_change_is_as_long_as_it_is)
{
    static const char *const zones[] = {"Europe/Berlin", "Africa/Johannesburg", "Africa/Lagos"};
    struct dn_plan_row *rows[3];
    for (size_t i = 0; i < 3; i++) {
        rows[i] = fixture_row(&f, i, DN_CHANNEL_PHONE, "+49 30 1");
        f.tenants[i].time_zone = own(&f, zones[i]);
    }
    dn_instant_parse(DN_TEXT("2026-10-24T20:30:00Z"), &now);
    open_box();
    take(rows[0], DN_STATE_INTENT);
    take(rows[1], DN_STATE_INTENT);
    finish();
    check_column("tenant_id", "t1|t0|");
    shut();
    ck_assert_int_eq(unlink("box/calls.csv"), 0);
    dn_instant_parse(DN_TEXT("2026-03-28T21:30:00Z"), &now);
    open_box();
    take(rows[2], DN_STATE_INTENT);
    take(rows[0], DN_STATE_INTENT);
    finish();
    check_column("tenant_id", "t0|t2|");
}
END_TEST

START_TEST(test_an_unknown_zone_gives_no_local_time)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49 30 1");
    f.tenants[0].time_zone = own(&f, "Mars/Olympus");
    open_box();
    take(row, DN_STATE_INTENT);
    finish();
    check_column("local_time", "|");
    check_column("time_zone", "Mars/Olympus|");
}
END_TEST

/* Fills in the caller's columns of the first row, as a spreadsheet would. */
static void fill_in(const char *called_at)
{
    char command[1024];
    snprintf(command, sizeof command,
             "python3 - '%s' <<'E'\nimport csv,sys\nr=list(csv.DictReader(open('box/calls.csv',newline='')))\n"
             "r[0]['caller']='ann';r[0]['called_at']=sys.argv[1];r[0]['outcome']='no-answer'\n"
             "w=csv.DictWriter(open('box/calls.csv','w',newline=''),r[0].keys());w.writeheader();w.writerows(r)\nE",
             called_at);
    ck_assert_int_eq(system(command), 0);
}

static void keep(const struct dn_plan_row *row, struct dn_instant called_at)
{
    struct dn_dispatch dispatch = {
        .row = row, .content = &f.content, .notice = "initial", .intent_at = now, .called_at = called_at};
    ck_assert_int_eq(outbox.keep(outbox.self, &dispatch, &err), DN_OK);
}

START_TEST(test_what_a_caller_wrote_down_stays)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49 30 1");
    struct dn_instant called_at;
    open_box();
    take(row, DN_STATE_INTENT);
    finish();
    shut();
    fill_in("2026-06-15T21:00:00Z");
    open_box();
    keep(row, DN_INSTANT_NONE);
    finish();
    check_column("caller", "ann|");
    check_column("outcome", "no-answer|");
    shut();
    open_box(); /* once the ledger has this very call, the row is there for the next one */
    dn_instant_parse(DN_TEXT("2026-06-15T23:00:00+02:00"), &called_at);
    keep(row, called_at);
    finish();
    check_column("caller", "|");
    check_column("tenant_id", "t0|");
}
END_TEST

static void record(const struct dn_plan_row *row, enum dn_state state, int64_t attempt)
{
    struct dn_ledger_row line = {.at = now,
                                 .incident_id = DN_TEXT("INC-1"),
                                 .notice = DN_TEXT("initial"),
                                 .tenant_id = dn_text_of(row->tenant->tenant_id),
                                 .channel = row->channel,
                                 .recipient = dn_text_of(row->recipient),
                                 .key = dn_text_of(row->key),
                                 .attempt = attempt,
                                 .state = state,
                                 .declared_at = now,
                                 .due_at = now,
                                 .happened_at = DN_INSTANT_NONE};
    ck_assert_msg(dn_ledger_append(ledger, &line, &err) == DN_OK, "%s", err.text);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
}

START_TEST(test_calls_outside_this_plan_stay_until_the_ledger_closes_them)
{
    struct dn_plan_row *one = fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49 30 1");
    struct dn_plan_row *two = fixture_row(&f, 1, DN_CHANNEL_PHONE, "+49 30 2");
    open_box();
    take(one, DN_STATE_INTENT);
    take(two, DN_STATE_INTENT);
    finish();
    shut();
    record(one, DN_STATE_INTENT, 1);
    record(one, DN_STATE_DEFERRED, 1);
    open_box();
    finish();
    check_column("tenant_id", "t0|t1|"); /* open, and unknown to this ledger */
    shut();
    record(one, DN_STATE_REACHED, 1);
    open_box();
    finish();
    check_column("tenant_id", "t1|");
}
END_TEST

START_TEST(test_a_foreign_sheet_is_refused_and_left_alone)
{
    ck_assert_int_eq(mkdir("box", 0700), 0);
    put("box/calls.csv", "who,when\nann,now\n");
    ck_assert_int_eq(dn_outbox_open("box", &config, ledger, now, &outbox, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "box/calls.csv"));
    struct dn_buf bytes = content_of("box/calls.csv");
    ck_assert_str_eq(bytes.at, "who,when\nann,now\n");
    dn_buf_clear(&bytes);
}
END_TEST

START_TEST(test_no_cell_of_the_sheet_begins_a_formula)
{
    static const char *const names[] = {"=1+1", "+1", "-1", "@SUM(A1)", "\xef\xbc\x9dx", "\tx"};
    open_box();
    for (size_t i = 0; i < 6; i++) {
        f.tenants[i].name = own(&f, names[i]);
        f.tenants[i].country = own(&f, names[i]);
        take(fixture_row(&f, i, DN_CHANNEL_PHONE, names[i]), DN_STATE_INTENT);
    }
    finish();
    struct dn_csv *csv = NULL;
    struct dn_csv_record line;
    ck_assert_int_eq(dn_csv_open("box/calls.csv", NULL, &csv, &err), DN_OK);
    while (dn_csv_next(csv, &line, &err) == DN_OK)
        for (size_t c = 0; c < line.count; c++)
            ck_assert(line.cells[c].size == 0 || !strchr("=+-@\t\r\n\xef", line.cells[c].at[0]));
    dn_csv_close(csv);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("outbox");
    TCase *cases = tcase_create("outbox");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, test_nothing_is_seen_before_the_flush);
    tcase_add_test(cases, test_only_the_owner_can_read);
    tcase_add_test(cases, test_large_batches_are_synced_and_shown_at_once);
    tcase_add_test(cases, test_the_same_name_is_rewritten);
    tcase_add_test(cases, test_a_message_that_is_sent_again_says_so_first);
    tcase_add_test(cases, test_a_message_that_was_read_is_found_and_never_doubled);
    tcase_add_test(cases, test_what_a_killed_run_left_in_tmp_goes);
    tcase_add_test(cases, test_two_runs_do_not_share_an_outbox);
    tcase_add_test(cases, test_a_link_in_place_of_a_folder_is_refused);
    tcase_add_test(cases, test_a_file_in_place_of_the_outbox_is_refused);
    tcase_add_test(cases, test_a_post_has_the_fields_of_a_service_update_message);
    tcase_add_test(cases, test_a_reference_only_post_has_no_particulars);
    tcase_add_test(cases, test_calls_come_by_rank_then_due_time);
    tcase_add_test(cases, test_who_is_awake_is_called_before_who_sleeps);
    tcase_add_test(cases, test_waking_hours_have_two_ends);
    tcase_add_test(cases, test_a_night_in_which_clocks_change_is_as_long_as_it_is);
    tcase_add_test(cases, test_an_unknown_zone_gives_no_local_time);
    tcase_add_test(cases, test_a_post_that_is_sent_again_says_so_first);
    tcase_add_test(cases, test_what_a_caller_wrote_down_stays);
    tcase_add_test(cases, test_calls_outside_this_plan_stay_until_the_ledger_closes_them);
    tcase_add_test(cases, test_a_foreign_sheet_is_refused_and_left_alone);
    tcase_add_test(cases, test_no_cell_of_the_sheet_begins_a_formula);
    suite_add_tcase(made, cases);
    return made;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
