#include "deadline/told_chain.h"

#include <string.h>

/* Is this row chained to the one before it? Its line is written again as a ledger has it. */
static bool fits(struct dn_told_chain *chain, const struct dn_ledger_row *row)
{
    char value[DN_SHA256_HEX];
    dn_buf_reset(&chain->line);
    dn_buf_reset(&chain->bytes);
    dn_ledger_add_line(row, &chain->line);
    dn_buf_add(&chain->bytes, chain->value, DN_SHA256_HEX - 1);
    dn_buf_addc(&chain->bytes, '\n');
    dn_buf_add(&chain->bytes, chain->line.at, chain->line.size - (DN_SHA256_HEX + 1)); /* without ",CHAIN" and LF */
    dn_sha256_hex(dn_buf_text(&chain->bytes), value);
    return dn_text_is(row->chain, value);
}

static void find_gap(struct dn_told_chain *chain, int64_t seq, int64_t line)
{
    if (chain->gaps++ > 0)
        return;
    chain->gap_from = chain->seq + 1;
    chain->gap_to = seq - 1;
    chain->gap_line = line;
}

static void find_break(struct dn_told_chain *chain, const struct dn_ledger_row *row, int64_t line)
{
    bool known = row->seq == 1 || chain->value[0] != '\0';
    if (row->seq == 1)
        memset(chain->value, '0', DN_SHA256_HEX - 1);
    if (!known || row->chain.size != DN_SHA256_HEX - 1 || fits(chain, row) || chain->broken++ > 0)
        return;
    chain->broken_seq = row->seq;
    chain->broken_line = line;
}

void dn_told_chain_take(struct dn_told_chain *chain, const struct dn_ledger_row *row, int64_t line)
{
    if (row->seq <= 0)
        return;
    if (chain->first == 0)
        chain->first = row->seq;
    if (row->seq == 1 || row->seq == chain->seq + 1)
        find_break(chain, row, line);
    else if (chain->seq > 0)
        find_gap(chain, row->seq, line);
    chain->seq = row->seq;
    chain->value[0] = '\0';
    if (row->chain.size == DN_SHA256_HEX - 1)
        memcpy(chain->value, row->chain.at, DN_SHA256_HEX - 1);
}

void dn_told_chain_end(struct dn_told_chain *chain, const char *file, bool named, struct dn_notes *notes)
{
    if (chain->broken > 0)
        dn_notes_attention(
            notes, "chain",
            "%s:%lld: row %lld does not continue the row before it: one of them was changed (%zu in all)", file,
            (long long)chain->broken_line, (long long)chain->broken_seq, chain->broken);
    if (chain->gaps > 0 && named && chain->first == 1)
        dn_notes_attention(
            notes, "gap", "%s:%lld: rows %lld to %lld are not there (places: %zu); a whole ledger has every row", file,
            (long long)chain->gap_line, (long long)chain->gap_from, (long long)chain->gap_to, chain->gaps);
    if (chain->backwards > 0)
        dn_notes_attention(notes, "backwards",
                           "%s:%lld: a state that may not follow the one before it (%zu in all): what became of "
                           "that notice is unknown",
                           file, (long long)chain->backwards_line, chain->backwards);
    dn_buf_clear(&chain->line);
    dn_buf_clear(&chain->bytes);
}
