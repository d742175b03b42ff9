#include "tenant/matching_doubts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_invalid(struct dn_matching_doubts *doubts, const struct dn_directory *directory, size_t number,
                        int64_t line, struct dn_text id, const struct dn_strings *invalid)
{
    doubts->invalid += invalid->count;
    for (size_t i = 0; i < invalid->count && doubts->few_count < DN_DOUBTS_FEW; i++) {
        struct dn_buf words = {0};
        dn_buf_addf(&words, "%s:%" PRId64 ": tenant '%.*s': %s is no address and is left out", directory->name, line,
                    (int)id.size, id.at, invalid->at[i]);
        doubts->few[doubts->few_count++] = (struct dn_matching_doubt){number, dn_buf_take(&words)};
    }
}

/* The contact columns that whoever exported the directory could not see. */
static void add_unseen(struct dn_matching_doubts *doubts, struct dn_text columns)
{
    static const enum dn_tenant_column contacts[] = {DN_TENANT_ADMIN_EMAILS, DN_TENANT_PRIVACY_EMAIL,
                                                     DN_TENANT_ADMIN_PHONES};
    struct dn_text column;
    bool any = false;
    while (dn_text_next(&columns, ';', &column))
        for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
            if (dn_text_is(column, dn_tenant_columns[contacts[i]])) {
                dn_strings_add_once(&doubts->unseen_columns, column);
                any = true;
            }
    doubts->unseen += any;
}

static void add_unreadable(struct dn_matching_doubts *doubts, const struct dn_directory *directory, size_t number,
                           int64_t line, const struct dn_text *cells)
{
    struct dn_directory_fault faults[DN_TENANT_CELL_FAULTS];
    size_t count = dn_tenant_cell_faults(cells, faults);
    if (count && doubts->unreadable == 0) {
        struct dn_buf words = {0};
        faults[0].line = line;
        dn_directory_fault_text(directory, &faults[0], &words);
        doubts->first = (struct dn_matching_doubt){number, dn_buf_take(&words)};
    }
    doubts->unreadable += count;
}

void dn_matching_doubt(struct dn_matching_doubts *doubts, const struct dn_directory *directory, size_t number,
                       int64_t line, const struct dn_text cells[DN_TENANT_COLUMNS], const struct dn_contacts *contacts)
{
    if (contacts->invalid.count)
        add_invalid(doubts, directory, number, line, cells[DN_TENANT_ID], &contacts->invalid);
    if (cells[DN_TENANT_NOT_PERMITTED].size)
        add_unseen(doubts, cells[DN_TENANT_NOT_PERMITTED]);
    add_unreadable(doubts, directory, number, line, cells);
}

static int compare(const void *a, const void *b)
{
    const struct dn_matching_doubt *x = a, *y = b;
    return (x->tenant > y->tenant) - (x->tenant < y->tenant);
}

/* The first few of both. A tenant's stand together in one of them, in their order. */
static void join_few(struct dn_matching_doubts *doubts, struct dn_matching_doubts *more)
{
    struct dn_matching_doubt all[2 * DN_DOUBTS_FEW];
    size_t count = 0, a = 0, b = 0;
    while (a < doubts->few_count || b < more->few_count) {
        bool left = b == more->few_count || (a < doubts->few_count && compare(&doubts->few[a], &more->few[b]) < 0);
        all[count++] = left ? doubts->few[a++] : more->few[b++];
    }
    doubts->few_count = count < DN_DOUBTS_FEW ? count : DN_DOUBTS_FEW;
    more->few_count = 0;
    memcpy(doubts->few, all, doubts->few_count * sizeof *all);
    for (size_t i = doubts->few_count; i < count; i++)
        free(all[i].words);
}

void dn_matching_doubts_join(struct dn_matching_doubts *doubts, struct dn_matching_doubts *more)
{
    join_few(doubts, more);
    for (size_t i = 0; i < more->unseen_columns.count; i++)
        dn_strings_add_once(&doubts->unseen_columns, dn_text_of(more->unseen_columns.at[i]));
    if (more->first.words && (doubts->first.words == NULL || compare(&more->first, &doubts->first) < 0)) {
        struct dn_matching_doubt later = doubts->first;
        doubts->first = more->first;
        more->first = later;
    }
    doubts->invalid += more->invalid;
    doubts->unseen += more->unseen;
    doubts->unreadable += more->unreadable;
    dn_matching_doubts_clear(more);
}

static void tell_unseen(const struct dn_matching_doubts *doubts, struct dn_notes *notes)
{
    struct dn_strings columns = {0};
    struct dn_buf names = {0};
    for (size_t i = 0; i < doubts->unseen_columns.count; i++)
        dn_strings_add(&columns, dn_text_of(doubts->unseen_columns.at[i]));
    dn_strings_sort(&columns);
    dn_strings_join(&columns, ';', &names);
    dn_notes_attention(notes, "not-permitted",
                       "of %zu affected tenants the export could not see %s: not seen is not the same as none; "
                       "export again with more rights",
                       doubts->unseen, names.at);
    dn_strings_clear(&columns);
    dn_buf_clear(&names);
}

void dn_matching_doubts_notes(const struct dn_matching_doubts *doubts, struct dn_notes *notes)
{
    for (size_t i = 0; i < doubts->few_count; i++)
        dn_notes_say(notes, "invalid-address", "%s", doubts->few[i].words);
    if (doubts->invalid > DN_DOUBTS_FEW)
        dn_notes_say(notes, "invalid-address", "%zu more; tenant-match --lint lists all",
                     doubts->invalid - DN_DOUBTS_FEW);
    if (doubts->unseen)
        tell_unseen(doubts, notes);
    if (doubts->unreadable)
        dn_notes_attention(notes, "directory", "%zu cells of affected tenants cannot be read, the first: %s",
                           doubts->unreadable, doubts->first.words);
}

void dn_matching_doubts_clear(struct dn_matching_doubts *doubts)
{
    for (size_t i = 0; i < doubts->few_count; i++)
        free(doubts->few[i].words);
    dn_strings_clear(&doubts->unseen_columns);
    free(doubts->first.words);
    *doubts = (struct dn_matching_doubts){0};
}
