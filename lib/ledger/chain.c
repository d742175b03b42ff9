#include "ledger/chain.h"

#include <string.h>

#define CHAIN_CELL (DN_SHA256_HEX) /* ',' and 64 digits */

void dn_chain_begin(struct dn_chain *chain)
{
    chain->digest = dn_sha256_begin();
    chain->seq = 0;
    memset(chain->value, '0', DN_SHA256_HEX - 1);
    chain->value[DN_SHA256_HEX - 1] = '\0';
}

void dn_chain_clear(struct dn_chain *chain)
{
    dn_sha256_free(chain->digest);
    chain->digest = NULL;
}

void dn_chain_next(struct dn_chain *chain, struct dn_text body, char value[DN_SHA256_HEX])
{
    dn_sha256_feed(chain->digest, (struct dn_text){chain->value, DN_SHA256_HEX - 1});
    dn_sha256_feed(chain->digest, DN_TEXT("\n"));
    dn_sha256_feed(chain->digest, body);
    dn_sha256_next(chain->digest, value);
}

void dn_chain_move(struct dn_chain *chain, const char value[DN_SHA256_HEX])
{
    chain->seq++;
    memcpy(chain->value, value, DN_SHA256_HEX);
}

/* Does the line end with its own chain value? */
static bool chain_fits(struct dn_chain *chain, const char *line, size_t size, char value[DN_SHA256_HEX])
{
    if (size < CHAIN_CELL || line[size - CHAIN_CELL] != ',')
        return false;
    dn_chain_next(chain, (struct dn_text){line, size - CHAIN_CELL}, value);
    return memcmp(line + size - (DN_SHA256_HEX - 1), value, DN_SHA256_HEX - 1) == 0;
}

/* The first cell that holds what none may; 0: none does. */
static size_t bad_cell(const struct dn_text cells[DN_LEDGER_COLUMNS])
{
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        if (dn_ledger_cell_bad(cells[i]))
            return i + 1;
    return 0;
}

static enum dn_status wrong_cell(const char *file, int64_t line, size_t field, struct dn_error *err)
{
    return dn_error_at(err, file, line, (int64_t)field, "the ledger's cell '%s' is wrong",
                       dn_ledger_columns[field - 1]);
}

static enum dn_status check_row(const struct dn_chain *chain, const char *file, const struct dn_ledger_row *row,
                                bool fits, struct dn_error *err)
{
    int64_t line = chain->seq + 2;
    if (row->seq != chain->seq + 1)
        return dn_error_at(err, file, line, 1, "row %lld follows row %lld: rows were removed, repeated or moved",
                           (long long)row->seq, (long long)chain->seq);
    if (!fits)
        return dn_error_at(err, file, line, DN_LEDGER_COLUMNS,
                           "the chain is broken: row %lld is not what was written, or was not written after row %lld",
                           (long long)row->seq, (long long)chain->seq);
    return DN_OK;
}

enum dn_status dn_chain_take(struct dn_chain *chain, const char *file, char *line, size_t size,
                             struct dn_ledger_row *row, struct dn_error *err)
{
    struct dn_text cells[DN_LEDGER_COLUMNS];
    char value[DN_SHA256_HEX];
    size_t field = 0;
    bool fits = chain_fits(chain, line, size, value);
    bool bad = dn_ledger_cell_bad((struct dn_text){line, size}); /* all cells in one go */
    if (!dn_ledger_line_split(line, size, cells))
        return dn_error_at(err, file, chain->seq + 2, 0, "not a row of a ledger: %d cells are expected",
                           DN_LEDGER_COLUMNS);
    if ((bad && (field = bad_cell(cells)) > 0) || !dn_ledger_row_set(row, cells, &field))
        return wrong_cell(file, chain->seq + 2, field, err);
    enum dn_status status = check_row(chain, file, row, fits, err);
    if (status == DN_OK)
        dn_chain_move(chain, value);
    return status;
}
