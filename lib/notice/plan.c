#include "notice/plan.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/tandem.h"
#include "notice/first.h"
#include "notice/isolation.h"
#include "notice/language.h"
#include "notice/plan_parts.h"
#include "notice/policy.h"
#include "notice/reach.h"
#include "notice/sample.h"
#include "notice/shared.h"
#include "tenant/arena.h"

/* What needs a person or is worth saying, counted while the plan is made. */
struct counts {
    size_t unsettled, unreachable, exempt, skipped, other_language;
    size_t distrusted, distrusted_without_phone;
    size_t held_rows, held_tenants;
    struct dn_strings reasons; /* of held tenants, each once, and how many have it */
    size_t *reason_counts, reason_room;
};

/* One tenant of one incident while its rows are made. */
struct turn {
    const struct dn_affected *tenant;
    size_t number; /* in the affected list */
    const struct dn_incident *incident;
    char *notice;
    struct dn_reach reach;
    bool is_distrusted;
    bool is_told, has_content; /* its messages are to be shared; its content to be looked at */
    struct dn_content content;
};

/* Where one tenant's rows are made. There are several, since a tenant is made in two steps, each by a thread of its
 * own: its rows and its content; then the look at the content, and the plan. */
struct maker {
    struct common *all;
    const struct dn_plan_source *source;
    struct dn_error *err;
    struct counts counts;
    struct turn turn;
    struct dn_affected_slot tenant;
    struct dn_plan_row *rows;
    struct dn_arena texts; /* theirs */
    size_t row_count, row_room;
    struct dn_error error;
};

#define PLACES 4 /* groups of tenants in hand at once */
#define GROUP 16 /* tenants that are handed over together: threads wake each other less often */
#define FEW 256  /* tenants for which a second thread is not worth it */
#define NAMED 5  /* tenants that are named for isolation */

/* The plan while it is made. */
struct common {
    const struct dn_plan_source *source;
    struct dn_affected_reader tenants;   /* of the first step */
    struct dn_resource_reader resources; /* of the first step, too */
    struct dn_suspects suspects;
    struct dn_shares shares;
    struct dn_plan *plan; /* of the second step */
    struct dn_notes *notes;
    struct dn_isolation *isolation;
    bool is_sampled; /* it knows what every notice may say */
    size_t isolated;
    struct dn_error *failure;
    atomic_bool failed;
    struct maker makers[PLACES][GROUP];
    size_t place, counts[PLACES]; /* the group that is being filled; how many tenants are in each */
    struct dn_tandem *tandem;     /* NULL: one step behind the other */
};

/* A copy that is good during the tenant's turn. */
static const char *own(struct maker *m, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(dn_arena_take(&m->texts, size), text, size);
}

static struct dn_plan_row *add_row(struct maker *m, const struct turn *turn, enum dn_channel channel,
                                   enum dn_required required, const char *recipient)
{
    m->rows = dn_grow(m->rows, m->row_count, &m->row_room, sizeof *m->rows);
    struct dn_plan_row *row = &m->rows[m->row_count++];
    *row = (struct dn_plan_row){.incident = turn->incident,
                                .tenant = turn->tenant,
                                .number = turn->number,
                                .channel = channel,
                                .required = required,
                                .state = DN_STATE_INTENT,
                                .recipient = own(m, recipient),
                                .reason = "",
                                .same_as = SIZE_MAX,
                                .due_at = turn->incident->clock_due_at,
                                .regime = turn->incident->clock_regime ? turn->incident->clock_regime : ""};
    return row;
}

static void set_reason(struct maker *m, struct dn_plan_row *row, enum dn_state state, const char *reason)
{
    row->state = state;
    row->reason = own(m, reason);
}

static void add_skip(struct maker *m, const struct turn *turn, enum dn_channel channel, const char *gap)
{
    set_reason(m, add_row(m, turn, channel, DN_REQUIRED_NO, ""), DN_STATE_SKIPPED, gap);
}

static struct dn_plan_row *find_channel(const struct maker *m, enum dn_channel channel)
{
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].channel == channel)
            return &m->rows[i];
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
        if (!turn->reach.at[channel].usable.count || find_channel(m, channel))
            continue;
        return add_channel(m, turn, channel, DN_REQUIRED_ANY);
    }
    return false;
}

/* With an address in the intruder's hands the telephone is required; false: there is no number. */
static bool require_phone(struct maker *m, struct turn *turn)
{
    struct dn_plan_row *phone = find_channel(m, DN_CHANNEL_PHONE);
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
    struct dn_plan_row *row = find_channel(m, entry->send[0]);
    if (!row || row->state != DN_STATE_SKIPPED)
        row = add_row(m, turn, entry->send[0], DN_REQUIRED_ALL, "");
    row->required = DN_REQUIRED_ALL;
    set_reason(m, row, DN_STATE_SKIPPED, "unreachable");
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
static void put_phone_first(struct maker *m)
{
    struct dn_plan_row *phone = find_channel(m, DN_CHANNEL_PHONE);
    if (!phone)
        return;
    struct dn_plan_row moved = *phone;
    struct dn_plan_row *first = m->rows;
    memmove(first + 1, first, (size_t)(phone - first) * sizeof *first);
    *first = moved;
}

static void count_reason(struct counts *counts, const char *reason, size_t times)
{
    size_t i = 0;
    while (i < counts->reasons.count && strcmp(counts->reasons.at[i], reason) != 0)
        i++;
    if (i == counts->reasons.count) {
        counts->reason_counts = dn_grow(counts->reason_counts, i, &counts->reason_room, sizeof *counts->reason_counts);
        counts->reason_counts[i] = 0;
        dn_strings_add(&counts->reasons, dn_text_of(reason));
    }
    counts->reason_counts[i] += times;
}

/* What is held is what would have been sent; of somebody who cannot be reached, the row that says so. */
static void hold(struct maker *m, const char *reason)
{
    bool has_intent = false;
    for (size_t i = 0; i < m->row_count; i++)
        has_intent = has_intent || m->rows[i].state == DN_STATE_INTENT;
    for (size_t i = 0; i < m->row_count; i++) {
        struct dn_plan_row *row = &m->rows[i];
        bool is_last = row->state == DN_STATE_SKIPPED && row->required == DN_REQUIRED_ALL;
        if (row->state != DN_STATE_INTENT && (has_intent || !is_last))
            continue;
        set_reason(m, row, DN_STATE_HELD, reason);
        m->counts.held_rows++;
    }
    m->counts.held_tenants++;
    count_reason(&m->counts, reason, 1);
}

static bool has_intent(const struct maker *m)
{
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].state == DN_STATE_INTENT)
            return true;
    return false;
}

/* The first few by name; a name in the record's words would hold everybody. */
static void note_isolation(struct maker *m, const struct turn *turn, const struct dn_buf *what)
{
    if (m->all->isolated++ >= NAMED)
        return;
    dn_notes_say(m->all->notes, "isolation", "the notice for '%s' (%s) holds '%s', which is another tenant's",
                 turn->tenant->tenant_id, turn->incident->id, what->at);
}

/* Does one of the tenant's rows send what only some need? */
static bool needs(const struct maker *m, bool (*wants)(const struct dn_plan_row *row))
{
    for (size_t i = 0; i < m->row_count; i++)
        if (m->rows[i].state == DN_STATE_INTENT && wants(&m->rows[i]))
            return true;
    return false;
}

/* A reason to hold goes into *held. */
static enum dn_status render(struct maker *m, struct turn *turn, const char **held)
{
    const struct dn_plan_source *source = m->source;
    struct dn_content_source from =
        dn_plan_content_source(source, &m->all->resources, turn->incident, turn->tenant, turn->notice);
    from.shares = &m->all->shares;
    from.without_script = !needs(m, dn_plan_wants_script);
    from.without_reference = !needs(m, dn_plan_wants_reference);
    return dn_content_render(source->templates, &from, &turn->content, held, m->err);
}

static enum dn_status set_content(struct maker *m, const struct turn *turn, const struct dn_content *content)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < m->row_count && status == DN_OK; i++) {
        struct dn_plan_row *row = &m->rows[i];
        if (row->state != DN_STATE_INTENT)
            continue;
        memcpy(row->content_sha256, dn_plan_digest_of(row, content), DN_SHA256_HEX);
        if (m->source->check)
            status = m->source->check(m->source->check_context, row, content, m->err);
    }
    bool is_exact = true;
    dn_templates_find(m->source->templates, turn->tenant->language, &is_exact);
    m->counts.other_language += !is_exact && *turn->tenant->language;
    return status;
}

static enum dn_status add_content(struct maker *m, struct turn *turn)
{
    if (!has_intent(m))
        return DN_OK;
    const char *held = NULL;
    enum dn_status status = render(m, turn, &held);
    if (status == DN_OK && held)
        hold(m, held);
    turn->has_content = status == DN_OK && !held;
    return status;
}

/* Is something in it another's? What every notice says is only looked for when something is found: it takes as long as
 * many notices. */
static enum dn_status search(struct maker *m, const struct turn *turn, struct dn_buf *what, bool *found)
{
    struct common *all = m->all;
    *found = dn_isolation_check(all->isolation, turn->tenant, &turn->content, what);
    if (!*found || all->is_sampled)
        return DN_OK;
    all->is_sampled = true;
    enum dn_status status = dn_sample_allow(m->source, all->isolation, m->err);
    dn_buf_reset(what);
    *found = status == DN_OK && dn_isolation_check(all->isolation, turn->tenant, &turn->content, what);
    return status;
}

/* The second step: nothing of another tenant's may leave. */
static enum dn_status look_at_content(struct maker *m, const struct turn *turn)
{
    struct dn_buf what = {0};
    bool found = false;
    enum dn_status status = search(m, turn, &what, &found);
    if (found) {
        note_isolation(m, turn, &what);
        hold(m, "isolation");
    }
    dn_buf_clear(&what);
    return status != DN_OK || found ? status : set_content(m, turn, &turn->content);
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
    for (size_t i = 0; i < m->row_count; i++) {
        struct dn_plan_row *row = &m->rows[i];
        dn_ledger_key(dn_text_of(turn->incident->id), dn_text_of(turn->notice), dn_text_of(turn->tenant->tenant_id),
                      row->channel, dn_text_of(row->recipient), row->key);
    }
}

/* One message per address, whatever roles it holds: the later row shares the earlier one's. */
static void share_messages(struct maker *m)
{
    struct dn_plan_row *rows = m->rows;
    for (size_t i = 0; i < m->row_count; i++)
        for (size_t k = 0; k < i && rows[i].same_as == SIZE_MAX; k++) {
            bool are_mails = is_mail(&rows[i]) && is_mail(&rows[k]) && rows[i].state == DN_STATE_INTENT &&
                             rows[k].state == DN_STATE_INTENT && rows[k].same_as == SIZE_MAX;
            if (!are_mails || !dn_mailbox_same(rows[i].recipient, rows[k].recipient))
                continue;
            struct dn_buf reason = {0};
            dn_buf_addf(&reason, "same-message:%s", rows[k].key);
            set_reason(m, &rows[i], DN_STATE_INTENT, reason.at);
            rows[i].same_as = k;
            dn_buf_clear(&reason);
        }
}

static void count_skipped(struct maker *m)
{
    for (size_t i = 0; i < m->row_count; i++)
        m->counts.skipped += m->rows[i].state == DN_STATE_SKIPPED && m->rows[i].required == DN_REQUIRED_NO;
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
    dn_reach_of(turn->tenant, turn->incident, &m->all->suspects, &turn->reach);
    add_tenant_rows(m, turn, entry);
    if (turn->is_distrusted)
        put_phone_first(m);
    set_keys(m, turn);
    count_skipped(m);
    struct dn_buf reason = {0};
    add_reason(m, turn, &reason);
    enum dn_status status = DN_OK;
    if (reason.size)
        hold(m, reason.at);
    else
        status = add_content(m, turn);
    dn_buf_clear(&reason);
    turn->is_told = true;
    dn_reach_clear(&turn->reach);
    return status;
}

/* What could not be settled: nobody knows whom to tell, a person must find out. */
static void add_unsettled(struct maker *m, const struct turn *turn)
{
    const char *reason = *turn->tenant->matched_by ? turn->tenant->matched_by : "unresolved";
    set_reason(m, add_row(m, turn, DN_CHANNEL_OTHER, DN_REQUIRED_ALL, ""), DN_STATE_HELD, reason);
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

/* The tenant's rows go to the plan. */
static void keep_rows(struct maker *m)
{
    struct dn_plan *plan = m->all->plan;
    size_t first = plan->row_count;
    for (size_t i = 0; i < m->row_count; i++) {
        struct dn_plan_row *row = &m->rows[i];
        if (row->same_as != SIZE_MAX)
            row->same_as += first;
        dn_plan_add(plan, row);
    }
}

static void end_turn(struct maker *m)
{
    dn_content_clear(&m->turn.content);
    free(m->turn.notice);
    m->turn = (struct turn){0};
    m->row_count = 0;
    dn_arena_reset(&m->texts);
}

/* The first step. */
static enum dn_status begin_turn(struct maker *m, size_t number)
{
    const struct dn_affected *tenant = dn_affected_fetch(&m->all->tenants, number, &m->tenant);
    const struct dn_incident *incident = dn_incidents_find(m->source->incidents, dn_text_of(tenant->incident_id));
    enum dn_status status = check_tenant(m, tenant, incident);
    if (status != DN_OK)
        return status;
    struct turn *turn = &m->turn;
    *turn = (struct turn){.tenant = tenant,
                          .number = number,
                          .incident = incident,
                          .notice = dn_plan_notice_word(incident, m->source->notice)};
    const struct dn_exemption *exemption = dn_incident_exemption(incident, dn_text_of(tenant->tenant_id));
    if (!*tenant->tenant_id)
        add_unsettled(m, turn);
    else if (exemption)
        add_exempt(m, turn, exemption);
    else
        status = add_tenant(m, turn);
    return status;
}

/* The second one; tenants come in order. After a failure nothing more is done. */
static void finish_turn(struct common *all, struct maker *m)
{
    if (!atomic_load(&all->failed)) {
        enum dn_status status = m->turn.has_content ? look_at_content(m, &m->turn) : DN_OK;
        if (m->turn.is_told)
            share_messages(m);
        keep_rows(m);
        if (status != DN_OK)
            *all->failure = m->error;
        atomic_store(&all->failed, status != DN_OK);
    }
    end_turn(m);
}

static void finish_group(void *context, size_t place)
{
    struct common *all = context;
    for (size_t i = 0; i < all->counts[place]; i++)
        finish_turn(all, &all->makers[place][i]);
}

/* "isolation 1, unclassified 2" */
static void add_reasons(const struct counts *counts, struct dn_buf *text)
{
    const char *last = "";
    for (size_t i = 0; i < counts->reasons.count; i++) {
        size_t next = SIZE_MAX;
        for (size_t k = 0; k < counts->reasons.count; k++)
            if (strcmp(counts->reasons.at[k], last) > 0 &&
                (next == SIZE_MAX || strcmp(counts->reasons.at[k], counts->reasons.at[next]) < 0))
                next = k;
        last = counts->reasons.at[next];
        dn_buf_addf(text, "%s%s %zu", i ? ", " : "", last, counts->reason_counts[next]);
    }
}

static void add_notes(const struct counts *c, struct dn_notes *notes)
{
    struct dn_buf reasons = {0};
    add_reasons(c, &reasons);
    if (c->unsettled)
        dn_notes_attention(notes, "unsettled",
                           "%zu rows without a tenant: find out whose they are, or remove them with --subset",
                           c->unsettled);
    if (c->held_tenants)
        dn_notes_attention(notes, "held", "%zu tenants (%zu notices) are held: %s", c->held_tenants, c->held_rows,
                           reasons.at);
    if (c->unreachable)
        dn_notes_attention(notes, "unreachable", "%zu tenants cannot be reached by any channel: find a way",
                           c->unreachable);
    if (c->distrusted_without_phone)
        dn_notes_attention(notes, "no-phone",
                           "%zu tenants have contacts in the intruder's hands and no telephone number: find one",
                           c->distrusted_without_phone);
    if (c->distrusted)
        dn_notes_say(notes, "distrusted", "%zu tenants have contacts in the intruder's hands: call them first",
                     c->distrusted);
    if (c->exempt)
        dn_notes_say(notes, "exempt", "%zu tenants are not told: the record exempts them", c->exempt);
    if (c->skipped)
        dn_notes_say(notes, "skipped", "%zu channels without a usable contact", c->skipped);
    if (c->other_language)
        dn_notes_say(notes, "language", "%zu tenants are told in English: no templates in theirs", c->other_language);
    dn_buf_clear(&reasons);
}

/* What the makers counted, together. */
static void add_counts(const struct counts *from, struct counts *into)
{
    into->unsettled += from->unsettled;
    into->unreachable += from->unreachable;
    into->exempt += from->exempt;
    into->skipped += from->skipped;
    into->other_language += from->other_language;
    into->distrusted += from->distrusted;
    into->distrusted_without_phone += from->distrusted_without_phone;
    into->held_rows += from->held_rows;
    into->held_tenants += from->held_tenants;
    for (size_t i = 0; i < from->reasons.count; i++)
        count_reason(into, from->reasons.at[i], from->reason_counts[i]);
}

static void clear_counts(struct counts *counts)
{
    dn_strings_clear(&counts->reasons);
    free(counts->reason_counts);
}

/* Hands the group over that is being filled, and begins the next one. */
static void give_group(struct common *all)
{
    if (all->tandem) {
        dn_tandem_give(all->tandem);
        all->place = dn_tandem_place(all->tandem);
    } else {
        finish_group(all, 0);
    }
    all->counts[all->place] = 0;
}

/* false: the making has failed. */
static bool take_turn(struct common *all, size_t number)
{
    size_t *count = &all->counts[all->place];
    struct maker *m = &all->makers[all->place][*count];
    enum dn_status status = begin_turn(m, number);
    if (status == DN_OK) {
        if (++*count == GROUP)
            give_group(all);
        return !atomic_load(&all->failed);
    }
    give_group(all);
    if (all->tandem)
        dn_tandem_wait(all->tandem); /* one of the tenants before may have failed, too: it comes first */
    if (!atomic_load(&all->failed))
        *all->failure = m->error;
    atomic_store(&all->failed, true);
    end_turn(m);
    return false;
}

/* Those that the configuration names first, then all others in the list's order. */
static void take_turns(struct common *all)
{
    struct dn_first first = {0};
    bool goes_on = true;
    dn_first_find(all->source->affected, &all->source->config->first, &first);
    for (size_t i = 0; i < first.count && goes_on; i++)
        goes_on = take_turn(all, first.ranked[i]);
    for (size_t i = 0, next = 0; i < all->source->affected->count && goes_on; i++)
        if (next < first.count && first.sorted[next] == i)
            next++;
        else
            goes_on = take_turn(all, i);
    dn_first_clear(&first);
}

static enum dn_status make_rows(struct common *all)
{
    for (size_t i = 0; i < PLACES * GROUP; i++) {
        struct maker *m = &all->makers[i / GROUP][i % GROUP];
        m->all = all;
        m->source = all->source;
        m->err = &m->error;
    }
    if (all->source->affected->count > FEW) {
        all->tandem = dn_tandem_begin(PLACES, finish_group, all);
        all->place = dn_tandem_place(all->tandem);
    }
    take_turns(all);
    give_group(all);
    dn_tandem_end(all->tandem);
    return atomic_load(&all->failed) ? all->failure->status : dn_plan_check(all->plan, all->failure);
}

static void say_counts(const struct common *all)
{
    struct counts counts = {0};
    for (size_t i = 0; i < PLACES * GROUP; i++)
        add_counts(&all->makers[i / GROUP][i % GROUP].counts, &counts);
    add_notes(&counts, all->notes);
    clear_counts(&counts);
}

static void release(struct common *all)
{
    for (size_t i = 0; i < PLACES * GROUP; i++) {
        struct maker *m = &all->makers[i / GROUP][i % GROUP];
        clear_counts(&m->counts);
        dn_affected_slot_clear(&m->tenant);
        dn_arena_clear(&m->texts);
        free(m->rows);
    }
    dn_affected_reader_clear(&all->tenants);
    dn_resource_reader_clear(&all->resources);
    dn_suspects_clear(&all->suspects);
    dn_isolation_free(all->isolation);
    dn_shares_clear(&all->shares);
    free(all);
}

enum dn_status dn_plan_make(const struct dn_plan_source *source, struct dn_plan *plan, struct dn_notes *notes,
                            struct dn_error *err)
{
    struct dn_error failure;
    struct common *all = dn_alloc(1, sizeof *all);
    *plan = (struct dn_plan){.source = *source};
    all->source = source;
    all->tenants.list = source->affected;
    all->plan = plan;
    all->notes = notes;
    all->failure = err ? err : &failure;
    enum dn_status status = dn_suspects_set(&all->suspects, source->resources, err);
    if (status == DN_OK)
        status = dn_isolation_open(source->affected, source->resources, &all->isolation, err);
    if (status == DN_OK)
        status = make_rows(all);
    if (status == DN_OK)
        say_counts(all);
    release(all);
    if (status == DN_OK)
        status = dn_plan_set_digest(plan, err);
    if (status != DN_OK)
        dn_plan_clear(plan);
    return status;
}
