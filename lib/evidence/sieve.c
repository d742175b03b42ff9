#include "evidence/sieve.h"

#include <string.h>

static struct dn_sieve_turn turn_of(const struct dn_evidence *evidence, enum dn_scope_key key)
{
    int field = dn_scope_field(key);
    bool list = field >= 0 && key != DN_KEY_WINDOW;
    return (struct dn_sieve_turn){key, list ? dn_evidence_only(evidence, (enum dn_field)field) : DN_CSV_NONE};
}

/* What each entry asks behind the first `asked` keys. */
static void begin_entries(struct dn_sieve *sieve, const struct dn_evidence *evidence, int asked)
{
    enum dn_scope_key keys[DN_KEYS];
    size_t count = sieve->scopes->incident->scope_count;
    sieve->entries = count <= DN_SIEVE_ENTRIES ? count : 0;
    for (size_t i = 0; i < sieve->entries; i++) {
        int turns = dn_scopes_turns(sieve->scopes, i, keys);
        for (int j = asked; j < turns; j++)
            sieve->turns[i][j - asked] = turn_of(evidence, keys[j]);
        sieve->turn_count[i] = turns - asked;
    }
}

static void begin_minutes(struct dn_sieve *sieve, struct dn_evidence *evidence)
{
    const struct dn_scope *scope = sieve->scopes->incident->scopes;
    struct dn_instant from = {INT64_MIN, 0}, until = {INT64_MAX, 0};
    if (sieve->window && scope->from.ns >= 0)
        from = scope->from;
    if (sieve->window && scope->until.ns >= 0)
        until = scope->until;
    dn_minutes_begin(&sieve->minutes, dn_evidence_moments(evidence), from, until, sieve->missing_sizes);
}

bool dn_sieve_begin(struct dn_sieve *sieve, const struct dn_scopes *scopes, struct dn_evidence *evidence)
{
    enum dn_scope_key keys[DN_KEYS];
    int shared = dn_scopes_shared(scopes), asked;
    dn_scopes_turns(scopes, 0, keys);
    sieve->scopes = scopes;
    sieve->at = dn_evidence_only(evidence, DN_FIELD_AT);
    sieve->missing_sizes = dn_evidence_missing_sizes(evidence);
    sieve->ahead = 0;
    sieve->first.column = DN_CSV_NONE;
    sieve->window = shared > 0 && keys[0] == DN_KEY_WINDOW;
    asked = sieve->window;
    if (asked < shared)
        sieve->first = turn_of(evidence, keys[asked]);
    asked += sieve->first.column != DN_CSV_NONE;
    begin_entries(sieve, evidence, asked);
    begin_minutes(sieve, evidence);
    memset(sieve->answers, 0, sizeof sieve->answers);
    return sieve->at != DN_CSV_NONE && asked > 0 && !dn_evidence_judges(evidence);
}

/* May a value of that size mean "no value"? */
static inline bool may_miss(const struct dn_sieve *sieve, size_t size)
{
    return sieve->missing_sizes >> (size < 63 ? size : 63) & 1;
}

/* Are the bytes of a field its value? Else only a close look says what that is. */
static inline bool is_value(const struct dn_sieve *sieve, struct dn_text field)
{
    return field.size > 0 && field.at[0] > ' ' && field.at[field.size - 1] > ' ' && field.at[0] != '"' &&
           !may_miss(sieve, field.size);
}

/* Where a value of that size, of at least one byte, is remembered: by its first and its last eight bytes. Rows have so
 * many bytes in front and behind that can be read. */
static inline size_t slot_of(struct dn_text value)
{
    unsigned none = value.size < 8 ? 64 - 8 * (unsigned)value.size : 0; /* bits that are not of the value */
    uint64_t first = dn_moments_load(value.at) << none, last = dn_moments_load(value.at + value.size - 8) >> none;
    uint64_t sum = (first ^ (last << 21 | last >> 43)) * UINT64_C(0x9E3779B97F4A7C15) + value.size;
    return (size_t)(sum >> 57) % DN_SIEVE_SLOTS;
}

/* The next rows, as they are asked: a bit for each. */
struct look {
    const struct dn_rows *rows;
    struct dn_scan_fields fields; /* of the column that was asked for last */
};

static inline void find(struct look *look, uint64_t wanted, size_t column)
{
    dn_rows_fields(look->rows, wanted, column, &look->fields);
}

/* The field of a row in that column. */
static inline struct dn_text field_of(const struct look *look, unsigned row)
{
    uint32_t begin = look->fields.begins[row];
    return (struct dn_text){look->rows->bytes + begin, look->fields.ends[row] - begin};
}

/* What ends a field of that column, but for a CR. */
static char ends_with(const struct look *look, size_t column)
{
    return column + 1 < look->rows->columns ? look->rows->scan.delimiter : '\n';
}

static size_t count_of(uint64_t rows)
{
    return (size_t)__builtin_popcountll(rows);
}

/* Which have a time that is known; which of these are in the window? A time in the usual form is a value as it stands:
 * it begins with a digit and ends with one or a Z. */
static uint64_t ask_times(struct dn_sieve *sieve, struct look *look, size_t count, uint64_t *inside)
{
    uint64_t all = ~(uint64_t)0 >> (64 - count), known = all, in = 0;
    char behind = ends_with(look, sieve->at);
    dn_rows_begins(look->rows, all, sieve->at, &look->fields);
    for (size_t i = 0; i < count; i++) {
        enum dn_minutes_answer answer = dn_minutes_ask(&sieve->minutes, look->rows->bytes + look->fields.begins[i]);
        if (answer == DN_MINUTES_UNSURE) {
            find(look, (uint64_t)1 << i, sieve->at);
            answer = dn_minutes_ask_all(&sieve->minutes, field_of(look, (unsigned)i), behind);
            known ^= (uint64_t)(answer == DN_MINUTES_UNSURE) << i;
        }
        in |= (uint64_t)(answer == DN_MINUTES_INSIDE) << i;
    }
    *inside = in;
    return known;
}

enum found { NO, YES, UNSURE };

/* Does the first key accept a value that is not remembered? Afterwards it is, if that can be told from it alone. */
static enum found ask_anew(struct dn_sieve *sieve, struct dn_text value, char behind)
{
    if (!is_value(sieve, value))
        return UNSURE;
    bool accepted = dn_scopes_accept(sieve->scopes, 0, sieve->first.key, value);
    if (value.size < DN_FORM_SIZE) {
        struct dn_sieve_answer *answer = &sieve->answers[slot_of(value)];
        dn_form_of(&answer->form, value.at, value.size, behind);
        answer->known = true;
        answer->accepted = accepted;
    }
    return accepted ? YES : NO;
}

/* Which of the rows does the first key keep out? Those that only a close look can tell are taken out of *rows. */
static uint64_t ask_first(struct dn_sieve *sieve, struct look *look, uint64_t *rows)
{
    uint64_t refused = 0, unsure = 0;
    char behind = ends_with(look, sieve->first.column);
    find(look, *rows, sieve->first.column);
    for (uint64_t left = *rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctzll(left);
        struct dn_text value = field_of(look, row);
        const struct dn_sieve_answer *answer = &sieve->answers[value.size > 0 ? slot_of(value) : 0];
        enum found found = answer->accepted ? YES : NO;
        if (!answer->known || !dn_form_fits(&answer->form, value.at))
            found = ask_anew(sieve, value, behind);
        refused |= (uint64_t)(found == NO) << row;
        unsure |= (uint64_t)(found == UNSURE) << row;
    }
    *rows &= ~unsure;
    return refused;
}

/* The same of one more key of an entry. */
static uint64_t ask_turn(const struct dn_sieve *sieve, size_t entry, const struct dn_sieve_turn *turn,
                         struct look *look, uint64_t *rows)
{
    uint64_t refused = 0, unsure = 0;
    if (turn->column == DN_CSV_NONE) {
        *rows = 0;
        return 0;
    }
    find(look, *rows, turn->column);
    for (uint64_t left = *rows; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctzll(left);
        struct dn_text value = field_of(look, row);
        if (!is_value(sieve, value))
            unsure |= left & (0 - left);
        else if (!dn_scopes_accept(sieve->scopes, entry, turn->key, value))
            refused |= left & (0 - left);
    }
    *rows &= ~unsure;
    return refused;
}

/* Which rows did each key of each entry keep out? */
struct refusals {
    uint64_t at[DN_SIEVE_ENTRIES][DN_KEYS];
};

/* Which of the rows do all keys that are left keep out? */
static uint64_t ask_entries(const struct dn_sieve *sieve, struct look *look, uint64_t rows, struct refusals *refusals)
{
    for (size_t i = 0; i < sieve->entries && rows; i++) {
        uint64_t open = rows, out = 0;
        for (int j = 0; j < sieve->turn_count[i]; j++) {
            refusals->at[i][j] = open ? ask_turn(sieve, i, &sieve->turns[i][j], look, &open) : 0;
            out |= refusals->at[i][j];
            open &= ~refusals->at[i][j];
        }
        rows = out;
    }
    return sieve->entries > 0 ? rows : 0;
}

/* Counts rows that the window kept out, and those that the first key did. */
static void count_early(const struct dn_sieve *sieve, uint64_t outside, uint64_t refused, struct dn_funnel *funnels)
{
    int64_t window = sieve->window ? (int64_t)count_of(outside | refused) : 0, first = (int64_t)count_of(refused);
    for (size_t i = 0; i < sieve->scopes->incident->scope_count; i++) {
        funnels[i].reached[DN_KEY_WINDOW] += window;
        funnels[i].passed[DN_KEY_WINDOW] += sieve->window ? first : 0;
        funnels[i].reached[sieve->first.key] += first;
    }
}

/* Counts rows that each entry keeps out behind some of its keys. */
static void count_late(const struct dn_sieve *sieve, uint64_t rows, const struct refusals *refusals,
                       struct dn_funnel *funnels)
{
    int64_t all = (int64_t)count_of(rows), first = sieve->first.column != DN_CSV_NONE ? all : 0;
    for (size_t i = 0; i < sieve->entries; i++) {
        int64_t left = all;
        funnels[i].reached[DN_KEY_WINDOW] += sieve->window ? all : 0;
        funnels[i].passed[DN_KEY_WINDOW] += sieve->window ? all : 0;
        funnels[i].reached[sieve->first.key] += first;
        funnels[i].passed[sieve->first.key] += first;
        for (int j = 0; j < sieve->turn_count[i] && left > 0; j++) {
            funnels[i].reached[sieve->turns[i][j].key] += left;
            left -= (int64_t)count_of(rows & refusals->at[i][j]);
            funnels[i].passed[sieve->turns[i][j].key] += left;
        }
    }
}

/* Which of the rows, all in the window, are out for sure? */
static uint64_t ask_keys(struct dn_sieve *sieve, struct look *look, uint64_t rows, uint64_t *refused,
                         struct dn_funnel *funnels)
{
    struct refusals refusals;
    *refused = sieve->first.column != DN_CSV_NONE ? ask_first(sieve, look, &rows) : 0;
    uint64_t late = ask_entries(sieve, look, rows & ~*refused, &refusals);
    if (late)
        count_late(sieve, late, &refusals, funnels);
    return *refused | late;
}

/* Looks at the next rows, up to one that is not plain. */
static void look_ahead(struct dn_sieve *sieve, const struct dn_rows *rows, struct dn_funnel *funnels)
{
    struct look look;
    look.rows = rows;
    uint64_t inside = 0, refused = 0;
    sieve->out = 0;
    sieve->ahead = dn_rows_ahead(rows);
    if (sieve->ahead == 0)
        return;
    uint64_t outside = ask_times(sieve, &look, sieve->ahead, &inside) & ~inside;
    uint64_t late = inside ? ask_keys(sieve, &look, inside, &refused, funnels) : 0;
    count_early(sieve, outside, refused, funnels);
    sieve->out = outside | late;
}

/* How many of the next rows are out, one behind the other. */
static size_t run_of(const struct dn_sieve *sieve)
{
    size_t run = ~sieve->out ? (size_t)__builtin_ctzll(~sieve->out) : 64;
    return run < sieve->ahead ? run : sieve->ahead;
}

size_t dn_sieve_skip(struct dn_sieve *sieve, struct dn_rows *rows, struct dn_funnel *funnels)
{
    size_t skipped = 0;
    for (;;) {
        if (sieve->ahead == 0)
            look_ahead(sieve, rows, funnels);
        if (sieve->ahead == 0)
            return skipped;
        size_t run = run_of(sieve);
        dn_rows_pass(rows, run);
        skipped += run;
        sieve->ahead -= run;
        sieve->out = run < 64 ? sieve->out >> run : 0;
        if (sieve->ahead == 0)
            continue;
        sieve->ahead--; /* this one is taken by who asks */
        sieve->out >>= 1;
        return skipped;
    }
}

struct dn_times dn_sieve_times(struct dn_sieve *sieve)
{
    return dn_minutes_times(&sieve->minutes);
}
