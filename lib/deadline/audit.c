#include "deadline/audit.h"

#include <string.h>

#include "base/alloc.h"
#include "deadline/compare.h"
#include "deadline/follow.h"

/* What is counted while cases are judged. */
struct tally {
    size_t verdicts[DN_VERDICT_COUNT];
    size_t outbox, slow, soon, future, promised;
    struct place {
        size_t count;
        struct dn_buf first;        /* where the first is */
    } negative, unstarted, differs; /* told before the start, without one, with a due time that is not the regime's */
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

/* Counts one, and keeps where the first one is: the row of a table, else the tenant. */
static void count_place(struct place *place, const struct dn_audit *audit, const struct dn_case *it)
{
    const struct dn_told_foreign *foreign = it->source.foreign;
    if (place->count++ > 0)
        return;
    if (foreign != NULL)
        dn_buf_addf(&place->first, "%s:%lld", audit->told->sources[foreign->source].name, (long long)foreign->line);
    else
        dn_buf_addf(&place->first, "tenant '%s'", it->tenant_id);
}

static void count_places(struct run *run, const struct dn_case *it, const struct dn_obligation *row)
{
    if (has_word(row->reason, "negative"))
        count_place(&run->tally.negative, run->audit, it);
    if (has_word(row->reason, "no-start"))
        count_place(&run->tally.unstarted, run->audit, it);
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
    count_places(run, it, row);
    if (explain)
        add_explained(run->audit->explained, row, &steps);
    dn_steps_clear(&steps);
}

/* The clocks that are a tenant's own, beside the incident's: those that its row names, and those that a file of regimes
 * gives to its country. */
static void find_own(const struct dn_audit *audit, const struct dn_affected *affected, struct dn_strings *own)
{
    struct dn_strings named = {0};
    dn_strings_split(&named, dn_text_of(affected->regimes));
    for (size_t i = 0; i < named.count; i++)
        dn_strings_add_once(own, dn_text_of(named.at[i]));
    dn_strings_clear(&named);
    for (size_t i = 0; i < audit->regimes->count && affected->country[0] != '\0'; i++)
        if (dn_strings_has(&audit->regimes->at[i].countries, dn_text_of(affected->country)))
            dn_strings_add_once(own, dn_text_of(audit->regimes->at[i].id));
}

/* Says which of a tenant's clocks, the rows from that index on, is the tightest. */
static void name_tightest(struct run *run, const struct dn_case *it, size_t from)
{
    const struct dn_obligation *tightest = NULL;
    const char *explain = run->audit->explain;
    for (size_t i = from; i < run->rows->count; i++) {
        const struct dn_obligation *row = &run->rows->at[i];
        bool due = dn_instant_is(row->due_at);
        if (due && (tightest == NULL || dn_instant_compare(row->due_at, tightest->due_at) < 0))
            tightest = row;
    }
    if (run->rows->count - from < 2 || tightest == NULL)
        return;
    if (explain == NULL || strcmp(explain, it->tenant_id) != 0)
        return;
    dn_buf_addf(run->audit->explained, "\ntightest of %zu clocks: %s, due ", run->rows->count - from, tightest->regime);
    dn_instant_add_to(run->audit->explained, tightest->due_at);
    dn_buf_addc(run->audit->explained, '\n');
}

static void judge_clocks(struct run *run, const struct dn_case *it, bool own)
{
    const char *main = dn_clock_regime(&it->source);
    size_t from = run->rows->count;
    struct dn_strings others = {0};
    judge_clock(run, it, main, true);
    if (own && it->affected != NULL)
        find_own(run->audit, it->affected, &others);
    for (size_t i = 0; i < others.count; i++)
        if (strcmp(others.at[i], main) != 0)
            judge_clock(run, it, others.at[i], false);
    name_tightest(run, it, from);
    dn_strings_clear(&others);
}

static void explain_follow(struct run *run, const struct dn_obligation *row)
{
    struct dn_steps steps = {0};
    char from[DN_INSTANT_TEXT], due[DN_INSTANT_TEXT];
    dn_instant_format(row->started_at, from);
    dn_instant_format(row->due_at, due);
    dn_steps_add(&steps, "trigger", "%s, the notice before it", from);
    dn_steps_add(&steps, "due", "%s", due);
    add_explained(run->audit->explained, row, &steps);
    dn_steps_clear(&steps);
}

/* What is owed to a tenant after the first notice. */
static void judge_follows(struct run *run, const struct dn_case *it, size_t from)
{
    struct dn_follows follows = {0};
    const char *explain = run->audit->explain;
    size_t clocks = run->rows->count;
    bool broken = false;
    dn_follow_promises(it, &follows);
    for (size_t i = from; i < clocks; i++)
        dn_follow_cadence(it, dn_regimes_find(run->audit->regimes, dn_text_of(run->rows->at[i].regime)), &follows);
    for (size_t i = 0; i < follows.count; i++) {
        struct dn_obligation *row = dn_obligations_add(run->rows);
        dn_follow_row(it, &follows.at[i], row);
        count_row(run, row);
        broken |= row->status == DN_VERDICT_OVERDUE;
        if (explain != NULL && strcmp(explain, it->tenant_id) == 0)
            explain_follow(run, row);
    }
    run->tally.promised += broken;
    dn_follows_clear(&follows);
}

static void sum_up(struct dn_case *it)
{
    it->sum = (struct dn_told_sum){.at = DN_INSTANT_NONE};
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        it->under[i] = it->sum;
    if (it->told == NULL)
        return;
    dn_told_sum(it->told, it->drill, &it->sum);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        dn_told_sum_under(it->told, it->drill, (enum dn_policy)i, &it->under[i]);
}

static void clear_sums(struct dn_case *it)
{
    dn_told_sum_clear(&it->sum);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        dn_told_sum_clear(&it->under[i]);
}

static void judge_case(struct run *run, struct dn_case *it)
{
    bool due = dn_case_is_due(it);
    size_t from = run->rows->count;
    sum_up(it);
    bool yes = it->sum.sure == DN_SURE_YES;
    run->tally.outbox += yes && it->sum.outbox && !it->drill && !run->audit->now_fixed;
    run->tally.future += yes && dn_instant_compare(it->sum.at, run->audit->now) > 0;
    /* A tenant that is not affected and was only rehearsed with is nobody's business here. */
    if (due || it->sum.any || it->affected != NULL)
        judge_clocks(run, it, due && it->tenant_id[0] != '\0');
    judge_follows(run, it, from);
    if (!dn_compare_row(it))
        count_place(&run->tally.differs, run->audit, it);
    clear_sums(it);
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
    if (tally->negative.count > 0)
        dn_notes_attention(run->notes, "negative",
                           "%zu told before their clock started: a time is wrong; the first is %s",
                           tally->negative.count, tally->negative.first.at);
    if (tally->unstarted.count > 0)
        dn_notes_attention(run->notes, "no-start", "%zu without a start of their clock; the first is %s",
                           tally->unstarted.count, tally->unstarted.first.at);
    if (tally->outbox > 0)
        dn_notes_attention(run->notes, "outbox",
                           "%zu tenants count as told by rows of an outbox: nothing was sent by this program",
                           tally->outbox);
    if (tally->differs.count > 0)
        dn_notes_attention(run->notes, "due-differs",
                           "%zu rows say another due time than the regime '%s' gives; they were judged by their own. "
                           "The first is %s",
                           tally->differs.count, run->audit->regime, tally->differs.first.at);
    if (tally->promised > 0)
        dn_notes_attention(run->notes, "update-overdue",
                           "%zu tenant%s promised an update for a time that is over, and got none", tally->promised,
                           tally->promised == 1 ? " was" : "s were");
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
    dn_compare_clocks(audit, notes);
    judge_all(&run);
    dn_obligations_sort(obligations);
    add_notes(&run);
    dn_buf_clear(&run.tally.negative.first);
    dn_buf_clear(&run.tally.unstarted.first);
    dn_buf_clear(&run.tally.differs.first);
    return DN_OK;
}
