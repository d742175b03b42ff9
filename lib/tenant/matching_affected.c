/* The affected stream of a run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "stream/csv_write.h"
#include "tenant/affected_line.h"
#include "tenant/cell.h"
#include "tenant/contact.h"
#include "tenant/matching_group.h"

/* The words of a set of bits, or of a number; rows mostly have those of the row before. */
struct words {
    uint32_t set;
    bool made;
    struct dn_buf text;
};

/* What is going on while the stream is written. */
struct writer {
    const struct dn_matching *matching;
    const struct dn_matching_when *when;
    struct dn_matching_summary *summary;
    struct dn_output *output; /* NULL: it is all left in `line` */
    struct dn_table before;   /* of when->previous, entries have its numbers */
    unsigned char *still;     /* of those: matched again */
    struct dn_affected *now;  /* of each group in order: change and identified_at alone */
    size_t total, written;    /* rows */
    struct words effects, kinds[1 << 6], gaps, services, incidents;
    struct dn_affected row;   /* its figures; its texts are not looked at */
    struct dn_buf matched_by; /* of the row */
    struct dn_buf of_all;     /* the end of each row */
    struct dn_buf line, key;  /* scratch */
    struct dn_line_days days;
};

static void affected_key(struct dn_text incident_id, struct dn_text tenant_id, struct dn_buf *key)
{
    dn_buf_reset(key);
    dn_buf_addt(key, incident_id);
    dn_buf_addc(key, '\0');
    dn_tenant_key(tenant_id, key);
}

static struct dn_text incident_id_of(const struct writer *writer, const struct dn_matching_group *group)
{
    return dn_table_key(&writer->matching->names->incidents, group->incident);
}

/* What an earlier row says of a tenant: that it was affected already, and since when that is known. */
static void compare_with(const struct dn_affected *before, struct dn_affected *now)
{
    if (before->change == DN_CHANGE_REMOVED)
        return;
    now->change = DN_CHANGE_KEPT;
    if (dn_instant_is(before->identified_at))
        now->identified_at = before->identified_at;
}

/* Holds the groups against the previous list; counts the rows that there will be. */
static void compare_previous(struct writer *writer)
{
    const struct dn_matching *matching = writer->matching;
    const struct dn_affected_list *previous = writer->when->previous;
    writer->total = matching->group_count;
    if (previous == NULL)
        return;
    writer->still = dn_alloc(previous->count, 1);
    writer->now = dn_alloc(matching->group_count, sizeof *writer->now);
    for (size_t i = 0; i < previous->count; i++) {
        affected_key(dn_text_of(previous->at[i].incident_id), dn_text_of(previous->at[i].tenant_id), &writer->key);
        dn_table_add(&writer->before, dn_buf_text(&writer->key), NULL);
        writer->still[i] = previous->at[i].tenant_id[0] == '\0';
    }
    for (size_t i = 0; i < matching->group_count; i++) {
        const struct dn_matching_group *group = dn_matching_at(matching, i);
        writer->now[i] = (struct dn_affected){.change = DN_CHANGE_ADDED, .identified_at = writer->when->now};
        affected_key(incident_id_of(writer, group), dn_matching_tenant_id(group), &writer->key);
        size_t found = dn_table_find(&writer->before, dn_buf_text(&writer->key));
        if (found == SIZE_MAX)
            continue;
        compare_with(&previous->at[found], &writer->now[i]);
        writer->still[found] = 1;
    }
    for (size_t i = 0; i < previous->count; i++)
        writer->total += !writer->still[i];
}

/* How many rows there are in all, behind every row's own number. */
static struct dn_text total_text(struct writer *writer)
{
    if (writer->of_all.size == 0)
        dn_buf_addf(&writer->of_all, "/%zu\n", writer->total);
    return dn_buf_text(&writer->of_all);
}

/* Ends the row that was added. */
static void end_row(struct writer *writer)
{
    struct dn_text total = total_text(writer);
    char *begin = dn_buf_reserve(&writer->line, DN_LINE_NUMBER + total.size);
    char *to = dn_line_number(begin, (int64_t)++writer->written);
    memcpy(to, total.at, total.size);
    dn_buf_extend(&writer->line, (size_t)(to - begin) + total.size);
    writer->summary->count++;
    if (writer->line.size < (size_t)64 << 10 || writer->output == NULL)
        return;
    dn_output_write(writer->output, dn_buf_text(&writer->line));
    dn_buf_reset(&writer->line);
}

static void put_removed(struct writer *writer, struct dn_affected *before)
{
    struct dn_affected_texts texts = dn_affected_texts_of(before);
    before->change = DN_CHANGE_REMOVED;
    dn_affected_add_line(before, &texts, &writer->line);
    end_row(writer);
    writer->summary->changes[DN_CHANGE_REMOVED]++;
}

static int compare_group(struct writer *writer, const struct dn_matching_group *group, const struct dn_affected *row)
{
    int order = dn_text_compare(dn_text_of(row->incident_id), incident_id_of(writer, group));
    return order ? order : dn_text_compare(dn_text_of(row->tenant_id), dn_matching_tenant_id(group));
}

/* Writes the removed ones that come before this group (NULL: all that are left). */
static void put_removed_before(struct writer *writer, const struct dn_matching_group *group, size_t *next)
{
    struct dn_affected_list *previous = writer->when->previous;
    for (; previous && *next < previous->count; (*next)++) {
        if (writer->still[*next])
            continue;
        if (group && compare_group(writer, group, &previous->at[*next]) > 0)
            return;
        put_removed(writer, &previous->at[*next]);
    }
}

/* The words of a set; `add` appends them. */
static struct dn_text words_of(struct words *words, unsigned set, void (*add)(struct dn_buf *, unsigned))
{
    if (!words->made || words->set != set) {
        dn_buf_reset(&words->text);
        add(&words->text, set);
        words->set = set;
        words->made = true;
    }
    return dn_buf_text(&words->text);
}

/* The name of that number in a table, as CSV. */
static struct dn_text name_of(struct words *words, const struct dn_table *names, uint32_t number)
{
    if (!words->made || words->set != number) {
        dn_buf_reset(&words->text);
        dn_csv_add_field(&words->text, true, dn_table_key(names, number));
        words->set = number;
        words->made = true;
    }
    return dn_buf_text(&words->text);
}

static void add_effects(struct dn_buf *buf, unsigned set)
{
    struct dn_strings words = {0};
    for (size_t i = 0; dn_effect_words[i]; i++)
        if (set >> i & 1)
            dn_strings_add(&words, dn_text_of(dn_effect_words[i]));
    dn_strings_sort(&words);
    dn_strings_join(&words, ';', buf);
    dn_strings_clear(&words);
}

/* As CSV. */
static struct dn_text services_text(struct writer *writer, size_t number)
{
    const struct dn_matching *matching = writer->matching;
    const struct dn_matching_group *group = dn_matching_at(matching, number);
    const struct dn_matching_node *nodes = matching->shards[matching->order[number] >> DN_SHARD_SHIFT].nodes;
    const struct dn_table *names = &matching->names->services;
    struct words *services = &writer->services;
    struct dn_strings words = {0};
    if (group->services == DN_NO_NODE)
        return DN_TEXT("");
    if (group->services & DN_ONE_SERVICE)
        return name_of(services, names, group->services & ~DN_ONE_SERVICE);
    for (uint32_t node = group->services; node != DN_NO_NODE; node = nodes[node].before)
        dn_strings_add(&words, dn_table_key(names, nodes[node].service));
    dn_buf_reset(&services->text);
    dn_buf_reset(&writer->key);
    dn_strings_sort(&words);
    dn_strings_join(&words, ';', &writer->key);
    dn_csv_add_field(&services->text, true, dn_buf_text(&writer->key));
    services->made = false;
    dn_strings_clear(&words);
    return dn_buf_text(&services->text);
}

static struct dn_text unsettled_text(struct writer *writer, size_t incident)
{
    const struct dn_unsettled *counts = &writer->matching->unsettled[incident];
    const struct {
        const char *word;
        int64_t count;
    } classes[] = {
        {"unmatched", counts->unmatched}, {"ambiguous", counts->ambiguous}, {"unresolved", counts->unresolved}};
    struct dn_buf *text = &writer->matched_by;
    dn_buf_reset(text);
    for (size_t i = 0; i < 3; i++)
        if (classes[i].count)
            dn_buf_addf(text, "%s%s=%" PRId64, text->size ? ";" : "", classes[i].word, classes[i].count);
    return dn_buf_text(text);
}

static unsigned gaps_of(const struct dn_matching_group *group)
{
    return group->of.told->gaps | (group->effects & DN_GROUP_COMPROMISED ? 1U << DN_GAP_CONTACT_COMPROMISED : 0);
}

/* known (NULL: nothing) is what an earlier list says. */
static void set_figures(struct dn_affected *row, const struct dn_matching_group *group, struct dn_instant now,
                        const struct dn_affected *known)
{
    row->change = known ? known->change : DN_CHANGE_ADDED;
    row->certainty = (enum dn_certainty)group->certainty;
    row->resources = group->resources;
    row->rows = group->rows;
    row->events = group->events;
    row->data_subjects = group->data_subjects;
    row->first_seen = dn_matching_first(group);
    row->last_seen = dn_matching_last(group);
    row->identified_at = known ? known->identified_at : now;
}

static void put_group(struct writer *writer, size_t number)
{
    const struct dn_matching *matching = writer->matching;
    const struct dn_matching_group *group = dn_matching_at(matching, number);
    const struct dn_matching_told *told = group->tenant == DN_NO_TENANT ? NULL : group->of.told;
    struct dn_affected *row = &writer->row;
    set_figures(row, group, writer->when->now, writer->now ? &writer->now[number] : NULL);
    struct dn_affected_made made = {
        .incident_id = name_of(&writer->incidents, &matching->names->incidents, group->incident),
        .tenant_id = dn_matching_tenant_id(group),
        .plain = told && told->plain,
        .named = told ? (struct dn_text){told->text + told->id, told->named} : DN_TEXT(",,,,,"),
        .contacts = told ? (struct dn_text){told->text + told->id + told->named, told->contacts} : DN_TEXT(",,,,"),
        .effects = words_of(&writer->effects, group->effects & ~DN_GROUP_COMPROMISED, add_effects),
        .services = services_text(writer, number),
        .matched_by = told ? words_of(&writer->kinds[group->kinds & 63], group->kinds, dn_kinds_add_to)
                           : unsettled_text(writer, group->incident)};
    if (told) {
        unsigned gaps = gaps_of(group);
        made.gaps = words_of(&writer->gaps, gaps, dn_gaps_add_to);
        for (size_t gap = 0; gaps >> gap; gap++)
            writer->summary->gaps[gap] += gaps >> gap & 1;
        writer->summary->changes[row->change]++;
    }
    dn_affected_add_made(row, &made, &writer->days, &writer->line);
    end_row(writer);
}

#define AHEAD 16

/* Fetches what the groups a little further on will need, of some at once: then what waits for the place of one page
 * waits for several. */
static void look_ahead(const struct dn_matching *matching, size_t from)
{
    size_t count = matching->group_count;
    for (size_t i = from + 2 * AHEAD; i < from + 3 * AHEAD && i < count; i++)
        dn_matching_fetch(dn_matching_at(matching, i));
    for (size_t i = from + AHEAD; i < from + 2 * AHEAD && i < count; i++)
        for (size_t line = 0; line < 3 && dn_matching_at(matching, i)->tenant != DN_NO_TENANT; line++)
            dn_prefetch((const char *)dn_matching_at(matching, i)->of.told + line * 64);
}

static void put_header(struct writer *writer)
{
    for (size_t i = 0; dn_affected_columns[i]; i++)
        dn_csv_add_field(&writer->line, i == 0, dn_text_of(dn_affected_columns[i]));
    dn_buf_adds(&writer->line, ",part\n");
}

static void clear(struct writer *writer)
{
    dn_table_clear(&writer->before);
    free(writer->still);
    free(writer->now);
    struct dn_buf *const bufs[] = {&writer->effects.text, &writer->gaps.text, &writer->services.text,
                                   &writer->incidents.text, &writer->matched_by};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        dn_buf_clear(bufs[i]);
    for (size_t i = 0; i < sizeof writer->kinds / sizeof *writer->kinds; i++)
        dn_buf_clear(&writer->kinds[i].text);
    dn_buf_clear(&writer->of_all);
    dn_buf_clear(&writer->line);
    dn_buf_clear(&writer->key);
}

/* Groups are rendered in pieces by several threads, which write them in turn. */
#define PIECE 2048

static void put_groups(struct writer *writer, size_t from, size_t to, size_t *removed)
{
    const struct dn_matching *matching = writer->matching;
    for (size_t i = from; i < to; i++) {
        if (i % AHEAD == 0)
            look_ahead(matching, i);
        if (removed)
            put_removed_before(writer, dn_matching_at(matching, i), removed);
        put_group(writer, i);
    }
}

static void put_all(struct writer *writer)
{
    dn_output_write(writer->output, dn_buf_text(&writer->line));
    dn_buf_reset(&writer->line);
}

static void join_summaries(struct dn_matching_summary *summary, const struct dn_matching_summary *more)
{
    summary->count += more->count;
    for (size_t i = 0; i < sizeof summary->changes / sizeof *summary->changes; i++)
        summary->changes[i] += more->changes[i];
    for (size_t i = 0; i < sizeof summary->gaps / sizeof *summary->gaps; i++)
        summary->gaps[i] += more->gaps[i];
}

/* Threads that write, each with a writer of its own, one piece after the other. */
struct press {
    const struct writer *writer;
    struct dn_matching_summary *summaries; /* by member */
    struct dn_tickets pieces;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t turn; /* the piece that may be written */
};

/* Writes a piece when it is its turn. */
static void write_piece(struct press *press, size_t piece, struct writer *writer)
{
    pthread_mutex_lock(&press->lock);
    while (press->turn != piece)
        pthread_cond_wait(&press->turned, &press->lock);
    pthread_mutex_unlock(&press->lock);
    put_all(writer);
    pthread_mutex_lock(&press->lock);
    press->turn++;
    pthread_cond_broadcast(&press->turned);
    pthread_mutex_unlock(&press->lock);
}

static void run_press(void *context, size_t member)
{
    struct press *press = context;
    struct writer writer = *press->writer;
    struct dn_matching_summary summary = {0};
    size_t count = writer.matching->group_count;
    struct dn_output *output = writer.output;
    writer.summary = &summary;
    for (size_t piece; (piece = dn_tickets_take(&press->pieces)) * PIECE < count;) {
        size_t to = (piece + 1) * PIECE;
        writer.written = piece * PIECE;
        writer.output = NULL;
        put_groups(&writer, piece * PIECE, to < count ? to : count, NULL);
        writer.output = output;
        write_piece(press, piece, &writer);
    }
    press->summaries[member] = summary;
    clear(&writer);
}

/* Where nothing is removed, a row's number is its group's. */
static void put_by_many(struct writer *writer)
{
    size_t threads = writer->matching->lane_count;
    struct press press = {.writer = &(struct writer){.matching = writer->matching,
                                                     .when = writer->when,
                                                     .output = writer->output,
                                                     .total = writer->total},
                          .summaries = dn_alloc(threads, sizeof *press.summaries)};
    pthread_mutex_init(&press.lock, NULL);
    pthread_cond_init(&press.turned, NULL);
    put_all(writer);
    dn_crew_run(threads, run_press, &press);
    for (size_t i = 0; i < threads; i++)
        join_summaries(writer->summary, &press.summaries[i]);
    pthread_mutex_destroy(&press.lock);
    pthread_cond_destroy(&press.turned);
    free(press.summaries);
}

void dn_matching_write_affected(const struct dn_matching *matching, const struct dn_matching_when *when,
                                struct dn_output *output, struct dn_matching_summary *summary)
{
    struct writer writer = {.matching = matching, .when = when, .summary = summary, .output = output};
    size_t removed = 0;
    if (when->previous)
        dn_affected_sort(when->previous);
    compare_previous(&writer);
    put_header(&writer);
    if (when->previous == NULL && matching->group_count > PIECE) {
        put_by_many(&writer);
    } else {
        put_groups(&writer, 0, matching->group_count, &removed);
        put_removed_before(&writer, NULL, &removed);
    }
    put_all(&writer);
    clear(&writer);
}
