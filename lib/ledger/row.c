#include "ledger/row.h"

#include <string.h>

#include "incident/incident.h"
#include "stream/csv_write.h"

const char *const dn_state_words[] = {"intent",  "accepted", "deferred",    "rejected", "unknown", "delivered",
                                      "bounced", "reached",  "not-reached", "skipped",  "held",    NULL};
const char *const dn_channel_words[] = {"message-center", "email-admin", "email-privacy", "phone", "other", NULL};
const char *const dn_required_words[] = {"all", "any", "no", NULL};

enum column {
    C_SEQ,
    C_AT,
    C_INCIDENT,
    C_NOTICE,
    C_TENANT,
    C_CHANNEL,
    C_REQUIRED,
    C_RECIPIENT,
    C_KEY,
    C_ATTEMPT,
    C_STATE,
    C_CODE,
    C_REASON,
    C_REFERENCE,
    C_BY,
    C_APPROVED_BY,
    C_CONTENT,
    C_DECLARED,
    C_DUE,
    C_REGIME,
    C_HAPPENED,
    C_CHAIN
};

const char *const dn_ledger_columns[] = {
    "seq",       "at",          "incident_id",    "notice",      "tenant_id", "channel", "required",
    "recipient", "key",         "attempt",        "state",       "code",      "reason",  "reference",
    "by",        "approved_by", "content_sha256", "declared_at", "due_at",    "regime",  "happened_at",
    "chain",     NULL};

const char dn_ledger_header[] = "seq,at,incident_id,notice,tenant_id,channel,required,recipient,key,attempt,state,code,"
                                "reason,reference,by,approved_by,content_sha256,declared_at,due_at,regime,happened_at,"
                                "chain";

static bool set_number(struct dn_text cell, int64_t *value)
{
    *value = 0;
    return cell.size == 0 || dn_text_number(cell, value);
}

static bool set_time(struct dn_text cell, struct dn_instant *at)
{
    *at = DN_INSTANT_NONE;
    return cell.size == 0 || dn_instant_parse(cell, at);
}

static bool set_word(struct dn_text cell, const char *const *words, int *value)
{
    *value = dn_word_find(words, cell);
    return *value >= 0;
}

static void set_texts(struct dn_ledger_row *row, const struct dn_text *cells)
{
    row->incident_id = cells[C_INCIDENT];
    row->notice = cells[C_NOTICE];
    row->tenant_id = cells[C_TENANT];
    row->recipient = cells[C_RECIPIENT];
    row->key = cells[C_KEY];
    row->code = cells[C_CODE];
    row->reason = cells[C_REASON];
    row->reference = cells[C_REFERENCE];
    row->by = cells[C_BY];
    row->approved_by = cells[C_APPROVED_BY];
    row->content_sha256 = cells[C_CONTENT];
    row->regime = cells[C_REGIME];
    row->chain = cells[C_CHAIN];
}

bool dn_ledger_row_set(struct dn_ledger_row *row, const struct dn_text cells[DN_LEDGER_COLUMNS], size_t *field)
{
    int channel = -1, required = -1, state = -1;
    set_texts(row, cells);
    *field = !set_number(cells[C_SEQ], &row->seq)                          ? C_SEQ + 1
             : !set_time(cells[C_AT], &row->at) || !dn_instant_is(row->at) ? C_AT + 1
             : !set_word(cells[C_CHANNEL], dn_channel_words, &channel)     ? C_CHANNEL + 1
             : !set_word(cells[C_REQUIRED], dn_required_words, &required)  ? C_REQUIRED + 1
             : !set_number(cells[C_ATTEMPT], &row->attempt)                ? C_ATTEMPT + 1
             : !set_word(cells[C_STATE], dn_state_words, &state)           ? C_STATE + 1
             : !set_time(cells[C_DECLARED], &row->declared_at)             ? C_DECLARED + 1
             : !set_time(cells[C_DUE], &row->due_at)                       ? C_DUE + 1
             : !set_time(cells[C_HAPPENED], &row->happened_at)             ? C_HAPPENED + 1
                                                                           : 0;
    if (*field != 0)
        return false;
    row->channel = (enum dn_channel)channel;
    row->required = (enum dn_required)required;
    row->state = (enum dn_state)state;
    return true;
}

/* Unquotes the cell that starts at the quote `at`; *next becomes what follows its closing quote. */
static bool unquote(char *at, char *end, struct dn_text *cell, char **next)
{
    char *from = at + 1, *to = at;
    for (; from < end; from++) {
        if (*from == '"' && (from + 1 == end || from[1] != '"'))
            break;
        if (*from == '"')
            from++;
        *to++ = *from;
    }
    *cell = (struct dn_text){at, (size_t)(to - at)};
    *next = from + 1;
    return from < end;
}

static bool take_cell(char *at, char *end, bool quotes, struct dn_text *cell, char **next)
{
    if (quotes && at < end && *at == '"')
        return unquote(at, end, cell, next) && (*next == end || **next == ',');
    char *comma = at == end ? NULL : memchr(at, ',', (size_t)(end - at));
    *next = comma != NULL ? comma : end;
    *cell = (struct dn_text){at, (size_t)(*next - at)};
    return !quotes || cell->size == 0 || memchr(at, '"', cell->size) == NULL;
}

bool dn_ledger_line_split(char *line, size_t size, struct dn_text cells[DN_LEDGER_COLUMNS])
{
    char *end = line + size, *next = line;
    bool quotes = memchr(line, '"', size) != NULL;
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++) {
        if (i > 0 && (next == end || *next++ != ','))
            return false;
        if (!take_cell(next, end, quotes, &cells[i], &next))
            return false;
    }
    return next == end;
}

static void add_number(struct dn_buf *line, bool first, int64_t value)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--at = '-';
    if (!first)
        *--at = ',';
    dn_buf_add(line, at, (size_t)(digits + sizeof digits - at));
}

static void add_time(struct dn_buf *line, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    dn_csv_add_field(line, false, dn_text_of(text));
}

static void add_word(struct dn_buf *line, const char *word)
{
    dn_csv_add_field(line, false, dn_text_of(word));
}

void dn_ledger_add_body(const struct dn_ledger_row *row, struct dn_buf *line)
{
    add_number(line, true, row->seq);
    add_time(line, row->at);
    dn_csv_add_field(line, false, row->incident_id);
    dn_csv_add_field(line, false, row->notice);
    dn_csv_add_field(line, false, row->tenant_id);
    add_word(line, dn_channel_words[row->channel]);
    add_word(line, dn_required_words[row->required]);
    dn_csv_add_field(line, false, row->recipient);
    dn_csv_add_field(line, false, row->key);
    add_number(line, false, row->attempt);
    add_word(line, dn_state_words[row->state]);
    dn_csv_add_field(line, false, row->code);
    dn_csv_add_field(line, false, row->reason);
    dn_csv_add_field(line, false, row->reference);
    dn_csv_add_field(line, false, row->by);
    dn_csv_add_field(line, false, row->approved_by);
    dn_csv_add_field(line, false, row->content_sha256);
    add_time(line, row->declared_at);
    add_time(line, row->due_at);
    dn_csv_add_field(line, false, row->regime);
    add_time(line, row->happened_at);
}

void dn_ledger_add_line(const struct dn_ledger_row *row, struct dn_buf *line)
{
    dn_ledger_add_body(row, line);
    dn_csv_add_field(line, false, row->chain);
    dn_buf_addc(line, '\n');
}

#define EACH(byte) (UINT64_MAX / 255 * (byte))

/* Has one of eight bytes the high bit, or is it a control character? (Bit tricks: a byte below n borrows from its high
 * bit; DEL becomes zero first.) */
static bool word_unusual(uint64_t word)
{
    uint64_t del = word ^ EACH(0x7f);
    return ((word | ((word - EACH(0x20)) & ~word) | ((del - EACH(1)) & ~del)) & EACH(0x80)) != 0;
}

/* How many bytes in front are printable ASCII, as nearly all of a ledger is; rounded down to whole words. */
static size_t plain_front(struct dn_text cell)
{
    size_t at = 0;
    uint64_t word;
    for (; at + sizeof word <= cell.size; at += sizeof word) {
        memcpy(&word, cell.at + at, sizeof word);
        if (word_unusual(word))
            break;
    }
    return at;
}

bool dn_ledger_cell_bad(struct dn_text cell)
{
    size_t from = plain_front(cell);
    struct dn_text rest = {from ? cell.at + from : cell.at, cell.size - from};
    if (rest.size == 0)
        return false;
    for (size_t i = 0; i < rest.size; i++) {
        unsigned char c = (unsigned char)rest.at[i];
        bool c1 = c == 0xc2 && i + 1 < rest.size && (unsigned char)rest.at[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1)
            return true;
    }
    return !dn_text_utf8(rest, NULL);
}
