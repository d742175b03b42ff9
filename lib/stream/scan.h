/* The structure of CSV text: where fields and records end, found 64 bytes at a time by masks of delimiter, quote and
 * line feed. Quoted text is told from the rest by the parity of quotes, so a record with quotes costs hardly more than
 * one without. The scan stops before the first byte for which RFC 4180 has no place (`bad`): parity means nothing
 * behind it, and only libcsv says what is wrong there. The same results on every machine and for every kernel. */
#ifndef DN_STREAM_SCAN_H
#define DN_STREAM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DN_SCAN_BLOCK ((size_t)64)
#define DN_SCAN_NONE UINT32_MAX
#define DN_SCAN_QUOTED ((uint32_t)1 << 31) /* in dn_scan_record.fields: the record has quotes */

/* One record, by offsets into the text. It starts behind the end of the field before its first one. */
struct dn_scan_record {
    uint32_t end;    /* of its LF; the end of the text for a last record without one */
    uint32_t fields; /* how many entries of ends are done with after it, and DN_SCAN_QUOTED */
};

/* BEST: the fastest that this machine has. */
enum dn_scan_kernel { DN_SCAN_BEST, DN_SCAN_PORTABLE, DN_SCAN_AVX2, DN_SCAN_AVX512 };

/* A text and what was found in it so far. Offsets count from the byte at which the scan began, and are moved by
 * dn_scan_shift. */
struct dn_scan {
    char delimiter;
    const struct dn_scan_machine *machine;

    uint32_t *ends; /* of fields: the delimiter or LF behind each; ends[-1] + 1 is where the first record starts */
    size_t end_count;
    struct dn_scan_record *records;
    size_t record_count;
    uint32_t *breaks; /* line feeds inside quotes, and DN_SCAN_NONE behind the last */
    size_t break_count;
    size_t room; /* of each of them */

    uint32_t bad;                      /* the first byte that does not fit; DN_SCAN_NONE: none yet */
    uint32_t suspect_from, suspect_to; /* no NUL and no invalid UTF-8 stands outside of these */

    /* from block to block */
    uint64_t inside;     /* all ones inside quotes */
    uint64_t after_sep;  /* 1: a quote may open now */
    uint64_t after_mark; /* 1: behind a closing quote, or what may turn out to be the first of two */
    uint64_t after_cr;   /* 1: behind a CR outside quotes */
    uint64_t special;    /* not 0: the next block must be looked at closely, whatever is in it */
    uint32_t quoted;     /* DN_SCAN_QUOTED if there were quotes since the last record end, else 0 */
    bool high;           /* the last block had bytes that are not ASCII */
};

/* Starts at the beginning of a record; offset 0 is its first byte. False when this machine cannot run the kernel. */
bool dn_scan_begin(struct dn_scan *scan, char delimiter, enum dn_scan_kernel kernel);

/* Starts once more at offset 0, in quotes or outside, and forgets what was found. */
void dn_scan_restart(struct dn_scan *scan, bool inside);

/* Scans on to `to`, whole blocks only. `from` is what the last call returned (at first 0); 64 bytes in front of bytes
 * and 64 behind to must be readable. Returns the offset up to which it came. */
size_t dn_scan_run(struct dn_scan *scan, const char *bytes, size_t from, size_t to);

/* Scans the last bytes, fewer than a block, after which nothing can be scanned any more. With `complete` the text ends
 * here: what is left over is the last record, bad if a quote is open or the last byte is a CR. */
void dn_scan_finish(struct dn_scan *scan, const char *bytes, size_t from, size_t to, bool complete);

/* Forgets the first `fields` field ends and `records` records, and the text before delta (a multiple of 64, no more
 * than the start of the first record that is kept): every offset is less by it from now on. */
void dn_scan_shift(struct dn_scan *scan, size_t fields, size_t records, size_t delta);

/* Frees what it owns and leaves it empty. */
void dn_scan_clear(struct dn_scan *scan);

/* Copies text whose quotes are all doubled with one for two, as this machine does it best; returns the size. Nothing is
 * written behind what the text itself would take. */
size_t dn_scan_unquote(const char *from, size_t size, char *to);

/* What is done in another way on each kind of machine. */
struct dn_scan_machine {
    /* Scans [from, to); the bytes from `to` to the end of the last block are read and not looked at. */
    void (*run)(struct dn_scan *scan, const char *bytes, size_t from, size_t to);
    /* As dn_scan_unquote. */
    size_t (*unquote)(const char *from, size_t size, char *to);
};

/* The machine of a kernel; NULL where this one cannot run it. */
const struct dn_scan_machine *dn_scan_portable(void);
const struct dn_scan_machine *dn_scan_avx2(void);
const struct dn_scan_machine *dn_scan_avx512(void);

#endif
