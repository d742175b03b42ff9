/* The scan of blocks, compiled once for each kind of machine. The file that includes this says for which functions it
 * is compiled (DN_KERNEL, DN_KERNEL_APART) and how a block's masks are made (dn_needles, needles_of, find, equal_mask,
 * high_mask, prefix_xor, put_ends, utf8_broken); on its own it is the portable kernel. */
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

DN_KERNEL void put_ends(uint32_t *to, uint64_t bits, uint32_t at)
{
    for (; bits; bits &= bits - 1)
        *to++ = at + (uint32_t)__builtin_ctzll(bits);
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

/* How many field ends a block has up to its next LF, or at all. */
DN_KERNEL uint32_t count_upto(const struct dn_scan_found *found, uint64_t lf)
{
    return (uint32_t)__builtin_popcountll(found->ends & (lf ^ (lf - 1)));
}

DN_KERNEL void put_record(struct dn_scan_record *record, size_t at, uint64_t lf, uint32_t fields, uint32_t quoted)
{
    record->end = (uint32_t)at + (uint32_t)__builtin_ctzll(lf | (uint64_t)1 << 63);
    record->fields = fields | quoted;
}

/* The records that end in a block. */
DN_KERNEL void put_records(struct dn_scan *scan, size_t at, const struct dn_scan_found *found)
{
    uint64_t quotes = found->quotes;
    for (uint64_t lf = found->lf; lf; lf &= lf - 1) {
        uint64_t upto = lf ^ (lf - 1);
        put_record(&scan->records[scan->record_count++], at, lf, (uint32_t)scan->end_count + count_upto(found, lf),
                   quotes & upto ? DN_SCAN_QUOTED : scan->quoted);
        scan->quoted = 0;
        quotes &= ~upto;
    }
    scan->quoted = quotes ? DN_SCAN_QUOTED : scan->quoted;
}

/* Scans one block, whatever is in it; `valid` are the bytes of it that belong to the text. False when something in it
 * is bad. Apart from the loop over plain blocks, so that this has the registers for itself. */
DN_KERNEL_APART bool scan_closely(struct dn_scan *scan, const char *bytes, size_t at, uint64_t valid,
                                  const struct dn_needles *needles)
{
    struct dn_scan_found found = find(bytes + at, needles);
    found.ends &= valid, found.lf &= valid, found.quotes &= valid, found.rare &= valid;
    bool good = look_closely(scan, bytes, at, valid, &found);
    put_records(scan, at, &found);
    put_ends(scan->ends + scan->end_count, found.ends, (uint32_t)at);
    scan->end_count += (size_t)__builtin_popcountll(found.ends);
    return good;
}

/* Scans blocks for as long as they are plain text outside quotes, as nearly all are; the one before is such, too. `to`
 * is a whole number of blocks behind `at`. Returns where that ends. The first record of a block is written in any case
 * and counted if it is there: most blocks end none or one, and which of them is hard to foretell. */
DN_KERNEL size_t scan_plain(struct dn_scan *scan, const char *bytes, size_t at, size_t to,
                            const struct dn_needles *needles)
{
    struct dn_scan_record *record = scan->records + scan->record_count;
    uint32_t *ends = scan->ends, end_count = (uint32_t)scan->end_count, quoted = scan->quoted;
    uint64_t last = scan->after_sep << 63;
    for (; at != to; at += DN_SCAN_BLOCK) {
        struct dn_scan_found found = find(bytes + at, needles);
        if (found.quotes | found.rare)
            break;
        uint64_t more = found.lf & (found.lf - 1);
        put_record(record, at, found.lf, end_count + count_upto(&found, found.lf), quoted);
        record += found.lf != 0;
        quoted &= 0 - (uint32_t)(found.lf == 0);
        for (; more; more &= more - 1)
            put_record(record++, at, more, end_count + count_upto(&found, more), 0);
        put_ends(ends + end_count, found.ends, (uint32_t)at);
        end_count += (uint32_t)__builtin_popcountll(found.ends);
        last = found.ends;
    }
    scan->record_count = (size_t)(record - scan->records);
    scan->end_count = end_count;
    scan->after_sep = last >> 63;
    scan->quoted = quoted;
    return at;
}

/* What a kernel does: see dn_scan_machine. */
DN_KERNEL void scan_blocks(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    struct dn_needles needles = needles_of(scan->delimiter);
    size_t at = from, whole = to - (to - from) % DN_SCAN_BLOCK;
    bool good = true;
    while (good && at != whole) {
        if (!scan->special)
            at = scan_plain(scan, bytes, at, whole, &needles);
        if (at == whole)
            break;
        good = scan_closely(scan, bytes, at, ~(uint64_t)0, &needles);
        at += DN_SCAN_BLOCK;
    }
    if (good && at < to)
        scan_closely(scan, bytes, at, ((uint64_t)1 << (to - at)) - 1, &needles);
}

#endif
