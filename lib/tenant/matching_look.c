/* Looking once more at the tenants of a matching: what their affected rows say of them is made here, in the order of
 * the directory, and only of those that are matched. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "base/load.h"
#include "stream/csv_write.h"
#include "tenant/contact.h"
#include "tenant/matching_doubts.h"
#include "tenant/matching_group.h"

/* What one thread makes. */
struct looker {
    const struct dn_matching *matching;
    const struct dn_matching_when *when;
    const uint32_t *ranks; /* of incidents */
    struct dn_matching_lane *lane;
    struct dn_contacts contacts;
    struct dn_buf lists[3], key;
    size_t fetched; /* tenants up to here */
    struct dn_matching_doubts doubts;
    char apart[DN_APART];
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

/* What a tenant's affected rows have of its cells, in their order. */
#define NAMED 5
#define TOLD (NAMED + 4)

static void list_told(struct looker *looker, const struct dn_text *cells, struct dn_text told[TOLD])
{
    const struct dn_contacts *contacts = &looker->contacts;
    const struct dn_text list[TOLD] = {
        cells[DN_TENANT_NAME],
        cells[DN_TENANT_COUNTRY],
        cells[DN_TENANT_LANGUAGE],
        cells[DN_TENANT_TIME_ZONE],
        cells[DN_TENANT_REGIMES],
        dn_text_of(contacts->message_center),
        list_text(&contacts->admin_emails, cells[DN_TENANT_ADMIN_EMAILS], &looker->lists[0]),
        list_text(&contacts->privacy_emails, cells[DN_TENANT_PRIVACY_EMAIL], &looker->lists[1]),
        list_text(&contacts->phones, cells[DN_TENANT_ADMIN_PHONES], &looker->lists[2])};
    memcpy(told, list, sizeof list);
}

static char *put_cells(char *to, const struct dn_text *cells, size_t count, bool plain)
{
    for (size_t i = 0; i < count; i++) {
        *to++ = ',';
        if (cells[i].size == 0)
            continue;
        if (!plain) {
            to = dn_csv_put(to, cells[i]);
            continue;
        }
        to = dn_load_copy(to, cells[i].at, cells[i].size);
    }
    return to;
}

static const struct dn_matching_told *tell(struct looker *looker, const struct dn_visited *tenant)
{
    struct dn_text id = tenant->cells[DN_TENANT_ID], cells[TOLD];
    size_t most = sizeof(struct dn_matching_told) + id.size + 7;
    list_told(looker, tenant->cells, cells);
    for (size_t i = 0; i < TOLD; i++)
        most += tenant->plain ? cells[i].size + 1 : 2 * cells[i].size + 3;
    most = most / 8 * 8;
    struct dn_matching_told *told = (void *)dn_arena_take(&looker->lane->told, most);
    memcpy(told->text, id.at, id.size);
    char *named = told->text + id.size, *contacts = put_cells(named, cells, NAMED, tenant->plain),
         *end = put_cells(contacts, cells + NAMED, TOLD - NAMED, tenant->plain);
    told->id = (uint32_t)id.size;
    told->named = (uint32_t)(contacts - named);
    told->contacts = (uint32_t)(end - contacts);
    told->gaps = (uint16_t)looker->contacts.gaps;
    told->plain = tenant->plain;
    size_t size = (size_t)(end - (char *)told);
    dn_arena_give(&looker->lane->told, most - (size + 7) / 8 * 8);
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

#define AHEAD 32

/* Fetches the groups of the next tenants, all at once: then what waits for one page's place waits for several. */
static void look_ahead(struct looker *looker, size_t number)
{
    const struct dn_matching *matching = looker->matching;
    size_t count = matching->directory->count, to = number + 2 * AHEAD < count ? number + 2 * AHEAD : count;
    if (number >= looker->fetched) /* perhaps another piece of the file */
        looker->fetched = number;
    if (number + AHEAD < looker->fetched)
        return;
    for (; looker->fetched < to; looker->fetched++)
        if (matching->first[looker->fetched] != DN_NO_GROUP)
            dn_matching_fetch(dn_matching_group(matching, matching->first[looker->fetched]));
}

static void look(void *context, const struct dn_visited *tenant)
{
    struct looker *looker = context;
    const struct dn_matching *matching = looker->matching;
    const struct dn_matching_when *when = looker->when;
    look_ahead(looker, tenant->number);
    dn_contacts_from(tenant->cells, when->now, when->stale_s, &looker->contacts);
    dn_matching_doubt(&looker->doubts, matching->directory, tenant->number, tenant->line, tenant->cells,
                      &looker->contacts);
    const struct dn_matching_told *told = tell(looker, tenant);
    for (uint32_t group = matching->first[tenant->number], next; group != DN_NO_GROUP; group = next) {
        next = dn_matching_group(matching, group)->rank;
        take_group(looker, group, told);
    }
}

/* ---- all of it */

/* A group that is not the first one of its tenant is known by the rank of the one before it. What is not settled of an
 * incident is a group without a tenant: it is placed at once. */
static void link_group(struct dn_matching *matching, uint32_t number, const uint32_t *ranks)
{
    struct dn_matching_group *group = dn_matching_group(matching, number);
    if (group->tenant == DN_NO_TENANT) {
        dn_matching_place(&matching->lanes[0].run, number, ranks[group->incident], DN_TEXT(""));
        return;
    }
    group->rank = matching->first[group->tenant];
    matching->first[group->tenant] = number;
}

static void link_groups(struct dn_matching *matching, const uint32_t *ranks)
{
    for (uint32_t i = 0; i < DN_MATCHING_SHARDS; i++) {
        const struct dn_index *index = &matching->shards[i].index;
        for (size_t place = 0; place < index->room; place++)
            if ((uint32_t)index->at[place] != 0)
                link_group(matching, i << DN_SHARD_SHIFT | ((uint32_t)index->at[place] - 1), ranks);
    }
}

/* A bit for each tenant that has a group. */
static unsigned char *find_wanted(const struct dn_matching *matching)
{
    size_t count = matching->directory->count;
    unsigned char *wanted = dn_alloc(count / 8 + 1, 1);
    for (size_t i = 0; i < count; i++)
        wanted[i / 8] |= (unsigned char)((matching->first[i] != DN_NO_GROUP) << i % 8);
    return wanted;
}

static void clear(struct looker *looker)
{
    dn_contacts_clear(&looker->contacts);
    for (size_t i = 0; i < sizeof looker->lists / sizeof *looker->lists; i++)
        dn_buf_clear(&looker->lists[i]);
    dn_buf_clear(&looker->key);
}

enum dn_status dn_matching_look(struct dn_matching *matching, const struct dn_matching_when *when, struct dn_error *err)
{
    size_t count = matching->lane_count;
    uint32_t *ranks = dn_matching_rank_incidents(matching);
    for (size_t i = 0; i < count; i++)
        dn_matching_expect(&matching->lanes[i].run, matching->group_count);
    link_groups(matching, ranks);
    unsigned char *wanted = find_wanted(matching);
    struct looker *lookers = dn_alloc(count, sizeof *lookers);
    void **contexts = dn_alloc(count, sizeof *contexts);
    for (size_t i = 0; i < count; i++) {
        lookers[i] = (struct looker){.matching = matching, .when = when, .ranks = ranks, .lane = &matching->lanes[i]};
        contexts[i] = &lookers[i];
    }
    enum dn_status status = dn_directory_visit(matching->directory, wanted, look, contexts, count, err);
    matching->doubts = dn_alloc(1, sizeof *matching->doubts);
    for (size_t i = 0; i < count; i++) {
        dn_matching_doubts_join(matching->doubts, &lookers[i].doubts);
        clear(&lookers[i]);
    }
    free(contexts);
    free(lookers);
    free(wanted);
    free(ranks);
    return status;
}
