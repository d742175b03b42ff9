#include "notice/plan_counts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void dn_plan_counts_reason(struct dn_plan_counts *counts, const char *reason, size_t times)
{
    size_t i = 0;
    while (i < counts->reasons.count && strcmp(counts->reasons.at[i], reason) != 0)
        i++;
    if (i == counts->reasons.count) {
        counts->reason_counts = dn_grow(counts->reason_counts, i, &counts->reason_room, sizeof *counts->reason_counts);
        counts->reason_counts[i] = 0;
        dn_strings_add(&counts->reasons, dn_text_of(reason));
    }
    counts->reason_counts[i] += times;
}

void dn_plan_counts_add(const struct dn_plan_counts *from, struct dn_plan_counts *into)
{
    into->unsettled += from->unsettled;
    into->unreachable += from->unreachable;
    into->exempt += from->exempt;
    into->skipped += from->skipped;
    into->other_language += from->other_language;
    into->distrusted += from->distrusted;
    into->distrusted_without_phone += from->distrusted_without_phone;
    into->held_rows += from->held_rows;
    into->held_tenants += from->held_tenants;
    for (size_t i = 0; i < from->reasons.count; i++)
        dn_plan_counts_reason(into, from->reasons.at[i], from->reason_counts[i]);
}

/* "isolation 1, unclassified 2" */
static void add_reasons(const struct dn_plan_counts *counts, struct dn_buf *text)
{
    const char *last = "";
    for (size_t i = 0; i < counts->reasons.count; i++) {
        size_t next = SIZE_MAX;
        for (size_t k = 0; k < counts->reasons.count; k++)
            if (strcmp(counts->reasons.at[k], last) > 0 &&
                (next == SIZE_MAX || strcmp(counts->reasons.at[k], counts->reasons.at[next]) < 0))
                next = k;
        last = counts->reasons.at[next];
        dn_buf_addf(text, "%s%s %zu", i ? ", " : "", last, counts->reason_counts[next]);
    }
}

/* For a person. */
static void note_trouble(const struct dn_plan_counts *c, struct dn_notes *notes)
{
    struct dn_buf reasons = {0};
    add_reasons(c, &reasons);
    if (c->unsettled)
        dn_notes_attention(notes, "unsettled",
                           "%zu rows without a tenant: find out whose they are, or remove them with --subset",
                           c->unsettled);
    if (c->held_tenants)
        dn_notes_attention(notes, "held", "%zu tenants (%zu notices) are held: %s", c->held_tenants, c->held_rows,
                           reasons.at);
    if (c->unreachable)
        dn_notes_attention(notes, "unreachable", "%zu tenants cannot be reached by any channel: find a way",
                           c->unreachable);
    if (c->distrusted_without_phone)
        dn_notes_attention(notes, "no-phone",
                           "%zu tenants have contacts in the intruder's hands and no telephone number: find one",
                           c->distrusted_without_phone);
    dn_buf_clear(&reasons);
}

void dn_plan_counts_note(const struct dn_plan_counts *c, struct dn_notes *notes)
{
    note_trouble(c, notes);
    if (c->distrusted)
        dn_notes_say(notes, "distrusted", "%zu tenants have contacts in the intruder's hands: call them first",
                     c->distrusted);
    if (c->exempt)
        dn_notes_say(notes, "exempt", "%zu tenants are not told: the record exempts them", c->exempt);
    if (c->skipped)
        dn_notes_say(notes, "skipped", "%zu channels without a usable contact", c->skipped);
    if (c->other_language)
        dn_notes_say(notes, "language", "%zu tenants are told in English: no templates in theirs", c->other_language);
}

void dn_plan_counts_clear(struct dn_plan_counts *counts)
{
    dn_strings_clear(&counts->reasons);
    free(counts->reason_counts);
    *counts = (struct dn_plan_counts){0};
}
