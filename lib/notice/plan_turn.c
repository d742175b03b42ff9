#include "notice/plan_turn.h"

#include <stdlib.h>
#include <string.h>

#include "notice/language.h"
#include "notice/plan_channels.h"
#include "notice/plan_parts.h"
#include "notice/policy.h"
#include "notice/sample.h"

#define NAMED 5 /* tenants that are named for isolation */

static void hold(struct dn_plan_turn *turn, const char *reason)
{
    turn->counts.held_rows += dn_draft_hold(&turn->draft, reason);
    turn->counts.held_tenants++;
    dn_plan_counts_reason(&turn->counts, reason, 1);
}

/* A reason to hold goes into *held. */
static enum dn_status render(struct dn_plan_turn *turn, struct dn_plan_desk *desk, const char *notice,
                             const char **held)
{
    const struct dn_draft *draft = &turn->draft;
    struct dn_content_source from =
        dn_plan_content_source(desk->source, &desk->resources, draft->incident, draft->tenant, notice);
    from.shares = &desk->shares;
    from.without_script = !dn_draft_sends(draft, dn_plan_wants_script);
    from.without_reference = !dn_draft_sends(draft, dn_plan_wants_reference);
    return dn_content_render(desk->source->templates, &from, &turn->content, held, &turn->error);
}

static enum dn_status add_content(struct dn_plan_turn *turn, struct dn_plan_desk *desk, const char *notice)
{
    if (!dn_draft_sends(&turn->draft, NULL))
        return DN_OK;
    const char *held = NULL;
    enum dn_status status = render(turn, desk, notice, &held);
    if (status == DN_OK && held)
        hold(turn, held);
    turn->has_content = status == DN_OK && !held;
    return status;
}

/* Why the tenant is not told now, whatever its notice would say: appended; nothing: it is told. */
static void add_reason(const struct dn_draft *draft, struct dn_instant now, struct dn_buf *reason)
{
    const struct dn_affected *tenant = draft->tenant;
    const char *held = dn_content_held(tenant);
    const struct dn_hold *lawful = dn_incident_hold(draft->incident, dn_text_of(tenant->tenant_id), now);
    if (tenant->change == DN_CHANGE_REMOVED)
        dn_buf_adds(reason, "removed");
    else if (held)
        dn_buf_adds(reason, held);
    else if (lawful)
        dn_buf_addf(reason, "hold:%s", lawful->reason);
}

static enum dn_status no_entry(struct dn_plan_turn *turn, const struct dn_config *config)
{
    return dn_error_at(&turn->error, config->name, 0, 0,
                       "no entry of the policy matches tenant '%s' of incident %s: add one without 'when' at the end",
                       turn->draft.tenant->tenant_id, turn->draft.incident->id);
}

/* A tenant that is to be told. */
static enum dn_status add_told(struct dn_plan_turn *turn, struct dn_plan_desk *desk, const char *notice)
{
    struct dn_draft *draft = &turn->draft;
    const struct dn_config *config = desk->source->config;
    const struct dn_policy_entry *entry = dn_policy_find(config, draft->incident, draft->tenant);
    struct dn_reach reach = {0};
    struct dn_buf reason = {0};
    enum dn_status status = DN_OK;
    if (!entry)
        return no_entry(turn, config);
    dn_reach_of(draft->tenant, draft->incident, &desk->suspects, &reach);
    dn_plan_channels_add(config, entry, &reach, draft, &turn->counts);
    dn_draft_set_keys(draft, notice);
    add_reason(draft, desk->source->now, &reason);
    if (reason.size)
        hold(turn, reason.at);
    else
        status = add_content(turn, desk, notice);
    turn->is_told = true;
    dn_buf_clear(&reason);
    dn_reach_clear(&reach);
    return status;
}

/* What could not be settled: nobody knows whom to tell, a person must find out. */
static void add_unsettled(struct dn_plan_turn *turn, const char *notice)
{
    struct dn_draft *draft = &turn->draft;
    const char *reason = *draft->tenant->matched_by ? draft->tenant->matched_by : "unresolved";
    dn_draft_set(draft, dn_draft_add(draft, DN_CHANNEL_OTHER, DN_REQUIRED_ALL, ""), DN_STATE_HELD, reason);
    dn_draft_set_keys(draft, notice);
    turn->counts.unsettled++;
}

static void add_exempt(struct dn_plan_turn *turn, const struct dn_config *config, const char *notice,
                       const struct dn_exemption *exemption)
{
    struct dn_draft *draft = &turn->draft;
    struct dn_buf reason = {0};
    dn_buf_addf(&reason, "exempt:%s", exemption->reason);
    const struct dn_policy_entry *entry = dn_policy_find(config, draft->incident, draft->tenant);
    dn_draft_skip(draft, entry ? entry->send[0] : DN_CHANNEL_OTHER, reason.at);
    dn_draft_set_keys(draft, notice);
    turn->counts.exempt++;
    dn_buf_clear(&reason);
}

static enum dn_status check_tenant(const struct dn_affected *tenant, const struct dn_incident *incident,
                                   struct dn_error *err)
{
    if (!incident)
        return dn_error_set(err, DN_INVALID, "tenant '%s': no document of the record has incident '%s'",
                            tenant->tenant_id, tenant->incident_id);
    if (dn_text_hostile(dn_text_of(tenant->tenant_id)))
        return dn_error_set(err, DN_INVALID,
                            "incident %s: the tenant_id '%s' holds a control or bidi character and names nobody",
                            tenant->incident_id, tenant->tenant_id);
    return DN_OK;
}

static enum dn_status add_rows(struct dn_plan_turn *turn, struct dn_plan_desk *desk, const char *notice)
{
    const struct dn_affected *tenant = turn->draft.tenant;
    const struct dn_exemption *exemption = dn_incident_exemption(turn->draft.incident, dn_text_of(tenant->tenant_id));
    if (*tenant->tenant_id && !exemption)
        return add_told(turn, desk, notice);
    if (!*tenant->tenant_id)
        add_unsettled(turn, notice);
    else
        add_exempt(turn, desk->source->config, notice, exemption);
    return DN_OK;
}

enum dn_status dn_plan_turn_begin(struct dn_plan_turn *turn, struct dn_plan_desk *desk, size_t number)
{
    const struct dn_affected *tenant = dn_affected_fetch(&desk->tenants, number, &turn->slot);
    const struct dn_incident *incident = dn_incidents_find(desk->source->incidents, dn_text_of(tenant->incident_id));
    enum dn_status status = check_tenant(tenant, incident, &turn->error);
    if (status != DN_OK)
        return status;
    char *notice = dn_plan_notice_word(incident, desk->source->notice);
    dn_draft_begin(&turn->draft, incident, tenant, number);
    status = add_rows(turn, desk, notice);
    free(notice);
    return status;
}

/* The first few by name; a name in the record's words would hold everybody. */
static void note_isolation(struct dn_plan_gate *gate, const struct dn_draft *draft, const struct dn_buf *what)
{
    if (gate->isolated++ >= NAMED)
        return;
    dn_notes_say(gate->notes, "isolation", "the notice for '%s' (%s) holds '%s', which is another tenant's",
                 draft->tenant->tenant_id, draft->incident->id, what->at);
}

/* Is something in it another's? What every notice says is only looked for when something is found: it takes as long as
 * many notices. */
static enum dn_status search(struct dn_plan_turn *turn, struct dn_plan_gate *gate, struct dn_buf *what, bool *found)
{
    const struct dn_affected *tenant = turn->draft.tenant;
    *found = dn_isolation_check(gate->isolation, tenant, &turn->content, what);
    if (!*found || gate->is_sampled)
        return DN_OK;
    gate->is_sampled = true;
    enum dn_status status = dn_sample_allow(gate->source, gate->isolation, &turn->error);
    dn_buf_reset(what);
    *found = status == DN_OK && dn_isolation_check(gate->isolation, tenant, &turn->content, what);
    return status;
}

static enum dn_status set_content(struct dn_plan_turn *turn, const struct dn_plan_source *source)
{
    const struct dn_draft *draft = &turn->draft;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < draft->count && status == DN_OK; i++) {
        struct dn_plan_row *row = &draft->rows[i];
        if (row->state != DN_STATE_INTENT)
            continue;
        memcpy(row->content_sha256, dn_plan_digest_of(row, &turn->content), DN_SHA256_HEX);
        if (source->check)
            status = source->check(source->check_context, row, &turn->content, &turn->error);
    }
    bool is_exact = true;
    dn_templates_find(source->templates, draft->tenant->language, &is_exact);
    turn->counts.other_language += !is_exact && *draft->tenant->language;
    return status;
}

/* Nothing of another tenant's may leave. */
static enum dn_status look_at_content(struct dn_plan_turn *turn, struct dn_plan_gate *gate)
{
    struct dn_buf what = {0};
    bool found = false;
    enum dn_status status = search(turn, gate, &what, &found);
    if (found) {
        note_isolation(gate, &turn->draft, &what);
        hold(turn, "isolation");
    }
    dn_buf_clear(&what);
    return status != DN_OK || found ? status : set_content(turn, gate->source);
}

enum dn_status dn_plan_turn_finish(struct dn_plan_turn *turn, struct dn_plan_gate *gate)
{
    enum dn_status status = turn->has_content ? look_at_content(turn, gate) : DN_OK;
    if (turn->is_told)
        dn_draft_share(&turn->draft);
    dn_draft_keep(&turn->draft, gate->plan);
    return status;
}

void dn_plan_turn_end(struct dn_plan_turn *turn)
{
    dn_content_clear(&turn->content);
    turn->is_told = turn->has_content = false;
}

void dn_plan_turn_clear(struct dn_plan_turn *turn)
{
    dn_content_clear(&turn->content);
    dn_draft_clear(&turn->draft);
    dn_plan_counts_clear(&turn->counts);
    dn_affected_slot_clear(&turn->slot);
}

void dn_plan_desk_clear(struct dn_plan_desk *desk)
{
    dn_affected_reader_clear(&desk->tenants);
    dn_resource_reader_clear(&desk->resources);
    dn_suspects_clear(&desk->suspects);
    dn_shares_clear(&desk->shares);
}
