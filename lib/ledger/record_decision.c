/* Decisions on what is unknown, and the keys that may be sent a second time because of one. */
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

void dn_resends_find(const struct dn_ledger *ledger, struct dn_resends *resends)
{
    bool added;
    for (size_t i = 0; i < dn_ledger_count(ledger); i++) {
        const struct dn_ledger_row *row = dn_ledger_at(ledger, i);
        if (row->state != DN_STATE_DEFERRED || !dn_text_is(row->code, DN_CODE_RESEND))
            continue;
        size_t entry = dn_table_add(&resends->keys, row->key, &added);
        if (added)
            resends->content_sha256 =
                dn_grow(resends->content_sha256, entry, &resends->room, sizeof *resends->content_sha256);
        resends->content_sha256[entry] = row->content_sha256;
    }
}

bool dn_resends_has(const struct dn_resends *resends, struct dn_text key, struct dn_text *content_sha256)
{
    size_t entry = resends->keys.count ? dn_table_find(&resends->keys, key) : SIZE_MAX;
    if (entry == SIZE_MAX)
        return false;
    if (content_sha256)
        *content_sha256 = resends->content_sha256[entry];
    return true;
}

void dn_resends_clear(struct dn_resends *resends)
{
    dn_table_clear(&resends->keys);
    free(resends->content_sha256);
    *resends = (struct dn_resends){0};
}
