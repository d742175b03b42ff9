#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel/lane.h"
#include "channel/reconcile.h"
#include "channel/traffic.h"
#include "ledger_rows.h"
#include "plan_fixture.h"

#define ROWS 24

/* A way that does as it is told, a step a turn: what was taken becomes ready, what was released is answered. */
struct double_ {
    const char *name;
    size_t room, most; /* letters at a time */
    size_t at[ROWS];
    enum { FREE, QUEUED, READY, TOLD, BOUND, FLYING, DONE } place[ROWS]; /* by row of the plan */
    struct dn_smtp_result results[ROWS];
    enum dn_state answers[ROWS][3]; /* of the first, second, third try; 0: accepted */
    int tries[ROWS];
    bool stuck;      /* what flies gets no answer */
    bool slow;       /* one answer a turn */
    int64_t mute_ms; /* nothing becomes ready before; each turn takes a second until then */
    bool holds;      /* what is told behind hold is not released */
    int told_beside;
    int beside;     /* turns while the ledger became durable */
    int fail_take;  /* the n-th take fails */
    int stop_after; /* so many answers later the relay wants nobody any more */
    enum dn_smtp_relay_state peer;
    int answers_given, takes, turns;
    int64_t first_ms; /* when the first was taken */
};

static struct double_ mail, posts;
static struct dn_way ways[DN_WAYS];
static struct dn_ledger *ledger;
static struct dn_steps steps;
static struct dn_entries entries;
static struct dn_traffic traffic;
static struct dn_error err;
static struct fixture f;
static struct dn_instant now;
static volatile sig_atomic_t signals;
static struct dn_buf said;
static int release_signals; /* signals that come with a release */
static bool settle_fails;
static int64_t passed_ms; /* beside the time that really passes */

/* Stands before the one of the library. */
int64_t dn_lane_clock(void)
{
    struct timespec real;
    clock_gettime(CLOCK_MONOTONIC, &real);
    return (int64_t)real.tv_sec * 1000 + real.tv_nsec / 1000000 + passed_ms;
}

static size_t count_at(const struct double_ *it, int place)
{
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++)
        count += (int)it->place[i] == place;
    return count;
}

static struct dn_way_state state(void *self)
{
    struct double_ *it = self;
    size_t letters = ROWS - count_at(it, FREE);
    return (struct dn_way_state){.room = it->most > letters ? it->most - letters : 0,
                                 .letters = letters,
                                 .in_flight = count_at(it, FLYING),
                                 .peer = {.state = it->peer, .wait_ms = 60000, .stalled = true, .reason = "454 no"}};
}

static enum dn_status take(void *self, size_t number, const struct dn_dispatch *dispatch, struct dn_error *e)
{
    struct double_ *it = self;
    ck_assert_int_eq(it->place[number], FREE);
    ck_assert_ptr_nonnull(dispatch->content);
    if (it->takes == 0)
        it->first_ms = passed_ms;
    if (++it->takes == it->fail_take)
        return dn_error_set(e, DN_SYSTEM, "the text is another one");
    it->place[number] = QUEUED;
    return DN_OK;
}

static int descriptor(void *self, int64_t *wait_ms)
{
    (void)self;
    *wait_ms = 0;
    return -1;
}

static void answer(struct double_ *it, size_t i, enum dn_state answered, bool of_relay)
{
    it->results[i] = (struct dn_smtp_result){.number = i, .of_relay = of_relay, .intent = it->place[i] >= TOLD};
    it->results[i].outcome.state = answered;
    strcpy(it->results[i].outcome.code, of_relay ? "454" : "250");
    strcpy(it->results[i].outcome.reason, answered == DN_STATE_ACCEPTED ? "" : "why");
    it->place[i] = DONE;
}

static enum dn_status turn(void *self, int64_t timeout_ms, struct dn_error *e)
{
    struct double_ *it = self;
    (void)timeout_ms;
    (void)e;
    ck_assert_int_lt(it->turns++, 1000); /* it comes to an end */
    it->beside += dn_ledger_commits(ledger);
    bool mute = passed_ms < it->mute_ms;
    passed_ms += mute ? 1000 : 0;
    for (size_t i = 0, answered_now = 0; i < ROWS; i++) {
        if (it->place[i] == FLYING && !it->stuck && (!it->slow || !answered_now++)) {
            enum dn_state answered = it->answers[i][it->tries[i] < 3 ? it->tries[i] : 2];
            it->tries[i]++;
            it->answers_given++;
            answer(it, i, answered ? answered : DN_STATE_ACCEPTED, false);
        } else if (it->place[i] == QUEUED && !mute) {
            it->place[i] = READY;
        }
    }
    if (it == &posts && it->answers_given == 5)
        mail.mute_ms = 0;
    if (it->stop_after && it->answers_given >= it->stop_after)
        it->peer = DN_SMTP_RELAY_STOPPED;
    return DN_OK;
}

static bool ready(void *self, size_t *number)
{
    struct double_ *it = self;
    for (size_t i = 0; i < ROWS; i++)
        if (it->place[i] == READY) {
            it->told_beside += dn_ledger_commits(ledger);
            it->place[i] = TOLD;
            *number = i;
            return true;
        }
    return false;
}

static bool gather(void *self)
{
    (void)self;
    return false;
}

static size_t waiting(void *self)
{
    return count_at(self, READY);
}

static void hold(void *self)
{
    struct double_ *it = self;
    for (size_t i = 0; i < ROWS; i++)
        if (it->place[i] == TOLD)
            it->place[i] = BOUND;
}

/* Nothing leaves whose intent is not durable: the head is that of the last row that was committed. */
static void release(void *self)
{
    struct double_ *it = self;
    struct dn_buf head = {0};
    dn_ledger_head(ledger, &head);
    ck_assert(it->holds || !dn_ledger_commits(ledger));
    for (size_t i = 0; i < ROWS; i++) {
        if ((int)it->place[i] != (it->holds ? BOUND : TOLD))
            continue;
        const struct dn_ledger_row *last = row_last(ledger, dn_text_of(f.rows[i].key));
        ck_assert_ptr_nonnull(last);
        ck_assert_int_eq(last->state, DN_STATE_INTENT);
        ck_assert_int_le(last->seq, strtoll(head.at, NULL, 10));
        it->place[i] = FLYING;
    }
    if (count_at(it, FLYING))
        signals += release_signals;
    dn_buf_clear(&head);
}

static bool result(void *self, struct dn_smtp_result *into)
{
    struct double_ *it = self;
    for (size_t i = 0; i < ROWS; i++)
        if (it->place[i] == DONE) {
            *into = it->results[i];
            it->place[i] = FREE;
            return true;
        }
    return false;
}

static void recall(void *self, bool abandon, const char *reason)
{
    struct double_ *it = self;
    (void)reason;
    for (size_t i = 0; i < ROWS; i++)
        if (it->place[i] >= QUEUED && it->place[i] <= BOUND)
            answer(it, i, DN_STATE_DEFERRED, true);
        else if (it->place[i] == FLYING && abandon)
            answer(it, i, DN_STATE_UNKNOWN, false);
}

static struct dn_way way_of(struct double_ *it)
{
    *it = (struct double_){.most = 2};
    return (struct dn_way){.self = it,
                           .name = "double",
                           .state = state,
                           .take = take,
                           .descriptor = descriptor,
                           .turn = turn,
                           .ready = ready,
                           .gather = gather,
                           .release = release,
                           .result = result,
                           .recall = recall};
}

static struct dn_instant clock_of(const void *context)
{
    (void)context;
    return now;
}

static void say(void *context, const char *text)
{
    (void)context;
    dn_buf_addf(&said, "%s\n", text);
}

static enum dn_status settle(void *context, struct dn_error *e)
{
    (void)context;
    return settle_fails ? dn_error_set(e, DN_SYSTEM, "the archive is full") : DN_OK;
}

static void set_up(void)
{
    struct dn_notes notes = {0};
    fixture_make(&f);
    ck_assert_int_eq(dn_ledger_open(NULL, &ledger, &notes, &err), DN_OK);
    dn_instant_parse(DN_TEXT("2026-06-15T20:00:00Z"), &now);
    ways[DN_BY_MAIL] = way_of(&mail);
    ways[DN_BY_POST] = way_of(&posts);
    signals = release_signals = 0;
    settle_fails = false;
    passed_ms = 0;
    traffic = (struct dn_traffic){.entries = &entries,
                                  .retry = {.wait_s = 0, .longest_s = 0},
                                  .signals = &signals,
                                  .clock = clock_of,
                                  .say = say,
                                  .sight.settle = settle};
    dn_buf_adds(&said, "");
}

static void tear_down(void)
{
    dn_buf_clear(&said);
    dn_ledger_close(ledger);
    fixture_clear(&f);
}

static enum dn_status run(void)
{
    dn_steps_clear(&steps);
    ck_assert_int_eq(dn_reconcile(&f.plan, ledger, "initial", (struct dn_reading){0}, &steps, &err), DN_OK);
    entries = (struct dn_entries){
        .plan = &f.plan, .steps = &steps, .ledger = ledger, .notice = "initial", .by = "soc", .approved_by = ""};
    memset(traffic.lanes, 0, sizeof traffic.lanes);
    traffic.draining = traffic.abandoned = false;
    traffic.tally = (struct dn_tally){0};
    dn_traffic_open(&traffic, ways);
    enum dn_status status = dn_traffic_run(&traffic, &err);
    dn_traffic_clear(&traffic);
    return status;
}

/* The ledger as "recipient state attempt;". */
static void check_ledger(const char *want)
{
    struct dn_buf found = {0};
    dn_buf_adds(&found, "");
    for (size_t i = 0; i < dn_ledger_count(ledger); i++) {
        const struct dn_ledger_row *row = row_at(ledger, i);
        dn_buf_addf(&found, "%.*s %s %lld;", (int)row->recipient.size, row->recipient.at, dn_state_words[row->state],
                    (long long)row->attempt);
    }
    ck_assert_str_eq(found.at, want);
    dn_buf_clear(&found);
}

static void mail_to(size_t tenant, const char *recipient)
{
    fixture_row(&f, tenant, DN_CHANNEL_EMAIL_ADMIN, recipient);
}

START_TEST(test_intents_are_durable_before_anything_leaves_and_outcomes_follow)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    fixture_row(&f, 5, DN_CHANNEL_MESSAGE_CENTER, "t5");
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.tally.accepted, 6);
    ck_assert_uint_eq(dn_ledger_count(ledger), 12);
    for (size_t i = 0; i < f.plan.row_count; i++)
        ck_assert_int_eq(row_last(ledger, dn_text_of(f.rows[i].key))->state, DN_STATE_ACCEPTED);
}
END_TEST

/* With a file, and answers that come one by one, so that there is something to do beside the disk. */
START_TEST(test_a_commit_beside_the_traffic_lets_go_what_is_durable_alone)
{
    char folder[] = "/tmp/test_traffic.XXXXXX", path[64];
    struct dn_notes notes = {0};
    int64_t rows = 0;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/l.csv", folder);
    dn_ledger_close(ledger);
    ck_assert_int_eq(dn_ledger_open(path, &ledger, &notes, &err), DN_OK);
    mail.slow = posts.slow = true;
    mail.most = 6;
    for (size_t i = 0; i < 6; i++) {
        mail_to(i, "a@x.example");
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
    }
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.tally.accepted, 12);
    ck_assert_int_gt(mail.beside, 0);
    ck_assert(!dn_ledger_commits(ledger));
    ck_assert_int_eq(dn_ledger_verify(path, NULL, &rows, NULL, &err), DN_OK);
    ck_assert_int_eq(rows, 24);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* Half of what is ready is told at first; the others while these become durable, and leave behind the next commit. */
START_TEST(test_posts_told_while_others_become_durable_leave_behind_their_own_commit)
{
    char folder[] = "traffic.XXXXXX", path[64];
    struct dn_notes notes = {0};
    int64_t rows = 0;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/l.csv", folder);
    dn_ledger_close(ledger);
    ck_assert_int_eq(dn_ledger_open(path, &ledger, &notes, &err), DN_OK);
    ways[DN_BY_MAIL] = (struct dn_way){0};
    ways[DN_BY_POST].waiting = waiting;
    ways[DN_BY_POST].hold = hold;
    ways[DN_BY_POST].beside = true;
    posts.holds = true;
    posts.most = 4;
    for (size_t i = 0; i < 6; i++)
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.tally.accepted, 6);
    ck_assert_int_ge(posts.told_beside, 2);
    ck_assert_int_eq(dn_ledger_verify(path, NULL, &rows, NULL, &err), DN_OK);
    ck_assert_int_eq(rows, 12);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(test_what_one_turn_brings_is_one_commit)
{
    mail_to(0, "a");
    mail_to(1, "b");
    mail_to(2, "c");
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;b intent 1;a accepted 1;b accepted 1;c intent 1;c accepted 1;");
}
END_TEST

START_TEST(test_a_channel_stands_whole_before_its_first_recipient_is_accepted)
{
    mail.most = 1;
    mail_to(0, "a");
    mail_to(0, "b");
    mail_to(0, "c");
    mail_to(1, "d");
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;b deferred 0;c deferred 0;a accepted 1;b intent 1;b accepted 1;c intent 1;c accepted 1;"
                 "d intent 1;d accepted 1;");
}
END_TEST

START_TEST(test_a_run_that_ends_there_tells_the_others_next_time)
{
    mail.most = 1;
    mail_to(0, "a");
    mail_to(0, "b");
    release_signals = 1;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;b deferred 0;a accepted 1;");
    signals = release_signals = 0;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_int_eq(row_last(ledger, dn_text_of(f.rows[1].key))->state, DN_STATE_ACCEPTED);
    ck_assert_uint_eq(steps.counts.added, 0);
}
END_TEST

START_TEST(test_a_deferred_one_is_tried_again_until_it_is_taken)
{
    mail_to(0, "a");
    mail.answers[0][0] = mail.answers[0][1] = DN_STATE_DEFERRED;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;a deferred 1;a intent 2;a deferred 2;a intent 3;a accepted 3;");
    ck_assert_uint_eq(traffic.tally.deferred, 0);
}
END_TEST

START_TEST(test_tries_have_an_end_where_one_is_configured)
{
    mail_to(0, "a");
    for (int i = 0; i < 3; i++)
        mail.answers[0][i] = DN_STATE_DEFERRED;
    traffic.retry.attempts = 2;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;a deferred 1;a intent 2;a deferred 2;");
    ck_assert_uint_eq(traffic.tally.deferred, 1);
}
END_TEST

START_TEST(test_what_is_due_is_not_waited_for)
{
    mail_to(0, "a");
    mail.answers[0][0] = DN_STATE_DEFERRED;
    now = f.rows[0].due_at;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;a deferred 1;");
}
END_TEST

START_TEST(test_without_waiting_it_says_when_the_next_try_is_worth_it)
{
    mail_to(0, "a");
    mail.answers[0][0] = DN_STATE_DEFERRED;
    traffic.no_wait = true;
    traffic.retry = (struct dn_retry){.wait_s = 600, .longest_s = 600};
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;a deferred 1;");
    ck_assert(dn_instant_is(traffic.next_try));
    ck_assert_int_ge(dn_instant_seconds(now, traffic.next_try), 60); /* a tenth at least */
    ck_assert_int_le(dn_instant_seconds(now, traffic.next_try), 600);
}
END_TEST

START_TEST(test_the_first_signal_drains)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    release_signals = 1;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.tally.unknown, 0);
    ck_assert_uint_eq(traffic.tally.accepted, 2);
    ck_assert_uint_eq(dn_ledger_count(ledger), 4);
}
END_TEST

START_TEST(test_the_second_signal_gives_up_what_is_in_flight)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    mail.stuck = true;
    release_signals = 2;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.tally.unknown, 2);
    ck_assert_uint_eq(dn_ledger_count(ledger), 4);
    ck_assert_int_eq(row_at(ledger, 3)->state, DN_STATE_UNKNOWN);
    struct dn_buf head = {0};
    dn_ledger_head(ledger, &head);
    ck_assert_int_eq(strtoll(head.at, NULL, 10), 4); /* and that is durable */
    dn_buf_clear(&head);
}
END_TEST

START_TEST(test_a_relay_that_wants_nobody_does_not_stop_the_posts)
{
    for (size_t i = 0; i < 5; i++) {
        mail_to(i, "a@x.example");
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
    }
    mail.stop_after = 1;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_uint_eq(traffic.lanes[DN_BY_POST].accepted, 5);
    ck_assert_uint_eq(traffic.lanes[DN_BY_MAIL].accepted, 2);
    const struct dn_lane *away = dn_traffic_away(&traffic);
    ck_assert_ptr_eq(away, &traffic.lanes[DN_BY_MAIL]);
    ck_assert(away->hopeless);
    ck_assert_str_eq(away->why, "double: 454 no");
}
END_TEST

/* Who is refused by the relay should know before anybody is told anything; but a relay that does not even refuse stops
 * the posts no longer than that. */
START_TEST(test_posts_wait_half_a_minute_for_a_relay_that_says_nothing)
{
    for (size_t i = 0; i < 5; i++) {
        mail_to(i, "a@x.example");
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
    }
    mail.mute_ms = INT64_MAX;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_int_eq(posts.answers_given, 5);
    ck_assert_int_gt(posts.first_ms, 20000);
    ck_assert_int_le(posts.first_ms, 30000);
    ck_assert_int_eq(mail.first_ms, 0);
    ck_assert_uint_eq(traffic.lanes[DN_BY_MAIL].accepted, 5); /* behind them, when it speaks */
    ck_assert_int_gt(row_last(ledger, dn_text_of(f.rows[0].key))->seq,
                     row_last(ledger, dn_text_of(f.rows[1].key))->seq);
}
END_TEST

START_TEST(test_posts_go_as_soon_as_the_relay_has_said_something)
{
    for (size_t i = 0; i < 5; i++) {
        mail_to(i, "a@x.example");
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
    }
    mail.mute_ms = 5000;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_int_eq(posts.answers_given, 5);
    ck_assert_int_eq(posts.first_ms, 5000);
    ck_assert_int_lt(row_last(ledger, dn_text_of(f.rows[1].key))->seq,
                     row_last(ledger, dn_text_of(f.rows[8].key))->seq);
}
END_TEST

START_TEST(test_what_a_relay_that_is_away_gives_back_stands_deferred)
{
    mail_to(0, "a");
    mail.peer = DN_SMTP_RELAY_WAITING;
    traffic.no_wait = true;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a deferred 0;");
    ck_assert_int_eq(dn_instant_seconds(now, traffic.next_try), 60);
    mail.peer = DN_SMTP_RELAY_WELL;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a deferred 0;a intent 1;a accepted 1;");
}
END_TEST

START_TEST(test_a_text_that_cannot_be_made_ends_the_run_with_nothing_unknown)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    mail.fail_take = 4;
    ck_assert_int_eq(run(), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "another one"));
    for (size_t i = 0; i < dn_ledger_count(ledger); i++)
        ck_assert_int_ne(row_at(ledger, i)->state, DN_STATE_UNKNOWN);
    for (size_t i = 0; i < 5; i++) {
        const struct dn_ledger_row *last = row_last(ledger, dn_text_of(f.rows[i].key));
        ck_assert(!last || last->state != DN_STATE_INTENT);
    }
}
END_TEST

START_TEST(test_what_cannot_be_archived_does_not_leave)
{
    mail_to(0, "a");
    settle_fails = true;
    ck_assert_int_eq(run(), DN_SYSTEM);
    check_ledger("a intent 1;a deferred 1;");
    ck_assert_int_eq(mail.answers_given, 0);
}
END_TEST

START_TEST(test_a_second_role_takes_the_states_of_its_message)
{
    mail_to(0, "a");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a")->same_as = 0;
    mail.answers[0][0] = DN_STATE_DEFERRED;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger("a intent 1;a intent 1;a deferred 1;a deferred 1;a intent 2;a intent 2;a accepted 2;a accepted 2;");
    ck_assert_int_eq(mail.takes, 2);
    ck_assert(dn_text_starts(row_at(ledger, 7)->reason, "same-message:"));
}
END_TEST

START_TEST(test_a_rate_that_cannot_be_in_time_is_said_at_once)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    ways[DN_BY_MAIL].rate = 1;
    ways[DN_BY_MAIL].rate_ms = 3600000;
    now = dn_instant_add(f.rows[0].due_at, -2 * 3600 - 60); /* time for two */
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_str_eq(said.at, "there is not time enough: 3 tenants will be told too late, the last notice leaves at "
                              "2026-06-18T20:59:00Z\n");
    ck_assert_uint_eq(traffic.late, 3);
}
END_TEST

START_TEST(test_a_rate_that_can_says_nothing)
{
    for (size_t i = 0; i < 5; i++)
        mail_to(i, "a@x.example");
    ways[DN_BY_MAIL].rate = 1;
    ways[DN_BY_MAIL].rate_ms = 3600000;
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_str_eq(said.at, "");
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        test_intents_are_durable_before_anything_leaves_and_outcomes_follow,
        test_a_commit_beside_the_traffic_lets_go_what_is_durable_alone,
        test_posts_told_while_others_become_durable_leave_behind_their_own_commit,
        test_what_one_turn_brings_is_one_commit,
        test_a_channel_stands_whole_before_its_first_recipient_is_accepted,
        test_a_run_that_ends_there_tells_the_others_next_time,
        test_a_deferred_one_is_tried_again_until_it_is_taken,
        test_tries_have_an_end_where_one_is_configured,
        test_what_is_due_is_not_waited_for,
        test_without_waiting_it_says_when_the_next_try_is_worth_it,
        test_the_first_signal_drains,
        test_the_second_signal_gives_up_what_is_in_flight,
        test_a_relay_that_wants_nobody_does_not_stop_the_posts,
        test_posts_wait_half_a_minute_for_a_relay_that_says_nothing,
        test_posts_go_as_soon_as_the_relay_has_said_something,
        test_what_a_relay_that_is_away_gives_back_stands_deferred,
        test_a_text_that_cannot_be_made_ends_the_run_with_nothing_unknown,
        test_what_cannot_be_archived_does_not_leave,
        test_a_second_role_takes_the_states_of_its_message,
        test_a_rate_that_cannot_be_in_time_is_said_at_once,
        test_a_rate_that_can_says_nothing,
    };
    Suite *made = suite_create("traffic");
    TCase *cases = tcase_create("traffic");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
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
