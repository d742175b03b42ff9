/* A JSON list or map looked at 64 bytes at a time. First it is folded: of each string only its two quotes are kept, so
 * that the tokens of a document are a few blocks of bytes. Then they are judged: all that the grammar says of two
 * neighbours is said by masks of a block at once, and only brackets are followed one by one. What a pointer may ask for
 * is marked on the way. Quotes may be doubled, as they are in a CSV cell. UTF-8 is not looked at.
 * Inside the JSON reader only; on a machine without a kernel json_walk.c does it all. */
#ifndef DN_STREAM_JSON_SCAN_H
#define DN_STREAM_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/scan.h"

#define DN_JSON_DEPTH 128

/* Bytes that are folded at a time. */
#define DN_JSON_STRETCH ((size_t)4096)
#define DN_JSON_BLOCKS (DN_JSON_STRETCH / DN_SCAN_BLOCK)
#define DN_JSON_TOKENS (DN_JSON_STRETCH + 3 * DN_SCAN_BLOCK)

/* A stretch of a document, and its tokens, with those in front that have not filled a block. Kernels may write a block
 * more than they count. */
struct dn_json_stretch {
    const char *document;
    size_t at, size; /* of the stretch: DN_JSON_STRETCH, or less if it is */
    bool last;
    size_t count, judged;             /* tokens; how many of them were judged */
    uint64_t escapes[DN_JSON_BLOCKS]; /* of each block, which bytes a backslash escapes */
    char tokens[DN_JSON_TOKENS];      /* the bytes outside strings, and two quotes for each string */
    uint32_t places[DN_JSON_TOKENS];  /* where in the document they stand; [0] is of the token in front of them */
    size_t mark_count;
    uint16_t marks[DN_JSON_TOKENS]; /* numbers of tokens: second quotes of names, brackets, commas of lists */
};

/* What is known between two stretches. Masks have all bits set for yes; the others are one bit, for what comes next. */
struct dn_json_scan {
    const char *end; /* of the document */
    unsigned limit;  /* what stands in more levels than this is not marked */
    uint64_t bad;    /* not 0: it is no JSON */

    uint64_t inside;  /* mask: the byte is in a string */
    uint64_t second;  /* it is the second of two quotes */
    uint64_t escaped; /* it follows a backslash that escapes it */

    uint64_t in_string;                        /* mask: the token is the second of a string */
    uint64_t in_name, in_word;                 /* it is that of a name; it goes on with a word, or is behind one */
    const char *word;                          /* the last number or word that came to the end of a block */
    uint64_t name, value, comma, close, colon; /* it may be one of these */
    unsigned depth;                            /* levels that are open */
    uint64_t maps[2];                          /* which of them are maps; the innermost is bit 0 of the first */
    uint64_t map, wanted, over;                /* masks: it is a map; within the limit; the document has ended */
};

struct dn_json_machine {
    /* Takes away what was judged and folds the stretch; _doubled: where quotes are doubled. */
    void (*fold)(struct dn_json_scan *scan, struct dn_json_stretch *stretch);
    void (*fold_doubled)(struct dn_json_scan *scan, struct dn_json_stretch *stretch);
    /* Judges and marks the tokens that fill blocks; all of them if the stretch is the last. */
    void (*judge)(struct dn_json_scan *scan, struct dn_json_stretch *stretch);
};

/* The machine of a kernel; NULL where this one cannot run it. */
const struct dn_json_machine *dn_json_avx2(void);
const struct dn_json_machine *dn_json_avx512(void);

/* Starts at the first byte of a document, which must be a bracket. It is valid if, behind its last stretch, over is set
 * and bad is not. */
void dn_json_scan_begin(struct dn_json_scan *scan, const char *end, unsigned limit);

/* Is it a number, true, false or null, with nothing of the like behind it? */
bool dn_json_word_fits(const char *at, const char *end);

#endif
