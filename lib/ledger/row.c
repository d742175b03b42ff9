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

static bool take_cell(char *at, char *end, struct dn_text *cell, char **next)
{
    if (at < end && *at == '"')
        return unquote(at, end, cell, next) && (*next == end || **next == ',');
    char *comma = at == end ? NULL : memchr(at, ',', (size_t)(end - at));
    *next = comma != NULL ? comma : end;
    *cell = (struct dn_text){at, (size_t)(*next - at)};
    return cell->size == 0 || memchr(at, '"', cell->size) == NULL;
}

bool dn_ledger_line_split(char *line, size_t size, struct dn_text cells[DN_LEDGER_COLUMNS])
{
    char *end = line + size, *next = line;
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++) {
        if (i > 0 && (next == end || *next++ != ','))
            return false;
        if (!take_cell(next, end, &cells[i], &next))
            return false;
    }
    return next == end;
}

static void add_number(struct dn_buf *line, bool first, int64_t value)
{
    dn_buf_addf(line, first ? "%lld" : ",%lld", (long long)value);
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

bool dn_ledger_cell_bad(struct dn_text cell)
{
    if (!dn_text_utf8(cell, NULL))
        return true;
    for (size_t i = 0; i < cell.size; i++) {
        unsigned char c = (unsigned char)cell.at[i];
        bool c1 = c == 0xc2 && i + 1 < cell.size && (unsigned char)cell.at[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1)
            return true;
    }
    return false;
}
