#include "notice/roll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define BLOCK 128 /* entries that are read together */
#define KEEP ((size_t)4 << 20)
#define PIECE ((size_t)256 << 10) /* that is written at once */

static int compare_hashes(const struct dn_hash128 *a, const struct dn_hash128 *b)
{
    int order = (a->half[0] > b->half[0]) - (a->half[0] < b->half[0]);
    return order ? order : (a->half[1] > b->half[1]) - (a->half[1] < b->half[1]);
}

/* Records stand wherever they came to stand: they are copied out. */
static struct dn_roll_entry entry_of(struct dn_text record)
{
    struct dn_roll_entry entry;
    memcpy(&entry, record.at, sizeof entry);
    return entry;
}

static int compare_records(const void *a, const void *b)
{
    struct dn_roll_entry x = entry_of(*(const struct dn_text *)a), y = entry_of(*(const struct dn_text *)b);
    int order = compare_hashes(&x.hash, &y.hash);
    if (!order)
        order = (x.rank > y.rank) - (x.rank < y.rank);
    return order ? order : (x.number > y.number) - (x.number < y.number);
}

void dn_roll_add(struct dn_roll *roll, struct dn_hash128 hash, uint32_t rank, uint32_t number)
{
    struct dn_roll_entry entry = {.hash = hash, .number = number, .rank = rank};
    roll->sorter.compare = compare_records;
    dn_sorter_add(&roll->sorter, (struct dn_text){(const char *)&entry, sizeof entry});
}

static enum dn_status write_held(struct dn_roll *roll, struct dn_error *err)
{
    if (!roll->page) {
        if ((roll->fd = dn_file_temporary(err)) < 0)
            return DN_SYSTEM;
        roll->page = dn_alloc(BLOCK, sizeof *roll->page);
    }
    enum dn_status status = dn_file_write(roll->fd, dn_buf_text(&roll->held), "temporary file ($TMPDIR)", err);
    dn_buf_reset(&roll->held);
    return status;
}

static enum dn_status keep(struct dn_roll *roll, const struct dn_roll_entry *entry, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (roll->held.size >= (roll->page ? PIECE : KEEP))
        status = write_held(roll, err);
    if (roll->count++ % BLOCK == 0) {
        roll->firsts = dn_grow(roll->firsts, roll->block_count, &roll->first_room, sizeof *roll->firsts);
        roll->firsts[roll->block_count++] = entry->hash;
    }
    dn_buf_add(&roll->held, entry, sizeof *entry);
    return status;
}

enum dn_status dn_roll_settle(struct dn_roll *roll, struct dn_error *err)
{
    struct dn_roll_entry last = {0};
    struct dn_text record;
    enum dn_status status = DN_OK;
    while (status == DN_OK && dn_sorter_next(&roll->sorter, &record)) {
        struct dn_roll_entry entry = entry_of(record);
        if (!roll->count || compare_hashes(&entry.hash, &last.hash) != 0)
            status = keep(roll, &entry, err);
        last = entry;
    }
    if (status == DN_OK)
        status = dn_sorter_check(&roll->sorter, err);
    if (status == DN_OK && roll->page)
        status = write_held(roll, err);
    if (roll->page)
        dn_buf_clear(&roll->held);
    dn_sorter_clear(&roll->sorter);
    return status;
}

/* A file that cannot be read back is memory that is gone. */
static void read_block(const struct dn_roll *roll, size_t from, size_t count)
{
    char *into = (char *)roll->page;
    size_t size = count * sizeof *roll->page, done = 0;
    while (done < size) {
        ssize_t got = pread(roll->fd, into + done, size - done, (off_t)(from * sizeof *roll->page) + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            dn_alloc_lost();
        done += (size_t)got;
    }
}

/* The block that would have the hash; SIZE_MAX: it stands before all. */
static size_t block_of(const struct dn_roll *roll, const struct dn_hash128 *hash)
{
    size_t from = 0, to = roll->block_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_hashes(&roll->firsts[middle], hash) <= 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from - 1;
}

static int compare_to_entry(const void *hash, const void *entry)
{
    return compare_hashes(hash, &((const struct dn_roll_entry *)entry)->hash);
}

const struct dn_roll_entry *dn_roll_find(const struct dn_roll *roll, struct dn_hash128 hash)
{
    size_t block = block_of(roll, &hash);
    if (block == SIZE_MAX)
        return NULL;
    size_t from = block * BLOCK, left = roll->count - from, count = left < BLOCK ? left : BLOCK;
    const void *entries = roll->page;
    if (roll->page)
        read_block(roll, from, count);
    else
        entries = roll->held.at + from * sizeof(struct dn_roll_entry);
    return bsearch(&hash, entries, count, sizeof(struct dn_roll_entry), compare_to_entry);
}

void dn_roll_clear(struct dn_roll *roll)
{
    dn_sorter_clear(&roll->sorter);
    dn_buf_clear(&roll->held);
    if (roll->page)
        close(roll->fd);
    free(roll->page);
    free(roll->firsts);
    *roll = (struct dn_roll){0};
}
