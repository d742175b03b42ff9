#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/ledger.h"
#include "ledger/row.h"
#include "ledger_rows.h"

/* Every test works in an empty folder of its own. */
static char folder[64];

static void enter(void)
{
    strcpy(folder, "/tmp/test_ledger.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static struct dn_error err;
static struct dn_notes notes;

static struct dn_instant at(const char *text)
{
    struct dn_instant value = DN_INSTANT_NONE;
    ck_assert(dn_instant_parse(dn_text_of(text), &value));
    return value;
}

/* A row as notify-send writes it. key is static: one row at a time. */
static struct dn_ledger_row row_of(const char *tenant, enum dn_state state, int64_t attempt)
{
    static char key[DN_SHA256_HEX];
    struct dn_ledger_row row = {.at = at("2026-06-16T08:00:00.25Z"),
                                .incident_id = DN_TEXT("INC-1"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = dn_text_of(tenant),
                                .channel = DN_CHANNEL_EMAIL_ADMIN,
                                .required = DN_REQUIRED_ALL,
                                .recipient = DN_TEXT("\"o, x\"@example.org"),
                                .attempt = attempt,
                                .state = state,
                                .code = DN_TEXT("250"),
                                .reason = DN_TEXT(""),
                                .by = DN_TEXT("soc"),
                                .declared_at = at("2026-06-15T18:00:00Z"),
                                .due_at = at("2026-06-18T18:00:00Z"),
                                .regime = DN_TEXT("contract-72h-declared"),
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, row.channel, row.recipient, key);
    row.key = dn_text_of(key);
    return row;
}

static enum dn_status append(struct dn_ledger *ledger, const char *tenant, enum dn_state state, int64_t attempt)
{
    struct dn_ledger_row row = row_of(tenant, state, attempt);
    return dn_ledger_append(ledger, &row, &err);
}

static struct dn_ledger *open_ledger(const char *path)
{
    struct dn_ledger *ledger = NULL;
    memset(&err, 0, sizeof err);
    ck_assert_msg(dn_ledger_open(path, &ledger, &notes, &err) == DN_OK, "%s", err.text);
    return ledger;
}

/* Three tenants, each told: six rows. */
static void write_good(const char *path)
{
    struct dn_ledger *ledger = open_ledger(path);
    static const char *const tenants[] = {"t1", "t2", "t3"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(append(ledger, tenants[i], DN_STATE_INTENT, 1), DN_OK);
        ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
        ck_assert_int_eq(append(ledger, tenants[i], DN_STATE_ACCEPTED, 1), DN_OK);
        ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    }
    dn_ledger_close(ledger);
}

static struct dn_buf slurp(const char *path)
{
    struct dn_buf bytes = {0};
    ck_assert_msg(dn_file_read(path, SIZE_MAX / 2, &bytes, &err) == DN_OK, "%s", err.text);
    return bytes;
}

static void spill(const char *path, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

static enum dn_status try_open(const char *path)
{
    struct dn_ledger *ledger = NULL;
    memset(&err, 0, sizeof err);
    enum dn_status status = dn_ledger_open(path, &ledger, &notes, &err);
    ck_assert((status == DN_OK) == (ledger != NULL));
    dn_ledger_close(ledger);
    return status;
}

static enum dn_status verify(const char *path, const char *head, int64_t *rows)
{
    memset(&err, 0, sizeof err);
    return dn_ledger_verify(path, head, rows, NULL, &err);
}

static size_t lines_in(const struct dn_buf *bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < bytes->size; i++)
        n += bytes->at[i] == '\n';
    return n;
}

START_TEST(key_is_sha256_over_five_lines)
{
    char key[DN_SHA256_HEX], expected[DN_SHA256_HEX];
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("initial"), DN_TEXT("t1"), DN_CHANNEL_EMAIL_PRIVACY, DN_TEXT("a@b.c"), key);
    dn_sha256_hex(DN_TEXT("INC-1\ninitial\nt1\nemail-privacy\na@b.c\n"), expected);
    ck_assert_str_eq(key, expected);
}
END_TEST

START_TEST(rows_come_back_as_written)
{
    write_good("l.csv");
    struct dn_ledger *ledger = open_ledger("l.csv");
    ck_assert_uint_eq(dn_ledger_count(ledger), 6);
    const struct dn_ledger_row *row = row_at(ledger, 3);
    ck_assert_int_eq(row->seq, 4);
    ck_assert_int_eq(row->state, DN_STATE_ACCEPTED);
    ck_assert(dn_text_is(row->recipient, "\"o, x\"@example.org"));
    ck_assert(dn_text_is(row->tenant_id, "t2"));
    ck_assert(!dn_instant_is(row->happened_at));
    ck_assert_int_eq(row->at.ns, 250000000);
    ck_assert_int_eq(row_last(ledger, row->key)->seq, 4);
    ck_assert_ptr_null(row_last(ledger, DN_TEXT("nothing")));
    dn_ledger_close(ledger);
}
END_TEST

/* The chain, calculated here as the contract says it: no code of the ledger's. */
START_TEST(chain_is_what_the_contract_says)
{
    write_good("l.csv");
    struct dn_buf bytes = slurp("l.csv"), head = {0};
    char before[DN_SHA256_HEX];
    memset(before, '0', 64);
    before[64] = '\0';
    char *line = strchr(bytes.at, '\n') + 1, *lf;
    for (; (lf = strchr(line, '\n')) != NULL; line = lf + 1) {
        struct dn_buf text = {0};
        dn_buf_addf(&text, "%s\n%.*s", before, (int)(lf - line - 65), line);
        dn_sha256_hex(dn_buf_text(&text), before);
        ck_assert_mem_eq(before, lf - 64, 64);
        dn_buf_clear(&text);
    }
    int64_t rows = 0;
    ck_assert_int_eq(dn_ledger_verify("l.csv", NULL, &rows, &head, &err), DN_OK);
    ck_assert_int_eq(rows, 6);
    ck_assert(strncmp(head.at, "6 ", 2) == 0 && strcmp(head.at + 2, before) == 0);
    dn_buf_clear(&head);
    dn_buf_clear(&bytes);
}
END_TEST

START_TEST(reader_and_add_line_are_inverse)
{
    write_good("l.csv");
    struct dn_ledger_reader *reader = NULL;
    struct dn_ledger_row row;
    struct dn_buf bytes = slurp("l.csv"), again = {0};
    ck_assert_msg(dn_ledger_read_open("l.csv", &reader, &err) == DN_OK, "%s", err.text);
    while (dn_ledger_read_next(reader, &row, &err) == DN_OK)
        dn_ledger_add_line(&row, &again);
    ck_assert_int_eq(dn_ledger_read_line(reader), 7);
    ck_assert_str_eq(again.at, strchr(bytes.at, '\n') + 1);
    dn_ledger_read_close(reader);
    dn_buf_clear(&bytes);
    dn_buf_clear(&again);
}
END_TEST

START_TEST(in_memory_it_keeps_the_same_rules)
{
    struct dn_ledger *ledger = open_ledger(NULL);
    struct dn_buf head = {0};
    dn_ledger_head(ledger, &head);
    ck_assert_str_eq(head.at, "0 0000000000000000000000000000000000000000000000000000000000000000");
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_ACCEPTED, 1), DN_INVALID);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    dn_buf_reset(&head);
    dn_ledger_head(ledger, &head);
    ck_assert(head.at[0] == '0');
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    dn_buf_reset(&head);
    dn_ledger_head(ledger, &head);
    ck_assert(strncmp(head.at, "1 ", 2) == 0 && strlen(head.at) == 66);
    dn_buf_clear(&head);
    dn_ledger_close(ledger);
}
END_TEST

/* Rows are read back from the tail, and after a commit from where they went; a place stays the row's. */
static void check_places(const char *path, bool commits)
{
    struct dn_ledger *ledger = open_ledger(path);
    int64_t first = dn_ledger_end(ledger);
    char name[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        ck_assert_int_eq(append(ledger, name, DN_STATE_INTENT, 1), DN_OK);
        if (commits && i % 1500 == 1499)
            ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    }
    struct dn_ledger_line line = {.place = 0};
    ck_assert_int_eq(dn_ledger_at(ledger, first, &line, &err), DN_OK);
    ck_assert(dn_text_is(line.row.tenant_id, "t0") && line.row.seq == 1);
    struct dn_ledger_row row = row_of("t4321", DN_STATE_INTENT, 1);
    ck_assert_int_eq(dn_ledger_last(ledger, row.key, &line, &err), DN_OK);
    ck_assert(dn_text_is(line.row.tenant_id, "t4321") && line.row.seq == 4322);
    dn_ledger_line_clear(&line);
    ck_assert(dn_text_is(row_at(ledger, 4999)->tenant_id, "t4999"));
    dn_ledger_close(ledger);
}

START_TEST(rows_are_read_back_from_their_places)
{
    check_places(NULL, false);
    check_places(NULL, true); /* over a megabyte: spilled */
    check_places("a.csv", false);
    check_places("b.csv", true);
}
END_TEST

/* What a key's last row says, without reading. */
START_TEST(stands_follow_the_rows)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_ledger_row row = row_of("t1", DN_STATE_INTENT, 1);
    char key[DN_SHA256_HEX];
    struct dn_stand stand;
    size_t from = 0;
    snprintf(key, sizeof key, "%.64s", row.key.at);
    row.code = DN_TEXT(DN_CODE_OUTBOX);
    ck_assert(!dn_ledger_stand(ledger, dn_text_of(key), &stand));
    ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_OK);
    ck_assert(dn_ledger_stand(ledger, dn_text_of(key), &stand));
    ck_assert(stand.state == DN_STATE_INTENT && stand.attempt == 1 && stand.outbox && !stand.resend);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_UNKNOWN, 1), DN_OK);
    ck_assert(!dn_ledger_has_resends(ledger));
    row = row_of("t1", DN_STATE_DEFERRED, 1);
    row.code = DN_TEXT(DN_CODE_RESEND);
    ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_OK);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 2), DN_OK);
    ck_assert_int_eq(append(ledger, "t2", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(append(ledger, "t2", DN_STATE_ACCEPTED, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    dn_ledger_close(ledger);
    ledger = open_ledger("l.csv");
    ck_assert(dn_ledger_stand(ledger, dn_text_of(key), &stand));
    ck_assert(stand.state == DN_STATE_INTENT && stand.attempt == 2 && !stand.outbox && stand.resend);
    ck_assert(dn_ledger_has_resends(ledger));
    ck_assert(dn_ledger_in_state(ledger, DN_STATE_INTENT, &from, &stand) && stand.resend);
    ck_assert(!dn_ledger_in_state(ledger, DN_STATE_INTENT, &from, &stand));
    dn_ledger_close(ledger);
}
END_TEST

START_TEST(subjects_are_the_first_rows_of_their_kind)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 1), DN_OK);
    struct dn_ledger_row row = row_of("b", DN_STATE_HELD, 0);
    row.declared_at = at("2026-06-15T18:00:00.5Z");
    ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_OK);
    ck_assert_int_eq(append(ledger, "c", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_uint_eq(dn_ledger_subject_count(ledger), 2);
    struct dn_ledger_line line = {.place = 0};
    ck_assert_int_eq(dn_ledger_at(ledger, dn_ledger_subject(ledger, 1), &line, &err), DN_OK);
    ck_assert(dn_text_is(line.row.tenant_id, "b"));
    dn_ledger_line_clear(&line);
    dn_ledger_close(ledger);
}
END_TEST

/* The lock is advisory: who ignores it is noticed when a row is read back. */
START_TEST(rows_changed_behind_our_back_are_noticed)
{
    write_good("l.csv");
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_buf bytes = slurp("l.csv");
    struct dn_ledger_line line = {.place = 0};
    struct dn_ledger_row row = row_of("t3", DN_STATE_INTENT, 1);
    memset(strrchr(bytes.at, '-') - 300, '\n', 300);
    spill("l.csv", bytes.at, bytes.size);
    ck_assert_int_eq(dn_ledger_last(ledger, row.key, &line, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "changed by something else"));
    ck_assert_int_eq(truncate("l.csv", 400), 0);
    ck_assert_int_eq(dn_ledger_last(ledger, row.key, &line, &err), DN_SYSTEM);
    dn_ledger_line_clear(&line);
    dn_buf_clear(&bytes);
    dn_ledger_close(ledger);
}
END_TEST

static enum dn_status lines_of(const struct dn_ledger *ledger, struct dn_buf *lines, struct dn_buf *incidents)
{
    struct dn_ledger_cursor cursor;
    struct dn_text line, incident_id;
    enum dn_status status;
    dn_ledger_cursor_open(ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_line(&cursor, &line, &incident_id, &err)) == DN_OK) {
        dn_buf_addt(lines, line);
        dn_buf_addt(incidents, incident_id);
        dn_buf_addc(incidents, '|');
    }
    dn_ledger_cursor_close(&cursor);
    return status;
}

START_TEST(lines_are_handed_on_as_they_stand)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    static const char *const incidents[] = {"INC-1", "INC, \"2\"", "INC-3"};
    char key[DN_SHA256_HEX];
    for (int i = 0; i < 3; i++) {
        struct dn_ledger_row row = row_of("t1", DN_STATE_INTENT, 1);
        row.incident_id = dn_text_of(incidents[i]);
        dn_ledger_key(row.incident_id, row.notice, row.tenant_id, row.channel, row.recipient, key);
        row.key = dn_text_of(key);
        ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_OK);
        if (i < 2) /* the last one is read out of memory */
            ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    }
    struct dn_buf lines = {0}, seen = {0}, none = {0};
    ck_assert_int_eq(lines_of(ledger, &lines, &seen), DN_END);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    struct dn_buf bytes = slurp("l.csv");
    ck_assert_str_eq(lines.at, strchr(bytes.at, '\n') + 1);
    ck_assert_str_eq(seen.at, "INC-1|INC, \"2\"|INC-3|");
    bytes.at[bytes.size - lines.size] = '7'; /* the first row's seq */
    spill("l.csv", bytes.at, bytes.size);
    ck_assert_int_eq(lines_of(ledger, &none, &none), DN_INVALID);
    dn_buf_clear(&lines);
    dn_buf_clear(&seen);
    dn_buf_clear(&none);
    dn_buf_clear(&bytes);
    dn_ledger_close(ledger);
}
END_TEST

/* What has no line end was cut off; what has one and is longer than a row can be was never written by us. */
START_TEST(endless_rows_are_torn_or_broken)
{
    write_good("l.csv");
    struct dn_buf bytes = slurp("l.csv");
    size_t good = bytes.size;
    for (size_t i = 0; i < 3u << 20; i++)
        dn_buf_addc(&bytes, 'x');
    spill("l.csv", bytes.at, bytes.size);
    ck_assert_int_eq(try_open("l.csv"), DN_OK);
    struct dn_buf torn = slurp("l.csv.torn-7"), kept = slurp("l.csv");
    ck_assert_uint_eq(torn.size, 3u << 20);
    ck_assert_uint_eq(kept.size, good);
    dn_buf_addc(&bytes, '\n');
    spill("l.csv", bytes.at, bytes.size);
    ck_assert_int_eq(try_open("l.csv"), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "longer than a row"));
    dn_buf_clear(&torn);
    dn_buf_clear(&kept);
    dn_buf_clear(&bytes);
    dn_notes_clear(&notes);
}
END_TEST

START_TEST(states_move_forward_only)
{
    struct dn_ledger *ledger = open_ledger(NULL);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 2), DN_INVALID);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_DELIVERED, 1), DN_INVALID);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_DEFERRED, 1), DN_OK);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 1), DN_INVALID);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 2), DN_OK);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_ACCEPTED, 2), DN_OK);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 3), DN_INVALID);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_DEFERRED, 2), DN_INVALID);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_BOUNCED, 2), DN_OK);
    ck_assert_int_eq(append(ledger, "a", DN_STATE_INTENT, 3), DN_OK);
    ck_assert_uint_eq(dn_ledger_count(ledger), 6);
    ck_assert(dn_state_may_follow(DN_STATE_UNKNOWN, DN_STATE_INTENT, true));
    ck_assert(!dn_state_may_follow(DN_STATE_UNKNOWN, DN_STATE_INTENT, false));
    ck_assert(!dn_state_may_follow(DN_STATE_REJECTED, DN_STATE_INTENT, false));
    ck_assert(!dn_state_may_follow(DN_STATE_REACHED, DN_STATE_NOT_REACHED, true));
    dn_ledger_close(ledger);
}
END_TEST

START_TEST(rows_that_would_lie_are_refused)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_ledger_row row = row_of("t1", DN_STATE_INTENT, 1);
    row.tenant_id = DN_TEXT("t2");
    ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_INVALID);
    static const char *const bad[] = {"a\nb",
                                      "a\rb",
                                      "\x1b[2J",
                                      "\x7f",
                                      "\xc2\x85",
                                      "\xff",
                                      "1234567\x1f",
                                      "12345678\x7f",
                                      "12345678\n9",
                                      "1234567\xc2\x9f",
                                      "12345678\xe2\x28"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        row = row_of("t1", DN_STATE_INTENT, 1);
        row.reason = dn_text_of(bad[i]);
        ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_INVALID);
    }
    static const char *const good[] = {" ~", "\xc2\xa0 1234567", "12345678\xe2\x82\xac", "1234567\xc3\xa9", "1234567~"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(!dn_ledger_cell_bad(dn_text_of(good[i])), "%s", good[i]);
    row = row_of("t1", DN_STATE_INTENT, 1);
    row.at = DN_INSTANT_NONE;
    ck_assert_int_eq(dn_ledger_append(ledger, &row, &err), DN_INVALID);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    dn_ledger_close(ledger);
    int64_t rows = -1;
    ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_OK);
    ck_assert_int_eq(rows, 0);
}
END_TEST

START_TEST(nothing_is_in_the_file_before_commit)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_buf before = slurp("l.csv");
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    struct dn_buf after = slurp("l.csv");
    ck_assert_uint_eq(before.size, after.size);
    dn_ledger_close(ledger);
    dn_buf_clear(&before);
    dn_buf_clear(&after);
}
END_TEST

START_TEST(file_is_for_its_owner_alone)
{
    umask(0);
    write_good("l.csv");
    struct stat st;
    ck_assert_int_eq(stat("l.csv", &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_int_ne(access("l.csv.new", F_OK), 0);
}
END_TEST

START_TEST(second_opener_is_told_to_come_back)
{
    struct dn_ledger *first = open_ledger("l.csv");
    ck_assert_int_eq(try_open("l.csv"), DN_BUSY);
    dn_ledger_close(first);
    ck_assert_int_eq(try_open("l.csv"), DN_OK);
}
END_TEST

START_TEST(lock_of_a_killed_holder_is_free)
{
    write_good("l.csv");
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct dn_ledger *mine = NULL;
        dn_ledger_open("l.csv", &mine, &notes, &err);
        _exit(write(ready[1], "x", 1) == 1 && pause() ? 0 : 1);
    }
    char byte;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(try_open("l.csv"), DN_BUSY);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert_int_eq(try_open("l.csv"), DN_OK);
    close(ready[0]);
    close(ready[1]);
}
END_TEST

/* Runs start on a ledger that is not there: one is first, all others wait their turn or follow it; no row is lost. */
static void start_many(void)
{
    pid_t pids[20];
    unlink("l.csv");
    for (int i = 0; i < 20; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        struct dn_ledger *mine = NULL;
        char tenant[16];
        snprintf(tenant, sizeof tenant, "t%d", i);
        enum dn_status status;
        while ((status = dn_ledger_open("l.csv", &mine, &notes, &err)) == DN_BUSY)
            ;
        bool good = status == DN_OK && append(mine, tenant, DN_STATE_INTENT, 1) == DN_OK &&
                    dn_ledger_commit(mine, &err) == DN_OK;
        dn_ledger_close(mine);
        _exit(good ? 0 : 1);
    }
    for (int i = 0; i < 20; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        ck_assert_int_eq(status, 0);
    }
    int64_t rows = 0;
    ck_assert_msg(verify("l.csv", NULL, &rows) == DN_OK, "%s", err.text);
    ck_assert_int_eq(rows, 20);
}

START_TEST(many_starts_at_once_make_one_ledger)
{
    for (int round = 0; round < 10; round++)
        start_many();
}
END_TEST

START_TEST(only_a_plain_file_of_ours_is_a_ledger)
{
    write_good("good.csv");
    ck_assert_int_eq(symlink("good.csv", "link.csv"), 0);
    ck_assert_int_eq(try_open("link.csv"), DN_INVALID);
    ck_assert_int_eq(symlink("nowhere.csv", "dangling.csv"), 0);
    ck_assert_int_eq(try_open("dangling.csv"), DN_INVALID);
    ck_assert_int_ne(access("nowhere.csv", F_OK), 0);
    ck_assert_int_eq(mkfifo("fifo.csv", 0600), 0);
    ck_assert_int_eq(try_open("fifo.csv"), DN_INVALID);
    ck_assert_int_eq(mkdir("dir.csv", 0700), 0);
    ck_assert_int_eq(try_open("dir.csv"), DN_INVALID);
    ck_assert_int_eq(try_open("no-such-folder/l.csv"), DN_SYSTEM);
    ck_assert_int_eq(chmod("good.csv", 0620), 0);
    ck_assert_int_eq(try_open("good.csv"), DN_INVALID);
    ck_assert_int_eq(chmod("good.csv", 0600), 0);
    ck_assert_int_eq(link("good.csv", "second.csv"), 0);
    ck_assert_int_eq(try_open("good.csv"), DN_INVALID);
    ck_assert_int_eq(unlink("second.csv"), 0);
    ck_assert_int_eq(try_open("good.csv"), DN_OK);
    ck_assert_int_eq(try_open("/dev/null"), DN_INVALID);
}
END_TEST

START_TEST(another_file_stays_untouched)
{
    static const char *const others[] = {"", "tenant_id,name\nt1,One\n", "seq,at,incident_id\n1,2,3\n",
                                         "\xef\xbb\xbfseq,at", "seq;at"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        spill("other.csv", others[i], strlen(others[i]));
        ck_assert_int_eq(try_open("other.csv"), DN_INVALID);
        struct dn_buf after = slurp("other.csv");
        ck_assert_uint_eq(after.size, strlen(others[i]));
        ck_assert(after.size == 0 || memcmp(after.at, others[i], after.size) == 0);
        dn_buf_clear(&after);
    }
    spill("way.csv.new", "a letter", 8);
    ck_assert_int_eq(try_open("way.csv"), DN_INVALID);
    struct dn_buf letter = slurp("way.csv.new");
    ck_assert_str_eq(letter.at, "a letter");
    dn_buf_clear(&letter);
}
END_TEST

START_TEST(creation_that_was_cut_short_is_taken_up)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv");
    size_t header = (size_t)(strchr(good.at, '\n') - good.at) + 1;
    for (size_t cut = 0; cut <= header; cut++) {
        spill("l.csv.new", good.at, cut);
        ck_assert_int_eq(try_open("l.csv"), DN_OK);
        ck_assert_int_ne(access("l.csv.new", F_OK), 0);
        ck_assert_int_eq(unlink("l.csv"), 0);
    }
    dn_buf_clear(&good);
}
END_TEST

/* The ledger cut at every byte: what is left is whole rows, the torn one is kept beside it, and the file goes on. */
START_TEST(cut_at_every_byte_loses_the_torn_row_only)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv");
    for (size_t cut = strlen(dn_ledger_header) + 1; cut <= good.size; cut++) {
        struct dn_buf head = {.at = good.at, .size = cut};
        size_t rows = lines_in(&head) - 1;
        bool torn = good.at[cut - 1] != '\n';
        char name[64];
        dn_notes_clear(&notes);
        spill("l.csv", good.at, cut);
        struct dn_ledger *ledger = open_ledger("l.csv");
        ck_assert_uint_eq(dn_ledger_count(ledger), rows);
        ck_assert_uint_eq(notes.count, torn ? 1 : 0);
        snprintf(name, sizeof name, "l.csv.torn-%zu", rows + 1);
        ck_assert_int_eq(access(name, F_OK) == 0, torn);
        ck_assert_int_eq(append(ledger, "new", DN_STATE_INTENT, 1), DN_OK);
        ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
        dn_ledger_close(ledger);
        int64_t seen = 0;
        ck_assert_msg(verify("l.csv", NULL, &seen) == DN_OK, "cut %zu: %s", cut, err.text);
        ck_assert_int_eq(seen, (int64_t)rows + 1);
        unlink(name);
    }
    dn_notes_clear(&notes);
    dn_buf_clear(&good);
}
END_TEST

START_TEST(cut_within_its_header_is_refused)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv");
    for (size_t cut = 0; cut <= strlen(dn_ledger_header); cut++) {
        spill("l.csv", good.at, cut);
        ck_assert_int_eq(try_open("l.csv"), DN_INVALID);
        struct dn_buf after = slurp("l.csv");
        ck_assert_uint_eq(after.size, cut);
        dn_buf_clear(&after);
    }
    dn_buf_clear(&good);
}
END_TEST

START_TEST(torn_bytes_are_kept_and_never_overwritten)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv");
    for (size_t i = 0; i < 3; i++) {
        spill("l.csv", good.at, good.size - 10 - i);
        ck_assert_int_eq(try_open("l.csv"), DN_OK);
    }
    static const char *const names[] = {"l.csv.torn-6", "l.csv.torn-6.1", "l.csv.torn-6.2"};
    struct dn_buf left = slurp("l.csv");
    for (size_t i = 0; i < 3; i++) {
        struct dn_buf torn = slurp(names[i]);
        ck_assert_uint_eq(left.size + torn.size, good.size - 10 - i);
        ck_assert_mem_eq(good.at + left.size, torn.at, torn.size);
        dn_buf_clear(&torn);
    }
    ck_assert_uint_eq(notes.count, 3);
    dn_notes_clear(&notes);
    dn_buf_clear(&good);
    dn_buf_clear(&left);
}
END_TEST

START_TEST(every_flipped_byte_is_found)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv"), head = {0};
    int64_t rows = 0;
    ck_assert_int_eq(dn_ledger_verify("good.csv", NULL, &rows, &head, &err), DN_OK);
    static const unsigned char masks[] = {1, 32, 128};
    for (size_t i = 0; i < good.size; i++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            good.at[i] = (char)((unsigned char)good.at[i] ^ masks[m]);
            spill("l.csv", good.at, good.size);
            ck_assert_msg(verify("l.csv", head.at, &rows) == DN_INVALID, "byte %zu", i);
            /* The very last LF is the mark of a whole row: without it the row is torn, as after a crash. */
            enum dn_status status = try_open("l.csv");
            ck_assert_msg(status == DN_INVALID || i == good.size - 1, "byte %zu", i);
            good.at[i] = (char)((unsigned char)good.at[i] ^ masks[m]);
        }
    }
    dn_notes_clear(&notes);
    dn_buf_clear(&head);
    dn_buf_clear(&good);
}
END_TEST

/* Writes the header and the good ledger's rows in the given order (1-based). */
static void rearrange(const struct dn_buf *good, const char *order)
{
    const char *starts[16] = {good->at};
    for (size_t n = 1; n < 16 && (starts[n] = strchr(starts[n - 1], '\n')) != NULL; n++)
        starts[n]++;
    struct dn_buf out = {0};
    dn_buf_add(&out, starts[0], (size_t)(starts[1] - starts[0]));
    for (; *order != '\0'; order++)
        dn_buf_add(&out, starts[*order - '0'], (size_t)(starts[*order - '0' + 1] - starts[*order - '0']));
    spill("l.csv", out.at, out.size);
    dn_buf_clear(&out);
}

START_TEST(rows_removed_moved_or_repeated_are_found)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv");
    static const char *const orders[] = {"23456",  "13456",  "12456",  "12356",   "12346",   "213456",
                                         "132456", "124356", "123546", "1123456", "1234566", "1234565"};
    int64_t rows = 0;
    rearrange(&good, "123456");
    ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_OK);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        rearrange(&good, orders[i]);
        ck_assert_msg(verify("l.csv", NULL, &rows) == DN_INVALID, "%s", orders[i]);
        ck_assert_msg(try_open("l.csv") == DN_INVALID, "%s", orders[i]);
    }
    dn_buf_clear(&good);
}
END_TEST

/* Somebody who knows how to calculate the chain left a number out. */
START_TEST(gap_with_a_good_chain_is_found)
{
    struct dn_ledger_row row = row_of("t1", DN_STATE_INTENT, 1);
    struct dn_buf file = {0}, body = {0}, digest = {0};
    char chain[DN_SHA256_HEX];
    row.seq = 2;
    row.chain = DN_TEXT("");
    dn_ledger_add_line(&row, &body);
    body.size -= 2; /* the empty chain's comma and the LF */
    dn_buf_addf(&digest, "%064d\n%.*s", 0, (int)body.size, body.at);
    dn_sha256_hex(dn_buf_text(&digest), chain);
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        dn_buf_addf(&file, "%s%s", i > 0 ? "," : "", dn_ledger_columns[i]);
    dn_buf_addf(&file, "\n%.*s,%s\n", (int)body.size, body.at, chain);
    spill("l.csv", file.at, file.size);
    int64_t rows = 0;
    ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "row 2 follows row 0"));
    ck_assert_int_eq(try_open("l.csv"), DN_INVALID);
    dn_buf_clear(&file);
    dn_buf_clear(&body);
    dn_buf_clear(&digest);
}
END_TEST

START_TEST(cut_tail_is_found_against_a_head_only)
{
    write_good("good.csv");
    struct dn_buf good = slurp("good.csv"), head = {0};
    int64_t rows = 0;
    ck_assert_int_eq(dn_ledger_verify("good.csv", NULL, &rows, &head, &err), DN_OK);
    static const char *const orders[] = {"", "1", "12", "123", "1234", "12345"};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        rearrange(&good, orders[i]);
        ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_OK);
        ck_assert_int_eq(verify("l.csv", head.at, &rows), DN_INVALID);
        ck_assert_ptr_nonnull(strstr(err.text, "the tail is cut"));
    }
    ck_assert_int_eq(verify("good.csv", head.at, &rows), DN_OK);
    head.at[10] = head.at[10] == 'a' ? 'b' : 'a';
    ck_assert_int_eq(verify("good.csv", head.at, &rows), DN_INVALID);
    ck_assert_int_eq(verify("good.csv", "6", &rows), DN_INVALID);
    dn_buf_clear(&head);
    dn_buf_clear(&good);
}
END_TEST

/* An older head stays true when rows were added. */
START_TEST(head_of_an_earlier_run_is_a_row_inside)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_buf head = {0};
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    dn_ledger_head(ledger, &head);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_ACCEPTED, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    dn_ledger_close(ledger);
    int64_t rows = 0;
    ck_assert_int_eq(verify("l.csv", head.at, &rows), DN_OK);
    ck_assert_int_eq(rows, 2);
    dn_buf_clear(&head);
}
END_TEST

/* What intents may need for their outcomes is on the disk before they are; at the end it is given back. */
START_TEST(room_for_outcomes_is_reserved)
{
#ifndef DN_HAVE_FALLOCATE
    return;
#endif
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct stat st;
    for (char name[] = "a"; *name <= 'z'; ++*name)
        ck_assert_int_eq(append(ledger, name, DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    ck_assert_int_eq(stat("l.csv", &st), 0);
    ck_assert_int_lt(st.st_size, 26 << 10);
    ck_assert_int_ge(st.st_blocks * 512, st.st_size + (26 << 10));
    dn_ledger_close(ledger);
    ck_assert_int_eq(stat("l.csv", &st), 0);
    ck_assert_int_lt(st.st_blocks * 512, 64 << 10);
    int64_t rows = 0;
    ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_OK);
    ck_assert_int_eq(rows, 26);
}
END_TEST

/* A full disk: the commit fails, nothing more is taken, no intent is left behind, and the next opening goes on. */
START_TEST(full_disk_leaves_a_whole_ledger)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(append(ledger, "t2", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    struct dn_buf before = slurp("l.csv");
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_ACCEPTED, 1), DN_OK);
    for (char name[] = "a"; *name <= 'z'; ++*name)
        ck_assert_int_eq(append(ledger, name, DN_STATE_INTENT, 1), DN_OK);
    struct rlimit was, limit;
    getrlimit(RLIMIT_FSIZE, &was);
    limit = was;
    limit.rlim_cur = before.size + 2000;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_SYSTEM);
    setrlimit(RLIMIT_FSIZE, &was);
    ck_assert_int_eq(append(ledger, "t2", DN_STATE_ACCEPTED, 1), DN_SYSTEM);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_SYSTEM);
    dn_ledger_close(ledger);
    ledger = open_ledger("l.csv");
    ck_assert_uint_eq(notes.count, 0);
    ck_assert_uint_eq(dn_ledger_count(ledger), 3);
    ck_assert_int_eq(row_at(ledger, 2)->state, DN_STATE_ACCEPTED);
    dn_ledger_close(ledger);
    dn_buf_clear(&before);
}
END_TEST

/* Of what a full disk cut off, no outcome is kept that stands behind more intents than there are outcomes: the next run
 * would call all of those unknown. */
START_TEST(full_disk_leaves_few_unknown)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    signal(SIGXFSZ, SIG_IGN);
    for (char name[] = "a"; *name <= 'd'; ++*name)
        ck_assert_int_eq(append(ledger, name, DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    struct dn_buf before = slurp("l.csv");
    for (char name[] = "e"; *name <= 'h'; ++*name)
        ck_assert_int_eq(append(ledger, name, DN_STATE_INTENT, 1), DN_OK);
    for (char name[] = "a"; *name <= 'd'; ++*name)
        ck_assert_int_eq(append(ledger, name, DN_STATE_ACCEPTED, 1), DN_OK);
    size_t row = (before.size - strlen(dn_ledger_header)) / 4;
    struct rlimit was, limit;
    getrlimit(RLIMIT_FSIZE, &was);
    limit = was;
    limit.rlim_cur = before.size + 6 * row; /* four intents and an outcome */
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_SYSTEM);
    setrlimit(RLIMIT_FSIZE, &was);
    dn_ledger_close(ledger);
    ledger = open_ledger("l.csv");
    ck_assert_uint_eq(dn_ledger_count(ledger), 4);
    dn_ledger_close(ledger);
    dn_buf_clear(&before);
}
END_TEST

/* A commit beside other work: what was begun is durable when it is ended, and not before; what is appended meanwhile
 * waits for the next. */
START_TEST(commit_beside_other_work)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    struct dn_buf head = {0};
    bool over = false;
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit_begin(ledger, &err), DN_OK);
    ck_assert(dn_ledger_commits(ledger));
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_ACCEPTED, 1), DN_OK);
    ck_assert_int_eq(append(ledger, "t2", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(row_at(ledger, 0)->state, DN_STATE_INTENT);
    ck_assert_int_eq(row_at(ledger, 1)->state, DN_STATE_ACCEPTED);
    dn_ledger_head(ledger, &head);
    ck_assert_int_eq(strtol(head.at, NULL, 10), 0);
    while (!over)
        ck_assert_int_eq(dn_ledger_commit_wait(ledger, NULL, 0, &over, &err), DN_OK);
    ck_assert_int_eq(dn_ledger_commit_end(ledger, &err), DN_OK);
    ck_assert(!dn_ledger_commits(ledger));
    dn_buf_reset(&head);
    dn_ledger_head(ledger, &head);
    ck_assert_int_eq(strtol(head.at, NULL, 10), 1);
    for (int i = 2; i <= 3; i++)
        ck_assert_int_eq(dn_ledger_commit_begin(ledger, &err), DN_OK); /* ends the one before */
    dn_ledger_close(ledger);
    int64_t rows = 0;
    ck_assert_int_eq(verify("l.csv", NULL, &rows), DN_OK);
    ck_assert_int_eq(rows, 3);
    ledger = open_ledger("l.csv");
    ck_assert_uint_eq(notes.count, 0);
    ck_assert_int_eq(row_at(ledger, 2)->state, DN_STATE_INTENT);
    dn_ledger_close(ledger);
    dn_buf_clear(&head);
}
END_TEST

/* Somebody else's descriptor ends the wait, too; without a commit there is nothing to wait for. */
START_TEST(waiting_for_a_commit_looks_elsewhere)
{
    struct dn_ledger *ledger = open_ledger("l.csv");
    int ends[2], none[] = {-1};
    bool over = false;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dn_ledger_commit_wait(ledger, ends, 1, &over, &err), DN_OK);
    ck_assert(over);
    ck_assert_int_eq(dn_ledger_commit_end(ledger, &err), DN_OK);
    ck_assert_int_eq(append(ledger, "t1", DN_STATE_INTENT, 1), DN_OK);
    ck_assert_int_eq(dn_ledger_commit_begin(ledger, &err), DN_OK);
    ck_assert_int_eq(write(ends[1], "", 1), 1);
    ck_assert_int_eq(dn_ledger_commit_wait(ledger, ends, 1, &over, &err), DN_OK); /* does not hang */
    ck_assert_int_eq(dn_ledger_commit_wait(ledger, none, 1, &over, &err), DN_OK);
    ck_assert(over);
    ck_assert_int_eq(dn_ledger_commit_end(ledger, &err), DN_OK);
    dn_ledger_close(ledger);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

static Suite *ledger_suite(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tcase = tcase_create("ledger");
    tcase_add_checked_fixture(tcase, enter, leave);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, key_is_sha256_over_five_lines);
    tcase_add_test(tcase, rows_come_back_as_written);
    tcase_add_test(tcase, chain_is_what_the_contract_says);
    tcase_add_test(tcase, reader_and_add_line_are_inverse);
    tcase_add_test(tcase, in_memory_it_keeps_the_same_rules);
    tcase_add_test(tcase, rows_are_read_back_from_their_places);
    tcase_add_test(tcase, stands_follow_the_rows);
    tcase_add_test(tcase, subjects_are_the_first_rows_of_their_kind);
    tcase_add_test(tcase, rows_changed_behind_our_back_are_noticed);
    tcase_add_test(tcase, lines_are_handed_on_as_they_stand);
    tcase_add_test(tcase, endless_rows_are_torn_or_broken);
    tcase_add_test(tcase, states_move_forward_only);
    tcase_add_test(tcase, rows_that_would_lie_are_refused);
    tcase_add_test(tcase, nothing_is_in_the_file_before_commit);
    tcase_add_test(tcase, file_is_for_its_owner_alone);
    tcase_add_test(tcase, second_opener_is_told_to_come_back);
    tcase_add_test(tcase, lock_of_a_killed_holder_is_free);
    tcase_add_test(tcase, many_starts_at_once_make_one_ledger);
    tcase_add_test(tcase, only_a_plain_file_of_ours_is_a_ledger);
    tcase_add_test(tcase, another_file_stays_untouched);
    tcase_add_test(tcase, creation_that_was_cut_short_is_taken_up);
    tcase_add_test(tcase, cut_at_every_byte_loses_the_torn_row_only);
    tcase_add_test(tcase, cut_within_its_header_is_refused);
    tcase_add_test(tcase, torn_bytes_are_kept_and_never_overwritten);
    tcase_add_test(tcase, every_flipped_byte_is_found);
    tcase_add_test(tcase, rows_removed_moved_or_repeated_are_found);
    tcase_add_test(tcase, gap_with_a_good_chain_is_found);
    tcase_add_test(tcase, cut_tail_is_found_against_a_head_only);
    tcase_add_test(tcase, head_of_an_earlier_run_is_a_row_inside);
    tcase_add_test(tcase, room_for_outcomes_is_reserved);
    tcase_add_test(tcase, full_disk_leaves_a_whole_ledger);
    tcase_add_test(tcase, full_disk_leaves_few_unknown);
    tcase_add_test(tcase, commit_beside_other_work);
    tcase_add_test(tcase, waiting_for_a_commit_looks_elsewhere);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(ledger_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
