/* The scan of JSON, compiled once for each kind of machine: see scan_kernel.h. The file that includes this says what a
 * block of bytes is (json_bytes; json_load, json_load_some, json_least, json_bit5_set), how masks are made of it
 * (json_equal, json_below, json_digits, json_bit5), and how tokens, places and marks are put (json_put_tokens,
 * json_put_places, json_put_marks); what it gets is json_machine. On its own it is empty: the portable way is
 * json_walk.c. */
#ifndef DN_STREAM_JSON_KERNEL_H
#define DN_STREAM_JSON_KERNEL_H

#include <string.h>

#include "stream/json_scan.h"

#ifdef DN_KERNEL
/* ---- folding */

/* The second of each two among bytes that may stand in pairs only, or the bytes behind those that take the next one
 * with them: Langdale, Lemire, "Parsing gigabytes of JSON per second", 2019. *carried: the first byte is such a one. */
DN_KERNEL uint64_t json_find_taken(uint64_t takers, uint64_t *carried)
{
    const uint64_t odd = 0xaaaaaaaaaaaaaaaau;
    uint64_t starts = takers & ~*carried, behind = starts << 1;
    uint64_t series = ((behind | odd) - starts) ^ odd; /* those taken, and those that take */
    uint64_t taken = series ^ (takers | *carried);
    *carried = (series & takers) >> 63;
    return taken;
}

/* The bytes of a block that are kept. */
DN_KERNEL uint64_t json_fold_block(struct dn_json_scan *scan, json_bytes bytes, bool doubled, uint64_t *escaped)
{
    uint64_t quotes = json_equal(bytes, '"'), seconds = doubled ? json_find_taken(quotes, &scan->second) : 0;
    *escaped = json_find_taken(json_equal(bytes, '\\'), &scan->escaped);
    quotes &= ~(seconds | *escaped);
    uint64_t inside = prefix_xor(quotes) ^ scan->inside;
    scan->inside = (uint64_t)0 - (inside >> 63);
    return ~(inside | seconds) | quotes;
}

/* Takes away the tokens that were judged, but for the place of the last one. */
DN_KERNEL void json_keep_rest(struct dn_json_stretch *stretch)
{
    size_t judged = stretch->judged, rest = stretch->count - judged;
    if (judged > 0) {
        memmove(stretch->tokens, stretch->tokens + judged, rest);
        memmove(stretch->places, stretch->places + judged, (rest + 1) * sizeof *stretch->places);
    }
    stretch->count = rest;
    stretch->judged = 0;
}

/* Folds the next block; `valid` are the bytes of it that belong to the document. Returns how many tokens there are. */
DN_KERNEL size_t json_take_bytes(struct dn_json_scan *scan, struct dn_json_stretch *stretch, size_t count, size_t at,
                                 json_bytes bytes, uint64_t valid, bool doubled)
{
    uint64_t escaped, kept = json_fold_block(scan, bytes, doubled, &escaped) & valid;
    stretch->escapes[at / DN_SCAN_BLOCK] = escaped;
    json_put_tokens(stretch->tokens + count, bytes, kept);
    json_put_places(stretch->places + count + 1, kept, (uint32_t)(stretch->at + at));
    return count + (size_t)__builtin_popcountll(kept);
}

/* How many control characters are there? */
DN_KERNEL size_t json_count_controls(const char *bytes, size_t size)
{
    size_t count = 0, at = 0;
    for (; at + DN_SCAN_BLOCK <= size; at += DN_SCAN_BLOCK)
        count += (size_t)__builtin_popcountll(json_below(json_load(bytes + at), ' '));
    if (at < size)
        count += (size_t)__builtin_popcountll(json_below(json_load_some(bytes + at, size - at), ' '));
    return count;
}

DN_KERNEL void json_fold(struct dn_json_scan *scan, struct dn_json_stretch *stretch, bool doubled)
{
    struct dn_json_scan now = *scan; /* in registers */
    const char *bytes = stretch->document + stretch->at;
    json_keep_rest(stretch);
    size_t at = 0, size = stretch->size, rest = stretch->count, count = rest;
    json_bytes least = json_load_some(bytes, 0), block;
    for (; at + DN_SCAN_BLOCK <= size; at += DN_SCAN_BLOCK) {
        block = json_load(bytes + at);
        least = json_least(least, block);
        count = json_take_bytes(&now, stretch, count, at, block, ~(uint64_t)0, doubled);
    }
    if (at < size) {
        block = json_load_some(bytes + at, size - at);
        least = json_least(least, block);
        count = json_take_bytes(&now, stretch, count, at, block, ((uint64_t)1 << (size - at)) - 1, doubled);
    }
    /* of control characters, those in strings were not kept */
    if (json_below(least, ' ') &&
        json_count_controls(bytes, size) != json_count_controls(stretch->tokens + rest, count - rest))
        now.bad = 1;
    stretch->count = count;
    *scan = now;
}

/* ---- judging */

/* The tokens of a block. */
struct json_tokens {
    uint64_t opening, closing;     /* quotes */
    uint64_t opens, closes, curly; /* brackets */
    uint64_t colons, commas, blanks;
    uint64_t words_begin, words_behind; /* numbers, true, false, null: the first byte, and the one behind */
    uint64_t maps, wanted, over;        /* as in struct dn_json_scan, for each token */
};

/* Follows brackets into levels and out of them. A bracket itself stands in the level around it. */
DN_KERNEL void json_follow_brackets(struct dn_json_scan *scan, struct json_tokens *tokens)
{
    uint64_t left = tokens->opens | tokens->closes;
    tokens->maps = scan->map, tokens->wanted = scan->wanted, tokens->over = scan->over;
    for (; left; left &= left - 1) {
        uint64_t bit = left & (0 - left), from = 0 - bit, curly = (tokens->curly & bit) != 0;
        if (tokens->opens & bit) {
            from -= bit;
            scan->bad |= scan->depth == DN_JSON_DEPTH;
            scan->depth += scan->depth < DN_JSON_DEPTH;
            scan->maps[1] = scan->maps[1] << 1 | scan->maps[0] >> 63;
            scan->maps[0] = scan->maps[0] << 1 | curly;
        } else {
            scan->bad |= (scan->depth == 0) | ((scan->maps[0] & 1) ^ curly);
            scan->depth -= scan->depth > 0;
            scan->maps[0] = scan->maps[0] >> 1 | scan->maps[1] << 63;
            scan->maps[1] >>= 1;
            scan->over = (uint64_t)0 - (scan->depth == 0);
            tokens->over |= scan->over & from;
        }
        scan->map = (uint64_t)0 - (scan->maps[0] & 1);
        scan->wanted = (uint64_t)0 - (scan->depth <= scan->limit);
        tokens->maps = (tokens->maps & ~from) | (scan->map & from);
        tokens->wanted = (tokens->wanted & ~from) | (scan->wanted & from);
    }
}

/* Blanks, and control characters where there may be none. */
DN_KERNEL void json_find_blanks(struct dn_json_scan *scan, struct json_tokens *tokens, json_bytes bytes)
{
    tokens->blanks = json_below(bytes, ' ' + 1);
    if (tokens->blanks)
        scan->bad |= tokens->blanks & ~(json_equal(bytes, ' ') | json_equal(bytes, '\t') | json_equal(bytes, '\n') |
                                        json_equal(bytes, '\r'));
}

DN_KERNEL void json_find_structure(struct dn_json_scan *scan, struct json_tokens *tokens, json_bytes bytes)
{
    uint64_t quotes = json_equal(bytes, '"'), opening = prefix_xor(quotes) ^ scan->in_string;
    scan->in_string = (uint64_t)0 - (opening >> 63);
    tokens->opening = quotes & opening;
    tokens->closing = quotes & ~opening;
    json_bytes upper = json_bit5_set(bytes); /* [ and ] become { and } */
    tokens->opens = json_equal(upper, '{');
    tokens->closes = json_equal(upper, '}');
    tokens->curly = json_bit5(bytes);
    tokens->colons = json_equal(bytes, ':');
    tokens->commas = json_equal(bytes, ',');
}

DN_KERNEL const char *json_token(const struct dn_json_stretch *stretch, size_t number)
{
    return stretch->document + stretch->places[number + 1];
}

/* Looks at each of the words, as one is more than digits. */
DN_KERNEL uint64_t json_bad_words(const struct dn_json_scan *scan, const struct dn_json_stretch *stretch, size_t first,
                                  uint64_t words, uint64_t begin)
{
    uint64_t bad = 0;
    if (words & ~begin & 1)
        bad |= !dn_json_word_fits(scan->word, scan->end);
    for (; begin; begin &= begin - 1)
        bad |= !dn_json_word_fits(json_token(stretch, first + (size_t)__builtin_ctzll(begin)), scan->end);
    return bad;
}

/* Whatever is nothing else. */
DN_KERNEL void json_find_words(struct dn_json_scan *scan, struct json_tokens *tokens, json_bytes bytes, uint64_t valid,
                               const struct dn_json_stretch *stretch, size_t first)
{
    uint64_t words = valid & ~(tokens->opening | tokens->closing | tokens->opens | tokens->closes | tokens->colons |
                               tokens->commas | tokens->blanks);
    uint64_t behind = words << 1 | scan->in_word, begin = words & ~behind;
    uint64_t zeros = json_equal(bytes, '0'), go_on = words >> 1 | (uint64_t)1 << 63;
    tokens->words_begin = begin;
    tokens->words_behind = behind & ~words;
    if ((words & ~json_digits(bytes)) | (begin & zeros & go_on))
        scan->bad |= json_bad_words(scan, stretch, first, words, begin);
    scan->in_word = words >> 63;
    if (scan->in_word && begin)
        scan->word = json_token(stretch, first + 63 - (size_t)__builtin_clzll(begin));
}

/* What is behind these tokens, with `more` and what was carried over; blanks are passed over. */
DN_KERNEL uint64_t json_behind(uint64_t tokens, uint64_t more, uint64_t *carried, uint64_t blanks)
{
    uint64_t behind = tokens << 1 | *carried | more;
    *carried = tokens >> 63;
    if (blanks) {
        uint64_t moved = (behind & blanks) + blanks;
        *carried |= moved < blanks;
        behind = (behind | moved) & ~blanks;
    }
    return behind;
}

/* Does each token stand where it may? Returns the marks. */
DN_KERNEL uint64_t json_judge_block(struct dn_json_scan *scan, const struct json_tokens *tokens, uint64_t blanks)
{
    uint64_t members = tokens->commas & tokens->maps, elements = tokens->commas & ~tokens->maps;
    uint64_t name = json_behind((tokens->opens & tokens->curly) | members, 0, &scan->name, blanks);
    uint64_t value = json_behind((tokens->opens & ~tokens->curly) | elements | tokens->colons, 0, &scan->value, blanks);
    uint64_t close = json_behind(tokens->opens, 0, &scan->close, blanks);
    uint64_t names = tokens->opening & name, named = names << 1 | scan->in_name;
    scan->in_name = names >> 63;
    uint64_t colon = json_behind(named, 0, &scan->colon, blanks);
    uint64_t comma =
        json_behind((tokens->closing & ~named) | tokens->closes, tokens->words_behind, &scan->comma, blanks);
    scan->bad |= (tokens->opening & ~(name | value)) | ((tokens->words_begin | tokens->opens) & ~value) |
                 (tokens->colons & ~colon) | (tokens->commas & (~comma | tokens->over)) |
                 (tokens->closes & ~(comma | close));
    return (named | tokens->opens | tokens->closes | elements) & tokens->wanted;
}

/* Judges the block of tokens from `first` on; `valid` are those that there are. Returns the marks. */
DN_KERNEL uint64_t json_take_tokens(struct dn_json_scan *scan, const struct dn_json_stretch *stretch, size_t first,
                                    json_bytes bytes, uint64_t valid)
{
    struct json_tokens tokens;
    json_find_structure(scan, &tokens, bytes);
    json_find_blanks(scan, &tokens, bytes);
    json_follow_brackets(scan, &tokens);
    json_find_words(scan, &tokens, bytes, valid, stretch, first);
    if (tokens.blanks)
        return json_judge_block(scan, &tokens, tokens.blanks) & valid;
    return json_judge_block(scan, &tokens, 0) & valid;
}

DN_KERNEL void json_judge(struct dn_json_scan *scan, struct dn_json_stretch *stretch)
{
    struct dn_json_scan now = *scan;
    size_t at = 0, marks = 0;
    for (; at + DN_SCAN_BLOCK <= stretch->count; at += DN_SCAN_BLOCK)
        marks += json_put_marks(stretch->marks + marks, (unsigned)at,
                                json_take_tokens(&now, stretch, at, json_load(stretch->tokens + at), ~(uint64_t)0));
    if (stretch->last && at < stretch->count) {
        size_t left = stretch->count - at;
        marks += json_put_marks(
            stretch->marks + marks, (unsigned)at,
            json_take_tokens(&now, stretch, at, json_load_some(stretch->tokens + at, left), ((uint64_t)1 << left) - 1));
        at = stretch->count;
    }
    stretch->mark_count = marks;
    stretch->judged = at;
    *scan = now;
}

/* ---- the machine */

DN_MACHINE static void fold(struct dn_json_scan *scan, struct dn_json_stretch *stretch)
{
    json_fold(scan, stretch, false);
}

DN_MACHINE static void fold_doubled(struct dn_json_scan *scan, struct dn_json_stretch *stretch)
{
    json_fold(scan, stretch, true);
}

DN_MACHINE static void judge(struct dn_json_scan *scan, struct dn_json_stretch *stretch)
{
    json_judge(scan, stretch);
}

static const struct dn_json_machine json_machine = {fold, fold_doubled, judge};
#endif

#endif
