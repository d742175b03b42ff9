#include "notice/plan_channels.h"

#include <string.h>

/* false: the tenant has no usable contact there. */
static bool add_channel(struct dn_draft *draft, const struct dn_reach *all, enum dn_channel channel,
                        enum dn_required required)
{
    const struct dn_reach_channel *reach = &all->at[channel];
    for (size_t i = 0; i < reach->usable.count; i++)
        dn_draft_add(draft, channel, required, reach->usable.at[i]);
    for (size_t i = 0; i < reach->distrusted.count; i++)
        dn_draft_add(draft, channel, DN_REQUIRED_NO, reach->distrusted.at[i])->reference_only = true;
    return reach->usable.count > 0;
}

/* The listed channels; false if none of them is usable. */
static bool add_listed(struct dn_draft *draft, const struct dn_reach *reach, const struct dn_policy_entry *entry)
{
    bool is_reached = false;
    for (size_t i = 0; i < entry->send_count; i++) {
        enum dn_channel channel = entry->send[i];
        if (add_channel(draft, reach, channel, entry->require_all ? DN_REQUIRED_ALL : DN_REQUIRED_ANY))
            is_reached = true;
        else if (!reach->at[channel].distrusted.count)
            dn_draft_skip(draft, channel, reach->at[channel].gap);
    }
    return is_reached;
}

static bool add_fallback(struct dn_draft *draft, const struct dn_reach *reach, const struct dn_config *config)
{
    for (size_t i = 0; i < config->fallback_count; i++) {
        enum dn_channel channel = config->fallback[i];
        if (!reach->at[channel].usable.count || dn_draft_find(draft, channel))
            continue;
        return add_channel(draft, reach, channel, DN_REQUIRED_ANY);
    }
    return false;
}

static bool is_distrusted(const struct dn_draft *draft)
{
    for (size_t i = 0; i < draft->count; i++)
        if (draft->rows[i].reference_only)
            return true;
    return false;
}

/* With an address in the intruder's hands the telephone is required; false: there is no number. */
static bool require_phone(struct dn_draft *draft, const struct dn_reach *reach, struct dn_plan_counts *counts)
{
    struct dn_plan_row *phone = dn_draft_find(draft, DN_CHANNEL_PHONE);
    counts->distrusted++;
    if (reach->at[DN_CHANNEL_PHONE].usable.count) {
        if (phone)
            phone->required = DN_REQUIRED_ALL;
        else
            add_channel(draft, reach, DN_CHANNEL_PHONE, DN_REQUIRED_ALL);
        return true;
    }
    counts->distrusted_without_phone++;
    if (!phone)
        dn_draft_skip(draft, DN_CHANNEL_PHONE, reach->at[DN_CHANNEL_PHONE].gap);
    return false;
}

/* Nobody can be reached: the first listed channel says so, and a person must find a way. */
static void add_unreachable(struct dn_draft *draft, const struct dn_policy_entry *entry, struct dn_plan_counts *counts)
{
    struct dn_plan_row *row = dn_draft_find(draft, entry->send[0]);
    if (!row || row->state != DN_STATE_SKIPPED)
        row = dn_draft_add(draft, entry->send[0], DN_REQUIRED_ALL, "");
    row->required = DN_REQUIRED_ALL;
    dn_draft_set(draft, row, DN_STATE_SKIPPED, "unreachable");
    counts->unreachable++;
}

/* The telephone goes before anything that an intruder may read. */
static void put_phone_first(struct dn_draft *draft)
{
    struct dn_plan_row *phone = dn_draft_find(draft, DN_CHANNEL_PHONE);
    if (!phone)
        return;
    struct dn_plan_row moved = *phone;
    struct dn_plan_row *first = draft->rows;
    memmove(first + 1, first, (size_t)(phone - first) * sizeof *first);
    *first = moved;
}

static void count_skipped(const struct dn_draft *draft, struct dn_plan_counts *counts)
{
    for (size_t i = 0; i < draft->count; i++)
        counts->skipped += draft->rows[i].state == DN_STATE_SKIPPED && draft->rows[i].required == DN_REQUIRED_NO;
}

void dn_plan_channels_add(const struct dn_config *config, const struct dn_policy_entry *entry,
                          const struct dn_reach *reach, struct dn_draft *draft, struct dn_plan_counts *counts)
{
    bool is_reached = add_listed(draft, reach, entry) || add_fallback(draft, reach, config);
    bool phone_first = is_distrusted(draft);
    if (phone_first && require_phone(draft, reach, counts))
        is_reached = true;
    if (!is_reached)
        add_unreachable(draft, entry, counts);
    if (phone_first)
        put_phone_first(draft);
    count_skipped(draft, counts);
}
