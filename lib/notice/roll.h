/* A roll of hashes, each with a number: who is on it, of more than fit into memory. The hashes are wide enough
 * (base/table.h) that no two things ever have the same one, so nothing else of them is kept. Up to 4 MB are in memory;
 * of more, the eighth part of a byte each, and the rest in an unlinked file under $TMPDIR. */
#ifndef DN_NOTICE_ROLL_H
#define DN_NOTICE_ROLL_H

#include "base/sorter.h"
#include "base/table.h"

/* rank: which of those with one hash is kept; the lowest, and of these the one with the lowest number. */
struct dn_roll_entry {
    struct dn_hash128 hash;
    uint32_t number, rank;
};

/* Starts zeroed. Entries stand in the order of their hashes, in blocks. */
struct dn_roll {
    struct dn_sorter sorter; /* before _settle */
    size_t count;
    struct dn_buf held;         /* all of them, or */
    struct dn_roll_entry *page; /* the block that was read last, where they are in the file */
    int fd;
    struct dn_hash128 *firsts; /* of each block */
    size_t block_count, first_room;
};

/* Before _settle alone. */
void dn_roll_add(struct dn_roll *roll, struct dn_hash128 hash, uint32_t rank, uint32_t number);

/* To be called once, before anything is looked for. DN_SYSTEM: the file could not be made or written. */
enum dn_status dn_roll_settle(struct dn_roll *roll, struct dn_error *err);

/* The entry, good until the next call; NULL: it is not there. For one thread at a time. */
const struct dn_roll_entry *dn_roll_find(const struct dn_roll *roll, struct dn_hash128 hash);

/* Frees what it owns and leaves it empty. */
void dn_roll_clear(struct dn_roll *roll);

#endif
