/* Whether a run of ledger-record concerns what really happened, or drills alone. */
#include "ledger/record.h"

static bool is_drill(struct dn_text notice)
{
    return dn_text_starts(notice, "drill-");
}

/* The notices of which the ledger holds anything. */
static enum dn_status find_notices(const struct dn_ledger *ledger, struct dn_strings *notices, struct dn_error *err)
{
    struct dn_ledger_line line = {.place = 0};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < dn_ledger_subject_count(ledger) && status == DN_OK; i++) {
        status = dn_ledger_at(ledger, dn_ledger_subject(ledger, i), &line, err);
        if (status == DN_OK)
            dn_strings_add_once(notices, line.row.notice);
    }
    dn_ledger_line_clear(&line);
    return status;
}

/* What is named by outcomes and decisions, while it is looked at. */
struct named {
    const struct dn_ledger *ledger;
    struct dn_strings notices;
    struct dn_ledger_line last;
    bool any, drill; /* was something named; does all of it belong to drills? */
    struct dn_error *err;
};

/* A key that the ledger does not hold will be refused. */
static enum dn_status look_at_key(struct named *named, const char *key, bool *there)
{
    enum dn_status status = dn_ledger_last(named->ledger, dn_text_of(key), &named->last, named->err);
    *there = status == DN_OK;
    if (*there) {
        named->drill &= is_drill(named->last.row.notice);
        named->any = true;
    }
    return status == DN_END ? DN_OK : status;
}

static enum dn_status look_at_record(struct named *named, const struct dn_record *record)
{
    bool there;
    enum dn_status status = look_at_key(named, record->key, &there);
    if (!there && record->kind == DN_RECORD_OTHER && dn_strings_has(&named->notices, dn_text_of(record->notice))) {
        named->drill &= is_drill(dn_text_of(record->notice));
        named->any = true;
    }
    return status;
}

static enum dn_status look_at_named(struct named *named, const struct dn_record_run *run)
{
    enum dn_status status = find_notices(run->ledger, &named->notices, named->err);
    bool there;
    for (size_t i = 0; i < run->records->count && status == DN_OK; i++)
        status = look_at_record(named, &run->records->at[i]);
    for (size_t i = 0; i < run->decisions->count && status == DN_OK; i++)
        if (run->decisions->at[i].key)
            status = look_at_key(named, run->decisions->at[i].key, &there);
    return status;
}

static bool decides_all(const struct dn_decisions *decisions)
{
    for (size_t i = 0; i < decisions->count; i++)
        if (!decisions->at[i].key)
            return true;
    return false;
}

enum dn_status dn_record_real(const struct dn_record_run *run, bool *real, struct dn_error *err)
{
    struct named named = {.ledger = run->ledger, .drill = true, .err = err};
    enum dn_status status = look_at_named(&named, run);
    *real = !named.drill;
    if (!named.any || decides_all(run->decisions))
        for (size_t i = 0; i < named.notices.count; i++)
            *real |= !is_drill(dn_text_of(named.notices.at[i]));
    dn_strings_clear(&named.notices);
    dn_ledger_line_clear(&named.last);
    return status;
}
