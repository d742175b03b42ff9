/* A list of patterns or networks, made ready to be asked about very many values: what has no * and no ? is looked up,
 * only true patterns are tried one by one. Case is ignored as key/glob.h does. Threads may share it. */
#ifndef DN_EVIDENCE_MATCHER_H
#define DN_EVIDENCE_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "key/address.h"

struct dn_list_matcher_word;
struct dn_list_matcher_stretch;

/* Starts zeroed. */
struct dn_list_matcher {
    struct dn_list_matcher_word *words; /* a hash table of folded exact values */
    size_t word_count, slot_count;
    uint64_t sizes;                            /* of the words, as bits; bit 63: that and more */
    struct dn_buf bytes;                       /* of the words */
    struct dn_strings globs;                   /* true patterns */
    struct dn_list_matcher_stretch *stretches; /* of addresses, in order, not touching */
    size_t stretch_count;
    unsigned char *halves; /* bit n: some network has IPv4 addresses that begin with these 16 bits */
};

/* Is ready for the patterns, or for the networks. */
void dn_list_matcher_patterns(struct dn_list_matcher *matcher, const struct dn_strings *patterns);
void dn_list_matcher_networks(struct dn_list_matcher *matcher, const struct dn_network *networks, size_t count);

/* As dn_glob_any over the patterns. */
bool dn_list_matcher_matches(const struct dn_list_matcher *matcher, struct dn_text value);

/* Is the value an address (in any spelling, dn_address_parse) that a network has? */
bool dn_list_matcher_contains(const struct dn_list_matcher *matcher, struct dn_text value);

/* Is it, or is one of several, as proxies chain them ("192.0.2.1, 198.51.100.7")? */
bool dn_list_matcher_contains_any(const struct dn_list_matcher *matcher, struct dn_text value);

/* Frees what it owns and leaves it empty. */
void dn_list_matcher_clear(struct dn_list_matcher *matcher);

#endif
