#include "channel/bounce.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "channel/bounce_fields.h"
#include "channel/bounce_tie.h"
#include "stream/csv_write.h"

#define DEPTH_CAP 8                  /* multiparts in multiparts; a report has one */
#define PARTS_CAP 64                 /* parts that are looked at */
#define STATUS_CAP ((size_t)1 << 20) /* bytes of a status part */
#define RECIPIENTS_CAP 1000          /* recipients of a report */

/* What is gathered from one message. */
struct report {
    const struct dn_bounce_keys *keys;
    struct dn_bounces *bounces;
    const char *where;
    struct dn_bounce_tie tie;
    struct dn_buf status; /* text of all status parts */
    size_t parts;
    bool cut;                /* more was there than is looked at */
    struct dn_text returned; /* header of the returned message; owned by returned_text */
    struct dn_buf returned_text;
    struct dn_instant date;
    char *reference;
};

static bool is_type(GMimeObject *part, const char *type)
{
    GMimeContentType *content = g_mime_object_get_content_type(part);
    char *word = content ? g_mime_content_type_get_mime_type(content) : NULL;
    bool same = word && g_ascii_strcasecmp(word, type) == 0;
    g_free(word);
    return same;
}

static void add_content(GMimeObject *part, struct dn_buf *into, size_t cap, bool *cut)
{
    GMimeDataWrapper *content = GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
    if (!content)
        return;
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(content, stream);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    *cut |= bytes && (into->size >= cap || bytes->len > cap);
    if (bytes && into->size < cap) {
        dn_buf_add(into, bytes->data ? (const char *)bytes->data : "", bytes->len < cap ? bytes->len : cap);
        dn_buf_adds(into, "\n\n");
    }
    g_object_unref(stream);
}

static void take_returned(struct report *report, GMimeObject *part)
{
    bool ignored = false;
    if (report->returned_text.size)
        return;
    if (!GMIME_IS_MESSAGE_PART(part)) {
        add_content(part, &report->returned_text, STATUS_CAP, &ignored);
        return;
    }
    GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
    char *header = message ? g_mime_object_get_headers(GMIME_OBJECT(message), NULL) : NULL;
    dn_buf_adds(&report->returned_text, header ? header : "");
    g_free(header);
}

static void take_part(struct report *report, GMimeObject *part)
{
    if (is_type(part, "message/delivery-status") || is_type(part, "message/global-delivery-status"))
        add_content(part, &report->status, STATUS_CAP, &report->cut);
    else if (GMIME_IS_MESSAGE_PART(part) || is_type(part, "text/rfc822-headers") ||
             is_type(part, "message/global-headers"))
        take_returned(report, part);
}

/* A returned message is not walked into: what it holds was not said by who reports. */
static void walk(struct report *report, GMimeObject *part, int depth)
{
    if (!part || report->parts++ >= PARTS_CAP) {
        report->cut |= part != NULL;
        return;
    }
    if (!GMIME_IS_MULTIPART(part)) {
        take_part(report, part);
        return;
    }
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
    for (int i = 0; i < count && report->parts <= PARTS_CAP && depth < DEPTH_CAP; i++)
        walk(report, g_mime_multipart_get_part(GMIME_MULTIPART(part), i), depth + 1);
}

static struct dn_text header_of(GMimeMessage *message, const char *name)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
    GMimeHeader *header = headers ? g_mime_header_list_get_header(headers, name) : NULL;
    return dn_text_of(header ? g_mime_header_get_raw_value(header) : NULL);
}

/* Where the report was sent to is the notice's return path. */
static void tie_by_address(struct report *report, GMimeMessage *message)
{
    static const char *const names[] = {"To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", NULL};
    for (size_t i = 0; names[i]; i++)
        dn_bounce_tie_path(&report->tie, header_of(message, names[i]));
}

static void tie_by_returned(struct report *report)
{
    struct dn_bounce_group group;
    struct dn_text rest = dn_buf_text(&report->returned_text);
    if (!dn_bounce_group_next(&rest, &group))
        return;
    dn_bounce_tie_message_id(&report->tie, dn_bounce_field(&group, "Message-ID"));
    dn_bounce_tie_path(&report->tie, dn_bounce_field(&group, "Return-Path"));
}

static void tie_by_status(struct report *report)
{
    struct dn_bounce_group group;
    struct dn_text rest = dn_buf_text(&report->status);
    while (dn_bounce_group_next(&rest, &group)) {
        dn_bounce_tie_envelope(&report->tie, dn_bounce_field(&group, "Original-Envelope-Id"));
        dn_bounce_tie_path(&report->tie, dn_bounce_field(&group, "X-Postfix-Sender"));
    }
}

static bool find_state(struct dn_text action, enum dn_state *state)
{
    static const struct {
        const char *word;
        enum dn_state state;
    } actions[] = {{"failed", DN_STATE_BOUNCED},
                   {"delayed", DN_STATE_DEFERRED},
                   {"delivered", DN_STATE_DELIVERED},
                   {"relayed", DN_STATE_DELIVERED},
                   {"expanded", DN_STATE_DELIVERED}};
    size_t size = 0;
    while (size < action.size && g_ascii_isalpha(action.at[size]))
        size++;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (dn_text_equal_nocase((struct dn_text){action.at, size}, dn_text_of(actions[i].word))) {
            *state = actions[i].state;
            return true;
        }
    return false;
}

/* "5.1.1 (bad mailbox)": class, subject and detail; empty if it is none. */
static void copy_code(struct dn_text status, char code[16])
{
    size_t size = 0, dots = 0;
    while (size < status.size && size < 15 && (g_ascii_isdigit(status.at[size]) || status.at[size] == '.'))
        dots += status.at[size++] == '.';
    bool good = dots == 2 && size >= 5 && status.at[1] == '.' && strchr("245", status.at[0]) != NULL;
    memcpy(code, good ? status.at : "", good ? size : 0);
    code[good ? size : 0] = '\0';
}

static char *line_of(struct dn_text value)
{
    struct dn_buf line = {0};
    dn_bounce_add_line(&line, value, DN_BOUNCE_TEXT_CAP);
    return dn_buf_take(&line);
}

/* "rfc822; <a@b.c>" without its type and brackets. */
static struct dn_text address_of(struct dn_text field)
{
    struct dn_text text = dn_bounce_behind_type(field);
    if (text.size > 1 && text.at[0] == '<' && text.at[text.size - 1] == '>')
        text = dn_text_trim((struct dn_text){text.at + 1, text.size - 2});
    return text;
}

static struct dn_text recipient_of(const struct dn_bounce_group *group)
{
    struct dn_text original = dn_bounce_field(group, "Original-Recipient");
    return address_of(original.size ? original : dn_bounce_field(group, "Final-Recipient"));
}

static void count_at(struct dn_bounce_tally *tally, const char *where)
{
    if (tally->count++ == 0)
        snprintf(tally->first, sizeof tally->first, "%s", where);
}

static void add_bounce(struct report *report, const struct dn_bounce_group *group, enum dn_state state)
{
    struct dn_bounces *bounces = report->bounces;
    bool half;
    bounces->at = dn_grow(bounces->at, bounces->count, &bounces->room, sizeof *bounces->at);
    struct dn_bounce *bounce = &bounces->at[bounces->count++];
    *bounce = (struct dn_bounce){.state = state, .happened_at = report->date};
    dn_bounce_date(dn_bounce_field(group, "Last-Attempt-Date"), &bounce->happened_at);
    copy_code(dn_bounce_field(group, "Status"), bounce->code);
    bounce->recipient = line_of(recipient_of(group));
    bounce->reason = line_of(dn_bounce_behind_type(dn_bounce_field(group, "Diagnostic-Code")));
    bounce->reference = dn_strdup(report->reference);
    dn_bounce_tie_key(&report->tie, report->keys, bounce->key, &half);
    bounces->half += half;
}

static void take_groups(struct report *report)
{
    struct dn_bounce_group group;
    struct dn_text rest = dn_buf_text(&report->status);
    size_t recipients = 0, unread = 0;
    while (recipients < RECIPIENTS_CAP && dn_bounce_group_next(&rest, &group)) {
        struct dn_text action = dn_bounce_field(&group, "Action");
        enum dn_state state;
        if (!action.size && !dn_bounce_field(&group, "Final-Recipient").size)
            continue;
        if (find_state(action, &state))
            add_bounce(report, &group, state);
        else
            unread++;
        recipients++;
    }
    if (unread || !recipients || recipients == RECIPIENTS_CAP || report->cut)
        count_at(&report->bounces->unread, report->where);
}

static void take_report(struct report *report, GMimeMessage *message)
{
    report->bounces->reports++;
    report->reference = line_of(header_of(message, "Message-ID"));
    dn_bounce_date(dn_text_trim(header_of(message, "Date")), &report->date);
    tie_by_status(report);
    tie_by_returned(report);
    take_groups(report);
}

static void take_message(struct report *report, GMimeMessage *message)
{
    walk(report, g_mime_message_get_mime_part(message), 0);
    tie_by_address(report, message);
    if (report->status.size) {
        take_report(report, message);
    } else if (report->tie.head[0]) {
        count_at(&report->bounces->no_report, report->where);
    }
}

void dn_bounce_take(struct dn_text bytes, const char *where, const struct dn_bounce_keys *keys,
                    struct dn_bounces *bounces)
{
    struct report report = {.keys = keys, .bounces = bounces, .where = where, .date = DN_INSTANT_NONE};
    bounces->messages++;
    if (bytes.size > DN_BOUNCE_MESSAGE_CAP) {
        count_at(&bounces->too_long, where);
        return;
    }
    g_mime_init();
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.size ? bytes.at : "", bytes.size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        take_message(&report, message);
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    dn_buf_clear(&report.status);
    dn_buf_clear(&report.returned_text);
    free(report.reference);
}

void dn_bounces_clear(struct dn_bounces *bounces)
{
    for (size_t i = 0; i < bounces->count; i++) {
        free(bounces->at[i].recipient);
        free(bounces->at[i].reason);
        free(bounces->at[i].reference);
    }
    free(bounces->at);
    *bounces = (struct dn_bounces){0};
}

static char *row_of(const struct dn_bounce *bounce)
{
    struct dn_buf line = {0};
    char time[DN_INSTANT_TEXT];
    dn_instant_format(bounce->happened_at, time);
    const struct dn_text cells[] = {dn_text_of(bounce->key),
                                    dn_text_of(bounce->recipient),
                                    dn_text_of(dn_state_words[bounce->state]),
                                    dn_text_of(bounce->code),
                                    dn_text_of(time),
                                    dn_text_of(bounce->reason),
                                    dn_text_of(bounce->reference)};
    dn_csv_add_record(&line, cells, sizeof cells / sizeof *cells);
    return dn_buf_take(&line);
}

void dn_bounces_write(const struct dn_bounces *bounces, struct dn_buf *into)
{
    struct dn_strings rows = {0};
    for (size_t i = 0; i < bounces->count; i++) {
        char *row = row_of(&bounces->at[i]);
        dn_strings_add(&rows, dn_text_of(row));
        free(row);
    }
    dn_strings_sort(&rows);
    dn_buf_adds(into, "key,recipient,state,code,happened_at,reason,reference\n");
    for (size_t i = 0; i < rows.count; i++)
        dn_buf_adds(into, rows.at[i]);
    dn_strings_clear(&rows);
}

static size_t count_untied(const struct dn_bounces *bounces)
{
    size_t untied = 0;
    for (size_t i = 0; i < bounces->count; i++)
        untied += !bounces->at[i].key[0];
    return untied;
}

static void note_tally(const struct dn_bounce_tally *tally, const char *word, const char *what, struct dn_notes *notes)
{
    if (tally->count)
        dn_notes_attention(notes, word, "%zu %s %s; the first: %s", tally->count,
                           tally->count == 1 ? "message" : "messages", what, tally->first);
}

void dn_bounces_note(const struct dn_bounces *bounces, struct dn_notes *notes)
{
    size_t untied = count_untied(bounces);
    dn_notes_say(notes, "reports", "%zu of %zu %s, on %zu %s", bounces->reports, bounces->messages,
                 bounces->messages == 1 ? "message" : "messages", bounces->count,
                 bounces->count == 1 ? "recipient" : "recipients");
    if (untied)
        dn_notes_attention(notes, "untied", "%zu %s not be tied to a notice%s", untied,
                           untied == 1 ? "row can" : "rows can",
                           bounces->half ? "; some have the first digits of a key: give the ledger (-l)" : "");
    note_tally(&bounces->unread, "unread", "that could not be understood", notes);
    note_tally(&bounces->no_report, "no-report", "that came back for a notice and are no reports: read them", notes);
    note_tally(&bounces->too_long, "too-long", "over 64 MiB, which were not read", notes);
}
