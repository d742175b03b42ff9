/* The affected stream of a run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/csv_write.h"
#include "tenant/cell.h"
#include "tenant/contact.h"
#include "tenant/matching_group.h"

/* What is going on while the stream is written. */
struct writer {
    const struct dn_matching *matching;
    const struct dn_matching_when *when;
    struct dn_matching_summary *summary;
    struct dn_output *output;
    struct dn_table before;  /* of when->previous, entries have its numbers */
    unsigned char *still;    /* of those: matched again */
    struct dn_affected *now; /* of each group in order: change and identified_at alone */
    size_t total, written;   /* rows */
    struct dn_contacts contacts;
    struct dn_buf lists, line, key; /* scratch */
    struct dn_strings words;
};

static void affected_key(struct dn_text incident_id, struct dn_text tenant_id, struct dn_buf *key)
{
    dn_buf_reset(key);
    dn_buf_addt(key, incident_id);
    dn_buf_addc(key, '\0');
    dn_tenant_key(tenant_id, key);
}

static struct dn_text incident_id_of(const struct writer *writer, const struct dn_matching_group *group)
{
    return dn_table_key(&writer->matching->incidents, group->incident);
}

/* What an earlier row says of a tenant: that it was affected already, and since when that is known. */
static void compare_with(const struct dn_affected *before, struct dn_affected *now)
{
    if (before->change == DN_CHANGE_REMOVED)
        return;
    now->change = DN_CHANGE_KEPT;
    if (dn_instant_is(before->identified_at))
        now->identified_at = before->identified_at;
}

/* Holds the groups against the previous list; counts the rows that there will be. */
static void compare_previous(struct writer *writer)
{
    const struct dn_matching *matching = writer->matching;
    const struct dn_affected_list *previous = writer->when->previous;
    writer->total = matching->group_count;
    if (previous == NULL)
        return;
    writer->still = dn_alloc(previous->count, 1);
    writer->now = dn_alloc(matching->group_count, sizeof *writer->now);
    for (size_t i = 0; i < previous->count; i++) {
        affected_key(dn_text_of(previous->at[i].incident_id), dn_text_of(previous->at[i].tenant_id), &writer->key);
        dn_table_add(&writer->before, dn_buf_text(&writer->key), NULL);
        writer->still[i] = previous->at[i].tenant_id[0] == '\0';
    }
    for (size_t i = 0; i < matching->group_count; i++) {
        const struct dn_matching_group *group = &matching->groups[matching->order[i]];
        writer->now[i] = (struct dn_affected){.change = DN_CHANGE_ADDED, .identified_at = writer->when->now};
        affected_key(incident_id_of(writer, group), dn_matching_tenant_id(matching, group), &writer->key);
        size_t found = dn_table_find(&writer->before, dn_buf_text(&writer->key));
        if (found == SIZE_MAX)
            continue;
        compare_with(&previous->at[found], &writer->now[i]);
        writer->still[found] = 1;
    }
    for (size_t i = 0; i < previous->count; i++)
        writer->total += !writer->still[i];
}

static void put(struct writer *writer, const struct dn_text *cells)
{
    char part[48];
    for (size_t i = 0; i < DN_AFFECTED_COLUMNS; i++)
        dn_csv_add_field(&writer->line, i == 0, cells[i]);
    int size = snprintf(part, sizeof part, ",%zu/%zu\n", ++writer->written, writer->total);
    dn_buf_add(&writer->line, part, (size_t)size);
    if (writer->line.size < (size_t)64 << 10)
        return;
    dn_output_write(writer->output, dn_buf_text(&writer->line));
    dn_buf_reset(&writer->line);
}

static void put_removed(struct writer *writer, struct dn_affected *before)
{
    struct dn_text cells[DN_AFFECTED_COLUMNS];
    before->change = DN_CHANGE_REMOVED;
    dn_buf_reset(&writer->lists);
    dn_affected_cells(before, &writer->lists, cells);
    put(writer, cells);
    writer->summary->count++;
    writer->summary->changes[DN_CHANGE_REMOVED]++;
}

static int compare_group(struct writer *writer, const struct dn_matching_group *group, const struct dn_affected *row)
{
    int order = dn_text_compare(dn_text_of(row->incident_id), incident_id_of(writer, group));
    return order ? order : dn_text_compare(dn_text_of(row->tenant_id), dn_matching_tenant_id(writer->matching, group));
}

/* Writes the removed ones that come before this group (NULL: all that are left). */
static void put_removed_before(struct writer *writer, const struct dn_matching_group *group, size_t *next)
{
    struct dn_affected_list *previous = writer->when->previous;
    for (; previous && *next < previous->count; (*next)++) {
        if (writer->still[*next])
            continue;
        if (group && compare_group(writer, group, &previous->at[*next]) > 0)
            return;
        put_removed(writer, &previous->at[*next]);
    }
}

/* Where a cell lies in `lists`, which may move while it grows. */
struct piece {
    size_t from, to;
};

static struct dn_text piece_text(const struct writer *writer, struct piece piece)
{
    if (piece.from == piece.to)
        return DN_TEXT("");
    return (struct dn_text){writer->lists.at + piece.from, piece.to - piece.from};
}

static struct piece put_words(struct writer *writer)
{
    struct piece piece = {writer->lists.size, 0};
    dn_strings_sort(&writer->words);
    dn_strings_join(&writer->words, ';', &writer->lists);
    dn_strings_clear(&writer->words);
    piece.to = writer->lists.size;
    return piece;
}

static struct piece put_effects(struct writer *writer, const struct dn_matching_group *group)
{
    for (size_t i = 0; dn_effect_words[i]; i++)
        if (group->effects >> i & 1)
            dn_strings_add(&writer->words, dn_text_of(dn_effect_words[i]));
    return put_words(writer);
}

static struct piece put_services(struct writer *writer, const struct dn_matching_group *group)
{
    const struct dn_matching *matching = writer->matching;
    for (uint32_t node = group->services; node != DN_NO_NODE; node = matching->nodes[node].before)
        dn_strings_add(&writer->words, dn_table_key(&matching->services, matching->nodes[node].service));
    return put_words(writer);
}

static struct piece put_unsettled(struct writer *writer, size_t incident)
{
    const struct dn_unsettled *counts = &writer->matching->unsettled[incident];
    const struct {
        const char *word;
        int64_t count;
    } classes[] = {
        {"unmatched", counts->unmatched}, {"ambiguous", counts->ambiguous}, {"unresolved", counts->unresolved}};
    struct piece piece = {writer->lists.size, 0};
    for (size_t i = 0; i < 3; i++)
        if (classes[i].count)
            dn_buf_addf(&writer->lists, "%s%s=%" PRId64, writer->lists.size > piece.from ? ";" : "", classes[i].word,
                        classes[i].count);
    piece.to = writer->lists.size;
    return piece;
}

static struct piece put_list(struct writer *writer, const struct dn_strings *list)
{
    struct piece piece = {writer->lists.size, 0};
    dn_strings_join(list, ';', &writer->lists);
    piece.to = writer->lists.size;
    return piece;
}

/* Is one of these addresses a mailbox that the intruder was in? */
static bool compromised(struct writer *writer, size_t incident, const struct dn_strings *emails)
{
    const struct dn_seen *mailboxes = &writer->matching->mailboxes;
    for (size_t i = 0; i < emails->count && mailboxes->count; i++)
        if (dn_seen_has(mailboxes, dn_matching_mailbox(dn_text_of(emails->at[i]), incident, &writer->key)))
            return true;
    return false;
}

/* The contact columns of a tenant that whoever exported the directory could not see. */
static bool has_unseen(const struct dn_tenant *tenant)
{
    struct dn_text rest = dn_tenant_cell(tenant, DN_TENANT_NOT_PERMITTED), column;
    while (dn_text_next(&rest, ';', &column))
        if (dn_text_is(column, dn_tenant_columns[DN_TENANT_ADMIN_EMAILS]) ||
            dn_text_is(column, dn_tenant_columns[DN_TENANT_PRIVACY_EMAIL]) ||
            dn_text_is(column, dn_tenant_columns[DN_TENANT_ADMIN_PHONES]))
            return true;
    return false;
}

/* The last columns: pieces of how the tenant is reached. */
struct reached {
    const char *message_center;
    struct piece admins, privacy, phones, gaps;
};

static struct reached put_contacts(struct writer *writer, const struct dn_matching_group *group)
{
    const struct dn_tenant *tenant = &writer->matching->matcher.directory->at[group->tenant];
    struct dn_contacts *contacts = &writer->contacts;
    dn_contacts_of(tenant, writer->when->now, writer->when->stale_s, contacts);
    if (compromised(writer, group->incident, &contacts->admin_emails) ||
        compromised(writer, group->incident, &contacts->privacy_emails))
        contacts->gaps |= 1U << DN_GAP_CONTACT_COMPROMISED;
    for (size_t gap = 0; dn_gap_words[gap]; gap++)
        writer->summary->gaps[gap] += contacts->gaps >> gap & 1;
    writer->summary->of_tenants[group->tenant] |=
        (unsigned char)(DN_TENANT_MATCHED | (contacts->invalid.count ? DN_TENANT_INVALID : 0) |
                        (has_unseen(tenant) ? DN_TENANT_UNSEEN : 0));
    struct reached reached = {contacts->message_center,
                              put_list(writer, &contacts->admin_emails),
                              put_list(writer, &contacts->privacy_emails),
                              put_list(writer, &contacts->phones),
                              {writer->lists.size, 0}};
    dn_gaps_add_to(&writer->lists, contacts->gaps);
    reached.gaps.to = writer->lists.size;
    dn_contacts_clear(contacts);
    return reached;
}

/* What the directory says of the tenant, as it stands there. */
static void tenant_cells(const struct writer *writer, const struct dn_matching_group *group,
                         struct dn_affected_cells *cells)
{
    const struct dn_tenant *tenant = &writer->matching->matcher.directory->at[group->tenant];
    cells->tenant_id = dn_tenant_cell(tenant, DN_TENANT_ID);
    cells->name = dn_tenant_cell(tenant, DN_TENANT_NAME);
    cells->country = dn_tenant_cell(tenant, DN_TENANT_COUNTRY);
    cells->language = dn_tenant_cell(tenant, DN_TENANT_LANGUAGE);
    cells->time_zone = dn_tenant_cell(tenant, DN_TENANT_TIME_ZONE);
    cells->regimes = dn_tenant_cell(tenant, DN_TENANT_REGIMES);
}

static void put_group(struct writer *writer, const struct dn_matching_group *group, const struct dn_affected *now)
{
    struct reached reached = {.message_center = ""};
    struct dn_affected_cells cells = {.incident_id = incident_id_of(writer, group)};
    struct dn_affected row = {.change = now ? now->change : DN_CHANGE_ADDED,
                              .certainty = (enum dn_certainty)group->certainty,
                              .resources = group->resources,
                              .rows = group->rows,
                              .events = group->events,
                              .data_subjects = group->data_subjects,
                              .first_seen = group->first_seen,
                              .last_seen = group->last_seen,
                              .identified_at = now ? now->identified_at : writer->when->now};
    dn_buf_reset(&writer->lists);
    struct piece matched_by, effects = put_effects(writer, group), services = put_services(writer, group);
    if (group->tenant == DN_NO_TENANT) {
        matched_by = put_unsettled(writer, group->incident);
    } else {
        tenant_cells(writer, group, &cells);
        matched_by.from = writer->lists.size;
        dn_kinds_add_to(&writer->lists, group->kinds);
        matched_by.to = writer->lists.size;
        reached = put_contacts(writer, group);
        writer->summary->changes[row.change]++;
    }
    cells.effects = piece_text(writer, effects);
    cells.services = piece_text(writer, services);
    cells.matched_by = piece_text(writer, matched_by);
    cells.message_center = dn_text_of(reached.message_center);
    cells.admin_emails = piece_text(writer, reached.admins);
    cells.privacy_email = piece_text(writer, reached.privacy);
    cells.admin_phones = piece_text(writer, reached.phones);
    cells.contact_gaps = piece_text(writer, reached.gaps);
    struct dn_text all[DN_AFFECTED_COLUMNS];
    dn_buf_reset(&writer->key);
    dn_affected_render(&row, &cells, &writer->key, all);
    put(writer, all);
    writer->summary->count++;
}

/* Fetches what the groups a little further on will need. */
static void look_ahead(const struct dn_matching *matching, size_t i)
{
    const struct dn_tenant *tenants = matching->matcher.directory->at;
    if (i + 24 < matching->group_count) {
        const struct dn_matching_group *group = &matching->groups[matching->order[i + 24]];
        dn_prefetch(group);
        dn_prefetch((const char *)group + 64);
    }
    if (i + 16 < matching->group_count && matching->groups[matching->order[i + 16]].tenant != DN_NO_TENANT)
        dn_prefetch(&tenants[matching->groups[matching->order[i + 16]].tenant]);
    if (i + 8 < matching->group_count && matching->groups[matching->order[i + 8]].tenant != DN_NO_TENANT) {
        const unsigned char *at = tenants[matching->groups[matching->order[i + 8]].tenant].at;
        for (size_t line = 0; line < 4; line++)
            dn_prefetch(at + line * 64);
    }
}

static void put_header(struct writer *writer)
{
    for (size_t i = 0; dn_affected_columns[i]; i++)
        dn_csv_add_field(&writer->line, i == 0, dn_text_of(dn_affected_columns[i]));
    dn_buf_adds(&writer->line, ",part\n");
}

static void clear(struct writer *writer)
{
    dn_table_clear(&writer->before);
    free(writer->still);
    free(writer->now);
    dn_buf_clear(&writer->lists);
    dn_buf_clear(&writer->line);
    dn_buf_clear(&writer->key);
}

void dn_matching_write_affected(const struct dn_matching *matching, const struct dn_matching_when *when,
                                struct dn_output *output, struct dn_matching_summary *summary)
{
    struct writer writer = {.matching = matching, .when = when, .summary = summary, .output = output};
    size_t removed = 0;
    summary->of_tenants = dn_alloc(matching->matcher.directory->count, 1);
    if (when->previous)
        dn_affected_sort(when->previous);
    compare_previous(&writer);
    put_header(&writer);
    for (size_t i = 0; i < matching->group_count; i++) {
        const struct dn_matching_group *group = &matching->groups[matching->order[i]];
        look_ahead(matching, i);
        put_removed_before(&writer, group, &removed);
        put_group(&writer, group, writer.now ? &writer.now[i] : NULL);
    }
    put_removed_before(&writer, NULL, &removed);
    dn_output_write(output, dn_buf_text(&writer.line));
    clear(&writer);
}
