/* What a run has to tell a person. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tenant/contact.h"
#include "tenant/matching_doubts.h"
#include "tenant/matching_group.h"

/* "3 no-match, 1 consumer" of the reasons from..to. */
static size_t reasons_text(const struct dn_matching *matching, enum dn_match_reason from, enum dn_match_reason to,
                           struct dn_buf *text)
{
    size_t all = 0;
    for (int reason = (int)from; reason <= (int)to; reason++) {
        size_t count = reason == DN_REASON_UNRESOLVED ? 0 : matching->reasons[reason];
        if (count)
            dn_buf_addf(text, "%s%zu %s", text->size ? ", " : "", count, dn_reason_words[reason]);
        all += count;
    }
    return all;
}

static void tell_reasons(const struct dn_matching *matching, const char *word, enum dn_match_reason from,
                         enum dn_match_reason to, const char *where, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    size_t count = reasons_text(matching, from, to, &text);
    if (count)
        dn_notes_attention(notes, word, "%zu resources %s: %s; %s%s", count,
                           from == DN_REASON_NO_MATCH ? "have no tenant" : "cannot be given to one tenant alone",
                           text.at, where ? "they are in " : "list them with --unmatched FILE", where ? where : "");
    dn_buf_clear(&text);
}

static void tell_unresolved(const struct dn_matching *matching, struct dn_notes *notes)
{
    int64_t rows = 0;
    for (size_t i = 0; i < matching->names->incidents.count; i++)
        rows += matching->unsettled[i].unresolved;
    if (rows)
        dn_notes_attention(notes, "unresolved",
                           "%" PRId64 " rejected rows of evidence could concern anybody; see impact-resolve --rejects",
                           rows);
}

static void tell_changes(const struct dn_matching_summary *summary, bool previous, struct dn_notes *notes)
{
    const size_t *changes = summary->changes;
    if (summary->count == 0)
        dn_notes_attention(notes, "nobody", "no tenant is affected");
    if (changes[DN_CHANGE_REMOVED])
        dn_notes_attention(notes, "removed", "%zu tenants of the previous list are matched no more",
                           changes[DN_CHANGE_REMOVED]);
    if (previous)
        dn_notes_say(notes, "change", "%zu added, %zu kept, %zu removed", changes[DN_CHANGE_ADDED],
                     changes[DN_CHANGE_KEPT], changes[DN_CHANGE_REMOVED]);
}

/* "2 no-phone, 1 stale-contacts" over the rows that are made here. */
static void tell_gaps(const struct dn_matching_summary *summary, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    for (size_t g = 0; dn_gap_words[g]; g++)
        if (summary->gaps[g])
            dn_buf_addf(&text, "%s%zu %s", text.size ? ", " : "", summary->gaps[g], dn_gap_words[g]);
    if (text.size)
        dn_notes_say(notes, "gaps", "in the contacts of affected tenants: %s", text.at);
    dn_buf_clear(&text);
}

void dn_matching_notes(const struct dn_matching *matching, const struct dn_matching_when *when,
                       const struct dn_matching_summary *summary, const char *where, struct dn_notes *notes)
{
    tell_reasons(matching, "unmatched", DN_REASON_NO_MATCH, DN_REASON_CONSUMER, where, notes);
    tell_reasons(matching, "ambiguous", DN_REASON_AMBIGUOUS_KEY, DN_REASON_AMBIGUOUS_OWNERSHIP, where, notes);
    tell_unresolved(matching, notes);
    if (matching->without_resource)
        dn_notes_attention(notes, "empty-resource", "%zu impact rows name their tenant but no resource",
                           matching->without_resource);
    if (matching->disagreed)
        dn_notes_say(notes, "lower-rank", "for %zu resources a lower rank names another tenant; -v lists them",
                     matching->disagreed);
    tell_changes(summary, when->previous != NULL, notes);
    tell_gaps(summary, notes);
    dn_matching_doubts_notes(matching->doubts, notes);
}

void dn_matching_account(const struct dn_matching *matching, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    size_t other = reasons_text(matching, DN_REASON_NO_MATCH, DN_REASON_AMBIGUOUS_OWNERSHIP, &text);
    size_t matched = matching->reasons[DN_MATCHED], unresolved = matching->reasons[DN_REASON_UNRESOLVED];
    dn_notes_say(notes, NULL, "%zu impact rows = %zu matched + %zu not matched%s%s%s + %zu unresolved", matching->count,
                 matched, other, text.size ? " (" : "", text.size ? text.at : "", text.size ? ")" : "", unresolved);
    dn_buf_clear(&text);
}
