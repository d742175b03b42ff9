/* What is said on a line: envelopes, messages, and the rest. */
#include <stdio.h>

#include "channel/smtp_engine.h"

static const struct dn_smtp_letter *letter_of(const struct dn_smtp *engine, const struct dn_line *line)
{
    return &engine->slots[line->slot].letter;
}

static void ask(struct dn_line *line, enum dn_line_command command, const struct dn_smtp_letter *letter)
{
    const struct dn_smtp_offer *offer = dn_link_offer(line->link);
    line->asked[line->asked_count++] = command;
    switch (command) {
    case DN_COMMAND_RSET:
        dn_buf_adds(&line->out, "RSET\r\n");
        break;
    case DN_COMMAND_MAIL:
        dn_smtp_add_mail(&line->out, letter->return_path, letter->envid, offer->dsn);
        break;
    case DN_COMMAND_RCPT:
        dn_smtp_add_rcpt(&line->out, letter->recipient, offer->dsn);
        break;
    default:
        dn_buf_adds(&line->out, "DATA\r\n");
    }
}

void dn_line_set_patience(struct dn_smtp *engine, struct dn_line *line)
{
    const struct dn_smtp_timeouts *timeouts = &engine->settings.timeouts;
    bool data = line->answered < line->asked_count && line->asked[line->answered] == DN_COMMAND_DATA;
    line->deadline_ms = engine->now_ms + (data ? timeouts->data_ms : timeouts->command_ms);
}

/* RFC 1870: what the relay has said it will not take need not be sent. */
static bool fits(const struct dn_line *line, const struct dn_smtp_letter *letter)
{
    int64_t most = dn_link_offer(line->link)->size;
    return !most || (int64_t)letter->message.size <= most;
}

static bool too_large(struct dn_smtp *engine, struct dn_line *line)
{
    char reason[160];
    int64_t most = dn_link_offer(line->link)->size, size = (int64_t)letter_of(engine, line)->message.size;
    if (fits(line, letter_of(engine, line)))
        return false;
    snprintf(reason, sizeof reason, "the message has %lld bytes, the relay takes %lld (not sent)", (long long)size,
             (long long)most);
    dn_line_part(engine, line, (struct dn_smtp_verdict){.state = DN_STATE_REJECTED}, "", reason, "");
    return true;
}

void dn_line_begin(struct dn_smtp *engine, struct dn_line *line, size_t slot)
{
    line->slot = slot;
    engine->slots[slot].line = (size_t)(line - engine->lines);
    if (too_large(engine, line))
        return;
    const struct dn_smtp_letter *letter = letter_of(engine, line);
    dn_buf_reset(&line->out);
    line->asked_count = line->answered = 0;
    line->refused = line->ahead = false;
    if (line->dirty)
        ask(line, DN_COMMAND_RSET, letter);
    ask(line, DN_COMMAND_MAIL, letter);
    if (dn_link_offer(line->link)->pipelining) {
        ask(line, DN_COMMAND_RCPT, letter);
        ask(line, DN_COMMAND_DATA, letter);
    }
    line->step = DN_LINE_ENVELOPE;
    dn_line_set_patience(engine, line);
    dn_line_say(engine, line);
}

void dn_line_swap_out(struct dn_smtp *engine, struct dn_line *line)
{
    struct dn_buf out = line->out;
    line->out = engine->other;
    engine->other = out;
}

static void ask_ahead(struct dn_smtp *engine, struct dn_line *line)
{
    int64_t most = engine->settings.messages_per_connection;
    size_t slot;
    bool is_last = most && line->letters + 1 >= most;
    line->asked_count = line->answered = 0;
    if (is_last || !dn_link_offer(line->link)->pipelining || !dn_smtp_take_surplus(engine, &slot))
        return;
    const struct dn_smtp_letter *letter = &engine->slots[slot].letter;
    if (!fits(line, letter)) {
        dn_ring_add_front(&engine->queue, slot);
        return;
    }
    line->next = slot;
    engine->slots[slot].line = (size_t)(line - engine->lines);
    ask(line, DN_COMMAND_MAIL, letter);
    ask(line, DN_COMMAND_RCPT, letter);
    ask(line, DN_COMMAND_DATA, letter);
}

void dn_line_release(struct dn_smtp *engine, struct dn_line *line)
{
    struct dn_text message = letter_of(engine, line)->message;
    dn_line_swap_out(engine, line);
    dn_buf_reset(&line->out);
    dn_buf_reserve(&line->out, message.size + message.size / 64);
    dn_smtp_add_message(&line->out, message);
    line->dot = line->out.size;
    ask_ahead(engine, line);
    line->step = DN_LINE_BODY;
    line->deadline_ms = engine->now_ms + engine->settings.timeouts.block_ms;
    dn_line_say(engine, line);
}

void dn_line_quit(struct dn_smtp *engine, struct dn_line *line)
{
    dn_buf_reset(&line->out);
    dn_buf_adds(&line->out, "QUIT\r\n");
    line->step = DN_LINE_QUIT;
    line->deadline_ms = engine->now_ms + engine->settings.timeouts.quit_ms;
    dn_line_say(engine, line);
}

void dn_line_lone_dot(struct dn_smtp *engine, struct dn_line *line)
{
    dn_buf_reset(&line->out);
    dn_buf_adds(&line->out, ".\r\n");
    line->step = DN_LINE_VOID;
    line->deadline_ms = engine->now_ms + engine->settings.timeouts.dot_ms;
    dn_line_say(engine, line);
}

/* Not pipelined: the next command. */
void dn_line_ask_next(struct dn_smtp *engine, struct dn_line *line, enum dn_line_command command)
{
    if (line->answered < line->asked_count)
        return;
    dn_buf_reset(&line->out);
    line->asked_count = line->answered = 0;
    ask(line, command, letter_of(engine, line));
    dn_line_set_patience(engine, line);
    dn_line_say(engine, line);
}
