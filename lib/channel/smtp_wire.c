#include "channel/smtp_wire.h"

#include <stdint.h>
#include <string.h>

#include "key/name.h"

static struct dn_text word_of(struct dn_text *rest)
{
    size_t size = 0;
    while (size < rest->size && rest->at[size] != ' ' && rest->at[size] != '=')
        size++;
    struct dn_text word = {rest->at, size};
    *rest = dn_text_trim((struct dn_text){rest->at + size, rest->size - size});
    return word;
}

void dn_smtp_offer_line(struct dn_smtp_offer *offer, struct dn_text line)
{
    while (line.size && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r'))
        line.size--;
    if (dn_text_starts(line, "220"))
        *offer = (struct dn_smtp_offer){0};
    if (line.size < 5 || !dn_text_starts(line, "250"))
        return;
    struct dn_text rest = {line.at + 4, line.size - 4}, word = word_of(&rest);
    if (dn_text_equal_nocase(word, DN_TEXT("PIPELINING")))
        offer->pipelining = true;
    else if (dn_text_equal_nocase(word, DN_TEXT("DSN")))
        offer->dsn = true;
    else if (dn_text_equal_nocase(word, DN_TEXT("AUTH")))
        offer->auth = true;
    else if (dn_text_equal_nocase(word, DN_TEXT("SIZE")))
        dn_text_number(rest, &offer->size);
}

bool dn_smtp_address_fits(const char *address)
{
    struct dn_text text = dn_text_of(address);
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f || strchr("<>()[]\\,;:\"", text.at[i]))
            return false;
    return text.size <= 254 && dn_email_canonical(text, NULL);
}

void dn_smtp_return_path(const char *key, const char *domain, struct dn_buf *into)
{
    dn_buf_addf(into, "bounces+%.32s@%s", key, domain);
}

void dn_smtp_add_mail(struct dn_buf *into, const char *return_path, const char *envid, bool dsn)
{
    dn_buf_adds(into, "MAIL FROM:<");
    dn_buf_adds(into, return_path);
    dn_buf_adds(into, ">");
    if (dsn) {
        dn_buf_adds(into, " RET=HDRS");
        if (envid) {
            dn_buf_adds(into, " ENVID=");
            dn_buf_adds(into, envid);
        }
    }
    dn_buf_adds(into, "\r\n");
}

/* RFC 3461 section 4: every byte but '+' and '=' of printable ASCII stands for itself. */
static void add_xtext(struct dn_buf *into, const char *text)
{
    for (; *text; text++) {
        if (*text == '+' || *text == '=')
            dn_buf_addf(into, "+%02X", (unsigned)(unsigned char)*text);
        else
            dn_buf_addc(into, *text);
    }
}

void dn_smtp_add_rcpt(struct dn_buf *into, const char *recipient, bool dsn)
{
    dn_buf_adds(into, "RCPT TO:<");
    dn_buf_adds(into, recipient);
    dn_buf_adds(into, ">");
    if (dsn) {
        dn_buf_adds(into, " NOTIFY=FAILURE,DELAY ORCPT=rfc822;");
        add_xtext(into, recipient);
    }
    dn_buf_adds(into, "\r\n");
}

/* The first line, its LF included; all of it when there is none. */
static struct dn_text first_line(struct dn_text text)
{
    const char *end = text.size ? memchr(text.at, '\n', text.size) : NULL;
    return (struct dn_text){text.at, end ? (size_t)(end - text.at) + 1 : text.size};
}

static bool seven_bit(struct dn_text line)
{
    unsigned char all = 0;
    for (size_t i = 0; i < line.size; i++)
        all |= (unsigned char)line.at[i];
    return all < 0x80;
}

static const char *wrong_line(struct dn_text line)
{
    if (!dn_text_ends(line, "\r\n"))
        return "a line that does not end with CRLF";
    if (line.size - 2 > DN_SMTP_LINE_MOST)
        return "a line over 998 bytes";
    if (memchr(line.at, '\r', line.size - 2))
        return "a CR that ends no line";
    if (memchr(line.at, '\0', line.size))
        return "a NUL";
    return seven_bit(line) ? NULL : "a byte that is not 7 bit";
}

/* Is every byte 0x01 to 0x7f, and how many are a CR? Eight at a time: c - 1 has the high bit for 0, c itself above
 * 0x7f, and only a byte that is 0 borrows from its neighbour; of seven bits, c ^ CR + 0x7f has it but for the CR. */
static bool count_seven_bit(struct dn_text bytes, size_t *returns)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t word, seen = 0;
    size_t i = 0, others = 0;
    for (; i + sizeof word <= bytes.size; i += sizeof word) {
        memcpy(&word, bytes.at + i, sizeof word);
        seen |= word | (word - ones);
        others += (size_t)(((((word ^ ones * '\r') + (high - ones)) & high) >> 7) * ones >> 56);
    }
    *returns = i - others;
    for (; i < bytes.size; i++) {
        seen |= (unsigned char)bytes.at[i] | (uint64_t)(bytes.at[i] == 0) << 7;
        *returns += bytes.at[i] == '\r';
    }
    return !(seen & high);
}

bool dn_smtp_is_clean(struct dn_text message)
{
    size_t returns = 0, lines = 0;
    if (!message.size || !count_seven_bit(message, &returns))
        return false;
    for (size_t start = 0, size; start < message.size; start += size, lines++) {
        struct dn_text line = first_line((struct dn_text){message.at + start, message.size - start});
        size = line.size;
        if (size < 2 || line.at[size - 1] != '\n' || line.at[size - 2] != '\r' || size - 2 > DN_SMTP_LINE_MOST)
            return false;
    }
    return returns == lines;
}

enum dn_status dn_smtp_check_message(struct dn_text message, struct dn_error *err)
{
    const char *wrong = message.size ? NULL : "nothing";
    if (dn_smtp_is_clean(message))
        return DN_OK;
    while (message.size && !wrong) {
        struct dn_text line = first_line(message);
        wrong = wrong_line(line);
        message = (struct dn_text){message.at + line.size, message.size - line.size};
    }
    return wrong ? dn_error_set(err, DN_INVALID, "the message holds %s and cannot leave", wrong) : DN_OK;
}

/* Runs of lines that need no dot go in one piece. */
void dn_smtp_add_message(struct dn_buf *into, struct dn_text message)
{
    size_t from = 0, at = 0;
    while (at < message.size) {
        if (message.at[at] == '.') {
            dn_buf_add(into, message.at + from, at - from);
            dn_buf_addc(into, '.');
            from = at;
        }
        at += first_line((struct dn_text){message.at + at, message.size - at}).size;
    }
    dn_buf_add(into, message.at + from, message.size - from);
    dn_buf_adds(into, ".\r\n");
}
