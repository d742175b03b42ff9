/* Decisions on what is unknown, and the keys that may be sent a second time because of one. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/record.h"

static bool is_key(struct dn_text text)
{
    bool good = text.size == DN_SHA256_HEX - 1;
    for (size_t i = 0; good && i < text.size; i++)
        good = (text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f');
    return good;
}

static const struct dn_decision *find(const struct dn_decisions *decisions, struct dn_text key, bool all)
{
    for (size_t i = 0; i < decisions->count; i++) {
        const char *other = decisions->at[i].key;
        if (all ? !other : other && dn_text_is(key, other))
            return &decisions->at[i];
    }
    return NULL;
}

bool dn_decisions_add(struct dn_decisions *decisions, const char *text)
{
    struct dn_text rest = dn_text_of(text), key = rest;
    bool resend = dn_text_ends(rest, "=resend");
    if (!resend && !dn_text_ends(rest, "=accepted"))
        return false;
    key.size -= resend ? sizeof "=resend" - 1 : sizeof "=accepted" - 1;
    bool all = dn_text_is(key, "all");
    if (!all && !is_key(key))
        return false;
    const struct dn_decision *same = find(decisions, key, all);
    if (same)
        return same->resend == resend;
    decisions->at = dn_grow(decisions->at, decisions->count, &decisions->room, sizeof *decisions->at);
    decisions->at[decisions->count++] = (struct dn_decision){all ? NULL : dn_strndup(key.at, key.size), resend};
    return true;
}

void dn_decisions_clear(struct dn_decisions *decisions)
{
    for (size_t i = 0; i < decisions->count; i++)
        free(decisions->at[i].key);
    free(decisions->at);
    *decisions = (struct dn_decisions){0};
}

static void keep_resend(const struct dn_ledger_row *row, struct dn_resends *resends)
{
    bool added;
    if (row->state != DN_STATE_DEFERRED || !dn_text_is(row->code, DN_CODE_RESEND))
        return;
    size_t entry = dn_table_add(&resends->keys, row->key, &added);
    if (added)
        resends->content_sha256 =
            dn_grow(resends->content_sha256, entry, &resends->room, sizeof *resends->content_sha256);
    snprintf(resends->content_sha256[entry], sizeof *resends->content_sha256, "%.*s", (int)row->content_sha256.size,
             row->content_sha256.size ? row->content_sha256.at : "");
}

enum dn_status dn_resends_find(const struct dn_ledger *ledger, struct dn_resends *resends, struct dn_error *err)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    if (!dn_ledger_has_resends(ledger))
        return DN_OK;
    dn_ledger_cursor_open(ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, err)) == DN_OK)
        keep_resend(&row, resends);
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

bool dn_resends_has(const struct dn_resends *resends, struct dn_text key, struct dn_text *content_sha256)
{
    size_t entry = resends->keys.count ? dn_table_find(&resends->keys, key) : SIZE_MAX;
    if (entry == SIZE_MAX)
        return false;
    if (content_sha256)
        *content_sha256 = dn_text_of(resends->content_sha256[entry]);
    return true;
}

void dn_resends_clear(struct dn_resends *resends)
{
    dn_table_clear(&resends->keys);
    free(resends->content_sha256);
    *resends = (struct dn_resends){0};
}
