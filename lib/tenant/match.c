#include "tenant/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tenant/cell.h"

const char *const dn_match_words[] = {"tenant", "subscription", "resource-prefix", "domain", "network", "ownership",
                                      NULL};
const char *const dn_reason_words[] = {
    "",           "no-match",      "tenant-unknown", "empty-resource",      "consumer",
    "unresolved", "ambiguous-key", "ambiguous-kind", "ambiguous-ownership", NULL};

/* What one rank said. */
struct rank {
    struct dn_numbers *named; /* all tenants that any kind names */
    unsigned kinds;           /* the kinds that name one */
    bool shared;              /* a kind names several under its longest key */
};

static void take(struct dn_matcher *matcher, struct rank *rank, enum dn_match_kind kind)
{
    dn_numbers_join(rank->named, &matcher->answer);
    rank->kinds |= 1U << kind;
    rank->shared = rank->shared || matcher->answer.count > 1;
}

static bool find(struct dn_matcher *matcher, const struct dn_keyring *ring, struct dn_hash128 hash)
{
    return dn_keyring_find(ring, hash, &matcher->answer);
}

/* The `tenant` column as a key of its own: a tenant_id, or the id of a subscription. False: the directory has neither.
 */
static bool ask_tenant(struct dn_matcher *matcher, const struct dn_impact *row, const struct dn_question *question,
                       struct rank *rank)
{
    bool is_tenant = find(matcher, &matcher->directory->ids, question->hashes[0]), found = is_tenant;
    if (!is_tenant) {
        struct dn_text key = dn_subscription_bare(row->tenant);
        found = dn_directory_key(matcher->directory, DN_BY_SUBSCRIPTION, key, &matcher->answer);
    }
    if (found)
        take(matcher, rank, is_tenant ? DN_MATCH_TENANT : DN_MATCH_SUBSCRIPTION);
    return found;
}

static void ask_second(struct dn_matcher *matcher, const struct dn_question *question, struct rank *rank)
{
    const struct dn_directory *directory = matcher->directory;
    if (question->has_subscription && find(matcher, &directory->keys, question->hashes[question->domains - 1]))
        take(matcher, rank, DN_MATCH_SUBSCRIPTION);
    if (directory->prefixes.length_count &&
        dn_key_list_prefix(&directory->prefixes, question->target.names.canonical, &matcher->answer))
        take(matcher, rank, DN_MATCH_RESOURCE_PREFIX);
}

/* The first of some keys that is there. */
static void ask_longest(struct dn_matcher *matcher, const struct dn_hash128 *hashes, size_t count, struct rank *rank,
                        enum dn_match_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (find(matcher, &matcher->directory->keys, hashes[i])) {
            take(matcher, rank, kind);
            return;
        }
}

static void ask_third(struct dn_matcher *matcher, const struct dn_question *question, struct rank *rank)
{
    const struct dn_hash128 *hashes = question->hashes;
    ask_longest(matcher, hashes + question->domains, question->networks - question->domains, rank, DN_MATCH_DOMAIN);
    ask_longest(matcher, hashes + question->networks, question->count - question->networks, rank, DN_MATCH_NETWORK);
}

static void add_ids(const struct dn_matcher *matcher, const struct dn_numbers *numbers, struct dn_strings *ids)
{
    if (matcher->nameless)
        return;
    for (size_t i = 0; i < numbers->count; i++)
        dn_strings_add(ids, dn_directory_id(matcher->directory, numbers->at[i]));
    dn_strings_sort(ids);
    if (numbers->left_out)
        dn_strings_add(ids, DN_TEXT("..."));
}

static void refuse(struct dn_match *match, enum dn_match_reason reason)
{
    match->reason = reason;
    match->tenant = SIZE_MAX;
    match->kinds = 0;
}

/* The rank has answered: one tenant, or several. */
static void decide(struct dn_matcher *matcher, const struct rank *rank, struct dn_match *match)
{
    if (rank->named->count == 1) {
        match->reason = DN_MATCHED;
        match->tenant = rank->named->at[0];
        match->kinds = rank->kinds;
        return;
    }
    refuse(match, rank->shared ? DN_REASON_AMBIGUOUS_KEY : DN_REASON_AMBIGUOUS_KIND);
    add_ids(matcher, rank->named, &match->candidates);
}

/* A lower rank names somebody else, or somebody else beside. */
static void compare_lower(struct dn_matcher *matcher, const struct rank *lower, struct dn_match *match)
{
    struct dn_numbers one = {.at = &match->tenant, .count = 1};
    if (match->reason != DN_MATCHED || lower->named->count == 0 || dn_numbers_equal(lower->named, &one))
        return;
    match->disagrees = true;
    match->other_kinds |= lower->kinds;
    for (size_t i = 0; i < lower->named->count && !matcher->nameless; i++)
        if (lower->named->at[i] != match->tenant)
            dn_strings_add_once(&match->others, dn_directory_id(matcher->directory, lower->named->at[i]));
    dn_strings_sort(&match->others);
}

/* The `tenant` column names somebody else, whom the directory does not have. */
static void add_other(struct dn_match *match, struct dn_text tenant)
{
    if (match->reason != DN_MATCHED)
        return;
    match->disagrees = true;
    match->other_kinds |= 1U << DN_MATCH_TENANT;
    dn_strings_add_once(&match->others, tenant);
    dn_strings_sort(&match->others);
}

/* The ids in the directory's spelling where it has them. */
static void owner_candidates(const struct dn_matcher *matcher, struct dn_match *match)
{
    for (size_t i = 0; i < matcher->owners.count && !matcher->nameless; i++) {
        struct dn_text id = dn_text_of(matcher->owners.at[i]);
        size_t number = dn_directory_find(matcher->directory, id);
        dn_strings_add_once(&match->candidates, number == SIZE_MAX ? id : dn_directory_id(matcher->directory, number));
    }
    dn_strings_sort(&match->candidates);
}

/* True: the first rank has decided. */
static bool ask_first(struct dn_matcher *matcher, const struct dn_impact *row, const struct dn_question *question,
                      struct dn_match *match)
{
    if (matcher->ownership == NULL)
        return false;
    enum dn_owned owned =
        dn_ownership_ask(matcher->ownership, &question->target, row->first_seen, row->last_seen, &matcher->owners);
    if (owned == DN_OWNED_NOT)
        return false;
    size_t number =
        owned == DN_OWNED_ONE ? dn_directory_find(matcher->directory, dn_text_of(matcher->owners.at[0])) : SIZE_MAX;
    if (number == SIZE_MAX) {
        refuse(match, owned == DN_OWNED_ONE ? DN_REASON_TENANT_UNKNOWN : DN_REASON_AMBIGUOUS_OWNERSHIP);
        owner_candidates(matcher, match);
        return true;
    }
    match->reason = DN_MATCHED;
    match->tenant = number;
    match->kinds = 1U << DN_MATCH_OWNERSHIP;
    return true;
}

/* The second and third rank; `decided`: the first one has, and these are only compared. */
static void ask_lower(struct dn_matcher *matcher, const struct dn_impact *row, const struct dn_question *question,
                      bool decided, struct dn_match *match)
{
    struct rank second = {.named = &matcher->named}, third = {.named = &matcher->lower};
    matcher->named.count = matcher->named.left_out = matcher->lower.count = matcher->lower.left_out = 0;
    bool unknown = question->has_tenant && !ask_tenant(matcher, row, question, &second);
    ask_second(matcher, question, &second);
    ask_third(matcher, question, &third);
    if (decided) {
        compare_lower(matcher, &second, match);
        if (unknown)
            add_other(match, dn_text_trim(row->tenant));
    } else if (unknown) {
        refuse(match, DN_REASON_TENANT_UNKNOWN);
        dn_numbers_join(&matcher->named, &matcher->lower);
        add_ids(matcher, &matcher->named, &match->candidates);
    } else if (second.named->count) {
        decide(matcher, &second, match);
    } else if (third.named->count) {
        decide(matcher, &third, match);
        return;
    } else {
        refuse(match, question->target.names.canonical.size ? DN_REASON_NO_MATCH : DN_REASON_EMPTY_RESOURCE);
    }
    compare_lower(matcher, &third, match);
}

/* Consumers are not the process's customers. */
static void refuse_consumer(struct dn_matcher *matcher, struct dn_match *match)
{
    size_t number = match->tenant;
    if (match->reason != DN_MATCHED || !dn_directory_consumer(matcher->directory, number))
        return;
    refuse(match, DN_REASON_CONSUMER);
    match->disagrees = false;
    if (!matcher->nameless)
        dn_strings_add(&match->candidates, dn_directory_id(matcher->directory, number));
}

static void add_hash(struct dn_question *question, enum dn_directory_kind kind, struct dn_text key)
{
    question->hashes = dn_grow(question->hashes, question->count, &question->room, sizeof *question->hashes);
    question->hashes[question->count++] = dn_directory_hash(kind, key);
}

static void add_tenant(struct dn_question *question, struct dn_text tenant)
{
    question->has_tenant = tenant.size > 0;
    if (!question->has_tenant)
        return;
    add_hash(question, DN_BY_ID, tenant);
}

static void add_subscription(const struct dn_directory *directory, struct dn_question *question)
{
    struct dn_text key = dn_target_subscription(&question->target, &question->key);
    question->has_subscription = key.size && dn_directory_has_size(directory, key.size);
    if (question->has_subscription)
        add_hash(question, DN_BY_SUBSCRIPTION, key);
}

static struct dn_text behind_label(struct dn_text domain)
{
    size_t label = 0;
    while (label < domain.size && domain.at[label] != '.')
        label++;
    label += label < domain.size;
    return (struct dn_text){domain.at + label, domain.size - label};
}

/* The domain and what it ends with; nothing that has as many labels as none of the directory's. */
static void add_domains(const struct dn_directory *directory, struct dn_question *question)
{
    struct dn_text domain = question->target.names.domain;
    for (size_t labels = dn_count_labels(domain); labels; labels--, domain = behind_label(domain))
        if (dn_directory_has_labels(directory, labels))
            add_hash(question, DN_BY_DOMAIN, domain);
}

static void add_networks(const struct dn_directory *directory, struct dn_question *question)
{
    struct dn_network_key key;
    const struct dn_address *address = &question->target.address;
    if (!question->target.has_address)
        return;
    const struct dn_directory_lengths *lengths = dn_directory_lengths(directory, address);
    for (size_t i = 0; i < lengths->count; i++)
        add_hash(question, DN_BY_NETWORK, dn_network_key(address, lengths->at[i], &key));
}

void dn_question_set(const struct dn_matcher *matcher, const struct dn_impact *row, struct dn_question *question)
{
    question->count = 0;
    question->target.names.marks = ~0U; /* not looked at */
    if (row->effect == DN_EFFECT_UNRESOLVED)
        return;
    dn_target_set(&question->target, row->resource);
    add_tenant(question, dn_text_trim(row->tenant));
    add_subscription(matcher->directory, question);
    question->domains = question->count;
    add_domains(matcher->directory, question);
    question->networks = question->count;
    add_networks(matcher->directory, question);
}

void dn_question_seek(const struct dn_matcher *matcher, const struct dn_question *question)
{
    for (size_t i = 0; i < question->count; i++)
        dn_keyring_prefetch(i == 0 && question->has_tenant ? &matcher->directory->ids : &matcher->directory->keys,
                            question->hashes[i]);
}

void dn_question_answer(struct dn_matcher *matcher, const struct dn_impact *row, const struct dn_question *question,
                        struct dn_match *match)
{
    if (match->candidates.room)
        dn_strings_clear(&match->candidates);
    if (match->others.room)
        dn_strings_clear(&match->others);
    match->disagrees = false;
    match->other_kinds = 0;
    refuse(match, DN_REASON_UNRESOLVED);
    if (row->effect == DN_EFFECT_UNRESOLVED)
        return;
    matcher->answer.cap = DN_CANDIDATES_CAP;
    bool decided = ask_first(matcher, row, question, match);
    ask_lower(matcher, row, question, decided, match);
    refuse_consumer(matcher, match);
}

void dn_question_clear(struct dn_question *question)
{
    dn_target_clear(&question->target);
    dn_buf_clear(&question->key);
    free(question->hashes);
    *question = (struct dn_question){0};
}

void dn_matcher_ask(struct dn_matcher *matcher, const struct dn_impact *row, struct dn_match *match)
{
    dn_question_set(matcher, row, &matcher->question);
    dn_question_answer(matcher, row, &matcher->question, match);
}

void dn_matcher_clear(struct dn_matcher *matcher)
{
    dn_question_clear(&matcher->question);
    dn_numbers_clear(&matcher->answer);
    dn_numbers_clear(&matcher->named);
    dn_numbers_clear(&matcher->lower);
    dn_strings_clear(&matcher->owners);
}

void dn_match_clear(struct dn_match *match)
{
    dn_strings_clear(&match->candidates);
    dn_strings_clear(&match->others);
    *match = (struct dn_match){0};
}

void dn_kinds_add_to(struct dn_buf *buf, unsigned kinds)
{
    bool first = true;
    for (size_t i = 0; dn_match_words[i]; i++) {
        if (!(kinds & 1U << i))
            continue;
        dn_buf_addf(buf, "%s%s", first ? "" : ";", dn_match_words[i]);
        first = false;
    }
}
