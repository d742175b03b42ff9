#include "ledger/record.h"

/* "2 reached, 1 bounced" */
static void add_states(const struct dn_record_counts *counts, struct dn_buf *text, size_t *rows)
{
    for (size_t state = 0; state <= DN_STATE_HELD; state++) {
        if (!counts->states[state])
            continue;
        dn_buf_addf(text, "%s%zu %s", text->size ? ", " : "", counts->states[state], dn_state_words[state]);
        *rows += counts->states[state];
    }
}

static void note_recorded(const struct dn_record_counts *counts, const struct dn_records *records,
                          struct dn_notes *notes)
{
    struct dn_buf states = {0};
    size_t rows = 0;
    add_states(counts, &states, &rows);
    dn_notes_say(notes, "recorded", "%zu %s%s%s%s; %zu known already", rows, rows == 1 ? "outcome" : "outcomes",
                 rows ? " (" : "", rows ? states.at : "", rows ? ")" : "", counts->already);
    if (counts->accepted || counts->resent)
        dn_notes_say(notes, "resolved", "%zu unknown decided as accepted, %zu to be sent again", counts->accepted,
                     counts->resent);
    if (counts->standing)
        dn_notes_say(notes, "resolved", "%zu %s as decided already: nothing is written", counts->standing,
                     counts->standing == 1 ? "key stands" : "keys stand");
    if (records->empty)
        dn_notes_say(notes, "empty", "%zu %s of a call sheet not filled in", records->empty,
                     records->empty == 1 ? "row" : "rows");
    if (counts->clock)
        dn_notes_say(notes, "clock", "%zu reports bear a time that cannot be; the time of recording stands for it",
                     counts->clock);
    dn_buf_clear(&states);
}

static void note_left(const struct dn_record_counts *counts, const struct dn_records *records, struct dn_notes *notes)
{
    size_t bounced = counts->undelivered, missed = counts->missed;
    if (bounced)
        dn_notes_attention(notes, "undelivered", "%zu %s back", bounced, bounced == 1 ? "notice came" : "notices came");
    if (missed)
        dn_notes_attention(notes, "not-reached", "%zu %s nobody who counts: call again", missed,
                           missed == 1 ? "call reached" : "calls reached");
    if (counts->delayed)
        dn_notes_attention(notes, "delayed", "%zu reports say that a relay still tries: nothing is recorded",
                           counts->delayed);
    if (counts->stale)
        dn_notes_attention(notes, "stale", "%zu reports are older than the last attempt: not recorded", counts->stale);
    if (counts->backward)
        dn_notes_attention(notes, "backward", "%zu %s recorded, since states move forward; the first: %s",
                           counts->backward, counts->backward == 1 ? "outcome is not" : "outcomes are not",
                           counts->first_backward);
    if (records->untied)
        dn_notes_attention(notes, "untied", "%zu reports without a key: a person must find whose they are",
                           records->untied);
}

void dn_record_note(const struct dn_record_counts *counts, const struct dn_records *records, struct dn_notes *notes)
{
    note_recorded(counts, records, notes);
    note_left(counts, records, notes);
}
