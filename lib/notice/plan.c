#include "notice/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notice/isolation.h"
#include "notice/language.h"
#include "notice/policy.h"
#include "notice/reach.h"
#include "notice/sample.h"
#include "notice/shared.h"

/* What needs a person or is worth saying, counted while the plan is made. */
struct counts {
    size_t unsettled, unreachable, exempt, skipped, other_language;
    size_t distrusted, distrusted_without_phone;
    size_t held_rows, held_tenants, isolated;
    struct dn_strings reasons; /* of held tenants, one each */
};

/* The plan while it is made. */
struct maker {
    const struct dn_plan_source *source;
    struct dn_plan *plan;
    struct dn_notes *notes;
    struct dn_error *err;
    struct dn_suspects suspects;
    struct dn_isolation *isolation;
    struct dn_shares shares;
    struct counts counts;
};

/* One tenant of one incident while its rows are made. */
struct turn {
    const struct dn_affected *tenant;
    const struct dn_incident *incident;
    char *notice;
    struct dn_reach reach;
    size_t first_row;
    bool is_distrusted;
};

static struct dn_plan_row *add_row(struct maker *m, const struct turn *turn, enum dn_channel channel,
                                   enum dn_required required, const char *recipient)
{
    struct dn_plan *plan = m->plan;
    plan->rows = dn_grow(plan->rows, plan->row_count, &plan->row_room, sizeof *plan->rows);
    struct dn_plan_row *row = &plan->rows[plan->row_count++];
    *row = (struct dn_plan_row){.incident = turn->incident,
                                .tenant = turn->tenant,
                                .channel = channel,
                                .required = required,
                                .state = DN_STATE_INTENT,
                                .recipient = dn_strdup(recipient),
                                .reason = dn_strdup(""),
                                .same_as = SIZE_MAX,
                                .due_at = turn->incident->clock_due_at,
                                .regime = turn->incident->clock_regime ? turn->incident->clock_regime : ""};
    return row;
}

static void set_reason(struct dn_plan_row *row, enum dn_state state, const char *reason)
{
    row->state = state;
    free(row->reason);
    row->reason = dn_strdup(reason);
}

static void add_skip(struct maker *m, const struct turn *turn, enum dn_channel channel, const char *gap)
{
    set_reason(add_row(m, turn, channel, DN_REQUIRED_NO, ""), DN_STATE_SKIPPED, gap);
}

static struct dn_plan_row *find_channel(const struct maker *m, const struct turn *turn, enum dn_channel channel)
{
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        if (m->plan->rows[i].channel == channel)
            return &m->plan->rows[i];
    return NULL;
}

static bool add_channel(struct maker *m, struct turn *turn, enum dn_channel channel, enum dn_required required)
{
    const struct dn_reach_channel *reach = &turn->reach.at[channel];
    for (size_t i = 0; i < reach->usable.count; i++)
        add_row(m, turn, channel, required, reach->usable.at[i]);
    for (size_t i = 0; i < reach->distrusted.count; i++)
        add_row(m, turn, channel, DN_REQUIRED_NO, reach->distrusted.at[i])->reference_only = true;
    turn->is_distrusted = turn->is_distrusted || reach->distrusted.count;
    return reach->usable.count > 0;
}

/* The listed channels; false if none of them is usable. */
static bool add_listed(struct maker *m, struct turn *turn, const struct dn_policy_entry *entry)
{
    bool is_reached = false;
    for (size_t i = 0; i < entry->send_count; i++) {
        enum dn_channel channel = entry->send[i];
        if (add_channel(m, turn, channel, entry->require_all ? DN_REQUIRED_ALL : DN_REQUIRED_ANY))
            is_reached = true;
        else if (!turn->reach.at[channel].distrusted.count)
            add_skip(m, turn, channel, turn->reach.at[channel].gap);
    }
    return is_reached;
}

static bool add_fallback(struct maker *m, struct turn *turn)
{
    const struct dn_config *config = m->source->config;
    for (size_t i = 0; i < config->fallback_count; i++) {
        enum dn_channel channel = config->fallback[i];
        if (!turn->reach.at[channel].usable.count || find_channel(m, turn, channel))
            continue;
        return add_channel(m, turn, channel, DN_REQUIRED_ANY);
    }
    return false;
}

/* With an address in the intruder's hands the telephone is required; false: there is no number. */
static bool require_phone(struct maker *m, struct turn *turn)
{
    struct dn_plan_row *phone = find_channel(m, turn, DN_CHANNEL_PHONE);
    m->counts.distrusted++;
    if (turn->reach.at[DN_CHANNEL_PHONE].usable.count) {
        if (phone)
            phone->required = DN_REQUIRED_ALL;
        else
            add_channel(m, turn, DN_CHANNEL_PHONE, DN_REQUIRED_ALL);
        return true;
    }
    m->counts.distrusted_without_phone++;
    if (!phone)
        add_skip(m, turn, DN_CHANNEL_PHONE, turn->reach.at[DN_CHANNEL_PHONE].gap);
    return false;
}

/* Nobody can be reached: the first listed channel says so, and a person must find a way. */
static void add_unreachable(struct maker *m, struct turn *turn, const struct dn_policy_entry *entry)
{
    struct dn_plan_row *row = find_channel(m, turn, entry->send[0]);
    if (!row || row->state != DN_STATE_SKIPPED)
        row = add_row(m, turn, entry->send[0], DN_REQUIRED_ALL, "");
    row->required = DN_REQUIRED_ALL;
    set_reason(row, DN_STATE_SKIPPED, "unreachable");
    m->counts.unreachable++;
}

static void add_tenant_rows(struct maker *m, struct turn *turn, const struct dn_policy_entry *entry)
{
    bool is_reached = add_listed(m, turn, entry);
    if (!is_reached)
        is_reached = add_fallback(m, turn);
    if (turn->is_distrusted && require_phone(m, turn))
        is_reached = true;
    if (!is_reached)
        add_unreachable(m, turn, entry);
}

/* The telephone goes before anything that an intruder may read. */
static void put_phone_first(struct maker *m, const struct turn *turn)
{
    struct dn_plan_row *phone = find_channel(m, turn, DN_CHANNEL_PHONE);
    if (!phone)
        return;
    struct dn_plan_row moved = *phone;
    struct dn_plan_row *first = &m->plan->rows[turn->first_row];
    memmove(first + 1, first, (size_t)(phone - first) * sizeof *first);
    *first = moved;
}

/* What is held is what would have been sent; of somebody who cannot be reached, the row that says so. */
static void hold(struct maker *m, const struct turn *turn, const char *reason)
{
    bool has_intent = false;
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        has_intent = has_intent || m->plan->rows[i].state == DN_STATE_INTENT;
    for (size_t i = turn->first_row; i < m->plan->row_count; i++) {
        struct dn_plan_row *row = &m->plan->rows[i];
        bool is_last = row->state == DN_STATE_SKIPPED && row->required == DN_REQUIRED_ALL;
        if (row->state != DN_STATE_INTENT && (has_intent || !is_last))
            continue;
        set_reason(row, DN_STATE_HELD, reason);
        m->counts.held_rows++;
    }
    m->counts.held_tenants++;
    dn_strings_add(&m->counts.reasons, dn_text_of(reason));
}

static bool has_intent(const struct maker *m, const struct turn *turn)
{
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        if (m->plan->rows[i].state == DN_STATE_INTENT)
            return true;
    return false;
}

/* The first few by name; a name in the record's words would hold everybody. */
static void note_isolation(struct maker *m, const struct turn *turn, const struct dn_buf *what)
{
    if (m->counts.isolated++ >= 5)
        return;
    dn_notes_say(m->notes, "isolation", "the notice for '%s' (%s) holds '%s', which is another tenant's",
                 turn->tenant->tenant_id, turn->incident->id, what->at);
}

/* What a tenant's notice is made from. */
static struct dn_content_source content_source(const struct dn_plan_source *source, const struct dn_incident *incident,
                                               const struct dn_affected *tenant, const char *notice)
{
    struct dn_content_source from = {.incident = incident,
                                     .config = source->config,
                                     .tenant = tenant,
                                     .notice = notice,
                                     .due_at = incident->clock_due_at};
    if (source->resources)
        from.resources = dn_resources_of(source->resources, dn_text_of(tenant->incident_id),
                                         dn_text_of(tenant->tenant_id), &from.resource_count);
    return from;
}

/* "drill-initial": the caller frees it. */
static char *notice_word(const struct dn_incident *incident, const char *notice)
{
    struct dn_buf word = {0};
    dn_buf_addf(&word, "%s%s", incident->drill ? "drill-" : "", notice);
    return dn_buf_take(&word);
}

/* Does one of the tenant's rows send what only some need? */
static bool needs(const struct maker *m, const struct turn *turn, bool (*wants)(const struct dn_plan_row *row))
{
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        if (m->plan->rows[i].state == DN_STATE_INTENT && wants(&m->plan->rows[i]))
            return true;
    return false;
}

static bool wants_script(const struct dn_plan_row *row)
{
    return row->channel == DN_CHANNEL_PHONE;
}

static bool wants_reference(const struct dn_plan_row *row)
{
    return row->reference_only;
}

/* Renders and searches; a reason to hold goes into *held. */
static enum dn_status render(struct maker *m, const struct turn *turn, struct dn_content *content, const char **held)
{
    const struct dn_plan_source *source = m->source;
    struct dn_content_source from = content_source(source, turn->incident, turn->tenant, turn->notice);
    from.shares = &m->shares;
    from.without_script = !needs(m, turn, wants_script);
    from.without_reference = !needs(m, turn, wants_reference);
    enum dn_status status = dn_content_render(source->templates, &from, content, held, m->err);
    if (status != DN_OK || *held)
        return status;
    struct dn_buf what = {0};
    if (dn_isolation_check(m->isolation, turn->tenant, content, &what)) {
        *held = "isolation";
        note_isolation(m, turn, &what);
    }
    dn_buf_clear(&what);
    return DN_OK;
}

/* The digest of what a row sends of its tenant's content. */
static const char *digest_of(const struct dn_plan_row *row, const struct dn_content *content)
{
    if (row->channel == DN_CHANNEL_PHONE)
        return content->script_sha256;
    return row->reference_only ? content->reference_sha256 : content->sha256;
}

static enum dn_status set_content(struct maker *m, const struct turn *turn, const struct dn_content *content)
{
    enum dn_status status = DN_OK;
    for (size_t i = turn->first_row; i < m->plan->row_count && status == DN_OK; i++) {
        struct dn_plan_row *row = &m->plan->rows[i];
        if (row->state != DN_STATE_INTENT)
            continue;
        memcpy(row->content_sha256, digest_of(row, content), DN_SHA256_HEX);
        if (m->source->check)
            status = m->source->check(m->source->check_context, row, content, m->err);
    }
    bool is_exact = true;
    dn_templates_find(m->source->templates, turn->tenant->language, &is_exact);
    m->counts.other_language += !is_exact && *turn->tenant->language;
    return status;
}

static enum dn_status add_content(struct maker *m, const struct turn *turn)
{
    if (!has_intent(m, turn))
        return DN_OK;
    struct dn_content content = {0};
    const char *held = NULL;
    enum dn_status status = render(m, turn, &content, &held);
    if (status == DN_OK && held)
        hold(m, turn, held);
    else if (status == DN_OK)
        status = set_content(m, turn, &content);
    dn_content_clear(&content);
    return status;
}

/* Why the tenant is not told now, whatever its notice would say: appended; nothing: it is told. */
static void add_reason(const struct maker *m, const struct turn *turn, struct dn_buf *reason)
{
    const char *held = dn_content_held(turn->tenant);
    const struct dn_hold *lawful =
        dn_incident_hold(turn->incident, dn_text_of(turn->tenant->tenant_id), m->source->now);
    if (turn->tenant->change == DN_CHANGE_REMOVED)
        dn_buf_adds(reason, "removed");
    else if (held)
        dn_buf_adds(reason, held);
    else if (lawful)
        dn_buf_addf(reason, "hold:%s", lawful->reason);
}

static bool is_mail(const struct dn_plan_row *row)
{
    return row->channel == DN_CHANNEL_EMAIL_ADMIN || row->channel == DN_CHANNEL_EMAIL_PRIVACY;
}

static void set_keys(struct maker *m, const struct turn *turn)
{
    for (size_t i = turn->first_row; i < m->plan->row_count; i++) {
        struct dn_plan_row *row = &m->plan->rows[i];
        dn_ledger_key(dn_text_of(turn->incident->id), dn_text_of(turn->notice), dn_text_of(turn->tenant->tenant_id),
                      row->channel, dn_text_of(row->recipient), row->key);
    }
}

/* One message per address, whatever roles it holds: the later row shares the earlier one's. */
static void share_messages(struct maker *m, const struct turn *turn)
{
    struct dn_plan_row *rows = m->plan->rows;
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        for (size_t k = turn->first_row; k < i && rows[i].same_as == SIZE_MAX; k++) {
            bool are_mails = is_mail(&rows[i]) && is_mail(&rows[k]) && rows[i].state == DN_STATE_INTENT &&
                             rows[k].state == DN_STATE_INTENT && rows[k].same_as == SIZE_MAX;
            if (!are_mails || !dn_mailbox_same(rows[i].recipient, rows[k].recipient))
                continue;
            struct dn_buf reason = {0};
            dn_buf_addf(&reason, "same-message:%s", rows[k].key);
            set_reason(&rows[i], DN_STATE_INTENT, reason.at);
            rows[i].same_as = k;
            dn_buf_clear(&reason);
        }
}

static void count_skipped(struct maker *m, const struct turn *turn)
{
    for (size_t i = turn->first_row; i < m->plan->row_count; i++)
        m->counts.skipped += m->plan->rows[i].state == DN_STATE_SKIPPED && m->plan->rows[i].required == DN_REQUIRED_NO;
}

static enum dn_status no_entry(const struct maker *m, const struct turn *turn)
{
    return dn_error_at(m->err, m->source->config->name, 0, 0,
                       "no entry of the policy matches tenant '%s' of incident %s: add one without 'when' at the end",
                       turn->tenant->tenant_id, turn->incident->id);
}

/* A tenant that is to be told. */
static enum dn_status add_tenant(struct maker *m, struct turn *turn)
{
    const struct dn_policy_entry *entry = dn_policy_find(m->source->config, turn->incident, turn->tenant);
    if (!entry)
        return no_entry(m, turn);
    dn_reach_of(turn->tenant, turn->incident, &m->suspects, &turn->reach);
    add_tenant_rows(m, turn, entry);
    if (turn->is_distrusted)
        put_phone_first(m, turn);
    set_keys(m, turn);
    count_skipped(m, turn);
    struct dn_buf reason = {0};
    add_reason(m, turn, &reason);
    enum dn_status status = DN_OK;
    if (reason.size)
        hold(m, turn, reason.at);
    else
        status = add_content(m, turn);
    dn_buf_clear(&reason);
    share_messages(m, turn);
    dn_reach_clear(&turn->reach);
    return status;
}

/* What could not be settled: nobody knows whom to tell, a person must find out. */
static void add_unsettled(struct maker *m, const struct turn *turn)
{
    const char *reason = *turn->tenant->matched_by ? turn->tenant->matched_by : "unresolved";
    set_reason(add_row(m, turn, DN_CHANNEL_OTHER, DN_REQUIRED_ALL, ""), DN_STATE_HELD, reason);
    set_keys(m, turn);
    m->counts.unsettled++;
}

static void add_exempt(struct maker *m, const struct turn *turn, const struct dn_exemption *exemption)
{
    struct dn_buf reason = {0};
    dn_buf_addf(&reason, "exempt:%s", exemption->reason);
    const struct dn_policy_entry *entry = dn_policy_find(m->source->config, turn->incident, turn->tenant);
    add_skip(m, turn, entry ? entry->send[0] : DN_CHANNEL_OTHER, reason.at);
    set_keys(m, turn);
    m->counts.exempt++;
    dn_buf_clear(&reason);
}

static enum dn_status check_tenant(const struct maker *m, const struct dn_affected *tenant,
                                   const struct dn_incident *incident)
{
    if (!incident)
        return dn_error_set(m->err, DN_INVALID, "tenant '%s': no document of the record has incident '%s'",
                            tenant->tenant_id, tenant->incident_id);
    if (dn_text_hostile(dn_text_of(tenant->tenant_id)))
        return dn_error_set(m->err, DN_INVALID,
                            "incident %s: the tenant_id '%s' holds a control or bidi character and names nobody",
                            tenant->incident_id, tenant->tenant_id);
    return DN_OK;
}

static enum dn_status take_turn(struct maker *m, const struct dn_affected *tenant)
{
    const struct dn_incident *incident = dn_incidents_find(m->source->incidents, dn_text_of(tenant->incident_id));
    enum dn_status status = check_tenant(m, tenant, incident);
    if (status != DN_OK)
        return status;
    struct turn turn = {.tenant = tenant,
                        .incident = incident,
                        .notice = notice_word(incident, m->source->notice),
                        .first_row = m->plan->row_count};
    const struct dn_exemption *exemption = dn_incident_exemption(incident, dn_text_of(tenant->tenant_id));
    if (!*tenant->tenant_id)
        add_unsettled(m, &turn);
    else if (exemption)
        add_exempt(m, &turn, exemption);
    else
        status = add_tenant(m, &turn);
    free(turn.notice);
    return status;
}

/* The affected rows in the order of sending. */
struct place {
    size_t first; /* index in config.first; its count: not in there */
    const struct dn_affected *tenant;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    int order = strcmp(x->tenant->incident_id, y->tenant->incident_id);
    return order ? order : strcmp(x->tenant->tenant_id, y->tenant->tenant_id);
}

static struct place *order_tenants(const struct dn_plan_source *source)
{
    const struct dn_affected_list *affected = source->affected;
    const struct dn_strings *first = &source->config->first;
    struct place *places = dn_alloc(affected->count, sizeof *places);
    for (size_t i = 0; i < affected->count; i++) {
        places[i] = (struct place){0, &affected->at[i]};
        while (places[i].first < first->count && !dn_tenant_same(first->at[places[i].first], affected->at[i].tenant_id))
            places[i].first++;
    }
    if (affected->count)
        qsort(places, affected->count, sizeof *places, compare_places);
    return places;
}

/* As the lines "key content_sha256 required" are sorted. */
static int compare_lines(const void *a, const void *b)
{
    const struct dn_plan_row *x = *(const struct dn_plan_row *const *)a, *y = *(const struct dn_plan_row *const *)b;
    int order = strcmp(x->key, y->key);
    if (!order)
        order = strcmp(x->content_sha256, y->content_sha256);
    return order ? order : strcmp(dn_required_words[x->required], dn_required_words[y->required]);
}

static void add_digest(struct dn_plan *plan)
{
    const struct dn_plan_row **sorted = dn_alloc(plan->row_count, sizeof *sorted);
    struct dn_sha256 *digest = dn_sha256_begin();
    for (size_t i = 0; i < plan->row_count; i++)
        sorted[i] = &plan->rows[i];
    if (plan->row_count)
        qsort(sorted, plan->row_count, sizeof *sorted, compare_lines);
    for (size_t i = 0; i < plan->row_count; i++) {
        char line[2 * DN_SHA256_HEX + 16];
        int size = snprintf(line, sizeof line, "%s %s %s\n", sorted[i]->key, sorted[i]->content_sha256,
                            dn_required_words[sorted[i]->required]);
        dn_sha256_feed(digest, (struct dn_text){line, (size_t)size});
    }
    dn_sha256_end(digest, plan->digest);
    free(sorted);
}

/* "isolation 1, unclassified 2" */
static void add_reasons(struct dn_strings *reasons, struct dn_buf *text)
{
    dn_strings_sort(reasons);
    for (size_t i = 0; i < reasons->count;) {
        size_t next = i;
        while (next < reasons->count && strcmp(reasons->at[next], reasons->at[i]) == 0)
            next++;
        dn_buf_addf(text, "%s%s %zu", i ? ", " : "", reasons->at[i], next - i);
        i = next;
    }
}

static void add_notes(struct maker *m)
{
    struct counts *c = &m->counts;
    struct dn_buf reasons = {0};
    add_reasons(&c->reasons, &reasons);
    if (c->unsettled)
        dn_notes_attention(m->notes, "unsettled",
                           "%zu rows without a tenant: find out whose they are, or remove them with --subset",
                           c->unsettled);
    if (c->held_tenants)
        dn_notes_attention(m->notes, "held", "%zu tenants (%zu notices) are held: %s", c->held_tenants, c->held_rows,
                           reasons.at);
    if (c->unreachable)
        dn_notes_attention(m->notes, "unreachable", "%zu tenants cannot be reached by any channel: find a way",
                           c->unreachable);
    if (c->distrusted_without_phone)
        dn_notes_attention(m->notes, "no-phone",
                           "%zu tenants have contacts in the intruder's hands and no telephone number: find one",
                           c->distrusted_without_phone);
    if (c->distrusted)
        dn_notes_say(m->notes, "distrusted", "%zu tenants have contacts in the intruder's hands: call them first",
                     c->distrusted);
    if (c->exempt)
        dn_notes_say(m->notes, "exempt", "%zu tenants are not told: the record exempts them", c->exempt);
    if (c->skipped)
        dn_notes_say(m->notes, "skipped", "%zu channels without a usable contact", c->skipped);
    if (c->other_language)
        dn_notes_say(m->notes, "language", "%zu tenants are told in English: no templates in theirs",
                     c->other_language);
    dn_buf_clear(&reasons);
}

static enum dn_status make_rows(struct maker *m)
{
    struct place *places = order_tenants(m->source);
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < m->source->affected->count && status == DN_OK; i++)
        status = take_turn(m, places[i].tenant);
    free(places);
    return status;
}

enum dn_status dn_plan_make(const struct dn_plan_source *source, struct dn_plan *plan, struct dn_notes *notes,
                            struct dn_error *err)
{
    *plan = (struct dn_plan){.source = *source};
    struct maker m = {.source = source, .plan = plan, .notes = notes, .err = err};
    dn_suspects_set(&m.suspects, source->resources);
    m.isolation = dn_isolation_new(source->affected, source->resources);
    enum dn_status status = dn_sample_allow(source, m.isolation, err);
    if (status == DN_OK)
        status = make_rows(&m);
    if (status == DN_OK) {
        add_digest(plan);
        add_notes(&m);
    } else {
        dn_plan_clear(plan);
    }
    dn_strings_clear(&m.counts.reasons);
    dn_suspects_clear(&m.suspects);
    dn_isolation_free(m.isolation);
    dn_shares_clear(&m.shares);
    return status;
}

void dn_plan_clear(struct dn_plan *plan)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        free(plan->rows[i].recipient);
        free(plan->rows[i].reason);
        free(plan->rows[i].goes_to);
        free(plan->rows[i].mark);
    }
    free(plan->rows);
    *plan = (struct dn_plan){0};
}

/* Rendering is the same for the same inputs; what is not what a person saw and a digest was made of never leaves. */
static enum dn_status check_digest(const struct dn_plan_row *row, const struct dn_content *content,
                                   struct dn_error *err)
{
    if (strcmp(row->content_sha256, digest_of(row, content)) == 0)
        return DN_OK;
    return dn_error_set(err, DN_SYSTEM, "the notice for tenant '%s' is not the one of the plan: it is not sent",
                        row->tenant->tenant_id);
}

static enum dn_status read_content(struct dn_plan_reader *reader, const struct dn_plan_row *row, struct dn_error *err)
{
    const struct dn_plan_source *source = &reader->plan->source;
    char *notice = notice_word(row->incident, source->notice);
    const char *held = NULL;
    bool is_same = reader->tenant == row->tenant;
    reader->has_script = reader->all || wants_script(row) || (is_same && reader->has_script);
    reader->has_reference = reader->all || wants_reference(row) || (is_same && reader->has_reference);
    dn_content_clear(&reader->content);
    reader->tenant = NULL;
    struct dn_content_source from = content_source(source, row->incident, row->tenant, notice);
    from.shares = &reader->shares;
    from.without_script = !reader->has_script;
    from.without_reference = !reader->has_reference;
    enum dn_status status = dn_content_render(source->templates, &from, &reader->content, &held, err);
    free(notice);
    if (status == DN_OK && held)
        status = dn_error_set(err, DN_SYSTEM, "the notice for tenant '%s' was planned and is held now: %s",
                              row->tenant->tenant_id, held);
    if (status == DN_OK)
        reader->tenant = row->tenant;
    return status;
}

const struct dn_content *dn_plan_content(struct dn_plan_reader *reader, const struct dn_plan_row *row,
                                         struct dn_error *err)
{
    if (reader->plan->given)
        return reader->plan->given;
    bool is_there = reader->tenant == row->tenant && (reader->has_script || !wants_script(row)) &&
                    (reader->has_reference || !wants_reference(row));
    enum dn_status status = is_there ? DN_OK : read_content(reader, row, err);
    if (status == DN_OK)
        status = check_digest(row, &reader->content, err);
    return status == DN_OK ? &reader->content : NULL;
}

void dn_plan_reader_clear(struct dn_plan_reader *reader)
{
    dn_content_clear(&reader->content);
    dn_shares_clear(&reader->shares);
    reader->tenant = NULL;
}
