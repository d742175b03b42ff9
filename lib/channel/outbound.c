#include "channel/outbound.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "channel/calls.h"
#include "channel/way_mail.h"
#include "channel/way_post.h"
#include "notice/first.h"

struct dn_outbound {
    struct dn_outbound_settings with;
    struct dn_way_mail *mail;
    struct dn_way_post *posts;
    struct dn_calls *calls;
    size_t calls_open;
};

enum dn_leaving dn_leaving_of(const struct dn_plan_row *row)
{
    enum dn_channel channel = dn_plan_row_by(row);
    if (channel == DN_CHANNEL_MESSAGE_CENTER)
        return DN_BY_POST;
    return channel == DN_CHANNEL_EMAIL_ADMIN || channel == DN_CHANNEL_EMAIL_PRIVACY ? DN_BY_MAIL : DN_BY_PHONE;
}

static bool plan_has(const struct dn_plan *plan, enum dn_leaving by)
{
    for (size_t i = 0; i < plan->row_count; i++)
        if (dn_plan_glance(plan, i)->state == DN_STATE_INTENT && dn_leaving_of(dn_plan_glance(plan, i)) == by)
            return true;
    return false;
}

/* Copies of posts are mailed behind them: whatever would refuse that does so before anything leaves. */
static enum dn_status try_mail(const struct dn_outbound_settings *settings, struct dn_error *err)
{
    struct dn_way_mail *tried;
    enum dn_status status = dn_way_mail_open(settings->config, settings->sight, &tried, err);
    dn_way_mail_close(tried);
    return status;
}

static enum dn_status open_mail(struct dn_outbound *it, struct dn_error *err)
{
    if (plan_has(it->with.plan, DN_BY_MAIL))
        return dn_way_mail_open(it->with.config, it->with.sight, &it->mail, err);
    return it->with.config->copies.count && plan_has(it->with.plan, DN_BY_POST) ? try_mail(&it->with, err) : DN_OK;
}

enum dn_status dn_outbound_open(const struct dn_outbound_settings *settings, struct dn_outbound **outbound,
                                struct dn_error *err)
{
    struct dn_outbound *it = dn_alloc(1, sizeof *it);
    it->with = *settings;
    enum dn_status status = dn_calls_open(settings->sheet, settings->now, &it->calls, err);
    if (status == DN_OK)
        status = open_mail(it, err);
    if (status == DN_OK && plan_has(settings->plan, DN_BY_POST))
        status = dn_way_post_open(settings->config, settings->sight, &it->posts, err);
    *outbound = status == DN_OK ? it : NULL;
    if (status != DN_OK)
        dn_outbound_close(it);
    return status;
}

void dn_outbound_ways(struct dn_outbound *outbound, struct dn_way ways[DN_WAYS])
{
    ways[DN_BY_MAIL] = outbound->mail ? dn_way_of_mail(outbound->mail) : (struct dn_way){0};
    ways[DN_BY_POST] = outbound->posts ? dn_way_of_posts(outbound->posts) : (struct dn_way){0};
}

void dn_outbound_call(struct dn_outbound *outbound, const struct dn_dispatch *dispatch)
{
    dn_calls_add(outbound->calls, dispatch,
                 dn_first_rank(&outbound->with.config->first, dispatch->row->tenant->tenant_id));
}

enum dn_status dn_outbound_write_sheet(struct dn_outbound *outbound, struct dn_error *err)
{
    return dn_calls_write(outbound->calls, outbound->with.ledger, &outbound->calls_open, err);
}

size_t dn_outbound_calls(const struct dn_outbound *outbound)
{
    return outbound->calls_open;
}

void dn_outbound_close(struct dn_outbound *outbound)
{
    if (!outbound)
        return;
    dn_way_mail_close(outbound->mail);
    dn_way_post_close(outbound->posts);
    dn_calls_free(outbound->calls);
    free(outbound);
}
