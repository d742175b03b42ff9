#include "deadline/audit.h"

#include <string.h>

#include "base/alloc.h"
#include "deadline/judge.h"

/* What is counted while cases are judged. */
struct tally {
    size_t verdicts[DN_VERDICT_COUNT];
    size_t outbox, slow, soon, negative, future, promised;
};

struct run {
    const struct dn_audit *audit;
    struct dn_obligations *rows;
    struct dn_notes *notes;
    struct tally tally;
};

static bool has_word(const char *list, const char *word)
{
    struct dn_text rest = dn_text_of(list), element;
    while (dn_text_next(&rest, ';', &element))
        if (dn_text_is(element, word))
            return true;
    return false;
}

static void count_row(struct run *run, const struct dn_obligation *row)
{
    run->tally.verdicts[row->status]++;
    run->tally.slow += has_word(row->reason, "slow");
    run->tally.soon += has_word(row->reason, "due-soon");
    run->tally.negative += has_word(row->reason, "negative");
}

/* One obligation in words: whose, how its due time came about, and what that makes of it. */
static void add_explained(struct dn_buf *out, const struct dn_obligation *row, const struct dn_steps *steps)
{
    struct dn_buf line = {0};
    if (out->size > 0)
        dn_buf_addc(out, '\n');
    dn_buf_addf(&line, "%s%s%stenant %s, regime %s", row->incident_id[0] != '\0' ? "incident " : "", row->incident_id,
                row->incident_id[0] != '\0' ? ", " : "", row->tenant_id, row->regime);
    dn_buf_add_visible(out, dn_buf_text(&line));
    dn_buf_addc(out, '\n');
    dn_steps_write(steps, out);
    dn_buf_adds(out, "told: ");
    dn_buf_adds(out, dn_instant_is(row->satisfied_at) ? "" : "not");
    dn_instant_add_to(out, row->satisfied_at);
    dn_buf_reset(&line);
    dn_buf_addf(&line, "verdict: %s%s%s", dn_verdict_words[row->status], row->reason[0] != '\0' ? ", " : "",
                row->reason);
    dn_buf_addc(out, '\n');
    dn_buf_add_visible(out, dn_buf_text(&line));
    dn_buf_addc(out, '\n');
    dn_buf_clear(&line);
}

static void judge_clock(struct run *run, const struct dn_case *it, const char *regime, bool main)
{
    struct dn_clock clock;
    struct dn_steps steps = {0};
    bool explain = run->audit->explain != NULL && strcmp(run->audit->explain, it->tenant_id) == 0;
    dn_clock_find(&it->source, regime, main, &clock, explain ? &steps : NULL);
    struct dn_obligation *row = dn_obligations_add(run->rows);
    dn_case_judge(it, &clock, row);
    count_row(run, row);
    if (explain)
        add_explained(run->audit->explained, row, &steps);
    dn_steps_clear(&steps);
}

/* The tenant's own clocks, beside the incident's. */
static void judge_own(struct run *run, const struct dn_case *it, const char *main)
{
    struct dn_strings own = {0}, seen = {0};
    if (it->affected != NULL)
        dn_strings_split(&own, dn_text_of(it->affected->regimes));
    for (size_t i = 0; i < own.count; i++)
        if (strcmp(own.at[i], main) != 0 && dn_strings_add_once(&seen, dn_text_of(own.at[i])))
            judge_clock(run, it, own.at[i], false);
    dn_strings_clear(&own);
    dn_strings_clear(&seen);
}

/* Was the tenant promised an update that should have come by now, and has it got nothing after the initial notice? */
static bool waits_for_update(const struct dn_case *it)
{
    const struct dn_incident *incident = it->source.incident;
    bool open = incident != NULL && incident->status == DN_INCIDENT_DECLARED && it->source.foreign == NULL;
    if (!open || it->sum.sure != DN_SURE_YES || !dn_instant_is(incident->notice.next_update_at) ||
        dn_instant_compare(it->source.audit->now, incident->notice.next_update_at) <= 0)
        return false;
    for (size_t i = 0; i < it->told->count; i++) {
        const struct dn_told_key *key = &it->told->keys[i];
        if (!key->initial && key->drill == it->drill && dn_instant_is(key->satisfied_at))
            return false;
    }
    return true;
}

static void judge_case(struct run *run, struct dn_case *it)
{
    const char *main = dn_clock_regime(&it->source);
    bool due = dn_case_is_due(it);
    if (it->told != NULL)
        dn_told_sum(it->told, it->drill, &it->sum);
    else
        it->sum = (struct dn_told_sum){.at = DN_INSTANT_NONE};
    bool yes = it->sum.sure == DN_SURE_YES;
    run->tally.outbox += yes && it->sum.outbox && !it->drill && !run->audit->now_fixed;
    run->tally.promised += waits_for_update(it);
    run->tally.future += yes && dn_instant_compare(it->sum.at, run->audit->now) > 0;
    /* A tenant that is not affected and was only rehearsed with is nobody's business here. */
    if (due || it->sum.any || it->affected != NULL)
        judge_clock(run, it, main, true);
    if (due && it->tenant_id[0] != '\0')
        judge_own(run, it, main);
    dn_told_sum_clear(&it->sum);
}

static const struct dn_told_incident *told_incident(const struct dn_audit *audit, const char *id)
{
    size_t entry = dn_table_find(&audit->told->ids, dn_text_of(id));
    return entry == SIZE_MAX ? NULL : &audit->told->incidents[entry];
}

static void begin_case(const struct dn_audit *audit, const char *incident_id, const char *tenant_id,
                       const struct dn_told *told, const struct dn_affected *affected, struct dn_case *it)
{
    const struct dn_incident *incident = dn_incidents_find(audit->incidents, dn_text_of(incident_id));
    const struct dn_told_incident *said = told_incident(audit, incident_id);
    *it = (struct dn_case){.incident_id = incident_id, .tenant_id = tenant_id, .told = told, .affected = affected};
    it->source = (struct dn_clock_source){audit, incident, said, told != NULL ? told->foreign : NULL, affected};
    it->drill = incident != NULL ? incident->drill : said != NULL && said->drill && !said->real;
}

static void judge_all(struct run *run)
{
    const struct dn_audit *audit = run->audit;
    struct dn_case it;
    for (size_t i = 0; i < audit->told->count; i++) {
        const struct dn_told *told = &audit->told->at[i];
        const char *incident_id = audit->told->incidents[told->incident].id;
        const struct dn_affected *affected =
            audit->affected == NULL
                ? NULL
                : dn_affected_find(audit->affected, dn_text_of(incident_id), dn_text_of(told->tenant_id));
        begin_case(audit, incident_id, told->tenant_id, told, affected, &it);
        judge_case(run, &it);
    }
    for (size_t i = 0; audit->affected != NULL && i < audit->affected->count; i++) {
        const struct dn_affected *affected = &audit->affected->at[i];
        if (dn_told_find(audit->told, dn_text_of(affected->incident_id), dn_text_of(affected->tenant_id)) != NULL)
            continue;
        begin_case(audit, affected->incident_id, affected->tenant_id, NULL, affected, &it);
        judge_case(run, &it);
    }
}

/* Does a revision of the record name this time as one that was corrected? */
static bool corrected(const struct dn_incident *incident, struct dn_instant declared_at)
{
    char time[DN_INSTANT_TEXT];
    dn_instant_format(declared_at, time);
    for (size_t i = 0; i < incident->revision_count; i++) {
        const char *change = incident->revisions[i].change;
        if (change != NULL && strstr(change, time) != NULL &&
            strstr(change, dn_stage_words[DN_STAGE_INCIDENT_DECLARED]) != NULL)
            return true;
    }
    return false;
}

static void compare_declared(const struct dn_incident *incident, const struct dn_told_incident *told,
                             struct dn_notes *notes)
{
    struct dn_instant reached = dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED);
    for (size_t i = 0; i < told->declared_count; i++) {
        char time[DN_INSTANT_TEXT];
        struct dn_instant said = told->declared_at[i];
        dn_instant_format(said, time);
        if ((!dn_instant_is(reached) || dn_instant_compare(said, reached) != 0) && !corrected(incident, said))
            dn_notes_attention(notes, "declared-differs",
                               "incident '%s': the ledger says declared at %s, the record does not, and no revision "
                               "of it names that time as corrected; the record's clock was used",
                               incident->id, time);
    }
}

/* The record's clock against what its regime makes of its timeline. */
static void compare_due(const struct dn_audit *audit, const struct dn_incident *incident, struct dn_notes *notes)
{
    struct dn_clock_source source = {audit, incident, NULL, NULL, NULL};
    struct dn_clock clock;
    if (incident->clock_regime == NULL || !dn_instant_is(incident->clock_due_at))
        return;
    dn_clock_find(&source, incident->clock_regime, true, &clock, NULL);
    if (clock.trouble != NULL || dn_instant_compare(clock.due_at, incident->clock_due_at) == 0)
        return;
    char says[DN_INSTANT_TEXT], gives[DN_INSTANT_TEXT];
    dn_instant_format(incident->clock_due_at, says);
    dn_instant_format(clock.due_at, gives);
    dn_notes_attention(notes, "due-differs",
                       "incident '%s': the record says due at %s; its regime '%s' and its timeline give %s, which was "
                       "used",
                       incident->id, says, incident->clock_regime, gives);
}

/* Without a record the ledger's own times count: then they must be one. */
static void compare_ledger(const struct dn_audit *audit, const struct dn_told_incident *told, struct dn_notes *notes)
{
    struct dn_clock_source source = {audit, NULL, told, NULL, NULL};
    struct dn_clock said, counted;
    char first[DN_INSTANT_TEXT], gives[DN_INSTANT_TEXT];
    dn_instant_format(dn_clock_declared(told), first);
    if (told->declared_count > 1)
        dn_notes_attention(notes, "declared-differs",
                           "incident '%s': the ledger has %zu times of its declaration; the earliest counts, %s",
                           told->id, told->declared_count, first);
    dn_clock_find(&source, dn_clock_regime(&source), true, &said, NULL);
    dn_clock_find(&source, dn_clock_regime(&source), false, &counted, NULL);
    if (!dn_instant_is(said.due_at) || !dn_instant_is(counted.due_at) ||
        dn_instant_compare(said.due_at, counted.due_at) == 0)
        return;
    dn_instant_format(said.due_at, first);
    dn_instant_format(counted.due_at, gives);
    dn_notes_attention(notes, "due-differs",
                       "incident '%s': the ledger says due at %s, which was used; its regime '%s' gives %s", told->id,
                       first, said.regime, gives);
}

static enum dn_status check_regime(const struct dn_audit *audit, const char *regime, const char *where,
                                   struct dn_error *err)
{
    if (regime == NULL || dn_regimes_find(audit->regimes, dn_text_of(regime)) != NULL)
        return DN_OK;
    const struct dn_duty *duty = dn_regimes_duty(audit->regimes, dn_text_of(regime));
    if (duty != NULL)
        return dn_error_set(err, DN_INVALID, "%s: '%s' has no period to be counted: %s", where, regime, duty->rule);
    return dn_error_set(err, DN_INVALID, "%s: unknown regime '%s' (deadline-check --regimes-list shows them)", where,
                        regime);
}

/* Every incident of the input must have a record, if there are records at all. */
static enum dn_status check_incident(const struct dn_audit *audit, const char *id, const char *where,
                                     struct dn_error *err)
{
    const struct dn_incident *incident = dn_incidents_find(audit->incidents, dn_text_of(id));
    if (audit->incidents->count > 0 && incident == NULL)
        return dn_error_set(err, DN_INVALID, "%s: incident '%s' is in no record given with -i", where, id);
    if (incident == NULL || audit->regime != NULL)
        return DN_OK;
    return check_regime(audit, incident->clock_regime, id, err);
}

static enum dn_status check_all(const struct dn_audit *audit, struct dn_error *err)
{
    enum dn_status status = check_regime(audit, audit->regime, "--regime", err);
    for (size_t i = 0; i < audit->told->incident_count && status == DN_OK; i++)
        status = check_incident(audit, audit->told->incidents[i].id, "ledger", err);
    for (size_t i = 0; audit->affected != NULL && i < audit->affected->count && status == DN_OK; i++)
        status = check_incident(audit, audit->affected->at[i].incident_id, "affected stream", err);
    return status;
}

static void compare_clocks(struct run *run)
{
    const struct dn_audit *audit = run->audit;
    for (size_t i = 0; i < audit->told->incident_count; i++) {
        const struct dn_told_incident *told = &audit->told->incidents[i];
        const struct dn_incident *incident = dn_incidents_find(audit->incidents, dn_text_of(told->id));
        if (incident != NULL)
            compare_declared(incident, told, run->notes);
        else
            compare_ledger(audit, told, run->notes);
    }
    for (size_t i = 0; i < audit->incidents->count; i++)
        compare_due(audit, &audit->incidents->at[i], run->notes);
}

/* What each verdict that needs a person means, behind its word and number. */
static void add_verdict_notes(struct run *run)
{
    static const struct {
        enum dn_verdict verdict;
        const char *word, *text;
    } kinds[] = {{DN_VERDICT_LATE, "late", "told after they were due"},
                 {DN_VERDICT_OVERDUE, "overdue", "due and not told"},
                 {DN_VERDICT_MISSING, "missing", "affected, and no notice at all"},
                 {DN_VERDICT_UNKNOWN, "unknown", "that cannot be decided; the reason says why"},
                 {DN_VERDICT_STRAY, "stray", "notified, but not affected"},
                 {DN_VERDICT_HELD, "held", "under a hold that runs"},
                 {DN_VERDICT_PENDING, "pending", "not told yet, and not due yet"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t count = run->tally.verdicts[kinds[i].verdict];
        if (count > 0)
            dn_notes_attention(run->notes, kinds[i].word, "%zu obligation%s %s", count, count == 1 ? "" : "s",
                               kinds[i].text);
    }
}

static void add_notes(struct run *run)
{
    const struct tally *tally = &run->tally;
    add_verdict_notes(run);
    if (run->rows->count == 0)
        dn_notes_attention(run->notes, "no-obligations", "nothing in the input obliges anybody to anything");
    if (tally->soon > 0)
        dn_notes_attention(run->notes, "due-soon", "%zu of them are due soon", tally->soon);
    if (tally->negative > 0)
        dn_notes_attention(run->notes, "negative", "%zu told before their clock started: a time is wrong",
                           tally->negative);
    if (tally->outbox > 0)
        dn_notes_attention(run->notes, "outbox",
                           "%zu tenants count as told by rows of an outbox: nothing was sent by this program",
                           tally->outbox);
    if (tally->promised > 0)
        dn_notes_attention(run->notes, "update-overdue",
                           "%zu tenants were promised an update for a time that is over, and have got none",
                           tally->promised);
    if (tally->slow > 0)
        dn_notes_say(run->notes, "slow", "%zu met, but told later than --undue after it was known whom to tell",
                     tally->slow);
    if (tally->future > 0)
        dn_notes_say(run->notes, "future", "%zu tenants were told after now, as the rows have it", tally->future);
    if (run->audit->affected == NULL)
        dn_notes_say(run->notes, "coverage-not-checked",
                     "whether everybody affected is in here was not checked; give --affected");
}

enum dn_status dn_audit_run(const struct dn_audit *audit, struct dn_obligations *obligations, struct dn_notes *notes,
                            struct dn_error *err)
{
    struct run run = {.audit = audit, .rows = obligations, .notes = notes};
    enum dn_status status = check_all(audit, err);
    if (status != DN_OK)
        return status;
    compare_clocks(&run);
    judge_all(&run);
    dn_obligations_sort(obligations);
    add_notes(&run);
    return DN_OK;
}
