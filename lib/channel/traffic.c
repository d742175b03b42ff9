#include "channel/traffic.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "channel/lane.h"

#define TURN_MS 1000   /* the longest wait: signals and the progress line are looked at in between */
#define BOTH_MS 20     /* where two ways cannot be waited for together */
#define OUTCOME_MS 50  /* outcomes that nothing else makes durable are made so after this */
#define OUTCOMES 64    /* ... or when there are so many */
#define JUDGE_MS 10000 /* how often it is worked out whether there is time enough */
#define FIRST_MS 2000  /* ... and when for the first time from what was measured */
#define REST 9         /* behind it so many times as long as it took, it is not worked out again: it walks the plan */
#define WORD_MS 30000  /* so long posts wait for what the relay says first */
#define SHORT_US 1000  /* a disk that syncs in less is worth a sync for a part of what could have one together */

void dn_traffic_open(struct dn_traffic *traffic, const struct dn_way ways[DN_WAYS])
{
    dn_dice_shake(&traffic->dice);
    traffic->last_due = traffic->next_try = DN_INSTANT_NONE;
    traffic->began_ms = dn_lane_clock();
    for (size_t i = 0; i < DN_WAYS; i++) {
        struct dn_lane *lane = &traffic->lanes[i];
        lane->by = (enum dn_leaving)i;
        lane->way = ways[i];
        lane->open = ways[i].self != NULL;
        lane->reader.plan = traffic->entries->plan;
        lane->traffic = traffic;
        lane->pace = (struct dn_pace){.rate = lane->way.rate, .rate_ms = lane->way.rate_ms};
    }
}

static bool there(const struct dn_lane *lane)
{
    return lane->way.self != NULL;
}

static size_t letters_of(const struct dn_lane *lane)
{
    return there(lane) ? lane->way.state(lane->way.self).letters : 0;
}

/* --- how long it takes --- */

/* No row before this one is still to be begun. */
static size_t first_left(const struct dn_traffic *traffic)
{
    size_t first = traffic->entries->plan->row_count;
    for (size_t i = 0; i < DN_WAYS; i++)
        if (there(&traffic->lanes[i]) && traffic->lanes[i].next < first)
            first = traffic->lanes[i].next;
    return first;
}

static void forecast(const struct dn_traffic *traffic, struct dn_forecast *made)
{
    const struct dn_entries *entries = traffic->entries;
    double per_s[DN_WAYS];
    for (size_t i = 0; i < DN_WAYS; i++)
        per_s[i] = dn_pace_per_s(&traffic->lanes[i].pace);
    dn_forecast_begin(made, entries->plan, traffic->clock(traffic->clock_context), per_s);
    for (size_t i = 0; i < DN_WAYS; i++)
        made->queued[i] = letters_of(&traffic->lanes[i]);
    for (size_t i = first_left(traffic); i < entries->plan->row_count; i++) {
        enum dn_leaving by = dn_leaving_of(dn_plan_glance(entries->plan, i));
        if (by != DN_BY_PHONE && i >= traffic->lanes[by].next && dn_entries_leaves(entries, i))
            dn_forecast_add(made, i);
    }
    for (size_t i = 0; i < DN_WAYS; i++)
        for (size_t j = 0; j < traffic->lanes[i].again.count; j++)
            dn_forecast_add(made, dn_retries_number(&traffic->lanes[i].again, j));
    dn_forecast_end(made);
    for (size_t i = 0; i < DN_WAYS; i++)
        made->left += letters_of(&traffic->lanes[i]);
}

static double pace_of(const struct dn_traffic *traffic)
{
    struct dn_pace all = {.ms = dn_lane_clock() - traffic->began_ms};
    for (size_t i = 0; i < DN_WAYS; i++)
        all.done += traffic->lanes[i].pace.done;
    return all.ms > 0 ? (double)all.done * 1000.0 / (double)all.ms : 0;
}

static void add_line(const struct dn_traffic *traffic, const struct dn_forecast *made, struct dn_buf *line)
{
    struct dn_tally tally = traffic->tally;
    for (size_t i = 0; i < DN_WAYS; i++)
        tally.deferred += traffic->lanes[i].again.count;
    dn_course_line(&tally, pace_of(traffic), made, line);
}

void dn_traffic_line(const struct dn_traffic *traffic, struct dn_buf *line)
{
    struct dn_forecast made;
    forecast(traffic, &made);
    add_line(traffic, &made, line);
}

/* Said once, as soon as it can be known. */
static void say_late(struct dn_traffic *traffic, const struct dn_forecast *made)
{
    char text[200], ends[DN_INSTANT_TEXT];
    if (made->late && !traffic->late && traffic->say) {
        int size = snprintf(text, sizeof text, "there is not time enough: %zu %s will be told too late", made->late,
                            made->late == 1 ? "tenant" : "tenants");
        if (made->known) {
            dn_instant_format((struct dn_instant){made->ends_at.s, 0}, ends);
            snprintf(text + size, sizeof text - (size_t)size, ", the last notice leaves at %s", ends);
        }
        traffic->say(traffic->say_context, text);
    }
    traffic->late = made->late > traffic->late ? made->late : traffic->late;
}

static void measure(struct dn_traffic *traffic, int64_t now_ms)
{
    for (size_t i = 0; i < DN_WAYS; i++)
        traffic->lanes[i].pace.ms = now_ms - traffic->began_ms;
}

/* Once a second for who looks, every ten seconds for whether there is time enough. */
static void show(struct dn_traffic *traffic)
{
    int64_t now_ms = dn_lane_clock();
    struct dn_forecast made;
    struct dn_buf line = {0};
    bool look = traffic->progress && now_ms - traffic->shown_ms >= 1000;
    bool judge = now_ms - traffic->judged_ms >= JUDGE_MS;
    if ((!look && !judge) || now_ms < traffic->rest_ms)
        return;
    measure(traffic, now_ms);
    forecast(traffic, &made);
    traffic->judged_ms = now_ms;
    traffic->rest_ms = dn_lane_clock() + REST * (dn_lane_clock() - now_ms);
    say_late(traffic, &made);
    if (look) {
        add_line(traffic, &made, &line);
        traffic->progress(traffic->say_context, line.at);
        traffic->shown_ms = now_ms;
    }
    dn_buf_clear(&line);
}

/* --- one turn --- */

static enum dn_status each(struct dn_traffic *traffic, int64_t timeout_ms, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_WAYS && status == DN_OK; i++)
        if (there(&traffic->lanes[i]))
            status = traffic->lanes[i].way.turn(traffic->lanes[i].way.self, timeout_ms, err);
    return status;
}

/* Waits for both ways together: neither lets the other one starve. */
static enum dn_status wait_for_both(struct dn_traffic *traffic, int64_t timeout_ms, struct dn_error *err)
{
    struct pollfd fds[DN_WAYS];
    enum dn_status status = each(traffic, 0, err);
    for (size_t i = 0; i < DN_WAYS; i++) {
        int64_t wait_ms = timeout_ms;
        fds[i] = (struct pollfd){.fd = traffic->lanes[i].way.descriptor(traffic->lanes[i].way.self, &wait_ms),
                                 .events = POLLIN};
        if (fds[i].fd < 0 && wait_ms > BOTH_MS)
            wait_ms = BOTH_MS;
        timeout_ms = wait_ms < timeout_ms ? wait_ms : timeout_ms;
    }
    if (status != DN_OK || timeout_ms == 0)
        return status;
    if (poll(fds, DN_WAYS, (int)timeout_ms) < 0 && errno != EINTR)
        return dn_error_errno(err, "waiting for the network");
    return each(traffic, 0, err);
}

/* How long the turn may wait. */
static int64_t patience(struct dn_traffic *traffic)
{
    int64_t now_ms = dn_lane_clock(), wait_ms = traffic->entries->pending ? OUTCOME_MS : TURN_MS;
    for (size_t i = 0; i < DN_WAYS; i++) {
        struct dn_lane *lane = &traffic->lanes[i];
        int64_t due = lane->open && !traffic->draining ? dn_lane_due(lane) : INT64_MAX;
        int64_t left = due == INT64_MAX ? INT64_MAX : due > now_ms ? due - now_ms : 0;
        bool room = left > 0 || (there(lane) && lane->way.state(lane->way.self).room);
        wait_ms = room && left < wait_ms ? left : wait_ms;
    }
    return wait_ms;
}

static enum dn_status turn(struct dn_traffic *traffic, struct dn_error *err)
{
    struct dn_lane *mail = &traffic->lanes[DN_BY_MAIL], *posts = &traffic->lanes[DN_BY_POST];
    int64_t wait_ms = patience(traffic);
    if (there(mail) && there(posts) && letters_of(posts))
        return wait_for_both(traffic, wait_ms, err);
    struct dn_lane *one = there(mail) ? mail : posts;
    return there(one) ? one->way.turn(one->way.self, wait_ms, err) : DN_OK;
}

/* While the ledger becomes durable. */
static enum dn_status turn_beside(struct dn_traffic *traffic, bool *over, struct dn_error *err)
{
    int fds[DN_WAYS];
    for (size_t i = 0; i < DN_WAYS; i++) {
        int64_t ignored = 0;
        struct dn_lane *lane = &traffic->lanes[i];
        fds[i] = there(lane) ? lane->way.descriptor(lane->way.self, &ignored) : -1;
    }
    enum dn_status status = dn_ledger_commit_wait(traffic->entries->ledger, fds, DN_WAYS, over, err);
    return status == DN_OK ? each(traffic, 0, err) : status;
}

static void recall(struct dn_traffic *traffic, bool abandon, const char *reason)
{
    for (size_t i = 0; i < DN_WAYS; i++)
        if (there(&traffic->lanes[i]))
            traffic->lanes[i].way.recall(traffic->lanes[i].way.self, abandon, reason);
}

static void obey_signals(struct dn_traffic *traffic)
{
    int count = traffic->signals ? *traffic->signals : 0;
    bool failed = traffic->failure != DN_OK;
    if ((count > 0 || failed) && !traffic->draining) {
        traffic->draining = true;
        if (!failed && traffic->say)
            traffic->say(traffic->say_context, "stopping: nothing more is begun, what is in flight comes to its end");
        recall(traffic, false, failed ? "the run could not go on" : "stopped by a signal");
    }
    if (count > 1 && !traffic->abandoned) {
        traffic->abandoned = true;
        recall(traffic, true, "given up by a second signal");
    }
}

static bool at_end(struct dn_traffic *traffic)
{
    for (size_t i = 0; i < DN_WAYS; i++)
        if (letters_of(&traffic->lanes[i]) || dn_lane_has_more(traffic, &traffic->lanes[i]))
            return false;
    return true;
}

/* Is it better to turn once more, so that one sync serves more? */
static bool gathers(const struct dn_traffic *traffic)
{
    bool gathers = false;
    for (size_t i = 0; i < DN_WAYS; i++)
        gathers = gathers || (there(&traffic->lanes[i]) && traffic->lanes[i].way.gather(traffic->lanes[i].way.self));
    return gathers;
}

static bool commit_is_due(struct dn_traffic *traffic)
{
    size_t pending = traffic->entries->pending;
    int64_t now_ms = dn_lane_clock();
    if (!pending)
        traffic->pending_ms = 0;
    else if (!traffic->pending_ms)
        traffic->pending_ms = now_ms;
    return traffic->told || pending >= OUTCOMES || (pending && now_ms - traffic->pending_ms >= OUTCOME_MS);
}

/* Can notices be told while the ledger makes others durable, and is that better than one sync for as many as can be? On
 * a slow disk it is not, and not for every way. */
static bool overlaps(const struct dn_traffic *traffic)
{
    bool can = dn_ledger_sync_us(traffic->entries->ledger) < SHORT_US, worth = false;
    for (size_t i = 0; i < DN_WAYS; i++) {
        can = can && (!there(&traffic->lanes[i]) || traffic->lanes[i].way.hold);
        worth = worth || (there(&traffic->lanes[i]) && traffic->lanes[i].way.beside);
    }
    return can && worth;
}

/* What was told until now is becoming durable. */
static void hold(struct dn_traffic *traffic)
{
    for (size_t i = 0; i < DN_WAYS; i++)
        if (there(&traffic->lanes[i]) && traffic->lanes[i].way.hold)
            traffic->lanes[i].way.hold(traffic->lanes[i].way.self);
    traffic->held = traffic->told;
    traffic->told = false;
}

/* What is not released is given back, once the run has failed. */
static void release(struct dn_traffic *traffic)
{
    struct dn_error why = {0};
    if (traffic->failure != DN_OK)
        return;
    enum dn_status status = traffic->sight.settle ? traffic->sight.settle(traffic->sight.context, &why) : DN_OK;
    if (status != DN_OK)
        dn_lane_fail(traffic, status, &why);
    for (size_t i = 0; i < DN_WAYS && status == DN_OK; i++)
        if (there(&traffic->lanes[i]))
            traffic->lanes[i].way.release(traffic->lanes[i].way.self);
}

/* Posts wait for the relay's first word: whoever is refused by it should know before anybody is told anything. */
static bool waits_for_relay(struct dn_traffic *traffic)
{
    struct dn_lane *mail = &traffic->lanes[DN_BY_MAIL];
    return !traffic->heard && mail->open && (letters_of(mail) || dn_lane_has_more(traffic, mail)) &&
           dn_lane_clock() - traffic->began_ms < WORD_MS;
}

/* The relay's first word is that somebody must change something: nothing at all is begun. */
static void hear_relay(struct dn_traffic *traffic)
{
    const struct dn_lane *mail = &traffic->lanes[DN_BY_MAIL];
    if (traffic->heard || !there(mail))
        return;
    traffic->heard =
        traffic->told || mail->pace.done > 0 || mail->way.state(mail->way.self).peer.state != DN_SMTP_RELAY_WELL;
    if (mail->hopeless && mail->pace.done == 0 && !letters_of(&traffic->lanes[DN_BY_POST]))
        traffic->lanes[DN_BY_POST].open = false;
}

/* *over: a commit that was begun can be ended. */
static enum dn_status fill_and_turn(struct dn_traffic *traffic, bool *over, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    traffic->entries->at = traffic->clock(traffic->clock_context);
    for (size_t i = 0; i < DN_WAYS && status == DN_OK; i++)
        if (i != DN_BY_POST || !waits_for_relay(traffic))
            status = dn_lane_fill(traffic, &traffic->lanes[i], err);
    obey_signals(traffic);
    if (status != DN_OK)
        return status;
    return dn_ledger_commits(traffic->entries->ledger) ? turn_beside(traffic, over, err) : turn(traffic, err);
}

static bool in_flight(const struct dn_traffic *traffic)
{
    size_t count = 0;
    for (size_t i = 0; i < DN_WAYS; i++)
        if (there(&traffic->lanes[i]))
            count += traffic->lanes[i].way.state(traffic->lanes[i].way.self).in_flight;
    return count > 0;
}

static size_t waiting(const struct dn_traffic *traffic)
{
    size_t count = 0;
    for (size_t i = 0; i < DN_WAYS; i++)
        if (there(&traffic->lanes[i]) && traffic->lanes[i].way.waiting)
            count += traffic->lanes[i].way.waiting(traffic->lanes[i].way.self);
    return count;
}

/* How many may be told. Where nothing is under way, a half: the disk, the other end and we have something to do at the
 * same time from then on. */
static size_t portion(const struct dn_traffic *traffic, const struct dn_lane *lane)
{
    if (dn_ledger_commits(traffic->entries->ledger))
        return lane->way.beside ? SIZE_MAX : 0;
    return !in_flight(traffic) && overlaps(traffic) ? (waiting(traffic) + 1) / 2 : SIZE_MAX;
}

static enum dn_status take(struct dn_traffic *traffic, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_WAYS && status == DN_OK; i++) {
        struct dn_lane *lane = &traffic->lanes[i];
        if (!there(lane))
            continue;
        dn_lane_look(traffic, lane);
        status = dn_lane_take(traffic, lane, portion(traffic, lane), &traffic->told, err);
    }
    hear_relay(traffic);
    return status;
}

/* What was held is durable: it leaves. */
static void let_go(struct dn_traffic *traffic)
{
    if (traffic->held)
        release(traffic);
    traffic->held = false;
}

/* The disk and the other end work at the same time, if both have something to do, or the disk and we. */
static enum dn_status commit(struct dn_traffic *traffic, struct dn_error *err)
{
    bool beside = in_flight(traffic) || waiting(traffic);
    enum dn_status status = (beside ? dn_entries_begin : dn_entries_commit)(traffic->entries, err);
    if (status != DN_OK)
        return status;
    hold(traffic);
    if (!dn_ledger_commits(traffic->entries->ledger))
        let_go(traffic);
    return overlaps(traffic) ? take(traffic, err) : DN_OK;
}

/* Behind a commit: the next one begins before the notices of the last one leave, so that the disk has something to do
 * meanwhile; and they do leave, before anybody waits for it. Those that are not told beside a commit are told now. */
static enum dn_status go_on(struct dn_traffic *traffic, struct dn_error *err)
{
    enum dn_status status = dn_ledger_commit_end(traffic->entries->ledger, err);
    if (status == DN_OK && overlaps(traffic))
        status = take(traffic, err);
    bool next = status == DN_OK && overlaps(traffic) && traffic->told;
    if (next)
        status = dn_entries_begin(traffic->entries, err);
    if (status != DN_OK)
        return status;
    let_go(traffic);
    if (!next)
        return DN_OK;
    hold(traffic);
    if (!dn_ledger_commits(traffic->entries->ledger))
        let_go(traffic);
    return each(traffic, 0, err);
}

/* Intents and outcomes, durable together, and then the notices leave. While that is under way, others are told only
 * where what is let go is what was made durable. */
static enum dn_status once(struct dn_traffic *traffic, struct dn_error *err)
{
    struct dn_ledger *ledger = traffic->entries->ledger;
    bool over = true;
    enum dn_status status = fill_and_turn(traffic, &over, err);
    traffic->entries->at = traffic->clock(traffic->clock_context);
    obey_signals(traffic);
    if (status != DN_OK || (!over && !overlaps(traffic)))
        return status;
    if (over && dn_ledger_commits(ledger))
        status = go_on(traffic, err);
    if (status == DN_OK)
        status = take(traffic, err);
    if (status != DN_OK || dn_ledger_commits(ledger) || gathers(traffic) || !commit_is_due(traffic))
        return status;
    return commit(traffic, err);
}

/* The last time that is worth waiting for, and a first look at whether there is time enough. */
static void look_ahead(struct dn_traffic *traffic)
{
    const struct dn_entries *entries = traffic->entries;
    struct dn_forecast made;
    for (size_t i = 0; i < entries->plan->row_count; i++)
        if (dn_entries_leaves(entries, i))
            traffic->last_due = dn_instant_max(traffic->last_due, dn_plan_glance(entries->plan, i)->due_at);
    forecast(traffic, &made);
    say_late(traffic, &made);
    traffic->shown_ms = dn_lane_clock();
    traffic->judged_ms = traffic->shown_ms - JUDGE_MS + FIRST_MS;
}

enum dn_status dn_traffic_run(struct dn_traffic *traffic, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    look_ahead(traffic);
    while (status == DN_OK && !at_end(traffic)) {
        status = once(traffic, err);
        show(traffic);
    }
    if (status == DN_OK)
        status = dn_entries_commit(traffic->entries, err);
    measure(traffic, dn_lane_clock());
    if (status != DN_OK || traffic->failure == DN_OK)
        return status;
    *err = traffic->reason;
    return traffic->failure;
}

const struct dn_lane *dn_traffic_away(const struct dn_traffic *traffic)
{
    for (size_t i = 0; i < DN_WAYS; i++)
        if (traffic->lanes[i].away)
            return &traffic->lanes[i];
    return NULL;
}

void dn_traffic_clear(struct dn_traffic *traffic)
{
    for (size_t i = 0; i < DN_WAYS; i++) {
        dn_ahead_end(traffic->lanes[i].ahead);
        dn_plan_reader_clear(&traffic->lanes[i].reader);
        dn_retries_clear(&traffic->lanes[i].again);
    }
}
