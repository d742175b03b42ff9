#include "evidence/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evidence/matcher.h"

const char *const dn_scope_key_words[] = {"window",    "operations",  "actors",   "addresses", "services",
                                          "resources", "user_agents", "sessions", "except",    NULL};

/* Kleene's logic: NO beats UNKNOWN beats YES where all must hold. */
enum answer { NO, UNKNOWN, YES };

/* One entry: what its keys and those of its except accept, and in which order this file's rows are asked. */
struct dn_scope_entry {
    const struct dn_scope *scope;
    struct dn_list_matcher match[DN_KEYS], except[DN_KEYS];
    enum dn_scope_key turns[DN_KEYS], except_keys[DN_KEYS];
    int turn_count, except_count;
    size_t same[DN_KEYS]; /* the first entry whose key says the same, perhaps this one */
};

/* What was answered for a row, so that entries with the same key ask once. */
#define REMEMBERED ((size_t)8) /* entries */
struct answered {
    unsigned char at[REMEMBERED][DN_KEYS]; /* 0: not yet, or in doubt; else NO or YES, + 1 */
};

static inline bool before(struct dn_instant a, struct dn_instant b)
{
    return a.s != b.s ? a.s < b.s : a.ns < b.ns;
}

/* What made a key undecided. */
struct doubt {
    const char *reason;
    int64_t column;
};

int dn_scope_field(enum dn_scope_key key)
{
    static const int fields[DN_KEYS] = {DN_FIELD_AT,         DN_FIELD_OPERATION, DN_FIELD_ACTOR,
                                        DN_FIELD_ADDRESS,    DN_FIELD_SERVICE,   DN_FIELD_RESOURCE,
                                        DN_FIELD_USER_AGENT, DN_FIELD_SESSION,   -1};
    return fields[key];
}

/* The values that a key names; NULL for the keys that are no list. */
static const struct dn_strings *list_of(const struct dn_indicators *indicators, enum dn_scope_key key)
{
    switch (key) {
    case DN_KEY_OPERATIONS:
        return &indicators->operations;
    case DN_KEY_ACTORS:
        return &indicators->actors;
    case DN_KEY_ADDRESSES:
        return &indicators->addresses;
    case DN_KEY_SERVICES:
        return &indicators->services;
    case DN_KEY_RESOURCES:
        return &indicators->resources;
    case DN_KEY_USER_AGENTS:
        return &indicators->user_agents;
    case DN_KEY_SESSIONS:
        return &indicators->sessions;
    default:
        return NULL;
    }
}

bool dn_indicators_have(const struct dn_indicators *indicators, enum dn_scope_key key)
{
    const struct dn_strings *list = list_of(indicators, key);
    return list && list->count > 0;
}

bool dn_scope_has(const struct dn_scope *scope, enum dn_scope_key key)
{
    if (key == DN_KEY_WINDOW)
        return dn_instant_is(scope->from) || dn_instant_is(scope->until);
    if (key == DN_KEY_EXCEPT)
        return scope->has_except;
    return dn_indicators_have(&scope->match, key);
}

static const char *json_reason(const struct dn_picked *values)
{
    return values->unreadable_empty ? "json-empty" : "json";
}

static inline bool accepts(const struct dn_list_matcher *matchers, enum dn_scope_key key, struct dn_text value)
{
    return key == DN_KEY_ADDRESSES ? dn_list_matcher_contains_any(&matchers[key], value)
                                   : dn_list_matcher_matches(&matchers[key], value);
}

/* Does any value of the row's field match any value of the key? */
static enum answer ask_list(const struct dn_list_matcher *matchers, enum dn_scope_key key, struct dn_evidence *evidence,
                            struct doubt *doubt)
{
    enum dn_field field = (enum dn_field)dn_scope_field(key);
    struct dn_text value;
    if (dn_evidence_one(evidence, field, &value))
        return value.size > 0 && accepts(matchers, key, value) ? YES : NO;
    const struct dn_picked *values = dn_evidence_all(evidence, field);
    for (size_t i = 0; i < values->count; i++)
        if (accepts(matchers, key, values->at[i]))
            return YES;
    if (!values->unreadable)
        return NO;
    *doubt = (struct doubt){json_reason(values), (int64_t)values->unreadable};
    return UNKNOWN;
}

static inline enum answer ask_window(const struct dn_scope *scope, struct dn_evidence *evidence, struct doubt *doubt)
{
    struct dn_instant at;
    switch (dn_evidence_at(evidence, &at)) {
    case DN_EVIDENCE_TIME:
        if (scope->from.ns >= 0 && before(at, scope->from))
            return NO;
        return scope->until.ns >= 0 && !before(at, scope->until) ? NO : YES;
    case DN_EVIDENCE_NO_TIME:
        *doubt = (struct doubt){"time-empty", dn_evidence_column(evidence, DN_FIELD_AT)};
        return UNKNOWN;
    case DN_EVIDENCE_BAD_TIME:
        *doubt = (struct doubt){"time", dn_evidence_column(evidence, DN_FIELD_AT)};
        return UNKNOWN;
    default: {
        const struct dn_picked *values = dn_evidence_first(evidence, DN_FIELD_AT);
        *doubt = (struct doubt){json_reason(values), (int64_t)values->unreadable};
        return UNKNOWN;
    }
    }
}

/* A row that any given key of except accepts is out. */
static enum answer ask_except(const struct dn_scope_entry *entry, struct dn_evidence *evidence, struct doubt *doubt)
{
    enum answer answer = YES;
    for (int i = 0; i < entry->except_count; i++) {
        struct doubt here = {NULL, 0};
        enum answer accepted = ask_list(entry->except, entry->except_keys[i], evidence, &here);
        if (accepted == YES)
            return NO;
        if (accepted == UNKNOWN && answer == YES) {
            answer = UNKNOWN;
            *doubt = here;
        }
    }
    return answer;
}

static enum answer ask(const struct dn_scope_entry *entry, enum dn_scope_key key, struct dn_evidence *evidence,
                       struct doubt *doubt)
{
    if (key == DN_KEY_WINDOW)
        return ask_window(entry->scope, evidence, doubt);
    if (key == DN_KEY_EXCEPT)
        return ask_except(entry, evidence, doubt);
    return ask_list(entry->match, key, evidence, doubt);
}

static inline enum answer ask_once(const struct dn_scope_entry *entry, enum dn_scope_key key,
                                   struct dn_evidence *evidence, struct answered *answered, struct doubt *doubt)
{
    size_t same = entry->same[key];
    if (same < REMEMBERED && answered->at[same][key])
        return (enum answer)(answered->at[same][key] - 1);
    enum answer answer = ask(entry, key, evidence, doubt);
    if (same < REMEMBERED && answer != UNKNOWN)
        answered->at[same][key] = (unsigned char)(answer + 1);
    return answer;
}

static enum answer ask_entry(const struct dn_scope_entry *entry, struct dn_evidence *evidence, struct dn_funnel *funnel,
                             struct answered *answered, struct doubt *doubt)
{
    enum answer answer = YES;
    for (int i = 0; i < entry->turn_count; i++) {
        enum dn_scope_key key = entry->turns[i];
        struct doubt here = {NULL, 0};
        enum answer held = ask_once(entry, key, evidence, answered, &here);
        funnel->reached[key]++;
        funnel->passed[key] += held != NO;
        if (held == NO)
            return NO;
        if (held == UNKNOWN && answer == YES) {
            answer = UNKNOWN;
            *doubt = here;
        }
    }
    return answer;
}

static struct dn_judgement judge_entry(const struct dn_scope_entry *entry, struct dn_evidence *evidence,
                                       struct dn_funnel *funnel, struct answered *answered)
{
    struct doubt doubt = {NULL, 0};
    enum answer answer = ask_entry(entry, evidence, funnel, answered, &doubt);
    if (answer == NO)
        return (struct dn_judgement){DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    if (!entry->scope->include_attempts && dn_evidence_failed(evidence))
        return (struct dn_judgement){DN_VERDICT_UNSUCCESSFUL, DN_CERTAINTY_POTENTIAL, NULL, 0};
    if (answer == UNKNOWN)
        return (struct dn_judgement){DN_VERDICT_REJECT, DN_CERTAINTY_POTENTIAL, doubt.reason, doubt.column};
    return (struct dn_judgement){DN_VERDICT_IN, entry->scope->certainty, NULL, 0};
}

/* The verdicts stand in order of strength: a row is in if one entry accepts it, and nothing undecided is taken for out.
 */
static bool stronger(const struct dn_judgement *a, const struct dn_judgement *b)
{
    if (a->verdict != b->verdict)
        return a->verdict > b->verdict;
    return a->verdict == DN_VERDICT_IN && a->certainty > b->certainty;
}

/* Is the row outside the window of all entries? Of most evidence nothing else is ever looked at. */
static inline bool outside(const struct dn_scopes *scopes, struct dn_evidence *evidence, struct dn_funnel *funnels)
{
    struct doubt doubt;
    if (!scopes->one_window || ask_window(scopes->at[0].scope, evidence, &doubt) != NO)
        return false;
    for (size_t i = 0; i < scopes->incident->scope_count; i++)
        funnels[i].reached[DN_KEY_WINDOW]++;
    return true;
}

struct dn_judgement dn_scopes_judge(const struct dn_scopes *scopes, struct dn_evidence *evidence,
                                    struct dn_funnel *funnels)
{
    if (outside(scopes, evidence, funnels))
        return (struct dn_judgement){DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    struct dn_judgement best = {DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    struct answered answered = {{{0}}};
    size_t count = scopes->incident->scope_count;
    for (size_t i = 0; i < count; i++) {
        struct dn_judgement judgement = judge_entry(&scopes->at[i], evidence, &funnels[i], &answered);
        if (i == 0 || stronger(&judgement, &best))
            best = judgement;
        if (i + 1 < count && best.verdict == DN_VERDICT_IN && best.certainty == DN_CERTAINTY_CONFIRMED)
            break;
    }
    return best;
}

static void make_matchers(struct dn_list_matcher *matchers, const struct dn_indicators *indicators)
{
    for (int key = DN_KEY_OPERATIONS; key < DN_KEY_EXCEPT; key++)
        if (key == DN_KEY_ADDRESSES)
            dn_list_matcher_networks(&matchers[key], indicators->networks, indicators->addresses.count);
        else
            dn_list_matcher_patterns(&matchers[key], list_of(indicators, (enum dn_scope_key)key));
}

static bool same_list(const struct dn_strings *a, const struct dn_strings *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->at[i], b->at[i]) != 0)
            return false;
    return true;
}

static bool same_instant(struct dn_instant a, struct dn_instant b)
{
    return a.s == b.s && a.ns == b.ns;
}

/* Does the key say the same in both? Of except it is not asked. */
static bool same_key(const struct dn_scope *a, const struct dn_scope *b, enum dn_scope_key key)
{
    if (key == DN_KEY_EXCEPT)
        return a == b;
    if (key == DN_KEY_WINDOW)
        return same_instant(a->from, b->from) && same_instant(a->until, b->until);
    return same_list(list_of(&a->match, key), list_of(&b->match, key));
}

static void find_same(const struct dn_scopes *scopes, size_t entry)
{
    for (int key = 0; key < DN_KEYS; key++) {
        size_t i = 0;
        while (!same_key(scopes->at[i].scope, scopes->at[entry].scope, (enum dn_scope_key)key))
            i++;
        scopes->at[entry].same[key] = i;
    }
}

void dn_scopes_begin(struct dn_scopes *scopes, const struct dn_incident *incident)
{
    *scopes = (struct dn_scopes){incident, dn_alloc(incident->scope_count, sizeof *scopes->at),
                                 incident->scope_count > 0 && dn_scope_has(&incident->scopes[0], DN_KEY_WINDOW), 0};
    for (size_t i = 0; i < incident->scope_count; i++) {
        struct dn_scope_entry *entry = &scopes->at[i];
        entry->scope = &incident->scopes[i];
        make_matchers(entry->match, &entry->scope->match);
        make_matchers(entry->except, &entry->scope->except);
        for (int key = DN_KEY_OPERATIONS; key < DN_KEY_EXCEPT; key++)
            if (dn_indicators_have(&entry->scope->except, (enum dn_scope_key)key))
                entry->except_keys[entry->except_count++] = (enum dn_scope_key)key;
        find_same(scopes, i);
        scopes->one_window = scopes->one_window && entry->same[DN_KEY_WINDOW] == 0;
    }
}

void dn_scopes_clear(struct dn_scopes *scopes)
{
    for (size_t i = 0; scopes->incident && i < scopes->incident->scope_count; i++)
        for (int key = 0; key < DN_KEYS; key++) {
            dn_list_matcher_clear(&scopes->at[i].match[key]);
            dn_list_matcher_clear(&scopes->at[i].except[key]);
        }
    free(scopes->at);
    *scopes = (struct dn_scopes){0};
}

/* Is it the turn of this key: the window first, then keys in plain cells, then those inside JSON, then except? */
static bool is_turn(int turn, enum dn_scope_key key, const struct dn_evidence *evidence)
{
    if (key == DN_KEY_WINDOW || key == DN_KEY_EXCEPT)
        return turn == (key == DN_KEY_WINDOW ? 0 : 3);
    return turn == (dn_evidence_plain(evidence, (enum dn_field)dn_scope_field(key)) ? 1 : 2);
}

static void order_keys(struct dn_scope_entry *entry, const struct dn_evidence *evidence)
{
    entry->turn_count = 0;
    for (int turn = 0; turn < 4; turn++)
        for (int key = 0; key < DN_KEYS; key++)
            if (is_turn(turn, (enum dn_scope_key)key, evidence) && dn_scope_has(entry->scope, (enum dn_scope_key)key))
                entry->turns[entry->turn_count++] = (enum dn_scope_key)key;
}

/* Is what an entry asks in this turn the same in all of them? */
static bool is_shared(const struct dn_scopes *scopes, const struct dn_evidence *evidence, int turn)
{
    for (size_t i = 0; i < scopes->incident->scope_count; i++) {
        const struct dn_scope_entry *entry = &scopes->at[i];
        if (turn >= entry->turn_count || entry->turns[turn] != scopes->at[0].turns[turn])
            return false;
        enum dn_scope_key key = entry->turns[turn];
        if (key == DN_KEY_EXCEPT || entry->same[key] != 0 ||
            !dn_evidence_plain(evidence, (enum dn_field)dn_scope_field(key)))
            return false;
    }
    return true;
}

void dn_scopes_turn(struct dn_scopes *scopes, const struct dn_evidence *evidence)
{
    for (size_t i = 0; i < scopes->incident->scope_count; i++)
        order_keys(&scopes->at[i], evidence);
    for (scopes->shared = 0; is_shared(scopes, evidence, scopes->shared);)
        scopes->shared++;
}

int dn_scopes_shared(const struct dn_scopes *scopes)
{
    return scopes->shared;
}

int dn_scopes_turns(const struct dn_scopes *scopes, size_t entry, enum dn_scope_key keys[DN_KEYS])
{
    memcpy(keys, scopes->at[entry].turns, sizeof scopes->at[entry].turns);
    return scopes->at[entry].turn_count;
}

bool dn_scopes_accept(const struct dn_scopes *scopes, size_t entry, enum dn_scope_key key, struct dn_text value)
{
    return accepts(scopes->at[entry].match, key, value);
}
