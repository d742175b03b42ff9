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

/* One piece of up to PIECE bytes. */
static inline struct sums sum_piece(const char *at, size_t size)
{
    struct sums sums = {0, 0};
    size_t i = 0;
    for (; i + 16 <= size; i += 16)
        add_pair(&sums, secret + i / 8, dn_load8(at + i), dn_load8(at + i + 8));
    size_t rest = size - i, first = rest < 8 ? rest : 8;
    if (rest)
        add_pair(&sums, secret + i / 8, dn_load_some(at + i, first), dn_load_some(at + i + first, rest - first));
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

uint64_t dn_keyhash_once(struct dn_text text)
{
    const uint64_t *join = secret + WORDS + 2;
    uint64_t hash = text.size * join[1];
    size_t i = 0;
    do {
        size_t size = text.size - i < PIECE ? text.size - i : PIECE, k = 0;
        const char *at = text.at + i;
        wide sum = 0;
        for (; k + 16 <= size; k += 16)
            sum += (wide)(dn_load8(at + k) + secret[k / 8]) * (dn_load8(at + k + 8) + secret[k / 8 + 1]);
        size_t rest = size - k, first = rest < 8 ? rest : 8;
        if (rest)
            sum += (wide)(dn_load_some(at + k, first) + secret[k / 8]) *
                   (dn_load_some(at + k + first, rest - first) + secret[k / 8 + 1]);
        hash = fold((wide)(fold(sum) + hash * join[4] + join[0]) * join[1]);
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

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes of which each should be a hexadecimal digit, as 32 bits; *wrong gets the high bit of a byte that is none.
 * No branch is taken on a digit: they are as good as random. */
static inline uint64_t pack_digits(uint64_t word, uint64_t *wrong)
{
    uint64_t low = word & EACH(0x7F), small = low | EACH(0x20);
    uint64_t digit = (low + EACH(0x80 - '0')) & ~(low + EACH(0x80 - '9' - 1));
    uint64_t letter = (small + EACH(0x80 - 'a')) & ~(small + EACH(0x80 - 'f' - 1));
    *wrong |= (~(digit | letter) | word) & EACH(0x80);
    uint64_t nibbles = (word & EACH(0x0F)) + (word >> 6 & EACH(0x01)) * 9;
    nibbles = (nibbles | nibbles >> 4) & UINT64_C(0x00FF00FF00FF00FF);
    nibbles = (nibbles | nibbles >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    return (nibbles | nibbles >> 16) & UINT64_C(0x00000000FFFFFFFF);
}

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
    uint64_t wrong = 0;
    if (at[8] != '-' || at[13] != '-' || at[18] != '-' || at[23] != '-')
        return false;
    words[0] = pack_digits(two_halves(at, at + 4), &wrong);
    words[0] |= pack_digits(two_halves(at + 9, at + 14), &wrong) << 32;
    words[1] = pack_digits(two_halves(at + 19, at + 24), &wrong);
    words[1] |= pack_digits(two_halves(at + 28, at + 32), &wrong) << 32;
    return wrong == 0;
}

struct dn_hash128 dn_keyhash_id(struct dn_text id, uint64_t number)
{
    uint64_t words[2];
    bool braces = id.size == 38 && id.at[0] == '{' && id.at[37] == '}';
    if ((id.size == 36 || braces) && pack_guid(id.at + braces, words))
        return hash_words(words[0], words[1], ~number); /* a text of as many bytes is another key */
    return dn_keyhash_wide(id, number);
}
