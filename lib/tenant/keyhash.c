#include "tenant/keyhash.h"

#include <string.h>

#include "base/load.h"

#define PIECE ((size_t)256) /* bytes that are hashed with words of their own */
#define WORDS (PIECE / 8)
#define SECRETS (WORDS + 2 + 5) /* the second sum has its words two further on; and for joining pieces */

static uint64_t secret[SECRETS];

void dn_keyhash_wide_begin(void)
{
    for (uint64_t i = SECRETS; i-- > 0 && secret[0] == 0;) { /* the first one last: it says that all are there */
        uint64_t word = dn_hash_wide((struct dn_text){(const char *)&i, sizeof i}, i).half[0];
        secret[i] = word | (i == 0 || i >= WORDS + 2);
    }
}

#ifdef __SIZEOF_INT128__

__extension__ typedef unsigned __int128 wide;

static inline uint64_t fold(wide product)
{
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

struct sums {
    wide first, second;
};

static inline void add_pair(struct sums *sums, const uint64_t *words, uint64_t a, uint64_t b)
{
    sums->first += (wide)(a + words[0]) * (b + words[1]);
    sums->second += (wide)(a + words[2]) * (b + words[3]);
}

/* The last words of a piece of fewer than 16 bytes. */
static inline void load_few(const char *at, size_t size, uint64_t words[2])
{
    words[0] = size < 8 ? dn_load_some(at, size) : dn_load8(at);
    words[1] = size < 8 ? 0 : dn_load8(at + size - 8);
}

/* One piece of up to PIECE bytes. Where its size is no multiple of 16, the last 16 bytes overlap those before: the size
 * is in the sum of the whole. */
static inline struct sums sum_piece(const char *at, size_t size)
{
    struct sums sums = {0, 0};
    uint64_t words[2];
    size_t i = 0;
    if (size < 16) {
        load_few(at, size, words);
        add_pair(&sums, secret, words[0], words[1]);
        return sums;
    }
    for (; i + 16 <= size; i += 16)
        add_pair(&sums, secret + i / 8, dn_load8(at + i), dn_load8(at + i + 8));
    if (i < size)
        add_pair(&sums, secret + i / 8, dn_load8(at + size - 16), dn_load8(at + size - 8));
    return sums;
}

struct dn_hash128 dn_keyhash_wide(struct dn_text key, uint64_t number)
{
    const uint64_t *join = secret + WORDS + 2;
    struct dn_hash128 hash = {{number + key.size * join[1], number + key.size * join[4]}};
    size_t i = 0;
    do {
        size_t size = key.size - i < PIECE ? key.size - i : PIECE;
        struct sums sums = sum_piece(key.at + i, size);
        hash.half[0] = fold((wide)(fold(sums.first) + hash.half[0] * join[4] + join[0]) * join[1]);
        hash.half[1] = fold((wide)(fold(sums.second) + hash.half[1] * join[4] + join[2]) * join[3]);
        i += size;
    } while (i < key.size);
    return hash;
}

/* As sum_piece, but one of the sums. */
static inline wide sum_once(const char *at, size_t size)
{
    wide sum = 0;
    uint64_t words[2];
    size_t i = 0;
    if (size < 16) {
        load_few(at, size, words);
        return (wide)(words[0] + secret[0]) * (words[1] + secret[1]);
    }
    for (; i + 16 <= size; i += 16)
        sum += (wide)(dn_load8(at + i) + secret[i / 8]) * (dn_load8(at + i + 8) + secret[i / 8 + 1]);
    if (i < size)
        sum += (wide)(dn_load8(at + size - 16) + secret[i / 8]) * (dn_load8(at + size - 8) + secret[i / 8 + 1]);
    return sum;
}

uint64_t dn_keyhash_once(struct dn_text text)
{
    const uint64_t *join = secret + WORDS + 2;
    uint64_t hash = text.size * join[1];
    size_t i = 0;
    do {
        size_t size = text.size - i < PIECE ? text.size - i : PIECE;
        hash = fold((wide)(fold(sum_once(text.at + i, size)) + hash * join[4] + join[0]) * join[1]);
        i += size;
    } while (i < text.size);
    return hash;
}

static struct dn_hash128 hash_words(uint64_t first, uint64_t second, uint64_t number)
{
    const uint64_t *join = secret + WORDS + 2;
    struct sums sums = {0, 0};
    add_pair(&sums, secret, first, second);
    uint64_t mark = number * join[4];
    return (struct dn_hash128){{fold((wide)(fold(sums.first) + mark + join[0]) * join[1]),
                                fold((wide)(fold(sums.second) + mark + join[2]) * join[3])}};
}

#else

static struct dn_hash128 hash_words(uint64_t first, uint64_t second, uint64_t number)
{
    const uint64_t words[] = {first, second};
    return dn_hash_wide((struct dn_text){(const char *)words, sizeof words}, number);
}

struct dn_hash128 dn_keyhash_wide(struct dn_text key, uint64_t number)
{
    return dn_hash_wide(key, number);
}

uint64_t dn_keyhash_once(struct dn_text text)
{
    return dn_hash_wide(text, 0).half[0];
}

#endif

struct dn_hash128 dn_keyhash_16(const void *key, uint64_t number)
{
    uint64_t words[2];
    memcpy(words, key, sizeof words);
    return hash_words(words[0], words[1], number);
}

#ifdef __GNUC__

/* Vectors, which are vectors of the machine where it has any. */
typedef signed char sixteen __attribute__((vector_size(16)));
typedef unsigned short eight_pairs __attribute__((vector_size(16)));
typedef unsigned char eight_bytes __attribute__((vector_size(8)));
typedef uint64_t two_words __attribute__((vector_size(16)));

/* Sixteen bytes, each of which should be a hexadecimal digit, as 64 bits; *right loses a bit for a byte that is none.
 * No branch is taken on a digit: they are as good as random. */
static inline uint64_t pack_digits(const uint64_t words[2], uint64_t *right)
{
    sixteen text, small, letter, fine;
    two_words all;
    uint64_t packed;
    memcpy(&text, words, sizeof text);
    small = text | 0x20;
    letter = (small >= 'a') & (small <= 'f');
    fine = letter | ((text >= '0') & (text <= '9'));
    memcpy(&all, &fine, sizeof all);
    *right &= all[0] & all[1];
    eight_pairs nibbles = (eight_pairs)((text & 0x0F) + (letter & 9));
    eight_bytes eight = __builtin_convertvector((nibbles << 4 | nibbles >> 8) & 0xFF, eight_bytes);
    memcpy(&packed, &eight, sizeof packed);
    return packed;
}

#else

static inline uint64_t pack_digits(const uint64_t words[2], uint64_t *right)
{
    unsigned char text[16];
    uint64_t packed = 0;
    memcpy(text, words, sizeof text);
    for (size_t i = 0; i < sizeof text; i++) {
        unsigned small = text[i] | 0x20U;
        bool digit = text[i] >= '0' && text[i] <= '9', letter = small >= 'a' && small <= 'f';
        *right &= digit || letter ? UINT64_MAX : 0;
        packed = packed << 4 | ((text[i] & 0x0FU) + (letter ? 9 : 0));
    }
    return packed;
}

#endif

static inline uint64_t two_halves(const char *first, const char *second)
{
    uint64_t word;
    char bytes[8];
    memcpy(bytes, first, 4);
    memcpy(bytes + 4, second, 4);
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* "8-4-4-4-12" as two words; false: it is no GUID. */
static inline bool pack_guid(const char *at, uint64_t words[2])
{
    uint64_t right = UINT64_MAX;
    if (at[8] != '-' || at[13] != '-' || at[18] != '-' || at[23] != '-')
        return false;
    const uint64_t first[] = {two_halves(at, at + 4), two_halves(at + 9, at + 14)};
    const uint64_t second[] = {two_halves(at + 19, at + 24), two_halves(at + 28, at + 32)};
    words[0] = pack_digits(first, &right);
    words[1] = pack_digits(second, &right);
    return right == UINT64_MAX;
}

struct dn_hash128 dn_keyhash_id(struct dn_text id, uint64_t number)
{
    uint64_t words[2];
    bool braces = id.size == 38 && id.at[0] == '{' && id.at[37] == '}';
    if ((id.size == 36 || braces) && pack_guid(id.at + braces, words))
        return hash_words(words[0], words[1], ~number); /* a text of as many bytes is another key */
    return dn_keyhash_wide(id, number);
}
