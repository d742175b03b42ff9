/* What a run has to tell a person. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tenant/contact.h"
#include "tenant/matching.h"

#define FEW 10 /* addresses named one by one */

/* "3 no-match, 1 consumer" of the reasons from..to. */
static size_t reasons_text(const struct dn_matching *matching, enum dn_match_reason from, enum dn_match_reason to,
                           struct dn_buf *text)
{
    size_t all = 0;
    for (int reason = (int)from; reason <= (int)to; reason++) {
        size_t count = reason == DN_REASON_UNRESOLVED ? 0 : dn_matching_tally(matching, (enum dn_match_reason)reason);
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
    for (size_t i = 0; i < matching->count; i++)
        if (matching->rows[i].reason == DN_REASON_UNRESOLVED)
            rows += matching->rows[i].impact.rows > 0 ? matching->rows[i].impact.rows : 1;
    if (rows)
        dn_notes_attention(notes, "unresolved",
                           "%" PRId64 " rejected rows of evidence could concern anybody; see impact-resolve --rejects",
                           rows);
}

static void tell_empty_resources(const struct dn_matching *matching, struct dn_notes *notes)
{
    size_t count = 0;
    for (size_t i = 0; i < matching->count; i++)
        count += matching->rows[i].reason == DN_MATCHED && matching->rows[i].impact.resource.size == 0;
    if (count)
        dn_notes_attention(notes, "empty-resource", "%zu impact rows name their tenant but no resource", count);
}

static size_t count_change(const struct dn_affected_list *list, enum dn_change change)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->at[i].tenant_id[0] && list->at[i].change == change;
    return count;
}

static void tell_changes(const struct dn_affected_list *list, bool previous, struct dn_notes *notes)
{
    size_t added = count_change(list, DN_CHANGE_ADDED), kept = count_change(list, DN_CHANGE_KEPT),
           removed = count_change(list, DN_CHANGE_REMOVED);
    if (list->count == 0)
        dn_notes_attention(notes, "nobody", "no tenant is affected");
    if (removed)
        dn_notes_attention(notes, "removed", "%zu tenants of the previous list are matched no more", removed);
    if (previous)
        dn_notes_say(notes, "change", "%zu added, %zu kept, %zu removed", added, kept, removed);
}

/* "2 no-phone, 1 stale-contacts" over the rows that are made here. */
static void tell_gaps(const struct dn_affected_list *list, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    for (size_t g = 0; dn_gap_words[g]; g++) {
        size_t count = 0;
        for (size_t i = 0; i < list->count; i++)
            count += list->at[i].change != DN_CHANGE_REMOVED && dn_list_has(list->at[i].contact_gaps, dn_gap_words[g]);
        if (count)
            dn_buf_addf(&text, "%s%zu %s", text.size ? ", " : "", count, dn_gap_words[g]);
    }
    if (text.size)
        dn_notes_say(notes, "gaps", "in the contacts of affected tenants: %s", text.at);
    dn_buf_clear(&text);
}

/* The tenants that are matched: a byte for each number of the directory. */
static unsigned char *matched_tenants(const struct dn_matching *matching)
{
    unsigned char *matched = dn_alloc(matching->matcher.directory->count, 1);
    for (size_t i = 0; i < matching->count; i++)
        if (matching->rows[i].tenant != SIZE_MAX)
            matched[matching->rows[i].tenant] = 1;
    return matched;
}

static void tell_invalid(const struct dn_matching *matching, const unsigned char *matched,
                         const struct dn_matching_when *when, struct dn_notes *notes)
{
    const struct dn_directory *directory = matching->matcher.directory;
    size_t count = 0;
    for (size_t t = 0; t < directory->count; t++) {
        struct dn_contacts contacts = {0};
        if (!matched[t])
            continue;
        dn_contacts_of(&directory->at[t], when->now, when->stale_s, &contacts);
        struct dn_text id = dn_tenant_cell(&directory->at[t], DN_TENANT_ID);
        for (size_t i = 0; i < contacts.invalid.count; i++)
            if (count++ < FEW)
                dn_notes_say(notes, "invalid-address",
                             "%s:%" PRId64 ": tenant '%.*s': %s is no address and is left out", directory->name,
                             directory->at[t].line, (int)id.size, id.at, contacts.invalid.at[i]);
        dn_contacts_clear(&contacts);
    }
    if (count > FEW)
        dn_notes_say(notes, "invalid-address", "%zu more; tenant-match --lint lists all", count - FEW);
}

/* The contact columns of a tenant that whoever exported the directory could not see, added. */
static bool add_unseen(const struct dn_tenant *tenant, struct dn_strings *columns)
{
    static const enum dn_tenant_column contacts[] = {DN_TENANT_ADMIN_EMAILS, DN_TENANT_PRIVACY_EMAIL,
                                                     DN_TENANT_ADMIN_PHONES};
    struct dn_text rest = dn_tenant_cell(tenant, DN_TENANT_NOT_PERMITTED), column;
    bool any = false;
    while (dn_text_next(&rest, ';', &column))
        for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
            if (dn_text_is(column, dn_tenant_columns[contacts[i]])) {
                dn_strings_add_once(columns, column);
                any = true;
            }
    return any;
}

static void tell_not_permitted(const struct dn_matching *matching, const unsigned char *matched, struct dn_notes *notes)
{
    const struct dn_directory *directory = matching->matcher.directory;
    struct dn_strings columns = {0};
    struct dn_buf names = {0};
    size_t count = 0;
    for (size_t t = 0; t < directory->count; t++)
        count += matched[t] && add_unseen(&directory->at[t], &columns);
    dn_strings_sort(&columns);
    dn_strings_join(&columns, ';', &names);
    if (count)
        dn_notes_attention(notes, "not-permitted",
                           "of %zu affected tenants the export could not see %s: not seen is not the same as none; "
                           "export again with more rights",
                           count, names.at);
    dn_strings_clear(&columns);
    dn_buf_clear(&names);
}

/* Words and times of affected tenants that could not be read. */
static void tell_faults(const struct dn_matching *matching, const unsigned char *matched, struct dn_notes *notes)
{
    const struct dn_directory *directory = matching->matcher.directory;
    struct dn_buf first = {0};
    size_t count = 0;
    for (size_t i = 0; i < directory->fault_count; i++) {
        const struct dn_directory_fault *fault = &directory->faults[i];
        bool counts = strcmp(fault->finding, "invalid-word") == 0 || strcmp(fault->finding, "invalid-time") == 0 ||
                      strcmp(fault->finding, "invalid-number") == 0;
        if (counts && matched[fault->tenant] && count++ == 0)
            dn_directory_fault_text(directory, fault, &first);
    }
    if (count)
        dn_notes_attention(notes, "directory", "%zu cells of affected tenants cannot be read, the first: %s", count,
                           first.at);
    dn_buf_clear(&first);
}

void dn_matching_notes(const struct dn_matching *matching, const struct dn_matching_when *when,
                       const struct dn_affected_list *list, const char *where, struct dn_notes *notes)
{
    unsigned char *matched = matched_tenants(matching);
    tell_reasons(matching, "unmatched", DN_REASON_NO_MATCH, DN_REASON_CONSUMER, where, notes);
    tell_reasons(matching, "ambiguous", DN_REASON_AMBIGUOUS_KEY, DN_REASON_AMBIGUOUS_OWNERSHIP, where, notes);
    tell_unresolved(matching, notes);
    tell_empty_resources(matching, notes);
    if (matching->disagreed)
        dn_notes_say(notes, "lower-rank", "for %zu resources a lower rank names another tenant; -v lists them",
                     matching->disagreed);
    tell_changes(list, when->previous != NULL, notes);
    tell_gaps(list, notes);
    tell_invalid(matching, matched, when, notes);
    tell_not_permitted(matching, matched, notes);
    tell_faults(matching, matched, notes);
    free(matched);
}

void dn_matching_account(const struct dn_matching *matching, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    size_t other = reasons_text(matching, DN_REASON_NO_MATCH, DN_REASON_AMBIGUOUS_OWNERSHIP, &text);
    size_t matched = dn_matching_tally(matching, DN_MATCHED),
           unresolved = dn_matching_tally(matching, DN_REASON_UNRESOLVED);
    dn_notes_say(notes, NULL, "%zu impact rows = %zu matched + %zu not matched%s%s%s + %zu unresolved", matching->count,
                 matched, other, text.size ? " (" : "", text.size ? text.at : "", text.size ? ")" : "", unresolved);
    dn_buf_clear(&text);
}
