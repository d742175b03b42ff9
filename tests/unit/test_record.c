#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/record.h"
#include "ledger_rows.h"

static struct dn_error err;
static struct dn_notes notes;
static char path[64];

static struct dn_instant at(const char *text)
{
    struct dn_instant value = DN_INSTANT_NONE;
    ck_assert(dn_instant_parse(dn_text_of(text), &value));
    return value;
}

/* A row of INC-1, as notify-send writes it. key is static: one row at a time. */
static struct dn_ledger_row row_of(const char *tenant, enum dn_channel channel, enum dn_state state)
{
    static char key[DN_SHA256_HEX];
    struct dn_ledger_row row = {.at = at("2026-06-16T08:00:00Z"),
                                .incident_id = DN_TEXT("INC-1"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = dn_text_of(tenant),
                                .channel = channel,
                                .recipient = DN_TEXT("who"),
                                .attempt = 1,
                                .state = state,
                                .content_sha256 = DN_TEXT("abc"),
                                .declared_at = at("2026-06-15T18:00:00Z"),
                                .due_at = at("2026-06-18T18:00:00Z"),
                                .regime = DN_TEXT("contract-72h-declared"),
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, channel, row.recipient, key);
    row.key = dn_text_of(key);
    return row;
}

static const char *add(struct dn_ledger *ledger, const char *tenant, enum dn_channel channel, enum dn_state state)
{
    struct dn_ledger_row row = row_of(tenant, channel, state);
    ck_assert_msg(dn_ledger_append(ledger, &row, &err) == DN_OK, "%s", err.text);
    return row.key.at;
}

static struct dn_ledger *ledger_in_memory(void)
{
    struct dn_ledger *ledger = NULL;
    memset(&err, 0, sizeof err);
    ck_assert_int_eq(dn_ledger_open(NULL, &ledger, &notes, &err), DN_OK);
    return ledger;
}

static void spill(const char *text)
{
    strcpy(path, "/tmp/test_record.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static enum dn_status read_text(const char *text, struct dn_records *records)
{
    spill(text);
    memset(&err, 0, sizeof err);
    enum dn_status status = dn_records_read(path, 0, "ada", records, &err);
    unlink(path);
    return status;
}

static enum dn_status apply(struct dn_ledger *ledger, struct dn_records *records, struct dn_decisions *decisions,
                            struct dn_record_counts *counts)
{
    struct dn_record_run run = {
        .ledger = ledger, .records = records, .decisions = decisions, .by = "ada", .now = at("2026-06-17T08:00:00Z")};
    memset(&err, 0, sizeof err);
    return dn_record_apply(&run, counts, &err);
}

static enum dn_status apply_text(struct dn_ledger *ledger, const char *text, struct dn_record_counts *counts)
{
    struct dn_records records = {0};
    struct dn_decisions decisions = {0};
    enum dn_status status = read_text(text, &records);
    if (status == DN_OK)
        status = apply(ledger, &records, &decisions, counts);
    dn_records_clear(&records);
    return status;
}

static const char *report(const char *key, const char *state, const char *happened_at)
{
    static char text[512];
    snprintf(text, sizeof text, "key,recipient,state,code,happened_at,reason,reference\n%.64s,who,%s,5.1.1,%s,gone,r\n",
             key, state, happened_at);
    return text;
}

/* Every state a ledger can end in × every state a report has: only the way forward is written. */
START_TEST(reports_move_states_forward_only)
{
    static const enum dn_state reached_by[][2] = {
        {DN_STATE_INTENT, DN_STATE_INTENT},   {DN_STATE_INTENT, DN_STATE_ACCEPTED},
        {DN_STATE_INTENT, DN_STATE_DEFERRED}, {DN_STATE_INTENT, DN_STATE_REJECTED},
        {DN_STATE_INTENT, DN_STATE_UNKNOWN},  {DN_STATE_HELD, DN_STATE_HELD},
        {DN_STATE_SKIPPED, DN_STATE_SKIPPED}};
    for (size_t i = 0; i < sizeof reached_by / sizeof *reached_by; i++)
        for (int bounced = 0; bounced < 2; bounced++) {
            struct dn_ledger *ledger = ledger_in_memory();
            struct dn_record_counts counts;
            const char *key = add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, reached_by[i][0]);
            if (reached_by[i][1] != reached_by[i][0])
                key = add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, reached_by[i][1]);
            enum dn_state state = reached_by[i][1];
            bool may = state == DN_STATE_INTENT || state == DN_STATE_ACCEPTED || state == DN_STATE_UNKNOWN;
            ck_assert_int_eq(
                apply_text(ledger, report(key, bounced ? "bounced" : "delivered", "2026-06-16T09:00:00Z"), &counts),
                DN_OK);
            ck_assert_uint_eq(counts.backward, !may);
            ck_assert_int_eq(row_last(ledger, (struct dn_text){key, 64})->state, !may      ? state
                                                                                 : bounced ? DN_STATE_BOUNCED
                                                                                           : DN_STATE_DELIVERED);
            dn_ledger_close(ledger);
        }
}
END_TEST

START_TEST(a_report_keeps_what_the_notice_is_about)
{
    struct dn_ledger *ledger = ledger_in_memory();
    struct dn_record_counts counts;
    add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_INTENT);
    const char *key = add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_ACCEPTED);
    ck_assert_int_eq(apply_text(ledger, report(key, "bounced", "2026-06-16T09:00:00Z"), &counts), DN_OK);
    const struct dn_ledger_row *row = row_at(ledger, 2);
    ck_assert(dn_text_is(row->content_sha256, "abc") && dn_text_is(row->regime, "contract-72h-declared"));
    ck_assert(dn_text_is(row->by, "ada") && dn_text_is(row->code, "5.1.1") && dn_text_is(row->reason, "gone"));
    ck_assert_int_eq(dn_instant_compare(row->at, at("2026-06-17T08:00:00Z")), 0);
    ck_assert_int_eq(dn_instant_compare(row->happened_at, at("2026-06-16T09:00:00Z")), 0);
    dn_ledger_close(ledger);
}
END_TEST

START_TEST(a_time_that_cannot_be_gives_way)
{
    static const char *const times[] = {"2026-06-17T08:00:01Z", "2026-06-16T07:59:59Z"};
    for (size_t i = 0; i < 2; i++) {
        struct dn_ledger *ledger = ledger_in_memory();
        struct dn_record_counts counts;
        add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_INTENT);
        const char *key = add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_ACCEPTED);
        ck_assert_int_eq(apply_text(ledger, report(key, "bounced", times[i]), &counts), DN_OK);
        ck_assert_uint_eq(counts.clock, 1);
        ck_assert(!dn_instant_is(row_at(ledger, 2)->happened_at));
        dn_ledger_close(ledger);
    }
}
END_TEST

START_TEST(nothing_is_read_that_is_half)
{
    static const char *const wrong[] = {
        "",
        "a,b\n",
        "key,recipient,state,code,happened_at,reason,reference\nabc,who,bounced,,,,\n",
        "key,recipient,state,code,happened_at,reason,reference\n,who,sent,,,,\n",
        "key,recipient,state,code,happened_at,reason,reference\n,who,bounced,,yesterday,,\n",
        "key,recipient,state,code,happened_at,reason,reference\n,who,bounced,,,\n",
        "key,recipient,state,code,happened_at,reason,reference\n,who,bounced,,,\"a\nb\",\n",
        "incident_id,tenant_id,recipient,means,evidence,happened_at\nI,t,w,visit,,2026-06-16T09:00:00Z\n",
        "incident_id,tenant_id,recipient,means,evidence,happened_at,state\nI,t,w,visit,m,2026-06-16T09:00:00Z,intent\n",
        "incident_id,tenant_id,recipient,means,evidence,happened_at,required\nI,t,w,visit,m,2026-06-16T09:00:00Z,x\n",
        ("incident_id,tenant_id,recipient,means,evidence,happened_at,note\n"
         "I,t,w,visit,m,2026-06-16T09:00:00Z,same-message:x\n"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct dn_records records = {0};
        ck_assert_msg(read_text(wrong[i], &records) == DN_INVALID, "%s was read", wrong[i]);
        dn_records_clear(&records);
    }
}
END_TEST

START_TEST(a_cell_that_would_burst_a_row_is_refused)
{
    struct dn_records records = {0};
    struct dn_buf text = {0};
    dn_buf_adds(&text, "key,recipient,state,code,happened_at,reason,reference\n,who,bounced,,,");
    for (int i = 0; i < 2001; i++)
        dn_buf_addc(&text, 'x');
    dn_buf_adds(&text, ",\n");
    ck_assert_int_eq(read_text(text.at, &records), DN_INVALID);
    dn_buf_clear(&text);
    dn_records_clear(&records);
}
END_TEST

START_TEST(decisions_are_words)
{
    char key[DN_SHA256_HEX], text[100];
    struct dn_decisions decisions = {0};
    dn_ledger_key(DN_TEXT("a"), DN_TEXT("b"), DN_TEXT("c"), DN_CHANNEL_OTHER, DN_TEXT("d"), key);
    snprintf(text, sizeof text, "%s=accepted", key);
    ck_assert(dn_decisions_add(&decisions, text) && dn_decisions_add(&decisions, text));
    ck_assert(dn_decisions_add(&decisions, "all=resend"));
    ck_assert(!dn_decisions_add(&decisions, "all=accepted"));
    snprintf(text, sizeof text, "%s=resend", key);
    ck_assert(!dn_decisions_add(&decisions, text));
    text[0] = 'X';
    ck_assert(!dn_decisions_add(&decisions, text));
    ck_assert(!dn_decisions_add(&decisions, "") && !dn_decisions_add(&decisions, "=resend"));
    ck_assert_uint_eq(decisions.count, 2);
    dn_decisions_clear(&decisions);
}
END_TEST

START_TEST(a_resend_is_remembered_for_every_later_attempt)
{
    struct dn_ledger *ledger = ledger_in_memory();
    struct dn_records records = {0};
    struct dn_decisions decisions = {0};
    struct dn_record_counts counts;
    struct dn_resends resends = {0};
    struct dn_text sent;
    add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_INTENT);
    struct dn_text key = row_at(ledger, 0)->key;
    add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_UNKNOWN);
    ck_assert_int_eq(dn_resends_find(ledger, &resends, &err), DN_OK);
    ck_assert(!dn_resends_has(&resends, key, NULL));
    dn_resends_clear(&resends);
    ck_assert(dn_decisions_add(&decisions, "all=resend"));
    ck_assert_msg(apply(ledger, &records, &decisions, &counts) == DN_OK, "%s", err.text);
    struct dn_ledger_row next = row_of("t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_INTENT);
    next.attempt = 2;
    ck_assert_msg(dn_ledger_append(ledger, &next, &err) == DN_OK, "%s", err.text);
    ck_assert_int_eq(dn_resends_find(ledger, &resends, &err), DN_OK);
    ck_assert(dn_resends_has(&resends, key, &sent) && dn_text_is(sent, "abc"));
    dn_resends_clear(&resends);
    dn_decisions_clear(&decisions);
    dn_ledger_close(ledger);
}
END_TEST

static bool is_real(const struct dn_record_run *run)
{
    bool real = false;
    ck_assert_int_eq(dn_record_real(run, &real, &err), DN_OK);
    return real;
}

START_TEST(what_is_real_is_told_from_a_drill)
{
    struct dn_ledger *ledger = ledger_in_memory();
    struct dn_records records = {0};
    struct dn_decisions decisions = {0};
    struct dn_record_run run = {.ledger = ledger, .records = &records, .decisions = &decisions, .by = "ada"};
    struct dn_ledger_row drill = row_of("t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_HELD);
    char key[DN_SHA256_HEX];
    drill.notice = DN_TEXT("drill-initial");
    dn_ledger_key(drill.incident_id, drill.notice, drill.tenant_id, drill.channel, drill.recipient, key);
    drill.key = dn_text_of(key);
    ck_assert_int_eq(dn_ledger_append(ledger, &drill, &err), DN_OK);
    ck_assert(!is_real(&run));
    add(ledger, "t", DN_CHANNEL_EMAIL_ADMIN, DN_STATE_HELD);
    ck_assert(is_real(&run)); /* nothing is named: the ledger answers */
    ck_assert_int_eq(read_text(report(key, "bounced", ""), &records), DN_OK);
    ck_assert(!is_real(&run));
    ck_assert(dn_decisions_add(&decisions, "all=accepted"));
    ck_assert(is_real(&run));
    dn_decisions_clear(&decisions);
    dn_records_clear(&records);
    dn_ledger_close(ledger);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *all = tcase_create("all");
    tcase_add_test(all, reports_move_states_forward_only);
    tcase_add_test(all, a_report_keeps_what_the_notice_is_about);
    tcase_add_test(all, a_time_that_cannot_be_gives_way);
    tcase_add_test(all, nothing_is_read_that_is_half);
    tcase_add_test(all, a_cell_that_would_burst_a_row_is_refused);
    tcase_add_test(all, decisions_are_words);
    tcase_add_test(all, a_resend_is_remembered_for_every_later_attempt);
    tcase_add_test(all, what_is_real_is_told_from_a_drill);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
