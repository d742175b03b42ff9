/* The sentence at the top. It is made of counts alone, and says no more than was checked. */
#include "deadline/report_page.h"

enum mood { MOOD_GOOD, MOOD_DOUBT, MOOD_BAD };

struct tally {
    size_t counts[DN_VERDICT_COUNT];
    size_t total;
    bool over;   /* a due time is over that was not kept */
    bool person; /* the exit status is 1 */
};

static struct tally take_tally(const struct dn_audited *audited)
{
    struct tally tally = {.total = audited->obligations->count, .person = dn_notes_need_person(audited->notes)};
    int64_t margin = 0;
    dn_obligations_count(audited->obligations, tally.counts);
    tally.over = tally.counts[DN_VERDICT_LATE] + tally.counts[DN_VERDICT_OVERDUE] > 0;
    for (size_t i = 0; i < audited->obligations->count && !tally.over; i++) {
        const struct dn_obligation *row = &audited->obligations->at[i];
        tally.over = row->status == DN_VERDICT_MISSING && dn_obligation_margin(row, &margin) && margin < 0;
    }
    return tally;
}

static bool is_settled(const struct tally *tally)
{
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++)
        if (tally->counts[verdict] > 0 && dn_verdict_needs_person((enum dn_verdict)verdict))
            return false;
    return tally->total > 0;
}

static enum mood mood_of(const struct tally *tally)
{
    if (tally->over)
        return MOOD_BAD;
    return is_settled(tally) && !tally->person ? MOOD_GOOD : MOOD_DOUBT;
}

/* Worst first: "1 was told late", "2 are overdue". */
static const struct {
    enum dn_verdict verdict;
    const char *one, *many;
} clauses[] = {{DN_VERDICT_OVERDUE, "is overdue", "are overdue"},
               {DN_VERDICT_MISSING, "got no notice at all", "got no notice at all"},
               {DN_VERDICT_LATE, "was met late", "were met late"},
               {DN_VERDICT_STRAY, "was told without being affected", "were told without being affected"},
               {DN_VERDICT_UNKNOWN, "cannot be decided", "cannot be decided"},
               {DN_VERDICT_HELD, "is on hold", "are on hold"},
               {DN_VERDICT_PENDING, "is still to be met", "are still to be met"},
               {DN_VERDICT_EXCUSED, "was met late under a hold", "were met late under a hold"},
               {DN_VERDICT_EXEMPT, "is exempt", "are exempt"},
               {DN_VERDICT_VOID, "is void", "are void"},
               {DN_VERDICT_MET, "is met", "are met"}};
#define CLAUSES (sizeof clauses / sizeof *clauses)

static void add_clauses(const struct tally *tally, struct dn_buf *out)
{
    size_t left = 0;
    for (size_t i = 0; i < CLAUSES; i++)
        left += tally->counts[clauses[i].verdict] > 0;
    for (size_t i = 0; i < CLAUSES; i++) {
        size_t count = tally->counts[clauses[i].verdict];
        if (count == 0)
            continue;
        dn_markup_add_count(out, count);
        dn_buf_addf(out, " %s", count == 1 ? clauses[i].one : clauses[i].many);
        left--;
        dn_buf_adds(out, left > 1 ? ", " : left == 1 ? " and " : "");
    }
}

/* "of 8 obligations, 1 is overdue and 7 are met"; of one kind alone "all 8 obligations are overdue". */
static void add_parts(const struct tally *tally, struct dn_buf *out)
{
    for (size_t i = 0; i < CLAUSES; i++) {
        if (tally->counts[clauses[i].verdict] != tally->total)
            continue;
        dn_buf_adds(out, tally->total == 1 ? "the one obligation" : "all ");
        if (tally->total > 1)
            dn_markup_add_things(out, tally->total, "obligation");
        dn_buf_addf(out, " %s", tally->total == 1 ? clauses[i].one : clauses[i].many);
        return;
    }
    dn_buf_adds(out, "of ");
    dn_markup_add_things(out, tally->total, "obligation");
    dn_buf_adds(out, ", ");
    add_clauses(tally, out);
}

static void add_unsettled(const struct tally *tally, struct dn_buf *out)
{
    dn_buf_adds(out, tally->over ? "Not every tenant was told in time: " : "Not finished: ");
    add_parts(tally, out);
    dn_buf_adds(out, ".");
}

static const char *settled_lead(const struct dn_audited *audited, const struct tally *tally)
{
    size_t met = tally->counts[DN_VERDICT_MET], excused = tally->counts[DN_VERDICT_EXCUSED];
    if (met + excused == 0)
        return "Nobody had to be told";
    if (met == 0)
        return "Every tenant was told, late but under a lawful hold";
    if (excused > 0)
        return "Every tenant was told in time, or later under a lawful hold";
    return audited->affected != NULL ? "Every affected tenant was told in time"
                                     : "Every tenant in this ledger was told in time";
}

static void add_settled(const struct dn_audited *audited, const struct tally *tally, struct dn_buf *out)
{
    size_t met = tally->counts[DN_VERDICT_MET], excused = tally->counts[DN_VERDICT_EXCUSED];
    dn_buf_adds(out, settled_lead(audited, tally));
    if (met != tally->total && excused != tally->total) {
        dn_buf_adds(out, ": ");
        add_parts(tally, out);
    }
    if (audited->affected == NULL && met + excused > 0)
        dn_buf_adds(out, "; whether anybody affected is not in it was not checked");
    dn_buf_adds(out, tally->person ? "; but something else needs a person." : ".");
}

void dn_page_add_sentence(const struct dn_audited *audited, struct dn_buf *out)
{
    struct tally tally = take_tally(audited);
    if (tally.total == 0)
        dn_buf_adds(out, "Nothing in the input obliges anybody to anything.");
    else if (is_settled(&tally))
        add_settled(audited, &tally, out);
    else
        add_unsettled(&tally, out);
}

/* How much time is left, or how close it was. */
static void add_lede(const struct dn_audited *audited, struct dn_buf *out)
{
    bool open = true;
    const struct dn_obligation *row = dn_obligations_tightest(audited->obligations, open);
    int64_t margin = 0;
    if (row == NULL)
        row = dn_obligations_tightest(audited->obligations, open = false);
    if (row == NULL || !dn_obligation_margin(row, &margin))
        return;
    const char *name = dn_audited_name(audited, row);
    const char *id = row->tenant_id[0] != '\0' ? row->tenant_id : row->incident_id;
    dn_buf_adds(out, "<p class=\"lede\">");
    dn_buf_adds(out, margin < 0 ? "Longest over its time: " : open ? "Least time left: " : "Least time to spare: ");
    dn_buf_adds(out, "<strong>");
    dn_markup_add_span(out, margin);
    dn_buf_adds(out, "</strong>, ");
    dn_markup_add_name(out, name[0] != '\0' ? name : id);
    dn_buf_adds(out, open ? ", not told; due " : "; due ");
    dn_markup_add_time(out, row->due_at);
    dn_buf_adds(out, ".</p>\n");
}

void dn_page_add_verdict(const struct dn_audited *audited, struct dn_buf *out)
{
    static const char *const classes[] = {"good", "doubt", "bad"};
    static const char *const states[] = {"In order", "Needs a person", "Not in time"};
    struct tally tally = take_tally(audited);
    enum mood mood = mood_of(&tally);
    bool in_time = mood == MOOD_GOOD && tally.counts[DN_VERDICT_MET] == tally.total;
    dn_buf_addf(out, "<div class=\"verdict %s\">\n<p class=\"state\">%s</p>\n<h1>", classes[mood],
                in_time ? "In time" : states[mood]);
    dn_buf_adds(out, dn_audited_is_drill(audited) ? "Drill: " : "");
    dn_page_add_sentence(audited, out);
    dn_buf_adds(out, "</h1>\n");
    add_lede(audited, out);
    dn_buf_adds(out, "</div>\n");
}
