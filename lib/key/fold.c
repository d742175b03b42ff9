#include "key/fold.h"

#include <string.h>

/* Unicode 14 simple lower-case mappings of the Latin, Greek, Cyrillic, Armenian and full-width letters
 * (UnicodeData.txt): first and last capital, every how many, distance to the small letter. Sorted. */
static const struct run {
    uint16_t first, last;
    int32_t every, distance;
} runs[] = {
    /* clang-format off */
    {0x00C0, 0x00D6, 1, 32}, {0x00D8, 0x00DE, 1, 32}, {0x0100, 0x012E, 2, 1}, {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1}, {0x014A, 0x0176, 2, 1}, {0x0178, 0x0178, 1, -121}, {0x0179, 0x017D, 2, 1},
    {0x0181, 0x0181, 1, 210}, {0x0182, 0x0184, 2, 1}, {0x0186, 0x0186, 1, 206}, {0x0187, 0x0187, 1, 1},
    {0x0189, 0x018A, 1, 205}, {0x018B, 0x018B, 1, 1}, {0x018E, 0x018E, 1, 79}, {0x018F, 0x018F, 1, 202},
    {0x0190, 0x0190, 1, 203}, {0x0191, 0x0191, 1, 1}, {0x0193, 0x0193, 1, 205}, {0x0194, 0x0194, 1, 207},
    {0x0196, 0x0196, 1, 211}, {0x0197, 0x0197, 1, 209}, {0x0198, 0x0198, 1, 1}, {0x019C, 0x019C, 1, 211},
    {0x019D, 0x019D, 1, 213}, {0x019F, 0x019F, 1, 214}, {0x01A0, 0x01A4, 2, 1}, {0x01A6, 0x01A6, 1, 218},
    {0x01A7, 0x01A7, 1, 1}, {0x01A9, 0x01A9, 1, 218}, {0x01AC, 0x01AC, 1, 1}, {0x01AE, 0x01AE, 1, 218},
    {0x01AF, 0x01AF, 1, 1}, {0x01B1, 0x01B2, 1, 217}, {0x01B3, 0x01B5, 2, 1}, {0x01B7, 0x01B7, 1, 219},
    {0x01B8, 0x01B8, 1, 1}, {0x01BC, 0x01BC, 1, 1}, {0x01C4, 0x01C4, 1, 2}, {0x01C5, 0x01C5, 1, 1},
    {0x01C7, 0x01C7, 1, 2}, {0x01C8, 0x01C8, 1, 1}, {0x01CA, 0x01CA, 1, 2}, {0x01CB, 0x01DB, 2, 1},
    {0x01DE, 0x01EE, 2, 1}, {0x01F1, 0x01F1, 1, 2}, {0x01F2, 0x01F4, 2, 1}, {0x01F6, 0x01F6, 1, -97},
    {0x01F7, 0x01F7, 1, -56}, {0x01F8, 0x021E, 2, 1}, {0x0220, 0x0220, 1, -130}, {0x0222, 0x0232, 2, 1},
    {0x023A, 0x023A, 1, 10795}, {0x023B, 0x023B, 1, 1}, {0x023D, 0x023D, 1, -163}, {0x023E, 0x023E, 1, 10792},
    {0x0241, 0x0241, 1, 1}, {0x0243, 0x0243, 1, -195}, {0x0244, 0x0244, 1, 69}, {0x0245, 0x0245, 1, 71},
    {0x0246, 0x024E, 2, 1}, {0x0370, 0x0372, 2, 1}, {0x0376, 0x0376, 1, 1}, {0x037F, 0x037F, 1, 116},
    {0x0386, 0x0386, 1, 38}, {0x0388, 0x038A, 1, 37}, {0x038C, 0x038C, 1, 64}, {0x038E, 0x038F, 1, 63},
    {0x0391, 0x03A1, 1, 32}, {0x03A3, 0x03AB, 1, 32}, {0x03CF, 0x03CF, 1, 8}, {0x03D8, 0x03EE, 2, 1},
    {0x03F4, 0x03F4, 1, -60}, {0x03F7, 0x03F7, 1, 1}, {0x03F9, 0x03F9, 1, -7}, {0x03FA, 0x03FA, 1, 1},
    {0x03FD, 0x03FF, 1, -130}, {0x0400, 0x040F, 1, 80}, {0x0410, 0x042F, 1, 32}, {0x0460, 0x0480, 2, 1},
    {0x048A, 0x04BE, 2, 1}, {0x04C0, 0x04C0, 1, 15}, {0x04C1, 0x04CD, 2, 1}, {0x04D0, 0x052E, 2, 1},
    {0x0531, 0x0556, 1, 48}, {0x1E00, 0x1E94, 2, 1}, {0x1E9E, 0x1E9E, 1, -7615}, {0x1EA0, 0x1EFE, 2, 1},
    {0x1F08, 0x1F0F, 1, -8}, {0x1F18, 0x1F1D, 1, -8}, {0x1F28, 0x1F2F, 1, -8}, {0x1F38, 0x1F3F, 1, -8},
    {0x1F48, 0x1F4D, 1, -8}, {0x1F59, 0x1F5F, 2, -8}, {0x1F68, 0x1F6F, 1, -8}, {0x1F88, 0x1F8F, 1, -8},
    {0x1F98, 0x1F9F, 1, -8}, {0x1FA8, 0x1FAF, 1, -8}, {0x1FB8, 0x1FB9, 1, -8}, {0x1FBA, 0x1FBB, 1, -74},
    {0x1FBC, 0x1FBC, 1, -9}, {0x1FC8, 0x1FCB, 1, -86}, {0x1FCC, 0x1FCC, 1, -9}, {0x1FD8, 0x1FD9, 1, -8},
    {0x1FDA, 0x1FDB, 1, -100}, {0x1FE8, 0x1FE9, 1, -8}, {0x1FEA, 0x1FEB, 1, -112}, {0x1FEC, 0x1FEC, 1, -7},
    {0x1FF8, 0x1FF9, 1, -128}, {0x1FFA, 0x1FFB, 1, -126}, {0x1FFC, 0x1FFC, 1, -9}, {0x212A, 0x212A, 1, -8383},
    {0x212B, 0x212B, 1, -8262}, {0xFF21, 0xFF3A, 1, 32},
    /* clang-format on */
};

uint32_t dn_lower(uint32_t character)
{
    if (character < 0x80)
        return character >= 'A' && character <= 'Z' ? character + 32 : character;
    size_t low = 0, high = sizeof runs / sizeof *runs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runs[middle].last < character)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof runs / sizeof *runs || character < runs[low].first)
        return character;
    bool hit = (character - runs[low].first) % (uint32_t)runs[low].every == 0;
    return hit ? (uint32_t)((int32_t)character + runs[low].distance) : character;
}

/* The length of a well-formed sequence of two to four bytes and its character; 0: it is not well-formed. */
static size_t decode(const unsigned char *at, size_t size, uint32_t *character)
{
    size_t length = *at >= 0xF0 ? 4 : *at >= 0xE0 ? 3 : 2;
    if (*at < 0xC2 || *at > 0xF4 || length > size)
        return 0;
    *character = *at & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        *character = *character << 6 | (at[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = *character >= 0xD800 && *character < 0xE000;
    return *character < least[length] || *character > 0x10FFFF || surrogate ? 0 : length;
}

uint32_t dn_fold_next(struct dn_text *text)
{
    const unsigned char *at = (const unsigned char *)text->at;
    uint32_t character = *at;
    size_t length = 1;
    if (character >= 0x80) {
        length = decode(at, text->size, &character);
        if (length == 0) {
            character = DN_FOLD_BYTE + *at;
            length = 1;
        }
    }
    text->at += length;
    text->size -= length;
    return dn_lower(character);
}

static void add_character(struct dn_buf *into, uint32_t c)
{
    if (c < 0x80) {
        dn_buf_addc(into, (char)c);
    } else if (c < 0x800) {
        dn_buf_addc(into, (char)(0xC0 | c >> 6));
        dn_buf_addc(into, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        dn_buf_addc(into, (char)(0xE0 | c >> 12));
        dn_buf_addc(into, (char)(0x80 | (c >> 6 & 0x3F)));
        dn_buf_addc(into, (char)(0x80 | (c & 0x3F)));
    } else if (c < DN_FOLD_BYTE) {
        dn_buf_addc(into, (char)(0xF0 | c >> 18));
        dn_buf_addc(into, (char)(0x80 | (c >> 12 & 0x3F)));
        dn_buf_addc(into, (char)(0x80 | (c >> 6 & 0x3F)));
        dn_buf_addc(into, (char)(0x80 | (c & 0x3F)));
    } else {
        dn_buf_addc(into, (char)(c - DN_FOLD_BYTE));
    }
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight ASCII characters in lower case. */
static inline uint64_t lower_eight(uint64_t word)
{
    uint64_t from_a = word + EACH(0x80 - 'A'), above_z = word + EACH(0x80 - 'Z' - 1);
    return word | (from_a & ~above_z & EACH(0x80)) >> 2;
}

/* Appends what is ASCII at the beginning of the text, at most a piece, and takes it off. */
static void add_ascii(struct dn_text *text, struct dn_buf *into)
{
    char piece[64];
    size_t size = 0;
    uint64_t word;
    for (; size + 8 <= text->size && size < sizeof piece; size += 8) {
        memcpy(&word, text->at + size, 8);
        if (word & EACH(0x80))
            break;
        word = lower_eight(word);
        memcpy(piece + size, &word, 8);
    }
    for (; size < text->size && size < sizeof piece && (unsigned char)text->at[size] < 0x80; size++) {
        unsigned char c = (unsigned char)text->at[size];
        piece[size] = (char)(c | ((unsigned char)(c - 'A') < 26) << 5);
    }
    dn_buf_add(into, piece, size);
    text->at += size;
    text->size -= size;
}

void dn_fold_add(struct dn_text text, struct dn_buf *into)
{
    while (text.size > 0)
        if ((unsigned char)*text.at < 0x80)
            add_ascii(&text, into);
        else
            add_character(into, dn_fold_next(&text));
}

bool dn_fold_equal(struct dn_text a, struct dn_text b)
{
    while (a.size > 0 && b.size > 0)
        if (dn_fold_next(&a) != dn_fold_next(&b))
            return false;
    return a.size == b.size;
}
