#include <stdio.h>
#include <string.h>

#include "channel/smtp_engine.h"

#define SMALL 1024 /* what fits commands is kept for the next ones */
#define READ_SIZE 16384
#define READ_MOST 64 /* rounds of reading at one event: a peer that never stops talking does not stop the others */

void dn_line_close(struct dn_line *line)
{
    dn_link_close(line->link);
    line->link = NULL;
    line->step = DN_LINE_CLOSED;
    line->deadline_ms = INT64_MAX;
}

void dn_line_open(struct dn_smtp *engine, struct dn_line *line)
{
    size_t number = (size_t)(line - engine->lines);
    line->link = dn_link_open(engine->links, number, engine->now_ms);
    if (!line->link) {
        dn_smtp_fault(engine, false, true, "", "connect: libcurl refuses the relay's settings");
        return;
    }
    line->step = DN_LINE_OPENING;
    line->slot = line->next = DN_NO_SLOT;
    line->letters = 0;
    line->dirty = line->refused = line->ahead = false;
    line->sent = line->out.size = 0;
    line->reader.size = 0;
    line->reader.lines = 0;
    line->deadline_ms = engine->now_ms + engine->settings.timeouts.connect_ms + 1000;
}

static enum dn_smtp_step judged_step(const struct dn_line *line)
{
    static const enum dn_smtp_step of_command[] = {DN_SMTP_MAIL, DN_SMTP_MAIL, DN_SMTP_RCPT, DN_SMTP_DATA};
    if (line->step == DN_LINE_ENVELOPE && line->answered < line->asked_count)
        return of_command[line->asked[line->answered]];
    return line->step == DN_LINE_DOT ? DN_SMTP_DOT : DN_SMTP_BODY;
}

/* The letter in hand is done with, in one way or the other. A fault of the relay before anything left puts it back. */
void dn_line_part(struct dn_smtp *engine, struct dn_line *line, struct dn_smtp_verdict verdict, const char *code,
                  const char *reason, const char *reference)
{
    size_t slot = line->slot;
    line->slot = DN_NO_SLOT;
    if (verdict.state == DN_STATE_ACCEPTED)
        dn_smtp_did_well(engine);
    else if (verdict.state == DN_STATE_REJECTED)
        dn_smtp_did_refuse(engine);
    if (verdict.state == DN_STATE_DEFERRED && verdict.relay && !engine->slots[slot].told)
        dn_smtp_put_back(engine, slot);
    else
        dn_smtp_settle(engine, slot, verdict.state, verdict.relay, code, reason, reference);
}

void dn_line_give_back(struct dn_smtp *engine, struct dn_line *line)
{
    if (line->next != DN_NO_SLOT)
        dn_ring_add_front(&engine->queue, line->next);
    line->next = DN_NO_SLOT;
}

/* The connection went, timed out or talks nonsense. One that had carried letters and goes before the next one has begun
 * is only replaced: servers do that. */
static void lose(struct dn_smtp *engine, struct dn_line *line, const char *how)
{
    char reason[160];
    enum dn_smtp_step step = judged_step(line);
    struct dn_smtp_verdict verdict = dn_smtp_judge(step, 0);
    bool stale = line->letters > 0 && step == DN_SMTP_MAIL;
    engine->one_by_one = engine->one_by_one || (stale && line->ahead);
    dn_line_close(line);
    dn_line_give_back(engine, line);
    if (line->slot == DN_NO_SLOT)
        return;
    snprintf(reason, sizeof reason, "%s: %s", dn_smtp_step_words[step], how);
    if (!stale)
        dn_smtp_fault(engine, false, false, "", reason);
    dn_line_part(engine, line, verdict, "", reason, "");
}

/* Most connections wait for a reply to the dot, and need no message for it: the room for one is the next one's. */
static void put_away(struct dn_smtp *engine, struct dn_line *line)
{
    if (engine->other.room > SMALL)
        dn_buf_clear(&line->out);
    else
        dn_line_swap_out(engine, line);
    dn_buf_reset(&line->out);
    line->sent = 0;
}

/* What is sent in one piece. TLS may have sent a part of what it says nothing about, which must not be a dot: a message
 * goes alone there. */
static struct dn_text piece_of(const struct dn_line *line)
{
    bool alone = line->step == DN_LINE_BODY && dn_link_encrypted(line->link);
    return (struct dn_text){line->out.at + line->sent, (alone ? line->dot : line->out.size) - line->sent};
}

static void have_sent(struct dn_smtp *engine, struct dn_line *line, size_t size)
{
    const struct dn_smtp_timeouts *timeouts = &engine->settings.timeouts;
    line->sent += size;
    if (line->step != DN_LINE_BODY)
        return;
    if (line->sent >= line->dot)
        line->step = DN_LINE_DOT;
    line->deadline_ms = engine->now_ms + (line->step == DN_LINE_DOT ? timeouts->dot_ms : timeouts->block_ms);
}

/* Sends what it can of out. False: the line is lost. */
static bool push(struct dn_smtp *engine, struct dn_line *line)
{
    while (line->sent < line->out.size) {
        int64_t sent = dn_link_send(line->link, piece_of(line));
        if (sent < 0)
            return false;
        if (sent == 0)
            break;
        have_sent(engine, line, (size_t)sent);
    }
    bool all = line->sent == line->out.size;
    dn_link_want(line->link, all ? DN_WATCH_READ : DN_WATCH_READ | DN_WATCH_WRITE);
    if (all && line->out.room > SMALL)
        put_away(engine, line);
    return true;
}

static void pull(struct dn_smtp *engine, struct dn_line *line);

/* What cannot be sent to has perhaps said why. */
static void hear_last(struct dn_smtp *engine, struct dn_line *line)
{
    pull(engine, line);
    if (line->step != DN_LINE_CLOSED)
        lose(engine, line, "the connection was lost");
}

void dn_line_say(struct dn_smtp *engine, struct dn_line *line)
{
    line->sent = 0;
    if (!push(engine, line))
        hear_last(engine, line);
}

static void become_idle(struct dn_smtp *engine, struct dn_line *line)
{
    line->step = DN_LINE_IDLE;
    line->deadline_ms = engine->now_ms + engine->settings.timeouts.idle_ms;
}

/* The transaction is over; the line can have the next one, or has had its share. */
static void rest(struct dn_smtp *engine, struct dn_line *line)
{
    int64_t most = engine->settings.messages_per_connection;
    become_idle(engine, line);
    line->letters++;
    if (most && line->letters >= most)
        dn_line_quit(engine, line);
}

/* Tells a letter's fate as the reply has it. */
static void conclude(struct dn_smtp *engine, struct dn_line *line, struct dn_smtp_verdict verdict,
                     enum dn_smtp_step step, const struct dn_smtp_reply *reply)
{
    char code[DN_SMTP_CODE], prefix[32], reason[160] = "", reference[160] = "";
    dn_smtp_reply_code(reply, code);
    snprintf(prefix, sizeof prefix, "%s: ", dn_smtp_step_words[step]);
    if (verdict.state == DN_STATE_ACCEPTED)
        dn_smtp_reply_reference(reply, reference, sizeof reference);
    else
        dn_smtp_reply_text(reply, prefix, reason, sizeof reason);
    bool stale = line->letters > 0 && step == DN_SMTP_MAIL && reply->code == 421;
    bool nonsense = verdict.close && reply->code < 400;
    if ((verdict.relay && !stale) || nonsense)
        dn_smtp_fault(engine, verdict.relay, verdict.stop, code, reason);
    dn_line_part(engine, line, verdict, code, reason, reference);
}

/* DATA was taken although there is nobody to write to: only a refused RCPT makes a lone dot harmless. */
static void answer_void(struct dn_smtp *engine, struct dn_line *line)
{
    if (line->refused && line->asked_count >= 2 && line->dirty)
        dn_line_lone_dot(engine, line);
    else
        dn_line_close(line);
}

static void become_ready(struct dn_smtp *engine, struct dn_line *line)
{
    line->step = DN_LINE_READY;
    line->deadline_ms = INT64_MAX;
    dn_ring_add(&engine->ready, line->slot);
}

/* A reply to a command behind the one that settled the letter's fate. */
static void hear_rest(struct dn_smtp *engine, struct dn_line *line, enum dn_line_command command, int code)
{
    if (code == 421)
        dn_line_close(line);
    else if (command == DN_COMMAND_DATA && code == 354)
        answer_void(engine, line);
    else if (line->answered == line->asked_count)
        rest(engine, line);
}

static void refuse(struct dn_smtp *engine, struct dn_line *line, struct dn_smtp_verdict verdict,
                   enum dn_line_command command, const struct dn_smtp_reply *reply)
{
    static const enum dn_smtp_step steps[] = {DN_SMTP_MAIL, DN_SMTP_MAIL, DN_SMTP_RCPT, DN_SMTP_DATA};
    line->refused = true;
    line->dirty = command != DN_COMMAND_MAIL;
    conclude(engine, line, verdict, steps[command], reply);
    if (verdict.close)
        dn_line_close(line);
    else if (line->answered == line->asked_count)
        rest(engine, line);
}

static void hear_envelope(struct dn_smtp *engine, struct dn_line *line, const struct dn_smtp_reply *reply)
{
    enum dn_smtp_step step = judged_step(line);
    enum dn_line_command command = line->asked[line->answered++];
    dn_line_set_patience(engine, line);
    if (line->refused) {
        hear_rest(engine, line, command, reply->code);
        return;
    }
    struct dn_smtp_verdict verdict = dn_smtp_judge(step, reply->code);
    if (command == DN_COMMAND_RSET && verdict.state != DN_STATE_INTENT)
        lose(engine, line, "RSET was refused");
    else if (verdict.state != DN_STATE_INTENT)
        refuse(engine, line, verdict, command, reply);
    else if (command == DN_COMMAND_RSET)
        line->dirty = false;
    else if (command == DN_COMMAND_MAIL)
        dn_line_ask_next(engine, line, DN_COMMAND_RCPT);
    else if (command == DN_COMMAND_RCPT)
        dn_line_ask_next(engine, line, DN_COMMAND_DATA);
    else
        become_ready(engine, line);
}

/* The letter whose envelope is out is the one in hand. */
static void go_on(struct dn_smtp *engine, struct dn_line *line)
{
    line->slot = line->next;
    line->next = DN_NO_SLOT;
    line->letters++;
    line->refused = false;
    line->ahead = true;
    line->step = DN_LINE_ENVELOPE;
    dn_line_set_patience(engine, line);
}

/* An envelope that is out cannot be taken back: not behind a message that is not all out, not when its letter was
 * recalled, and not when the relay is to be left alone. */
static void hear_message(struct dn_smtp *engine, struct dn_line *line, const struct dn_smtp_reply *reply)
{
    enum dn_smtp_step step = judged_step(line);
    struct dn_smtp_verdict verdict = dn_smtp_judge(step, reply->code);
    bool is_stuck = line->asked_count && (line->step == DN_LINE_BODY || line->next == DN_NO_SLOT);
    line->dirty = false;
    conclude(engine, line, verdict, step, reply);
    if (verdict.close || is_stuck || (verdict.relay && line->next != DN_NO_SLOT)) {
        dn_line_close(line);
        dn_line_give_back(engine, line);
    } else if (line->next != DN_NO_SLOT) {
        go_on(engine, line);
    } else {
        rest(engine, line);
    }
}

/* A reply that nobody has asked for: a server that says goodbye, or one that is out of step. */
static void hear_unasked(struct dn_smtp *engine, struct dn_line *line)
{
    if (line->step == DN_LINE_READY)
        lose(engine, line, "the relay spoke out of turn");
    else
        dn_line_close(line);
}

static void hear(struct dn_smtp *engine, struct dn_line *line, const struct dn_smtp_reply *reply)
{
    switch (line->step) {
    case DN_LINE_ENVELOPE:
        hear_envelope(engine, line, reply);
        break;
    case DN_LINE_BODY:
    case DN_LINE_DOT:
        hear_message(engine, line, reply);
        break;
    case DN_LINE_VOID:
        line->dirty = false;
        if (reply->code == 421)
            dn_line_close(line);
        else
            rest(engine, line);
        break;
    default:
        hear_unasked(engine, line);
    }
}

/* Takes the replies out of what came. */
static void take(struct dn_smtp *engine, struct dn_line *line, struct dn_text bytes)
{
    const struct dn_smtp_reply *reply;
    while (line->step != DN_LINE_CLOSED && bytes.size) {
        enum dn_smtp_read read = dn_smtp_reader_next(&line->reader, &bytes, &reply);
        if (read == DN_SMTP_BROKEN)
            lose(engine, line, "what the relay answers is no reply");
        else if (read == DN_SMTP_REPLY)
            hear(engine, line, reply);
    }
}

static void pull(struct dn_smtp *engine, struct dn_line *line)
{
    char bytes[READ_SIZE];
    for (int round = 0; round < READ_MOST && line->step != DN_LINE_CLOSED; round++) {
        int64_t came = dn_link_receive(line->link, bytes, sizeof bytes);
        if (came < 0)
            lose(engine, line,
                 dn_smtp_reader_partial(&line->reader) ? "the connection was lost in the middle of a reply"
                                                       : "the connection was lost");
        if (came <= 0)
            return;
        take(engine, line, (struct dn_text){bytes, (size_t)came});
        if (line->step == DN_LINE_ENVELOPE && line->answered == 0) /* of an envelope behind the dot */
            dn_link_acknowledge(line->link);
        if (came < (int64_t)sizeof bytes && line->link && !dn_link_encrypted(line->link))
            return;
    }
}

static void opened(struct dn_smtp *engine, struct dn_line *line, enum dn_link_state state)
{
    if (state == DN_LINK_OPENING)
        return;
    if (state == DN_LINK_UP) {
        become_idle(engine, line);
        return;
    }
    const struct dn_link_failure *failure = dn_link_failure(line->link);
    dn_smtp_fault(engine, false, failure->stop, failure->code, failure->reason);
    dn_line_close(line);
}

void dn_line_event(struct dn_smtp *engine, struct dn_line *line, int fd, unsigned ready)
{
    if (line->step == DN_LINE_OPENING) {
        opened(engine, line, dn_link_drive(line->link, fd, ready, engine->now_ms));
        return;
    }
    if (line->step != DN_LINE_CLOSED && ready & DN_WATCH_READ)
        pull(engine, line);
    if (line->step != DN_LINE_CLOSED && ready & DN_WATCH_WRITE && !push(engine, line))
        hear_last(engine, line);
}

int64_t dn_line_due(const struct dn_line *line)
{
    int64_t due = line->step == DN_LINE_OPENING ? dn_link_due(line->link) : INT64_MAX;
    return due < line->deadline_ms ? due : line->deadline_ms;
}

void dn_line_expire(struct dn_smtp *engine, struct dn_line *line)
{
    if (line->step == DN_LINE_OPENING && engine->now_ms >= dn_link_due(line->link))
        dn_line_event(engine, line, -1, 0);
    if (line->step == DN_LINE_CLOSED || engine->now_ms < line->deadline_ms)
        return;
    if (line->step == DN_LINE_OPENING) {
        dn_smtp_fault(engine, false, false, "", "connect: no answer in time");
        dn_line_close(line);
    } else if (line->step == DN_LINE_IDLE) {
        dn_line_quit(engine, line);
    } else {
        lose(engine, line, "no answer in time");
    }
}
