/* Looking once more at the tenants of a matching: what their affected rows say of them is made here, in the order of
 * the directory, and only of those that are matched. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"
#include "stream/csv_write.h"
#include "tenant/contact.h"
#include "tenant/matching_doubts.h"
#include "tenant/matching_group.h"

/* The groups of each tenant: the first one by the tenant's number, each further one by the rank of the one before. */
struct by_tenant {
    uint32_t *first; /* DN_NO_GROUP: the tenant has none */
    unsigned char *wanted;
};
#define DN_NO_GROUP UINT32_MAX

/* What one thread makes. */
struct looker {
    const struct dn_matching *matching;
    const struct dn_matching_when *when;
    const struct by_tenant *groups;
    const uint32_t *ranks; /* of incidents */
    struct dn_matching_lane *lane;
    struct dn_contacts contacts;
    struct dn_buf line, list, key;
    size_t fetched; /* tenants up to here */
    struct dn_matching_doubts doubts;
};

/* ---- what is told of a tenant */

/* The elements of the list with ';' between them. Mostly that is the cell as it stands: then it has their size. */
static struct dn_text list_text(const struct dn_contact_list *list, struct dn_text cell, struct dn_buf *buf)
{
    size_t size = list->count ? list->count - 1 : 0;
    for (size_t i = 0; i < list->count; i++)
        size += list->at[i].size;
    if (size == cell.size)
        return cell;
    dn_buf_reset(buf);
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            dn_buf_addc(buf, ';');
        dn_buf_addt(buf, list->at[i]);
    }
    return dn_buf_text(buf);
}

static void add_cell(struct dn_buf *line, struct dn_text cell)
{
    char *begin = dn_buf_reserve(line, 2 * cell.size + 3), *to = begin;
    *to++ = ',';
    if (cell.size)
        to = dn_csv_put(to, cell);
    dn_buf_extend(line, (size_t)(to - begin));
}

static void add_contacts(struct looker *looker, const struct dn_text *cells)
{
    const struct dn_contacts *contacts = &looker->contacts;
    struct dn_buf *line = &looker->line, *list = &looker->list;
    add_cell(line, dn_text_of(contacts->message_center));
    add_cell(line, list_text(&contacts->admin_emails, cells[DN_TENANT_ADMIN_EMAILS], list));
    add_cell(line, list_text(&contacts->privacy_emails, cells[DN_TENANT_PRIVACY_EMAIL], list));
    add_cell(line, list_text(&contacts->phones, cells[DN_TENANT_ADMIN_PHONES], list));
}

static const struct dn_matching_told *tell(struct looker *looker, const struct dn_text *cells)
{
    static const enum dn_tenant_column named[] = {DN_TENANT_NAME, DN_TENANT_COUNTRY, DN_TENANT_LANGUAGE,
                                                  DN_TENANT_TIME_ZONE, DN_TENANT_REGIMES};
    struct dn_text id = cells[DN_TENANT_ID];
    struct dn_buf *line = &looker->line;
    dn_buf_reset(line);
    dn_buf_addt(line, id);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        add_cell(line, cells[named[i]]);
    size_t names_end = line->size;
    add_contacts(looker, cells);
    size_t size = sizeof(struct dn_matching_told) + line->size;
    struct dn_matching_told *told = (void *)dn_arena_take(&looker->lane->told, (size + 7) / 8 * 8);
    told->id = (uint32_t)id.size;
    told->named = (uint32_t)(names_end - id.size);
    told->contacts = (uint32_t)(line->size - names_end);
    told->gaps = looker->contacts.gaps;
    memcpy(told->text, line->at, line->size);
    return told;
}

/* ---- its groups */

/* Is one of these addresses a mailbox that the intruder was in? */
static bool compromised(struct looker *looker, struct dn_text incident_id, const struct dn_contact_list *emails)
{
    for (size_t i = 0; i < emails->count; i++)
        if (dn_matching_has_mailbox(looker->matching, emails->at[i], incident_id, &looker->key))
            return true;
    return false;
}

static void take_group(struct looker *looker, uint32_t number, const struct dn_matching_told *told)
{
    const struct dn_matching *matching = looker->matching;
    struct dn_matching_group *group = dn_matching_group(matching, number);
    struct dn_text incident_id = dn_table_key(&matching->names->incidents, group->incident);
    group->of.told = told;
    if (compromised(looker, incident_id, &looker->contacts.admin_emails) ||
        compromised(looker, incident_id, &looker->contacts.privacy_emails))
        group->effects |= DN_GROUP_COMPROMISED;
    dn_matching_place(&looker->lane->run, number, looker->ranks[group->incident], dn_matching_tenant_id(group));
}

#define AHEAD 24

/* Fetches the groups of the tenants up to a little further on. */
static void look_ahead(struct looker *looker, size_t number)
{
    size_t to = number + AHEAD < looker->matching->directory->count ? number + AHEAD : 0;
    size_t from = looker->fetched > number && looker->fetched < to ? looker->fetched : number;
    for (; from < to; from++) {
        uint32_t first = looker->groups->first[from];
        if (first != DN_NO_GROUP)
            dn_matching_fetch(dn_matching_group(looker->matching, first));
    }
    looker->fetched = to;
}

static void look(void *context, size_t number, int64_t line, const struct dn_text *cells)
{
    struct looker *looker = context;
    const struct dn_matching_when *when = looker->when;
    look_ahead(looker, number);
    dn_contacts_from(cells, when->now, when->stale_s, &looker->contacts);
    dn_matching_doubt(&looker->doubts, looker->matching->directory, number, line, cells, &looker->contacts);
    const struct dn_matching_told *told = tell(looker, cells);
    for (uint32_t group = looker->groups->first[number], next; group != DN_NO_GROUP; group = next) {
        next = dn_matching_group(looker->matching, group)->rank;
        take_group(looker, group, told);
    }
}

/* ---- all of it */

/* What is not settled of an incident is a group without a tenant: it is placed at once. */
static void find_groups(struct dn_matching *matching, const uint32_t *ranks, struct by_tenant *groups)
{
    size_t tenants = matching->directory->count;
    groups->first = dn_pages_take(tenants, sizeof *groups->first);
    groups->wanted = dn_alloc(tenants / 8 + 1, 1);
    memset(groups->first, 0xFF, tenants * sizeof *groups->first);
    for (uint32_t i = 0; i < DN_MATCHING_SHARDS; i++)
        for (uint32_t k = 0; k < matching->shards[i].count; k++) {
            uint32_t number = i << DN_SHARD_SHIFT | k;
            struct dn_matching_group *group = dn_matching_group(matching, number);
            if (group->tenant == DN_NO_TENANT) {
                dn_matching_place(&matching->lanes[0].run, number, ranks[group->incident], DN_TEXT(""));
                continue;
            }
            group->rank = groups->first[group->tenant];
            groups->first[group->tenant] = number;
            groups->wanted[group->tenant / 8] |= (unsigned char)(1 << group->tenant % 8);
        }
}

static void clear(struct looker *looker)
{
    dn_contacts_clear(&looker->contacts);
    dn_buf_clear(&looker->line);
    dn_buf_clear(&looker->list);
    dn_buf_clear(&looker->key);
}

enum dn_status dn_matching_look(struct dn_matching *matching, const struct dn_matching_when *when, struct dn_error *err)
{
    size_t count = matching->lane_count;
    struct by_tenant groups = {0};
    uint32_t *ranks = dn_matching_rank_incidents(matching);
    find_groups(matching, ranks, &groups);
    struct looker *lookers = dn_alloc(count, sizeof *lookers);
    void **contexts = dn_alloc(count, sizeof *contexts);
    for (size_t i = 0; i < count; i++) {
        lookers[i] = (struct looker){
            .matching = matching, .when = when, .groups = &groups, .ranks = ranks, .lane = &matching->lanes[i]};
        contexts[i] = &lookers[i];
    }
    enum dn_status status = dn_directory_visit(matching->directory, groups.wanted, look, contexts, count, err);
    matching->doubts = dn_alloc(1, sizeof *matching->doubts);
    for (size_t i = 0; i < count; i++) {
        dn_matching_doubts_join(matching->doubts, &lookers[i].doubts);
        clear(&lookers[i]);
    }
    free(contexts);
    free(lookers);
    free(groups.first);
    free(groups.wanted);
    free(ranks);
    return status;
}
