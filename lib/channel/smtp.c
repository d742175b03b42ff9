#include "channel/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "channel/smtp_engine.h"
#include "key/name.h"

#define EVENTS 64
#define RETURNS 3
#define GATHER_MOST_US 5000
#define OPENING_MOST 16 /* connections that are being opened at once: each needs some 60 KB until it is up */

const struct dn_smtp_timeouts dn_smtp_patience = {.connect_ms = 300000,
                                                  .command_ms = 300000,
                                                  .data_ms = 120000,
                                                  .block_ms = 180000,
                                                  .dot_ms = 600000,
                                                  .quit_ms = 2000,
                                                  .idle_ms = 10000};

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t clock_ms(void)
{
    return clock_us() / 1000;
}

static void ring_make(struct dn_ring *ring, size_t room)
{
    *ring = (struct dn_ring){.at = dn_alloc(room, sizeof *ring->at), .room = room};
}

void dn_ring_add(struct dn_ring *ring, size_t slot)
{
    ring->at[(ring->first + ring->count++) % ring->room] = slot;
}

void dn_ring_add_front(struct dn_ring *ring, size_t slot)
{
    ring->first = (ring->first + ring->room - 1) % ring->room;
    ring->at[ring->first] = slot;
    ring->count++;
}

bool dn_ring_take(struct dn_ring *ring, size_t *slot)
{
    if (!ring->count)
        return false;
    *slot = ring->at[ring->first];
    ring->first = (ring->first + 1) % ring->room;
    ring->count--;
    return true;
}

/* Takes one slot out of the middle; it may not be there. */
static void ring_drop(struct dn_ring *ring, size_t slot)
{
    size_t other;
    for (size_t count = ring->count; count > 0 && dn_ring_take(ring, &other); count--)
        if (other != slot)
            dn_ring_add(ring, other);
}

/* "smtp://host/our.name": the name that libcurl says behind EHLO. */
static enum dn_status make_url(const struct dn_smtp_settings *settings, char **url, struct dn_error *err)
{
    struct dn_text text = dn_text_of(settings->url);
    const char *host = strstr(settings->url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
    struct dn_buf made = {0};
    if (path && path[1]) {
        *url = dn_strdup(settings->url);
        return DN_OK;
    }
    if (!settings->ehlo || !dn_host_valid(dn_text_of(settings->ehlo)))
        return dn_error_set(err, DN_INVALID, "'%s' is no name to say to a relay", settings->ehlo ? settings->ehlo : "");
    dn_buf_addt(&made, path ? (struct dn_text){text.at, text.size - 1} : text);
    dn_buf_addf(&made, "/%s", settings->ehlo);
    *url = dn_buf_take(&made);
    return DN_OK;
}

static void make_slots(struct dn_smtp *engine)
{
    struct dn_ring *rings[] = {&engine->spare, &engine->queue, &engine->ready, &engine->told, &engine->bound};
    engine->slot_count = 2 * engine->settings.connections;
    engine->slots = dn_alloc(engine->slot_count, sizeof *engine->slots);
    engine->results = dn_alloc(engine->slot_count, sizeof *engine->results);
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
        ring_make(rings[i], engine->slot_count);
    for (size_t i = 0; i < engine->slot_count; i++)
        dn_ring_add(&engine->spare, i);
}

static void make_lines(struct dn_smtp *engine)
{
    engine->lines = dn_alloc(engine->settings.connections, sizeof *engine->lines);
    for (size_t i = 0; i < engine->settings.connections; i++) {
        engine->lines[i].slot = engine->lines[i].next = DN_NO_SLOT;
        engine->lines[i].deadline_ms = INT64_MAX;
    }
}

enum dn_status dn_smtp_open(const struct dn_smtp_settings *settings, struct dn_smtp **engine, struct dn_error *err)
{
    struct dn_smtp *it = dn_alloc(1, sizeof *it);
    *engine = NULL;
    it->settings = *settings;
    it->settings.connections = settings->connections ? settings->connections : 1;
    enum dn_status status = make_url(settings, &it->url, err);
    if (status == DN_OK)
        status = dn_watch_open(&it->watch, err);
    if (status == DN_OK)
        status = dn_links_open(&it->settings, it->url, it->watch, &it->links, err);
    make_slots(it);
    make_lines(it);
    dn_dice_shake(&it->dice);
    it->now_ms = clock_ms();
    if (status == DN_OK)
        *engine = it;
    else
        dn_smtp_close(it);
    return status;
}

size_t dn_smtp_room(const struct dn_smtp *engine)
{
    size_t room = engine->spare.count > engine->result_count ? engine->spare.count - engine->result_count : 0;
    size_t ahead = dn_retry_ahead(engine->settings.rate, engine->settings.rate_ms);
    size_t wanted = engine->queue.count < ahead ? ahead - engine->queue.count : 0;
    return wanted < room ? wanted : room;
}

static enum dn_status check_letter(const struct dn_smtp_letter *letter, struct dn_error *err)
{
    if (!dn_smtp_address_fits(letter->return_path) || strchr(letter->return_path, '@') - letter->return_path > 64)
        return dn_error_set(err, DN_INVALID, "the return path is no address that may leave");
    if (!dn_smtp_address_fits(letter->recipient))
        return dn_error_set(err, DN_INVALID, "the recipient is no address that may leave");
    if (letter->envid && (strlen(letter->envid) > 100 || strspn(letter->envid, "0123456789abcdef") == 0 ||
                          letter->envid[strspn(letter->envid, "0123456789abcdef")]))
        return dn_error_set(err, DN_INVALID, "the envelope's name is not hexadecimal");
    return letter->is_clean ? DN_OK : dn_smtp_check_message(letter->message, err);
}

enum dn_status dn_smtp_submit(struct dn_smtp *engine, const struct dn_smtp_letter *letter, struct dn_error *err)
{
    size_t slot;
    enum dn_status status = check_letter(letter, err);
    if (status != DN_OK)
        return status;
    if (!dn_smtp_room(engine) || !dn_ring_take(&engine->spare, &slot))
        return dn_error_set(err, DN_INVALID, "the engine has no room for another letter");
    engine->slots[slot] = (struct dn_slot){.letter = *letter};
    dn_ring_add(&engine->queue, slot);
    return DN_OK;
}

/* A slot that was not released may be in one of these. */
static void forget(struct dn_smtp *engine, size_t slot)
{
    ring_drop(&engine->ready, slot);
    ring_drop(&engine->told, slot);
    ring_drop(&engine->bound, slot);
}

void dn_smtp_settle(struct dn_smtp *engine, size_t slot, enum dn_state state, bool of_relay, const char *code,
                    const char *reason, const char *reference)
{
    struct dn_slot *it = &engine->slots[slot];
    struct dn_smtp_result *result =
        &engine->results[(engine->result_first + engine->result_count++) % engine->slot_count];
    *result = (struct dn_smtp_result){.number = it->letter.number, .of_relay = of_relay, .intent = it->told};
    result->outcome.state = state;
    snprintf(result->outcome.code, sizeof result->outcome.code, "%s", code);
    snprintf(result->outcome.reason, sizeof result->outcome.reason, "%s", reason);
    snprintf(result->outcome.reference, sizeof result->outcome.reference, "%s", reference);
    if (it->released)
        engine->in_flight--;
    else
        forget(engine, slot);
    it->told = it->released = false;
    dn_ring_add(&engine->spare, slot);
}

void dn_smtp_put_back(struct dn_smtp *engine, size_t slot)
{
    if (++engine->slots[slot].returns < RETURNS)
        dn_ring_add_front(&engine->queue, slot);
    else
        dn_smtp_settle(engine, slot, DN_STATE_DEFERRED, true, engine->code, engine->reason, "");
}

/* Gives queued letters to idle lines. */
static void begin_letters(struct dn_smtp *engine)
{
    size_t slot;
    for (size_t i = 0; i < engine->settings.connections && engine->queue.count; i++) {
        struct dn_line *line = &engine->lines[i];
        while (line->step == DN_LINE_IDLE && dn_smtp_may_begin(engine) && dn_ring_take(&engine->queue, &slot)) {
            dn_smtp_begun(engine);
            dn_line_begin(engine, line, slot);
        }
    }
}

static size_t count_lines(const struct dn_smtp *engine, enum dn_line_step step)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->settings.connections; i++)
        count += engine->lines[i].step == step;
    return count;
}

/* One connection for each letter that none is being opened for. */
static void open_lines(struct dn_smtp *engine)
{
    size_t idle = count_lines(engine, DN_LINE_IDLE), opening = count_lines(engine, DN_LINE_OPENING);
    for (size_t i = 0; i < engine->settings.connections; i++) {
        struct dn_line *line = &engine->lines[i];
        if (opening >= OPENING_MOST || idle + opening >= engine->queue.count)
            return;
        if (line->step != DN_LINE_CLOSED || !dn_smtp_may_connect(engine))
            continue;
        dn_line_open(engine, line);
        opening++;
    }
}

static void work(struct dn_smtp *engine)
{
    begin_letters(engine);
    if (engine->queue.count)
        open_lines(engine);
    if (engine->stopped)
        dn_smtp_recall(engine, engine->reason);
}

static int64_t due_of(const struct dn_smtp *engine)
{
    int64_t due = dn_smtp_due(engine);
    for (size_t i = 0; i < engine->settings.connections; i++) {
        int64_t of_line = dn_line_due(&engine->lines[i]);
        due = of_line < due ? of_line : due;
    }
    return due;
}

/* How much longer others may be waited for before a commit. */
static int64_t gather_us(const struct dn_smtp *engine)
{
    int64_t most = engine->held_us < GATHER_MOST_US ? engine->held_us : GATHER_MOST_US;
    return engine->told.count ? engine->told_us + most - clock_us() : 0;
}

int dn_smtp_wait(const struct dn_smtp *engine, int64_t timeout_ms)
{
    if (engine->ready.count || engine->result_count || (timeout_ms < 0 && !dn_smtp_letters(engine)))
        return 0;
    if (engine->told.count) {
        int64_t gather_ms = gather_us(engine) / 1000;
        return gather_ms > 0 ? (int)gather_ms : 0;
    }
    int64_t due = due_of(engine), wait = due == INT64_MAX ? INT64_MAX : due - engine->now_ms;
    if (wait < 0)
        wait = 0;
    if (timeout_ms >= 0 && timeout_ms < wait)
        wait = timeout_ms;
    return wait == INT64_MAX ? -1 : wait > 1000000000 ? 1000000000 : (int)wait;
}

static void expire(struct dn_smtp *engine)
{
    for (size_t i = 0; i < engine->settings.connections; i++)
        if (engine->lines[i].step != DN_LINE_CLOSED && engine->now_ms >= dn_line_due(&engine->lines[i]))
            dn_line_expire(engine, &engine->lines[i]);
}

enum dn_status dn_smtp_turn(struct dn_smtp *engine, int64_t timeout_ms, struct dn_error *err)
{
    struct dn_watch_event events[EVENTS];
    engine->now_ms = clock_ms();
    work(engine);
    int count = dn_watch_wait(engine->watch, dn_smtp_wait(engine, timeout_ms), events, EVENTS);
    if (count < 0)
        return dn_error_errno(err, "waiting for the relay");
    engine->now_ms = clock_ms();
    for (int i = 0; i < count; i++)
        dn_line_event(engine, &engine->lines[events[i].number], events[i].fd, events[i].ready);
    expire(engine);
    work(engine);
    engine->turned_us = clock_us();
    return DN_OK;
}

int dn_smtp_descriptor(const struct dn_smtp *engine)
{
    return dn_watch_descriptor(engine->watch);
}

bool dn_smtp_ready(struct dn_smtp *engine, size_t *number)
{
    size_t slot;
    if (!dn_ring_take(&engine->ready, &slot))
        return false;
    engine->slots[slot].told = true;
    if (!engine->told.count)
        engine->told_us = engine->turned_us;
    dn_ring_add(&engine->told, slot);
    *number = engine->slots[slot].letter.number;
    return true;
}

size_t dn_smtp_waiting(const struct dn_smtp *engine)
{
    return engine->ready.count;
}

/* Epoll counts milliseconds: less than one is not worth waiting. */
bool dn_smtp_gather(const struct dn_smtp *engine)
{
    bool coming = false;
    if (gather_us(engine) < 1000)
        return false;
    for (size_t i = 0; i < engine->settings.connections && !coming; i++)
        coming = engine->lines[i].step == DN_LINE_ENVELOPE || engine->lines[i].step == DN_LINE_DOT;
    return coming;
}

void dn_smtp_hold(struct dn_smtp *engine)
{
    size_t slot;
    while (dn_ring_take(&engine->told, &slot))
        dn_ring_add(&engine->bound, slot);
}

void dn_smtp_release(struct dn_smtp *engine)
{
    size_t slot;
    if (engine->bound.count)
        engine->held_us = clock_us() - engine->turned_us;
    engine->surplus = dn_smtp_count_surplus(engine);
    while (dn_ring_take(&engine->bound, &slot)) {
        engine->slots[slot].released = true;
        engine->in_flight++;
        dn_line_release(engine, &engine->lines[engine->slots[slot].line]);
    }
}

bool dn_smtp_result(struct dn_smtp *engine, struct dn_smtp_result *result)
{
    if (!engine->result_count)
        return false;
    *result = engine->results[engine->result_first];
    engine->result_first = (engine->result_first + 1) % engine->slot_count;
    engine->result_count--;
    return true;
}

size_t dn_smtp_letters(const struct dn_smtp *engine)
{
    return engine->slot_count - engine->spare.count + engine->result_count;
}

size_t dn_smtp_in_flight(const struct dn_smtp *engine)
{
    return engine->in_flight;
}

/* Is a connection being opened, a letter on its way, or could one begin on a connection that is there? */
static bool any_moves(const struct dn_smtp *engine)
{
    for (size_t i = 0; i < engine->settings.connections; i++) {
        enum dn_line_step step = engine->lines[i].step;
        bool begins = step == DN_LINE_IDLE && engine->now_ms >= engine->begin_at_ms;
        if (begins || (step != DN_LINE_CLOSED && step != DN_LINE_IDLE && step != DN_LINE_QUIT))
            return true;
    }
    return false;
}

struct dn_smtp_relay dn_smtp_relay(const struct dn_smtp *engine)
{
    int64_t at_ms = engine->connect_at_ms > engine->begin_at_ms ? engine->connect_at_ms : engine->begin_at_ms;
    struct dn_smtp_relay relay = {.reason = engine->reason};
    if (engine->stopped) {
        relay.state = DN_SMTP_RELAY_STOPPED;
    } else if (engine->faults && at_ms > engine->now_ms) {
        relay.state = DN_SMTP_RELAY_WAITING;
        relay.wait_ms = at_ms - engine->now_ms;
        relay.stalled = !any_moves(engine);
    }
    return relay;
}

void dn_smtp_recall(struct dn_smtp *engine, const char *reason)
{
    char kept[160];
    size_t slot;
    snprintf(kept, sizeof kept, "%s", reason);
    while (dn_ring_take(&engine->queue, &slot))
        dn_smtp_settle(engine, slot, DN_STATE_DEFERRED, true, engine->code, kept, "");
    for (size_t i = 0; i < engine->settings.connections; i++) {
        struct dn_line *line = &engine->lines[i];
        if (line->step == DN_LINE_OPENING)
            dn_line_close(line);
        if (line->next != DN_NO_SLOT)
            dn_smtp_settle(engine, line->next, DN_STATE_DEFERRED, true, engine->code, kept, "");
        line->next = DN_NO_SLOT;
        if ((line->step != DN_LINE_ENVELOPE && line->step != DN_LINE_READY) || line->slot == DN_NO_SLOT)
            continue;
        dn_line_close(line);
        dn_smtp_settle(engine, line->slot, DN_STATE_DEFERRED, true, engine->code, kept, "");
        line->slot = DN_NO_SLOT;
    }
}

void dn_smtp_abandon(struct dn_smtp *engine, const char *reason)
{
    char kept[160];
    snprintf(kept, sizeof kept, "%s", reason);
    for (size_t i = 0; i < engine->settings.connections; i++) {
        struct dn_line *line = &engine->lines[i];
        if (line->step != DN_LINE_BODY && line->step != DN_LINE_DOT)
            continue;
        enum dn_state state = line->step == DN_LINE_DOT ? DN_STATE_UNKNOWN : DN_STATE_DEFERRED;
        dn_line_close(line);
        dn_smtp_settle(engine, line->slot, state, false, "", kept, "");
        line->slot = DN_NO_SLOT;
    }
    dn_smtp_recall(engine, kept);
}

/* Until every QUIT is answered, or nobody waits for the answer any more. */
static void say_goodbye(struct dn_smtp *engine)
{
    int64_t until = clock_ms() + engine->settings.timeouts.quit_ms;
    bool waiting = true;
    engine->now_ms = clock_ms();
    for (size_t i = 0; i < engine->settings.connections; i++)
        if (engine->lines[i].step == DN_LINE_IDLE)
            dn_line_quit(engine, &engine->lines[i]);
    while (waiting && engine->now_ms < until) {
        waiting = false;
        for (size_t i = 0; i < engine->settings.connections; i++)
            waiting = waiting || engine->lines[i].step == DN_LINE_QUIT;
        if (waiting && dn_smtp_turn(engine, until - engine->now_ms, NULL) != DN_OK)
            return;
    }
}

void dn_smtp_close(struct dn_smtp *engine)
{
    if (!engine)
        return;
    if (engine->watch) {
        dn_smtp_abandon(engine, "the run ended");
        engine->result_count = 0;
        say_goodbye(engine);
    }
    for (size_t i = 0; i < engine->settings.connections; i++) {
        dn_line_close(&engine->lines[i]);
        dn_buf_clear(&engine->lines[i].out);
    }
    dn_buf_clear(&engine->other);
    dn_links_close(engine->links);
    dn_watch_close(engine->watch);
    struct dn_ring *rings[] = {&engine->spare, &engine->queue, &engine->ready, &engine->told, &engine->bound};
    for (size_t i = 0; i < sizeof rings / sizeof *rings; i++)
        free(rings[i]->at);
    free(engine->lines);
    free(engine->slots);
    free(engine->results);
    free(engine->url);
    free(engine);
}
