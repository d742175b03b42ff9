/* The scan of blocks, compiled once for each kind of machine. The file that includes this says for which functions it
 * is compiled (DN_KERNEL, DN_KERNEL_APART) and how a block's masks are made (dn_needles, needles_of, find, equal_mask,
 * high_mask, prefix_xor, nth_bit, put_ends, filled_words,
 * utf8_broken); on its own it is the portable kernel. */
#ifndef DN_STREAM_SCAN_KERNEL_H
#define DN_STREAM_SCAN_KERNEL_H

#include <string.h>

#include "stream/scan.h"
#include "stream/scan_found.h"

#ifndef DN_KERNEL
#define DN_KERNEL static inline __attribute__((always_inline))
#define DN_KERNEL_APART static __attribute__((noinline))

/* The bytes as a number whose lowest byte is the first, whatever the machine's order is. */
DN_KERNEL uint64_t word_at(const char *at)
{
    unsigned char b[8];
    memcpy(b, at, 8);
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

#define DN_SEVENS 0x7f7f7f7f7f7f7f7fu
#define DN_ONES 0x0101010101010101u

/* The top bits of the eight bytes, one behind the other. */
DN_KERNEL uint64_t gather(uint64_t tops)
{
    return ((tops & ~DN_SEVENS) >> 7) * 0x0102040810204080u >> 56;
}

/* 0x80 in each byte that is zero. */
DN_KERNEL uint64_t zeros(uint64_t word)
{
    return ~(((word & DN_SEVENS) + DN_SEVENS) | word | DN_SEVENS);
}

/* 0x80 in each byte that is below 14 or no ASCII. */
DN_KERNEL uint64_t lows(uint64_t word)
{
    return ~((word & DN_SEVENS) + DN_ONES * (0x80 - 14)) | word;
}

/* Which bytes of a block equal this one; bit 0 is the first byte. */
DN_KERNEL uint64_t equal_mask(const char *at, char byte)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i += 8)
        bits |= gather(zeros(word_at(at + i) ^ DN_ONES * (unsigned char)byte)) << i;
    return bits;
}

/* Which are no plain text: below 14, or no ASCII. */
DN_KERNEL uint64_t low_mask(const char *at)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i += 8)
        bits |= gather(lows(word_at(at + i))) << i;
    return bits;
}

/* Which are no ASCII. */
DN_KERNEL uint64_t high_mask(const char *at)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i += 8)
        bits |= gather(word_at(at + i)) << i;
    return bits;
}

/* What is looked for in each block, made once. */
struct dn_needles {
    char delimiter;
};

DN_KERNEL struct dn_needles needles_of(char delimiter)
{
    return (struct dn_needles){delimiter};
}

DN_KERNEL struct dn_scan_found find(const char *at, const struct dn_needles *needles)
{
    uint64_t lf = equal_mask(at, '\n'), ends = equal_mask(at, needles->delimiter) | lf;
    return (struct dn_scan_found){ends, lf, equal_mask(at, '"'), low_mask(at) & ~ends};
}

/* Bit i: the parity of bits 0 to i. */
DN_KERNEL uint64_t prefix_xor(uint64_t bits)
{
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The bit of number n, from 0, alone. */
DN_KERNEL uint64_t nth_bit(uint64_t bits, size_t n)
{
    for (; n > 0; n--)
        bits &= bits - 1;
    return bits & (0 - bits);
}

DN_KERNEL void put_ends(uint32_t *to, uint64_t bits, uint32_t at)
{
    for (; bits; bits &= bits - 1)
        *to++ = at + (uint32_t)__builtin_ctzll(bits);
}

/* Which of up to 64 words are not 0; a bit for each. */
DN_KERNEL uint64_t filled_words(const uint64_t *words, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= (uint64_t)(words[i] != 0) << i;
    return bits;
}

/* May the block, or what stands in front of it, be invalid UTF-8? Told by the reader, one record at a time. */
DN_KERNEL bool utf8_broken(const char *at)
{
    (void)at;
    return true;
}
#endif

DN_KERNEL void suspect(struct dn_scan *scan, size_t at)
{
    /* a sequence that a block leaves unfinished began in the one before */
    if (scan->suspect_to == 0)
        scan->suspect_from = (uint32_t)(at < DN_SCAN_BLOCK ? 0 : at - DN_SCAN_BLOCK);
    scan->suspect_to = (uint32_t)(at + DN_SCAN_BLOCK);
}

/* Looks at a block that has more than plain text, or follows one that has. Returns its CRs. */
DN_KERNEL uint64_t look_at_rare(struct dn_scan *scan, const char *bytes, size_t at, uint64_t rare)
{
    bool nul = equal_mask(bytes + at, 0) & rare, high = high_mask(bytes + at) & rare;
    if (nul || ((high || scan->high) && utf8_broken(bytes + at)))
        suspect(scan, at);
    scan->high = high;
    return equal_mask(bytes + at, '\r') & rare;
}

DN_KERNEL void put_breaks(struct dn_scan *scan, size_t at, uint64_t bits)
{
    for (; bits; bits &= bits - 1)
        scan->breaks[scan->break_count++] = (uint32_t)(at + (size_t)__builtin_ctzll(bits));
    scan->breaks[scan->break_count] = DN_SCAN_NONE;
}

/* What quotes make of a block that has some or lies inside of them. Returns what does not fit. */
DN_KERNEL uint64_t follow_quotes(struct dn_scan *scan, struct dn_scan_found *found, uint64_t *cr, uint64_t *breaks)
{
    uint64_t inside = prefix_xor(found->quotes) ^ scan->inside, closing = found->quotes & ~inside;
    uint64_t fits = found->ends | found->quotes | *cr; /* what may stand behind a closing quote */
    *breaks = found->lf & inside;
    *cr &= ~inside;
    found->ends &= ~inside;
    found->lf &= ~inside;
    uint64_t parted = found->ends | closing; /* a quote may open behind it */
    uint64_t bad = found->quotes & inside & ~(parted << 1 | scan->after_sep);
    bad |= (closing << 1 | scan->after_mark) & ~fits;
    scan->inside = (uint64_t)0 - (inside >> 63);
    scan->after_mark = closing >> 63;
    scan->after_sep = parted >> 63;
    return bad;
}

/* A block that is not plain text outside quotes, or follows one that is not. False when something in it is bad. */
DN_KERNEL bool look_closely(struct dn_scan *scan, const char *bytes, size_t at, uint64_t valid,
                            struct dn_scan_found *found)
{
    uint64_t cr = 0, breaks = 0;
    if (found->rare || scan->high)
        cr = look_at_rare(scan, bytes, at, found->rare);
    uint64_t bad = follow_quotes(scan, found, &cr, &breaks);
    bad = (bad | ((cr << 1 | scan->after_cr) & ~found->lf)) & valid;
    scan->after_cr = cr >> 63;
    scan->special = scan->inside | scan->after_mark | scan->after_cr | scan->high;
    if (bad) {
        uint64_t before = (bad & (0 - bad)) - 1;
        scan->bad = (uint32_t)(at + (size_t)__builtin_ctzll(bad));
        found->ends &= before, found->lf &= before, breaks &= before;
    }
    if (breaks)
        put_breaks(scan, at, breaks);
    return !bad;
}

/* The blocks that are scanned before their records are told: so nothing that is hard to foretell, as is which of them
 * end a record, holds up the first step, and all that the second one needs lies at hand. */
#define DN_GROUP 64
struct dn_scan_group {
    uint64_t lf[DN_GROUP], quotes[DN_GROUP]; /* of each block; quotes of those only that have some */
    uint64_t kept[DN_GROUP];                 /* room for ends, where they are not kept */
    uint64_t *ends;
    uint32_t before[DN_GROUP]; /* field ends in front of each block */
    size_t at, blocks;
    uint64_t quoted; /* a bit for each block that has quotes */
};

/* Finds what is in blocks for as long as they are plain text outside quotes, as nearly all are; the one in front of
 * them is such, too. Returns how many of the group are done. */
DN_KERNEL size_t scan_plain(struct dn_scan *scan, const char *bytes, size_t i, const struct dn_needles *needles,
                            struct dn_scan_group *group, bool sparse)
{
    uint64_t *ends = group->ends, last = scan->after_sep << 63;
    uint32_t count = (uint32_t)scan->end_count;
    size_t blocks = group->blocks;
    const char *at = bytes + group->at;
    for (; i < blocks; i++) {
        struct dn_scan_found found = find(at + i * DN_SCAN_BLOCK, needles);
        if (found.quotes | found.rare)
            break;
        group->lf[i] = found.lf;
        group->before[i] = count;
        ends[i] = last = found.ends;
        if (!sparse)
            put_ends(scan->ends + count, found.ends, (uint32_t)(group->at + i * DN_SCAN_BLOCK));
        count += (uint32_t)__builtin_popcountll(found.ends);
    }
    scan->end_count = count;
    scan->after_sep = last >> 63;
    return i;
}

/* Finds what is in a block of the group, whatever that is. False when something in it is bad. */
DN_KERNEL bool scan_block(struct dn_scan *scan, const char *bytes, size_t i, uint64_t valid,
                          const struct dn_needles *needles, struct dn_scan_group *group)
{
    size_t at = group->at + i * DN_SCAN_BLOCK;
    struct dn_scan_found found = find(bytes + at, needles);
    found.ends &= valid, found.lf &= valid, found.quotes &= valid, found.rare &= valid;
    bool good = look_closely(scan, bytes, at, valid, &found);
    group->lf[i] = found.lf;
    group->before[i] = (uint32_t)scan->end_count;
    group->ends[i] = found.ends;
    group->quotes[i] = found.quotes;
    group->quoted |= (uint64_t)(found.quotes != 0) << i;
    if (!scan->marks)
        put_ends(scan->ends + scan->end_count, found.ends, (uint32_t)at);
    scan->end_count += (size_t)__builtin_popcountll(found.ends);
    return good;
}

/* The same of that block and those behind it, up to one that may be plain text outside quotes; `valid` are the bytes of
 * each that belong to the text. Returns how many of the group are done; group->blocks is less if something is bad.
 * Apart from the loop over plain blocks, so that this has the registers for itself. */
DN_KERNEL_APART size_t scan_closely(struct dn_scan *scan, const char *bytes, size_t i, uint64_t valid,
                                    const struct dn_needles *needles, struct dn_scan_group *group)
{
    const struct dn_needles kept = *needles;
    bool good = true;
    do
        good = scan_block(scan, bytes, i, valid, &kept, group);
    while (++i < group->blocks && good && scan->special);
    if (!good)
        group->blocks = i;
    return i;
}

/* Finds what is in the blocks of a group; it ends where something is bad. */
DN_KERNEL void scan_group(struct dn_scan *scan, const char *bytes, uint64_t valid, const struct dn_needles *needles,
                          struct dn_scan_group *group, bool sparse)
{
    group->quoted = 0;
    group->ends = sparse ? scan->marks + group->at / DN_SCAN_BLOCK : group->kept;
    for (size_t i = 0; i < group->blocks;) {
        if (!scan->special && ~valid == 0)
            i = scan_plain(scan, bytes, i, needles, group, sparse);
        if (i < group->blocks)
            i = scan_closely(scan, bytes, i, valid, needles, group);
    }
}

/* Takes the quotes of the blocks up to `block`, and of that one up to an LF: has the record that ends there any? */
DN_KERNEL bool take_quotes(struct dn_scan_group *group, size_t block, uint64_t upto)
{
    uint64_t here = (uint64_t)1 << block, before = group->quoted & (here - 1);
    bool some = before != 0;
    group->quoted &= ~before;
    if (group->quoted & here) {
        some = some || (group->quotes[block] & upto);
        group->quotes[block] &= ~upto;
        group->quoted &= group->quotes[block] ? ~(uint64_t)0 : ~here;
    }
    return some;
}

/* The records that end in the blocks of a group. */
DN_KERNEL void put_records(struct dn_scan *scan, struct dn_scan_group *group)
{
    struct dn_scan_record *record = scan->records + scan->record_count;
    uint32_t quoted = scan->quoted;
    for (uint64_t filled = filled_words(group->lf, group->blocks); filled; filled &= filled - 1) {
        size_t block = (size_t)__builtin_ctzll(filled);
        uint64_t lf = group->lf[block];
        do {
            uint64_t upto = lf ^ (lf - 1);
            if (group->quoted & (((uint64_t)2 << block) - 1))
                quoted = take_quotes(group, block, upto) ? DN_SCAN_QUOTED : quoted;
            record->end = (uint32_t)(group->at + block * DN_SCAN_BLOCK) + (uint32_t)__builtin_ctzll(lf);
            record->fields =
                (group->before[block] + (uint32_t)__builtin_popcountll(group->ends[block] & upto)) | quoted;
            record++;
            quoted = 0;
            lf &= lf - 1;
        } while (lf);
    }
    scan->quoted = group->quoted ? DN_SCAN_QUOTED : quoted;
    scan->record_count = (size_t)(record - scan->records);
}

/* All whole blocks, then what is left behind them. */
DN_KERNEL void scan_so(struct dn_scan *scan, const char *bytes, size_t from, size_t to, bool sparse)
{
    struct dn_needles needles = needles_of(scan->delimiter);
    struct dn_scan_group group;
    for (group.at = from; scan->bad == DN_SCAN_NONE && group.at != to;) {
        size_t left = to - group.at, blocks = left / DN_SCAN_BLOCK;
        uint64_t valid = blocks > 0 ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
        group.blocks = blocks == 0 ? 1 : blocks < DN_GROUP ? blocks : DN_GROUP;
        scan_group(scan, bytes, valid, &needles, &group, sparse);
        put_records(scan, &group);
        group.at = blocks > 0 ? group.at + group.blocks * DN_SCAN_BLOCK : to;
    }
}

/* What a kernel does: see dn_scan_machine. Compiled for both ways of telling ends. */
DN_KERNEL void scan_blocks(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    if (!scan->marks) {
        scan_so(scan, bytes, from, to, false);
        return;
    }
    scan_so(scan, bytes, from, to, true);
    scan->marks[(to + DN_SCAN_BLOCK - 1) / DN_SCAN_BLOCK] = 0;
}

DN_KERNEL uint32_t start_of(const struct dn_scan *scan, size_t record)
{
    return record > 0 ? scan->records[record - 1].end + 1 : 0;
}

DN_KERNEL void fill_record(struct dn_scan *scan, size_t record)
{
    uint32_t start = start_of(scan, record), end = scan->records[record].end;
    uint32_t *to = scan->ends + (record > 0 ? scan->records[record - 1].fields & ~DN_SCAN_QUOTED : 0);
    uint64_t within = ~(uint64_t)0 << start % DN_SCAN_BLOCK;
    to[-1] = start - 1;
    for (size_t block = start / DN_SCAN_BLOCK; block <= end / DN_SCAN_BLOCK; block++, within = ~(uint64_t)0) {
        if (block == end / DN_SCAN_BLOCK)
            within &= ~(uint64_t)0 >> (DN_SCAN_BLOCK - 1 - end % DN_SCAN_BLOCK);
        uint64_t bits = scan->marks[block] & within;
        put_ends(to, bits, (uint32_t)(block * DN_SCAN_BLOCK));
        to += __builtin_popcountll(bits);
    }
}

/* The marks of the 64 bytes from `at` on. By these, counted from where a record starts, a column lies in the same
 * places again and again, and what is done for it is foreseen; by blocks it would lie anywhere. */
DN_KERNEL uint64_t marks_from(const uint64_t *marks, uint32_t at)
{
    unsigned shift = at % DN_SCAN_BLOCK;
    marks += at / DN_SCAN_BLOCK;
    return marks[0] >> shift | marks[1] << 1 << (63 - shift);
}

DN_KERNEL void find_fields(const struct dn_scan *scan, size_t first, uint64_t wanted, size_t column,
                           struct dn_scan_fields *fields)
{
    for (; wanted; wanted &= wanted - 1) {
        unsigned which = (unsigned)__builtin_ctzll(wanted);
        uint32_t at = start_of(scan, first + which), begin = at;
        uint64_t marks = marks_from(scan->marks, at);
        size_t left = column, count;
        while ((count = (size_t)__builtin_popcountll(marks)) <= left) {
            begin = count > 0 ? at + 64 - (uint32_t)__builtin_clzll(marks) : begin;
            left -= count;
            at += DN_SCAN_BLOCK;
            marks = marks_from(scan->marks, at);
        }
        uint64_t end = nth_bit(marks, left), before = marks & (end - 1);
        fields->begins[which] = before ? at + 64 - (uint32_t)__builtin_clzll(before) : begin;
        fields->ends[which] = at + (uint32_t)__builtin_ctzll(end);
    }
}

#endif
