#include "evidence/sieve.h"

#include <string.h>

#include "evidence/moment.h"

#define MOST ((size_t)8 * DN_SIEVE_WORDS) /* bytes of a value */

static struct dn_sieve_turn turn_of(const struct dn_evidence *evidence, enum dn_scope_key key)
{
    int field = dn_scope_field(key);
    bool list = field >= 0 && key != DN_KEY_WINDOW;
    return (struct dn_sieve_turn){key, list ? dn_evidence_only(evidence, (enum dn_field)field) : DN_CSV_NONE};
}

/* What each entry asks behind the first `asked` keys. */
static void begin_entries(struct dn_sieve *sieve, int asked)
{
    enum dn_scope_key keys[DN_KEYS];
    size_t count = sieve->scopes->incident->scope_count;
    sieve->entries = count <= DN_SIEVE_ENTRIES ? count : 0;
    for (size_t i = 0; i < sieve->entries; i++) {
        int turns = dn_scopes_turns(sieve->scopes, i, keys);
        for (int j = asked; j < turns; j++)
            sieve->turns[i][j - asked] = turn_of(sieve->evidence, keys[j]);
        sieve->turn_count[i] = turns - asked;
    }
}

bool dn_sieve_begin(struct dn_sieve *sieve, const struct dn_scopes *scopes, struct dn_evidence *evidence)
{
    enum dn_scope_key keys[DN_KEYS];
    const struct dn_scope *scope = scopes->incident->scopes;
    int shared = dn_scopes_shared(scopes), asked;
    dn_scopes_turns(scopes, 0, keys);
    sieve->scopes = scopes;
    sieve->evidence = evidence;
    sieve->moments = dn_evidence_moments(evidence);
    sieve->at = dn_evidence_only(evidence, DN_FIELD_AT);
    sieve->missing_sizes = dn_evidence_missing_sizes(evidence);
    sieve->from = scope->from.ns >= 0 ? scope->from : (struct dn_instant){INT64_MIN, 0};
    sieve->until = scope->until.ns >= 0 ? scope->until : (struct dn_instant){INT64_MAX, 0};
    sieve->outside = sieve->refused = 0;
    sieve->first.column = DN_CSV_NONE;
    sieve->window = shared > 0 && keys[0] == DN_KEY_WINDOW;
    asked = sieve->window;
    if (asked < shared)
        sieve->first = turn_of(evidence, keys[asked]);
    asked += sieve->first.column != DN_CSV_NONE;
    begin_entries(sieve, asked);
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

/* Reads the value as words. Rows have so many bytes behind them that can be read. */
static inline void read_words(struct dn_text value, uint64_t words[DN_SIEVE_WORDS])
{
    static const unsigned char keep[2 * MOST] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                                 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                                 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t kept[DN_SIEVE_WORDS];
    memcpy(words, value.at, MOST);
    memcpy(kept, keep + MOST - value.size, MOST);
    for (int i = 0; i < DN_SIEVE_WORDS; i++)
        words[i] &= kept[i];
}

static inline size_t slot_of(const uint64_t words[DN_SIEVE_WORDS])
{
    uint64_t sum = words[0] * UINT64_C(0x9E3779B97F4A7C15) + words[1] * UINT64_C(0xC2B2AE3D27D4EB4F) +
                   words[2] * UINT64_C(0x165667B19E3779F9) + words[3] * UINT64_C(0x27D4EB2F165667C5);
    return (size_t)(sum >> 56) % DN_SIEVE_SLOTS;
}

static inline bool same_words(const uint64_t a[DN_SIEVE_WORDS], const uint64_t b[DN_SIEVE_WORDS])
{
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

/* Does the first key accept the value? */
static inline bool first_accepts(struct dn_sieve *sieve, struct dn_text value)
{
    uint64_t words[DN_SIEVE_WORDS];
    read_words(value, words);
    struct dn_sieve_answer *answer = &sieve->answers[slot_of(words)];
    if (answer->size != value.size || !same_words(answer->words, words)) {
        memcpy(answer->words, words, sizeof words);
        answer->size = (uint32_t)value.size;
        answer->accepted = dn_scopes_accept(sieve->scopes, 0, sieve->first.key, value);
    }
    return answer->accepted;
}

static inline bool in_window(const struct dn_sieve *sieve, struct dn_instant at)
{
    return !dn_sieve_before(at, sieve->from) && dn_sieve_before(at, sieve->until);
}

enum found { NO, YES, UNSURE };

/* Asks the first key. */
static inline enum found ask_first(struct dn_sieve *sieve, const struct dn_rows_look *look)
{
    struct dn_text value = dn_rows_look_field(look, sieve->first.column);
    if (!is_value(sieve, value) || value.size > MOST)
        return UNSURE;
    return first_accepts(sieve, value) ? YES : NO;
}

/* Asks an entry the keys that are left; *passed is how many of them let the record through. */
static inline enum found ask_entry(const struct dn_sieve *sieve, size_t entry, const struct dn_rows_look *look,
                                   int *passed)
{
    const struct dn_sieve_turn *turns = sieve->turns[entry];
    for (*passed = 0; *passed < sieve->turn_count[entry]; ++*passed) {
        if (turns[*passed].column == DN_CSV_NONE)
            return UNSURE;
        struct dn_text value = dn_rows_look_field(look, turns[*passed].column);
        if (!is_value(sieve, value))
            return UNSURE;
        if (!dn_scopes_accept(sieve->scopes, entry, turns[*passed].key, value))
            return NO;
    }
    return YES;
}

/* Counts the rows that the window or the first key kept out. */
static void count_early(struct dn_sieve *sieve, struct dn_funnel *funnels)
{
    for (size_t i = 0; i < sieve->scopes->incident->scope_count; i++) {
        funnels[i].reached[DN_KEY_WINDOW] += sieve->window ? sieve->outside + sieve->refused : 0;
        funnels[i].passed[DN_KEY_WINDOW] += sieve->window ? sieve->refused : 0;
        funnels[i].reached[sieve->first.key] += sieve->refused;
    }
    sieve->outside = sieve->refused = 0;
}

/* Counts a row that each entry keeps out behind so many of its keys. */
static void count_late(const struct dn_sieve *sieve, struct dn_funnel *funnels, const int *passed)
{
    bool first = sieve->first.column != DN_CSV_NONE;
    for (size_t i = 0; i < sieve->entries; i++) {
        funnels[i].reached[DN_KEY_WINDOW] += sieve->window;
        funnels[i].passed[DN_KEY_WINDOW] += sieve->window;
        funnels[i].reached[sieve->first.key] += first;
        funnels[i].passed[sieve->first.key] += first;
        for (int j = 0; j <= passed[i]; j++) {
            funnels[i].reached[sieve->turns[i][j].key]++;
            funnels[i].passed[sieve->turns[i][j].key] += j < passed[i];
        }
    }
}

static bool entries_skip(const struct dn_sieve *sieve, const struct dn_rows_look *look, struct dn_funnel *funnels)
{
    int passed[DN_SIEVE_ENTRIES];
    for (size_t i = 0; i < sieve->entries; i++)
        if (ask_entry(sieve, i, look, &passed[i]) != NO)
            return false;
    if (sieve->entries > 0)
        count_late(sieve, funnels, passed);
    return sieve->entries > 0;
}

/* Is the record out for sure, though it is in the window? */
static inline bool keys_skip(struct dn_sieve *sieve, const struct dn_rows_look *look, struct dn_funnel *funnels)
{
    enum found found = sieve->first.column != DN_CSV_NONE ? ask_first(sieve, look) : YES;
    sieve->refused += found == NO;
    return found == YES ? entries_skip(sieve, look, funnels) : found == NO;
}

/* Is the record out for sure? A time in the usual form is a value as it stands: it begins with a digit and ends with
 * one or a Z. */
static inline bool skips(struct dn_sieve *sieve, const struct dn_rows_look *look, struct dn_funnel *funnels,
                         struct dn_instant *at)
{
    struct dn_text value = dn_rows_look_field(look, sieve->at);
    if (!dn_moments_known(sieve->moments, value, at) || may_miss(sieve, value.size))
        return false;
    if (!sieve->window || in_window(sieve, *at))
        return keys_skip(sieve, look, funnels);
    sieve->outside++;
    return true;
}

size_t dn_sieve_skip(struct dn_sieve *sieve, struct dn_rows *rows, struct dn_funnel *funnels,
                     struct dn_sieve_times *times)
{
    struct dn_rows_look look = dn_rows_look(rows);
    struct dn_sieve_times seen = *times; /* in registers */
    struct dn_instant at;
    while (dn_rows_look_plain(&look) && skips(sieve, &look, funnels, &at)) {
        dn_sieve_saw(&seen, at);
        dn_rows_look_on(&look);
    }
    *times = seen;
    count_early(sieve, funnels);
    return dn_rows_go(rows, &look);
}
