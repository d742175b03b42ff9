#include "evidence/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/fold.h"
#include "key/glob.h"

#define HIGH UINT64_C(0x8080808080808080)
#define EACH UINT64_C(0x0101010101010101)

struct dn_list_matcher_word {
    uint64_t hash; /* 0: the slot is free */
    size_t at, size;
};

static uint64_t size_bit(size_t size)
{
    return (uint64_t)1 << (size < 63 ? size : 63);
}

/* Eight ASCII bytes in lower case. */
static inline uint64_t lower_word(uint64_t word)
{
    uint64_t from_a = word + EACH * (0x80 - 'A'), behind_z = word + EACH * (0x80 - 'Z' - 1);
    return word | ((from_a & ~behind_z & HIGH) >> 2);
}

/* Up to seven bytes, zeros behind them, without a loop: two pieces that may overlap. */
static inline uint64_t load(const char *at, size_t size)
{
    uint32_t low = 0, high = 0;
    if (size >= 4) {
        memcpy(&low, at, 4);
        memcpy(&high, at + size - 4, 4);
        return low | (uint64_t)high << 8 * (size - 4);
    }
    if (size == 0)
        return 0;
    unsigned char first = (unsigned char)at[0], middle = (unsigned char)at[size / 2];
    return first | (uint64_t)middle << 8 * (size / 2) | (uint64_t)(unsigned char)at[size - 1] << 8 * (size - 1);
}

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

/* The hash of ASCII text, whatever the case of its letters is; 0: it is not ASCII. A bit that is all that parts large
 * letters from small ones is set in all bytes. The words are few and ours, so their hash needs no secret. */
static inline uint64_t hash_ascii(struct dn_text text)
{
    uint64_t hash = text.size, all = 0, word = 0;
    for (size_t i = 0; i + 8 < text.size; i += 8) {
        memcpy(&word, text.at + i, 8);
        all |= word;
        hash = mix(hash, word | EACH * 0x20);
    }
    if (text.size >= 8) /* the last eight bytes, some of them once more */
        memcpy(&word, text.at + text.size - 8, 8);
    else
        word = load(text.at, text.size);
    return (all | word) & HIGH ? 0 : mix(hash, word | EACH * 0x20) | 1;
}

/* Of text in lower case that is not all ASCII. */
static uint64_t hash_folded(struct dn_text text)
{
    uint64_t hash = ~(uint64_t)text.size;
    for (size_t i = 0; i < text.size; i++)
        hash = mix(hash, (unsigned char)text.at[i]);
    return hash | 1;
}

/* The same but for the case of ASCII letters; word is in lower case. */
static inline bool same_ascii(const char *word, const char *text, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t mine, its;
        memcpy(&mine, word + i, 8);
        memcpy(&its, text + i, 8);
        if (mine != lower_word(its))
            return false;
    }
    return i == size || load(word + i, size - i) == lower_word(load(text + i, size - i));
}

static bool has_ascii(const struct dn_list_matcher *matcher, struct dn_text text, uint64_t hash)
{
    size_t mask = matcher->slot_count - 1;
    for (size_t i = hash & mask; matcher->words[i].hash; i = (i + 1) & mask) {
        const struct dn_list_matcher_word *word = &matcher->words[i];
        if (word->hash == hash && word->size == text.size &&
            same_ascii(matcher->bytes.at + word->at, text.at, text.size))
            return true;
    }
    return false;
}

/* Text with other letters, where folding may change sizes. */
static bool has_folded(const struct dn_list_matcher *matcher, struct dn_text text)
{
    struct dn_buf folded = {0};
    bool found = false;
    dn_fold_add(text, &folded);
    uint64_t hash = hash_ascii(dn_buf_text(&folded));
    if (hash == 0)
        hash = hash_folded(dn_buf_text(&folded));
    size_t mask = matcher->slot_count - 1;
    for (size_t i = hash & mask; matcher->words[i].hash && !found; i = (i + 1) & mask)
        found = matcher->words[i].hash == hash &&
                dn_text_equal((struct dn_text){matcher->bytes.at + matcher->words[i].at, matcher->words[i].size},
                              dn_buf_text(&folded));
    dn_buf_clear(&folded);
    return found;
}

static bool has_word(const struct dn_list_matcher *matcher, struct dn_text text)
{
    uint64_t hash = hash_ascii(text);
    if (hash == 0)
        return has_folded(matcher, text);
    return matcher->sizes & size_bit(text.size) && has_ascii(matcher, text, hash);
}

bool dn_list_matcher_matches(const struct dn_list_matcher *matcher, struct dn_text value)
{
    return (matcher->word_count > 0 && has_word(matcher, value)) ||
           (matcher->globs.count > 0 && dn_glob_any(&matcher->globs, value));
}

static void add_word(struct dn_list_matcher *matcher, struct dn_text text)
{
    size_t at = matcher->bytes.size, mask = matcher->slot_count - 1;
    dn_fold_add(text, &matcher->bytes);
    dn_buf_adds(&matcher->bytes, "");
    struct dn_text word = {matcher->bytes.at + at, matcher->bytes.size - at};
    uint64_t hash = hash_ascii(word);
    if (hash == 0)
        hash = hash_folded(word);
    size_t i = hash & mask;
    while (matcher->words[i].hash)
        i = (i + 1) & mask;
    matcher->words[i] = (struct dn_list_matcher_word){hash, at, word.size};
    matcher->sizes |= size_bit(word.size);
    matcher->word_count++;
}

void dn_list_matcher_patterns(struct dn_list_matcher *matcher, const struct dn_strings *patterns)
{
    *matcher = (struct dn_list_matcher){.slot_count = 16};
    while (matcher->slot_count < patterns->count * 4)
        matcher->slot_count *= 2;
    matcher->words = dn_alloc(matcher->slot_count, sizeof *matcher->words);
    for (size_t i = 0; i < patterns->count; i++)
        if (strpbrk(patterns->at[i], "*?"))
            dn_strings_add(&matcher->globs, dn_text_of(patterns->at[i]));
        else
            add_word(matcher, dn_text_of(patterns->at[i]));
}

/* An address as a number. */
struct number {
    uint64_t high, low;
};

/* First and last address of networks that lie one behind or in the other. */
struct dn_list_matcher_stretch {
    struct number first, last;
};

static uint64_t big_endian(const unsigned char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | at[i];
    return number;
}

static struct number number_of(const struct dn_address *address)
{
    return (struct number){big_endian(address->at), big_endian(address->at + 8)};
}

static inline bool less(struct number a, struct number b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static int compare_stretches(const void *a, const void *b)
{
    const struct dn_list_matcher_stretch *left = a, *right = b;
    int order = less(right->first, left->first) - less(left->first, right->first);
    return order ? order : less(left->last, right->last) - less(right->last, left->last);
}

static struct dn_address last_of(const struct dn_network *network)
{
    struct dn_address last = network->base;
    for (int bit = network->bits; bit < 128; bit++)
        last.at[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
    return last;
}

#define V4 UINT64_C(0xFFFF00000000) /* above the four bytes of an IPv4 address */

/* The first 16 bits of an address that is an IPv4 one; -1: it is none. */
static int half_of(struct number address)
{
    return address.high == 0 && address.low >> 32 == V4 >> 32 ? (int)(address.low >> 16 & 0xFFFF) : -1;
}

/* Networks that lie inside of others are left out: what is left is in order at both ends. */
static void drop_inner(struct dn_list_matcher *matcher)
{
    struct dn_list_matcher_stretch *stretches = matcher->stretches;
    size_t kept = 0;
    for (size_t i = 0; i < matcher->stretch_count; i++)
        if (kept == 0 || less(stretches[kept - 1].last, stretches[i].first))
            stretches[kept++] = stretches[i];
    matcher->stretch_count = kept;
}

static void mark_halves(struct dn_list_matcher *matcher)
{
    const struct number first_v4 = {0, V4}, last_v4 = {0, V4 | 0xFFFFFFFF};
    matcher->halves = dn_alloc(8192, 1);
    for (size_t i = 0; i < matcher->stretch_count; i++) {
        const struct dn_list_matcher_stretch *stretch = &matcher->stretches[i];
        if (less(last_v4, stretch->first) || less(stretch->last, first_v4))
            continue;
        int from = half_of(stretch->first), to = half_of(stretch->last);
        for (int half = from < 0 ? 0 : from; half <= (to < 0 ? 0xFFFF : to); half++)
            matcher->halves[half >> 3] |= (unsigned char)(1 << (half & 7));
    }
}

void dn_list_matcher_networks(struct dn_list_matcher *matcher, const struct dn_network *networks, size_t count)
{
    *matcher = (struct dn_list_matcher){.stretch_count = count};
    matcher->stretches = dn_alloc(count, sizeof *matcher->stretches);
    for (size_t i = 0; i < count; i++) {
        struct dn_address last = last_of(&networks[i]);
        matcher->stretches[i] = (struct dn_list_matcher_stretch){number_of(&networks[i].base), number_of(&last)};
    }
    qsort(matcher->stretches, count, sizeof *matcher->stretches, compare_stretches);
    drop_inner(matcher);
    mark_halves(matcher);
}

static bool within(const struct dn_list_matcher *matcher, struct number address)
{
    size_t low = 0, high = matcher->stretch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (less(matcher->stretches[middle].last, address))
            low = middle + 1;
        else
            high = middle;
    }
    return low < matcher->stretch_count && !less(address, matcher->stretches[low].first);
}

static inline bool has_half(const struct dn_list_matcher *matcher, unsigned half)
{
    return matcher->halves[half >> 3] & 1 << (half & 7);
}

/* Eight bytes, the first one lowest, whatever the machine's order is; compilers know this for one load. */
static inline uint64_t load8(const unsigned char *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* One bit for each dot among eight bytes. */
static inline unsigned dots_in(uint64_t word)
{
    uint64_t other = word ^ EACH * '.';
    uint64_t dots = ~(((other & ~HIGH) + ~HIGH) | other) & HIGH;
    return (unsigned)((dots >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* Up to three digits as a number; over 255: they are none, or have a zero in front. Reads four bytes. */
static inline unsigned octet(const unsigned char *at, unsigned size)
{
    static const unsigned least[] = {0, 0, 10, 100};
    uint32_t digits = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    if (size < 1 || size > 3)
        return 256;
    digits = (digits ^ 0x30303030u) << 8 * (4 - size); /* the last one on top, zeros below the first */
    unsigned wrong = (digits | (digits + 0x76767676u)) & 0x80808080u;
    unsigned value = (digits >> 8 & 0xff) * 100 + (digits >> 16 & 0xff) * 10 + (digits >> 24);
    return wrong || value < least[size] ? 256 : value;
}

/* Plain dotted decimal, as nearly all addresses are, without a branch for each of its bytes. False: look closely. */
static inline bool parse_dotted(struct dn_text text, struct dn_address *address)
{
    unsigned char bytes[20] = {0};
    if (text.size < 8 || text.size > 15)
        return false;
    memcpy(bytes, text.at, 8);
    memcpy(bytes + text.size - 8, text.at + text.size - 8, 8);
    unsigned dots = dots_in(load8(bytes)) | dots_in(load8(bytes + 8)) << 8, start = 0, wrong = 0;
    dots |= 1u << text.size; /* the end of the last one, too */
    for (int i = 0; i < 4; i++, dots &= dots - 1) {
        if (!dots)
            return false;
        unsigned end = (unsigned)__builtin_ctz(dots), value = octet(bytes + start, end - start);
        address->at[12 + i] = (unsigned char)value;
        wrong |= value;
        start = end + 1;
    }
    return !dots && wrong < 256;
}

bool dn_list_matcher_contains(const struct dn_list_matcher *matcher, struct dn_text value)
{
    struct dn_address address = {{[10] = 0xFF, [11] = 0xFF}};
    if (matcher->stretch_count == 0 || (!parse_dotted(value, &address) && !dn_address_parse(value, &address)))
        return false;
    struct number number = number_of(&address);
    int half = half_of(number);
    return (half < 0 || has_half(matcher, (unsigned)half)) && within(matcher, number);
}

/* Are all eight bytes digits or dots, or slashes? */
static inline bool dotted(uint64_t word)
{
    uint64_t over = (word + EACH * (0x80 - '9' - 1)) | word, from = word + EACH * (0x80 - '.');
    return ((over & HIGH) | (~from & HIGH)) == 0;
}

/* Is it one address, if any, that no network has, told by its first two numbers? That is so of nearly all. */
static inline bool elsewhere(const struct dn_list_matcher *matcher, struct dn_text value)
{
    const unsigned char *at = (const unsigned char *)value.at;
    if (value.size < 8 || value.size > 16)
        return false;
    uint64_t begin = load8(at);
    unsigned dots = dots_in(begin), more = dots & (dots - 1);
    if (!more || !dotted(begin) || !dotted(load8(at + value.size - 8)))
        return false;
    unsigned first = (unsigned)__builtin_ctz(dots), second = (unsigned)__builtin_ctz(more);
    if (first > 3) /* nothing behind the eight bytes is read */
        return false;
    unsigned a = octet(at, first), b = octet(at + first + 1, second - first - 1);
    return (a | b) < 256 && !has_half(matcher, a << 8 | b);
}

bool dn_list_matcher_contains_any(const struct dn_list_matcher *matcher, struct dn_text value)
{
    if (matcher->stretch_count == 0 || elsewhere(matcher, value))
        return false;
    if (dn_list_matcher_contains(matcher, value))
        return true;
    for (size_t start = 0, i = 0; i <= value.size; i++) {
        if (i < value.size && value.at[i] != ',' && value.at[i] != ';')
            continue;
        struct dn_text piece = {value.at + start, i - start};
        if (piece.size < value.size && dn_list_matcher_contains(matcher, piece))
            return true;
        start = i + 1;
    }
    return false;
}

void dn_list_matcher_clear(struct dn_list_matcher *matcher)
{
    free(matcher->words);
    dn_buf_clear(&matcher->bytes);
    dn_strings_clear(&matcher->globs);
    free(matcher->stretches);
    free(matcher->halves);
    *matcher = (struct dn_list_matcher){0};
}
