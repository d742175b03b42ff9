/* Records kept for later outside memory: put one after the other, read back by number in any order. The last ones are
 * in memory, those before them in an unlinked file under $TMPDIR. Of each record half a byte stays in memory. */
#ifndef DN_BASE_SHELF_H
#define DN_BASE_SHELF_H

#include "base/error.h"
#include "base/text.h"

/* Starts zeroed. */
struct dn_shelf {
    size_t count;       /* records */
    struct dn_buf held; /* the last bytes */
    uint64_t written;   /* those before them, in the file */
    int fd;             /* of the file, if something was written */
    uint64_t *marks;    /* where each sixteenth record begins */
    size_t mark_room;
    struct dn_error failure; /* the first one: what was put after it is lost */
};

/* Keeps a record; its number is the count of those before it. */
void dn_shelf_put(struct dn_shelf *shelf, struct dn_text record);

/* Is everything that was put there? DN_SYSTEM: the file could not be made or written. To be asked before the records
 * are relied upon. */
enum dn_status dn_shelf_check(const struct dn_shelf *shelf, struct dn_error *err);

/* Frees what it owns and leaves it empty. */
void dn_shelf_clear(struct dn_shelf *shelf);

#define DN_SHELF_PAGES 8

/* Reads records. Starts zeroed but for shelf and page_count (up to DN_SHELF_PAGES, 0: all of them): so many pieces of
 * the file are remembered, 16 KiB each. */
struct dn_shelf_reader {
    const struct dn_shelf *shelf;
    size_t page_count;
    struct dn_shelf_page {
        char *bytes;
        uint64_t from;
        size_t size, used; /* when it was used last */
    } pages[DN_SHELF_PAGES];
    size_t last; /* the page that was used last: the next record is most likely there */
    size_t clock;
    size_t next; /* the record behind the last one that was read, and where it begins */
    uint64_t place;
};

/* Puts the bytes of a record that is there into *into, in place of what is in it. A file that cannot be read back is
 * memory that is gone: the process ends (base/alloc.h). */
void dn_shelf_get(struct dn_shelf_reader *reader, size_t number, struct dn_buf *into);

void dn_shelf_reader_clear(struct dn_shelf_reader *reader);

#endif
