/* Whose is this impact row? (CONTRACT section 4, tenant-match.) All kinds of key are asked, in three ranks: (1)
 * ownership at the time of the event; (2) `tenant` = tenant_id, subscription in the resource, longest resource prefix;
 * (3) longest domain suffix, longest network. The highest rank that answers decides; nothing is ever guessed. */
#ifndef DN_TENANT_MATCH_H
#define DN_TENANT_MATCH_H

#include "impact/impact.h"
#include "tenant/directory.h"
#include "tenant/ownership.h"

/* The words of `matched_by`, in its order; a set of them has bit 1 << kind. */
enum dn_match_kind {
    DN_MATCH_TENANT,
    DN_MATCH_SUBSCRIPTION,
    DN_MATCH_RESOURCE_PREFIX,
    DN_MATCH_DOMAIN,
    DN_MATCH_NETWORK,
    DN_MATCH_OWNERSHIP
};
extern const char *const dn_match_words[];

/* Why a row has no tenant; the words are those of `reason` in the unmatched file. */
enum dn_match_reason {
    DN_MATCHED,
    DN_REASON_NO_MATCH,
    DN_REASON_TENANT_UNKNOWN,
    DN_REASON_EMPTY_RESOURCE,
    DN_REASON_CONSUMER,
    DN_REASON_UNRESOLVED,
    DN_REASON_AMBIGUOUS_KEY,
    DN_REASON_AMBIGUOUS_KIND,
    DN_REASON_AMBIGUOUS_OWNERSHIP
};
extern const char *const dn_reason_words[]; /* [DN_MATCHED] is "" */

/* The answer for one row. Starts zeroed; used again and again. */
struct dn_match {
    enum dn_match_reason reason;
    size_t tenant;  /* its number in the directory; SIZE_MAX unless MATCHED */
    unsigned kinds; /* what named it, at the rank that decided */
    struct dn_strings
        candidates; /* tenant ids, sorted: whom an unmatched row could belong to; "..." behind very many */
    bool disagrees; /* MATCHED, and a lower rank names somebody else: */
    unsigned other_kinds;
    struct dn_strings others; /* their tenant ids, sorted */
};

/* One row's question: what is looked for, by the hashes of its keys. Starts zeroed; used again and again. */
struct dn_question {
    struct dn_target target;
    struct dn_buf key;
    struct dn_hash128 *hashes;
    size_t count, room;
    bool has_tenant;       /* hashes[0] is that of the tenant as an id */
    bool has_subscription; /* the one in front of the domains */
    size_t domains;        /* where those begin, the longest first */
    size_t networks;       /* where those begin, the longest first */
};

/* What a matcher asks, and its scratch. ownership may be NULL. Zeroed but for these. */
struct dn_matcher {
    struct dn_directory *directory; /* holds tenant ids at least, unless: */
    struct dn_ownership *ownership;
    bool nameless;               /* nobody looks at candidates and others: they are left empty */
    struct dn_question question; /* of dn_matcher_ask */
    struct dn_numbers answer, named, lower;
    struct dn_strings owners;
};

/* The same in two steps, so that many rows can be asked for at once: the first fetches what the second looks at. The
 * row's texts must stay. */
void dn_question_set(const struct dn_matcher *matcher, const struct dn_impact *row, struct dn_question *question);
void dn_question_seek(const struct dn_matcher *matcher, const struct dn_question *question);
void dn_question_answer(struct dn_matcher *matcher, const struct dn_impact *row, const struct dn_question *question,
                        struct dn_match *match);
void dn_question_clear(struct dn_question *question);

/* Answers for one row; match is overwritten. */
void dn_matcher_ask(struct dn_matcher *matcher, const struct dn_impact *row, struct dn_match *match);

/* Frees the scratch, not the directory or the ownership. */
void dn_matcher_clear(struct dn_matcher *matcher);

void dn_match_clear(struct dn_match *match);

/* Appends the words of a set of kinds, ';' between them. */
void dn_kinds_add_to(struct dn_buf *buf, unsigned kinds);

#endif
