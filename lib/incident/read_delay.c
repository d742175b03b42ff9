/* Reading holds and exemptions. An incomplete one is no error: it is kept, marked, named, and counted by nobody. */
#include "incident/parts.h"

static enum dn_status read_approval(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    return dn_fields_read(r, node, dn_approval_fields, NULL, part);
}

/* Two names of one person, however they are written, are one approver. */
static bool same_person(const struct dn_approval *a, const struct dn_approval *b)
{
    return dn_text_same_name(dn_text_of(a->by), dn_text_of(b->by));
}

static bool approves(const struct dn_approval *approval)
{
    return dn_text_trim(dn_text_of(approval->by)).size > 0 && dn_instant_is(approval->at);
}

struct dn_instant dn_approved_at(const struct dn_approval *approvals, size_t count)
{
    struct dn_instant first = DN_INSTANT_NONE;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            if (approves(&approvals[i]) && approves(&approvals[k]) && !same_person(&approvals[i], &approvals[k]))
                first = dn_instant_min(first, dn_instant_max(approvals[i].at, approvals[k].at));
    }
    return first;
}

static const char *const no_approval = "it lacks two approvals by different people, each with by and at";

const char *dn_hold_gap(const struct dn_hold *hold)
{
    if (hold->reason == NULL)
        return "it has no reason";
    if (hold->tenants.count == 0)
        return "it names no tenants";
    if (!dn_instant_is(hold->from) || !dn_instant_is(hold->until))
        return dn_instant_is(hold->from) ? "it has no until" : "it has no from";
    if (dn_instant_compare(hold->from, hold->until) >= 0)
        return "its until is not later than its from";
    if (dn_text_is(dn_text_of(hold->reason), "law-enforcement") && (hold->authority == NULL || hold->reference == NULL))
        return "law-enforcement needs authority and reference";
    return dn_instant_is(dn_approved_at(hold->approvals, hold->approval_count)) ? NULL : no_approval;
}

const char *dn_exemption_gap(const struct dn_exemption *exemption)
{
    if (exemption->reason == NULL)
        return "it has no reason";
    if (exemption->tenants.count == 0)
        return "it names no tenants";
    if (exemption->evidence == NULL && exemption->key_integrity == NULL)
        return "it has no evidence";
    return dn_instant_is(dn_approved_at(exemption->approvals, exemption->approval_count)) ? NULL : no_approval;
}

static void note_gap(const struct dn_record_reading *r, const struct dn_yaml *node, const char *word, const char *gap)
{
    if (gap != NULL) {
        dn_notes_attention(r->notes, word, "%s:%lld:%lld: %s; it does not count", r->file->name, (long long)node->line,
                           (long long)node->column, gap);
    }
}

enum dn_status dn_hold_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    static const char *const also[] = {"approvals", NULL};
    struct dn_hold *hold = part;
    enum dn_status status = dn_fields_read(r, node, dn_hold_fields, also, hold);
    hold->counts_from = DN_INSTANT_NONE;
    if (status == DN_OK) {
        hold->approvals =
            dn_list_read(r, node, "approvals", sizeof *hold->approvals, read_approval, &hold->approval_count, &status);
    }
    const char *gap = dn_hold_gap(hold);
    hold->complete = gap == NULL;
    if (hold->complete)
        hold->counts_from = dn_instant_max(hold->from, dn_approved_at(hold->approvals, hold->approval_count));
    else if (status == DN_OK)
        note_gap(r, node, "hold-incomplete", gap);
    return status;
}

enum dn_status dn_exemption_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    static const char *const also[] = {"approvals", NULL};
    struct dn_exemption *exemption = part;
    enum dn_status status = dn_fields_read(r, node, dn_exemption_fields, also, exemption);
    if (status == DN_OK) {
        exemption->approvals = dn_list_read(r, node, "approvals", sizeof *exemption->approvals, read_approval,
                                            &exemption->approval_count, &status);
    }
    const char *gap = dn_exemption_gap(exemption);
    exemption->complete = gap == NULL;
    if (status == DN_OK)
        note_gap(r, node, "exemption-incomplete", gap);
    return status;
}
