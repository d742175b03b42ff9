/* Rows of a ledger by number, for tests: good until 16 others were asked for. */
#ifndef TEST_LEDGER_ROWS_H
#define TEST_LEDGER_ROWS_H

#include <check.h>

#include "ledger/ledger.h"

static inline struct dn_ledger_line *row_slot(void)
{
    static struct dn_ledger_line slots[16];
    static size_t used;
    return &slots[used++ % 16];
}

static inline const struct dn_ledger_row *row_at(const struct dn_ledger *ledger, size_t index)
{
    struct dn_ledger_line *slot = row_slot();
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    struct dn_error failure = {0};
    dn_ledger_cursor_open(ledger, 0, &cursor);
    for (size_t i = 0; i <= index; i++)
        ck_assert_msg(dn_ledger_cursor_next(&cursor, &row, &failure) == DN_OK, "row %zu: %s", i, failure.text);
    ck_assert_msg(dn_ledger_at(ledger, cursor.place, slot, &failure) == DN_OK, "%s", failure.text);
    dn_ledger_cursor_close(&cursor);
    return &slot->row;
}

static inline const struct dn_ledger_row *row_last(const struct dn_ledger *ledger, struct dn_text key)
{
    struct dn_ledger_line *slot = row_slot();
    struct dn_error failure = {0};
    enum dn_status status = dn_ledger_last(ledger, key, slot, &failure);
    ck_assert_msg(status == DN_OK || status == DN_END, "%s", failure.text);
    return status == DN_OK ? &slot->row : NULL;
}

#endif
