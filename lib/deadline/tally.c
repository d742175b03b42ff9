#include "deadline/tally.h"

static bool has_word(const char *list, const char *word)
{
    struct dn_text rest = dn_text_of(list), element;
    while (dn_text_next(&rest, ';', &element))
        if (dn_text_is(element, word))
            return true;
    return false;
}

void dn_audit_tally_row(struct dn_audit_tally *tally, const struct dn_obligation *row)
{
    tally->count++;
    tally->verdicts[row->status]++;
    if (row->reason[0] == '\0')
        return;
    tally->slow += has_word(row->reason, "slow");
    tally->soon += has_word(row->reason, "due-soon");
}

static bool is_before(const struct dn_audit_tally_place *place, const struct dn_told_foreign *foreign)
{
    return place->source < foreign->source || (place->source == foreign->source && place->line <= foreign->line);
}

void dn_audit_tally_place_add(struct dn_audit_tally_place *place, const struct dn_case *it)
{
    const struct dn_told_foreign *foreign = it->source.foreign;
    if (place->count++ == 0)
        dn_buf_adds(&place->tenant, it->tenant_id);
    if (foreign == NULL || (place->in_table && is_before(place, foreign)))
        return;
    place->in_table = true;
    place->source = foreign->source;
    place->line = foreign->line;
}

void dn_audit_tally_places(struct dn_audit_tally *tally, const struct dn_case *it, const struct dn_obligation *row)
{
    if (row->reason[0] == '\0')
        return;
    if (has_word(row->reason, "negative"))
        dn_audit_tally_place_add(&tally->negative, it);
    if (has_word(row->reason, "no-start"))
        dn_audit_tally_place_add(&tally->unstarted, it);
}

static void join_place(struct dn_audit_tally_place *place, const struct dn_audit_tally_place *other)
{
    bool later = place->source < other->source || (place->source == other->source && place->line <= other->line);
    place->count += other->count;
    if (place->tenant.size == 0)
        dn_buf_addt(&place->tenant, dn_buf_text(&other->tenant));
    if (!other->in_table || (place->in_table && later))
        return;
    place->in_table = true;
    place->source = other->source;
    place->line = other->line;
}

void dn_audit_tally_join(struct dn_audit_tally *tally, struct dn_audit_tally *other)
{
    tally->count += other->count;
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        tally->verdicts[i] += other->verdicts[i];
    tally->outbox += other->outbox;
    tally->slow += other->slow;
    tally->soon += other->soon;
    tally->future += other->future;
    tally->promised += other->promised;
    join_place(&tally->negative, &other->negative);
    join_place(&tally->unstarted, &other->unstarted);
    join_place(&tally->differs, &other->differs);
    dn_audit_tally_clear(other);
}

/* What each verdict that needs a person means, behind its word and number. */
static void add_verdict_notes(const struct dn_audit_tally *tally, struct dn_notes *notes)
{
    static const struct {
        enum dn_verdict verdict;
        const char *word, *text;
    } kinds[] = {{DN_VERDICT_LATE, "late", "told after they were due"},
                 {DN_VERDICT_OVERDUE, "overdue", "due and not told"},
                 {DN_VERDICT_MISSING, "missing", "affected, and no notice at all"},
                 {DN_VERDICT_UNKNOWN, "unknown", "that cannot be decided; the reason says why"},
                 {DN_VERDICT_STRAY, "stray", "notified, but not affected"},
                 {DN_VERDICT_HELD, "held", "under a hold that runs"},
                 {DN_VERDICT_PENDING, "pending", "not told yet, and not due yet"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t count = tally->verdicts[kinds[i].verdict];
        if (count > 0)
            dn_notes_attention(notes, kinds[i].word, "%zu obligation%s %s", count, count == 1 ? "" : "s",
                               kinds[i].text);
    }
}

/* Those of one kind: how many, and where the first is. */
static void add_place_note(const struct dn_audit *audit, const struct dn_audit_tally_place *place, const char *word,
                           const char *text, struct dn_notes *notes)
{
    struct dn_buf first = {0};
    if (place->in_table)
        dn_buf_addf(&first, "%s:%lld", audit->told->sources[place->source].name, (long long)place->line);
    else
        dn_buf_addf(&first, "tenant '%s'", place->tenant.at != NULL ? place->tenant.at : "");
    if (place->count > 0)
        dn_notes_attention(notes, word, "%zu %s %s", place->count, text, first.at);
    dn_buf_clear(&first);
}

static void add_differs_note(const struct dn_audit_tally *tally, const struct dn_audit *audit, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    if (audit->regime != NULL)
        dn_buf_addf(&text,
                    "rows say another due time than the regime '%s' gives; they were judged by their own. The "
                    "first is",
                    audit->regime);
    add_place_note(audit, &tally->differs, "due-differs", text.at, notes);
    dn_buf_clear(&text);
}

void dn_audit_tally_notes(const struct dn_audit_tally *tally, const struct dn_audit *audit, struct dn_notes *notes)
{
    add_verdict_notes(tally, notes);
    if (tally->count == 0)
        dn_notes_attention(notes, "no-obligations", "nothing in the input obliges anybody to anything");
    if (tally->soon > 0)
        dn_notes_attention(notes, "due-soon", "%zu of them are due soon", tally->soon);
    add_place_note(audit, &tally->negative, "negative",
                   "told before their clock started: a time is wrong; the first is", notes);
    add_place_note(audit, &tally->unstarted, "no-start", "without a start of their clock; the first is", notes);
    if (tally->outbox > 0)
        dn_notes_attention(notes, "outbox",
                           "%zu tenants count as told by rows of an outbox: nothing was sent by this program",
                           tally->outbox);
    add_differs_note(tally, audit, notes);
    if (tally->promised > 0)
        dn_notes_attention(notes, "update-overdue",
                           "%zu tenant%s promised an update for a time that is over, and got none", tally->promised,
                           tally->promised == 1 ? " was" : "s were");
    if (tally->slow > 0)
        dn_notes_say(notes, "slow", "%zu met, but told later than --undue after it was known whom to tell",
                     tally->slow);
    if (tally->future > 0)
        dn_notes_say(notes, "future", "%zu tenants were told after now, as the rows have it", tally->future);
    if (audit->affected == NULL)
        dn_notes_say(notes, "coverage-not-checked",
                     "whether everybody affected is in here was not checked; give --affected");
}

void dn_audit_tally_clear(struct dn_audit_tally *tally)
{
    dn_buf_clear(&tally->negative.tenant);
    dn_buf_clear(&tally->unstarted.tenant);
    dn_buf_clear(&tally->differs.tenant);
    *tally = (struct dn_audit_tally){0};
}
