#include "deadline/told_chain.h"

#include <string.h>

#define CHAIN_CELL ((size_t)DN_SHA256_HEX) /* ',' and 64 digits */

static bool digest_is(struct dn_told_digest *digest, const char *before, struct dn_text body, struct dn_text chain)
{
    char value[DN_SHA256_HEX];
    if (digest->running == NULL)
        digest->running = dn_sha256_begin();
    dn_sha256_feed(digest->running, (struct dn_text){before, DN_SHA256_HEX - 1});
    dn_sha256_feed(digest->running, DN_TEXT("\n"));
    dn_sha256_feed(digest->running, body);
    dn_sha256_next(digest->running, value);
    return dn_text_is(chain, value);
}

/* Most rows stand as they were written. One whose columns or quotes were moved is written again as a ledger has it: the
 * bytes of a row tell nothing where the header gives them another meaning. */
bool dn_told_digest_fits(struct dn_told_digest *digest, const char *before, const struct dn_ledger_row *row,
                         struct dn_text raw)
{
    bool whole = raw.size > CHAIN_CELL && raw.at[raw.size - CHAIN_CELL] == ',';
    if (whole && digest_is(digest, before, (struct dn_text){raw.at, raw.size - CHAIN_CELL}, row->chain))
        return true;
    dn_buf_reset(&digest->line);
    dn_ledger_add_line(row, &digest->line);
    return digest_is(digest, before, (struct dn_text){digest->line.at, digest->line.size - (CHAIN_CELL + 1)},
                     row->chain);
}

void dn_told_digest_clear(struct dn_told_digest *digest)
{
    dn_sha256_free(digest->running);
    dn_buf_clear(&digest->line);
    *digest = (struct dn_told_digest){0};
}

static bool is_whole(struct dn_text chain)
{
    return chain.size == DN_SHA256_HEX - 1;
}

bool dn_told_chain_follows(const struct dn_ledger_row *before, const struct dn_ledger_row *row)
{
    return before->seq > 0 && row->seq == before->seq + 1 && is_whole(before->chain) && is_whole(row->chain);
}

static void find_gap(struct dn_told_chain *chain, int64_t seq, int64_t line)
{
    if (chain->gaps++ > 0)
        return;
    chain->gap_from = chain->seq + 1;
    chain->gap_to = seq - 1;
    chain->gap_line = line;
}

static void find_break(struct dn_told_chain *chain, const struct dn_ledger_row *row, struct dn_text raw, int64_t line,
                       const bool *fits)
{
    bool known = row->seq == 1 || chain->value[0] != '\0';
    if (row->seq == 1)
        memset(chain->value, '0', DN_SHA256_HEX - 1);
    if (!known || !is_whole(row->chain))
        return;
    bool fine = fits != NULL ? *fits : dn_told_digest_fits(&chain->digest, chain->value, row, raw);
    if (fine || chain->broken++ > 0)
        return;
    chain->broken_seq = row->seq;
    chain->broken_line = line;
}

void dn_told_chain_take(struct dn_told_chain *chain, const struct dn_ledger_row *row, struct dn_text raw, int64_t line,
                        const bool *fits)
{
    if (row->seq <= 0)
        return;
    if (chain->first == 0)
        chain->first = row->seq;
    if (row->seq == 1 || row->seq == chain->seq + 1)
        find_break(chain, row, raw, line, fits);
    else if (chain->seq > 0)
        find_gap(chain, row->seq, line);
    chain->seq = row->seq;
    chain->value[0] = '\0';
    if (is_whole(row->chain))
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
    dn_told_digest_clear(&chain->digest);
}
