#include "channel/smtp_reply.h"

#include <stdio.h>
#include <string.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The code of a line "250 text", "250-text" or "250"; 0: it is none. */
static int code_of(struct dn_text line)
{
    if (line.size < 3 || line.at[0] < '1' || line.at[0] > '5' || !digit(line.at[1]) || !digit(line.at[2]))
        return 0;
    if (line.size > 3 && line.at[3] != ' ' && line.at[3] != '-')
        return 0;
    return (line.at[0] - '0') * 100 + (line.at[1] - '0') * 10 + line.at[2] - '0';
}

static void keep(struct dn_smtp_reply *reply, struct dn_text said)
{
    if (reply->size && reply->size < DN_SMTP_SAID)
        reply->said[reply->size++] = ' ';
    size_t room = DN_SMTP_SAID - reply->size, size = said.size < room ? said.size : room;
    if (size)
        memcpy(reply->said + reply->size, said.at, size);
    reply->size += size;
}

static enum dn_smtp_read take_line(struct dn_smtp_reader *reader)
{
    struct dn_text line = {reader->line, reader->size};
    struct dn_smtp_reply *reply = &reader->reply;
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    int code = code_of(line);
    reader->size = 0;
    if (reader->lines == 0)
        *reply = (struct dn_smtp_reply){.code = code};
    if (!code || code != reply->code || ++reader->lines > DN_SMTP_LINES)
        return DN_SMTP_BROKEN;
    if (line.size > 4)
        keep(reply, (struct dn_text){line.at + 4, line.size - 4});
    if (line.size > 3 && line.at[3] == '-')
        return DN_SMTP_MORE;
    reader->lines = 0;
    return DN_SMTP_REPLY;
}

enum dn_smtp_read dn_smtp_reader_next(struct dn_smtp_reader *reader, struct dn_text *bytes,
                                      const struct dn_smtp_reply **reply)
{
    *reply = &reader->reply;
    while (bytes->size) {
        const char *end = memchr(bytes->at, '\n', bytes->size);
        size_t size = end ? (size_t)(end - bytes->at) : bytes->size;
        if (size > sizeof reader->line - reader->size)
            return DN_SMTP_BROKEN;
        memcpy(reader->line + reader->size, bytes->at, size);
        reader->size += size;
        *bytes = (struct dn_text){bytes->at + size + (end != NULL), bytes->size - size - (end != NULL)};
        enum dn_smtp_read read = end ? take_line(reader) : DN_SMTP_MORE;
        if (read != DN_SMTP_MORE)
            return read;
    }
    return DN_SMTP_MORE;
}

bool dn_smtp_reader_partial(const struct dn_smtp_reader *reader)
{
    return reader->size || reader->lines;
}

/* The size of "5.1.1" at the front: class, subject and detail of RFC 3463; 0: there is none. */
static size_t enhanced_size(const struct dn_smtp_reply *reply)
{
    size_t i = 0, dots = 0;
    while (i < reply->size && i < 10 && (digit(reply->said[i]) || reply->said[i] == '.'))
        dots += reply->said[i++] == '.';
    bool ends = i == reply->size || reply->said[i] == ' ';
    return dots == 2 && ends && i >= 5 && reply->said[0] == '0' + reply->code / 100 ? i : 0;
}

void dn_smtp_reply_code(const struct dn_smtp_reply *reply, char code[DN_SMTP_CODE])
{
    int size = (int)enhanced_size(reply);
    snprintf(code, DN_SMTP_CODE, size ? "%d %.*s" : "%d", reply->code % 1000, size, reply->said);
}

static struct dn_text plain_of(const struct dn_smtp_reply *reply)
{
    size_t size = enhanced_size(reply);
    return dn_text_trim((struct dn_text){reply->said + size, reply->size - size});
}

void dn_smtp_safe(struct dn_text bytes, char *text, size_t size)
{
    struct dn_buf seen = {0};
    dn_buf_add_visible(&seen, bytes);
    size_t cut = seen.size < size ? seen.size : size - 1;
    while (cut && cut < seen.size && ((unsigned char)seen.at[cut] & 0xc0) == 0x80)
        cut--;
    if (cut)
        memcpy(text, seen.at, cut);
    text[cut] = '\0';
    dn_buf_clear(&seen);
}

void dn_smtp_reply_text(const struct dn_smtp_reply *reply, const char *prefix, char *text, size_t size)
{
    size_t used = strlen(prefix);
    if (used + 1 >= size)
        used = 0;
    memcpy(text, prefix, used);
    dn_smtp_safe(plain_of(reply), text + used, size - used);
}

static bool name_byte(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>\",;", c);
}

/* The word behind mark, without a dot at its end; empty: mark is not there. */
static struct dn_text word_behind(struct dn_text text, const char *mark)
{
    size_t size = strlen(mark), i = 0, end;
    while (i + size <= text.size && !dn_text_equal_nocase((struct dn_text){text.at + i, size}, dn_text_of(mark)))
        i++;
    if (i + size > text.size)
        return (struct dn_text){NULL, 0};
    for (end = i += size; end < text.size && name_byte(text.at[end]);)
        end++;
    while (end > i && text.at[end - 1] == '.')
        end--;
    return (struct dn_text){text.at + i, end - i};
}

void dn_smtp_reply_reference(const struct dn_smtp_reply *reply, char *text, size_t size)
{
    static const char *const marks[] = {"queued as ", "id=", "message-id: ", NULL};
    struct dn_text said = plain_of(reply), word = {NULL, 0};
    for (size_t i = 0; marks[i] && !word.size; i++)
        word = word_behind(said, marks[i]);
    dn_smtp_safe(word.size ? word : said, text, size);
}
