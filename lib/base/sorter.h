/* Sorts records that may be more than fit into memory: runs of them, sorted, are put on a shelf (base/shelf.h) and then
 * merged. */
#ifndef DN_BASE_SORTER_H
#define DN_BASE_SORTER_H

#include "base/shelf.h"

/* Starts zeroed but for compare, which gets two struct dn_text, each a record. Records that compare equal come in no
 * order of their own: what must tell them apart belongs into them. */
struct dn_sorter {
    int (*compare)(const void *a, const void *b);
    struct dn_buf held;    /* of the run in hand, one record behind the other */
    struct dn_text *texts; /* of it: where they are, by offset until it is sorted */
    size_t text_count, text_room, given;
    struct dn_shelf shelf;
    struct dn_sorter_run *runs; /* what was put on the shelf */
    size_t run_count, run_room;
    size_t *heap; /* numbers of runs, the one whose record comes first on top */
    size_t heap_count;
    struct dn_buf out;
};

/* Adds a copy of a record. What cannot be kept is told by _check. */
void dn_sorter_add(struct dn_sorter *sorter, struct dn_text record);

/* The next one in order, good until the next call; false: no more. After the first call nothing may be added. */
bool dn_sorter_next(struct dn_sorter *sorter, struct dn_text *record);

/* As dn_shelf_check, to be asked before what _next gives is relied upon. */
enum dn_status dn_sorter_check(const struct dn_sorter *sorter, struct dn_error *err);

/* Frees what it owns and leaves it empty. */
void dn_sorter_clear(struct dn_sorter *sorter);

#endif
