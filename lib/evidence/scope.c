#include "evidence/scope.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "evidence/matcher.h"

const char *const dn_scope_key_words[] = {"window",    "operations",  "actors",   "addresses", "services",
                                          "resources", "user_agents", "sessions", "except",    NULL};

/* Kleene's logic: NO beats UNKNOWN beats YES where all must hold. */
enum answer { NO, UNKNOWN, YES };

/* One entry: what its keys and those of its except accept, and in which order this file's rows are asked. */
struct dn_scope_entry {
    const struct dn_scope *scope;
    struct dn_matcher match[DN_KEYS], except[DN_KEYS];
    enum dn_scope_key turns[DN_KEYS], except_keys[DN_KEYS];
    int turn_count, except_count;
};

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

/* One address, or several in one value as proxies chain them ("192.0.2.1, 198.51.100.7"). */
static bool address_matches(const struct dn_matcher *matcher, struct dn_text value)
{
    struct dn_text piece;
    if (dn_matcher_contains(matcher, value))
        return true;
    for (size_t start = 0, i = 0; i <= value.size; i++) {
        if (i < value.size && value.at[i] != ',' && value.at[i] != ';')
            continue;
        piece = (struct dn_text){value.at + start, i - start};
        if (piece.size < value.size && dn_matcher_contains(matcher, piece))
            return true;
        start = i + 1;
    }
    return false;
}

static const char *json_reason(const struct dn_values *values)
{
    return values->unreadable_empty ? "json-empty" : "json";
}

/* Does any value of the row's field match any value of the key? */
static enum answer ask_list(const struct dn_matcher *matchers, enum dn_scope_key key, struct dn_evidence *evidence,
                            struct doubt *doubt)
{
    const struct dn_values *values = dn_evidence_all(evidence, (enum dn_field)dn_scope_field(key));
    for (size_t i = 0; i < values->count; i++)
        if (key == DN_KEY_ADDRESSES ? address_matches(&matchers[key], values->at[i])
                                    : dn_matcher_matches(&matchers[key], values->at[i]))
            return YES;
    if (!values->unreadable)
        return NO;
    *doubt = (struct doubt){json_reason(values), (int64_t)values->unreadable};
    return UNKNOWN;
}

static enum answer ask_window(const struct dn_scope *scope, struct dn_evidence *evidence, struct doubt *doubt)
{
    struct dn_instant at;
    switch (dn_evidence_at(evidence, &at)) {
    case DN_EVIDENCE_TIME:
        if (dn_instant_is(scope->from) && dn_instant_compare(at, scope->from) < 0)
            return NO;
        return dn_instant_is(scope->until) && dn_instant_compare(at, scope->until) >= 0 ? NO : YES;
    case DN_EVIDENCE_NO_TIME:
        *doubt = (struct doubt){"time-empty", dn_evidence_column(evidence, DN_FIELD_AT)};
        return UNKNOWN;
    case DN_EVIDENCE_BAD_TIME:
        *doubt = (struct doubt){"time", dn_evidence_column(evidence, DN_FIELD_AT)};
        return UNKNOWN;
    default: {
        const struct dn_values *values = dn_evidence_first(evidence, DN_FIELD_AT);
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

static enum answer ask_entry(const struct dn_scope_entry *entry, struct dn_evidence *evidence, struct dn_funnel *funnel,
                             struct doubt *doubt)
{
    enum answer answer = YES;
    for (int i = 0; i < entry->turn_count; i++) {
        enum dn_scope_key key = entry->turns[i];
        struct doubt here = {NULL, 0};
        enum answer held = ask(entry, key, evidence, &here);
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
                                       struct dn_funnel *funnel)
{
    struct doubt doubt = {NULL, 0};
    enum answer answer = ask_entry(entry, evidence, funnel, &doubt);
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

struct dn_judgement dn_scopes_judge(const struct dn_scopes *scopes, struct dn_evidence *evidence,
                                    struct dn_funnel *funnels)
{
    struct dn_judgement best = {DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    for (size_t i = 0; i < scopes->incident->scope_count; i++) {
        struct dn_judgement judgement = judge_entry(&scopes->at[i], evidence, &funnels[i]);
        if (stronger(&judgement, &best))
            best = judgement;
        if (best.verdict == DN_VERDICT_IN && best.certainty == DN_CERTAINTY_CONFIRMED)
            break;
    }
    return best;
}

static void make_matchers(struct dn_matcher *matchers, const struct dn_indicators *indicators)
{
    for (int key = DN_KEY_OPERATIONS; key < DN_KEY_EXCEPT; key++)
        if (key == DN_KEY_ADDRESSES)
            dn_matcher_networks(&matchers[key], indicators->networks, indicators->addresses.count);
        else
            dn_matcher_patterns(&matchers[key], list_of(indicators, (enum dn_scope_key)key));
}

void dn_scopes_begin(struct dn_scopes *scopes, const struct dn_incident *incident)
{
    *scopes = (struct dn_scopes){incident, dn_alloc(incident->scope_count, sizeof *scopes->at)};
    for (size_t i = 0; i < incident->scope_count; i++) {
        struct dn_scope_entry *entry = &scopes->at[i];
        entry->scope = &incident->scopes[i];
        make_matchers(entry->match, &entry->scope->match);
        make_matchers(entry->except, &entry->scope->except);
        for (int key = DN_KEY_OPERATIONS; key < DN_KEY_EXCEPT; key++)
            if (dn_indicators_have(&entry->scope->except, (enum dn_scope_key)key))
                entry->except_keys[entry->except_count++] = (enum dn_scope_key)key;
    }
}

void dn_scopes_clear(struct dn_scopes *scopes)
{
    for (size_t i = 0; scopes->incident && i < scopes->incident->scope_count; i++)
        for (int key = 0; key < DN_KEYS; key++) {
            dn_matcher_clear(&scopes->at[i].match[key]);
            dn_matcher_clear(&scopes->at[i].except[key]);
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

void dn_scopes_turn(struct dn_scopes *scopes, const struct dn_evidence *evidence)
{
    for (size_t i = 0; i < scopes->incident->scope_count; i++)
        order_keys(&scopes->at[i], evidence);
}
