#include "base/shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define KEEP ((size_t)256 << 10) /* bytes that stay in memory */
#define PAGE ((size_t)16 << 10)
#define STEP 16      /* records from one mark to the next */
#define SIZE_MOST 10 /* bytes of a record's size, seven bits each, the lowest first */

static void write_held(struct dn_shelf *shelf)
{
    if (shelf->written == 0 && (shelf->fd = dn_file_temporary(&shelf->failure)) < 0)
        return;
    dn_file_write(shelf->fd, dn_buf_text(&shelf->held), "temporary file ($TMPDIR)", &shelf->failure);
    shelf->written += shelf->held.size;
    dn_buf_reset(&shelf->held);
}

static void put_size(struct dn_buf *into, size_t size)
{
    for (; size >= 0x80; size >>= 7)
        dn_buf_addc(into, (char)((size & 0x7f) | 0x80));
    dn_buf_addc(into, (char)size);
}

void dn_shelf_put(struct dn_shelf *shelf, struct dn_text record)
{
    if (shelf->held.size >= KEEP && shelf->failure.status == DN_OK)
        write_held(shelf);
    if (shelf->failure.status != DN_OK)
        return;
    if (shelf->count % STEP == 0) {
        shelf->marks = dn_grow(shelf->marks, shelf->count / STEP, &shelf->mark_room, sizeof *shelf->marks);
        shelf->marks[shelf->count / STEP] = shelf->written + shelf->held.size;
    }
    put_size(&shelf->held, record.size);
    dn_buf_addt(&shelf->held, record);
    shelf->count++;
}

enum dn_status dn_shelf_check(const struct dn_shelf *shelf, struct dn_error *err)
{
    if (shelf->failure.status != DN_OK && err)
        *err = shelf->failure;
    return shelf->failure.status;
}

void dn_shelf_clear(struct dn_shelf *shelf)
{
    if (shelf->written)
        close(shelf->fd);
    dn_buf_clear(&shelf->held);
    free(shelf->marks);
    *shelf = (struct dn_shelf){0};
}

static void load(const struct dn_shelf *shelf, uint64_t from, struct dn_shelf_page *page)
{
    if (!page->bytes)
        page->bytes = dn_realloc(NULL, PAGE, 1);
    page->from = from;
    page->size = 0;
    while (page->size < PAGE && from + page->size < shelf->written) {
        ssize_t got = pread(shelf->fd, page->bytes + page->size, PAGE - page->size, (off_t)(from + page->size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            dn_alloc_lost();
        page->size += (size_t)got;
    }
}

static bool has_place(const struct dn_shelf_page *page, uint64_t place)
{
    return place >= page->from && place - page->from < page->size;
}

/* The page of the file that has this place; where none does, the one that was not used for longest is read anew. */
static const struct dn_shelf_page *find_page(struct dn_shelf_reader *reader, uint64_t place)
{
    size_t count = reader->page_count ? reader->page_count : DN_SHELF_PAGES, found = 0;
    struct dn_shelf_page *pages = reader->pages;
    for (size_t i = 0; i < count && !has_place(&pages[found], place); i++)
        if (has_place(&pages[i], place) || pages[i].used < pages[found].used)
            found = i;
    if (!has_place(&pages[found], place))
        load(reader->shelf, place - place % PAGE, &pages[found]);
    pages[found].used = ++reader->clock;
    reader->last = found;
    return &pages[found];
}

static const struct dn_shelf_page *page_of(struct dn_shelf_reader *reader, uint64_t place)
{
    const struct dn_shelf_page *last = &reader->pages[reader->last];
    return has_place(last, place) ? last : find_page(reader, place);
}

/* The bytes that stand together from a place on: some of them, at least one. */
static struct dn_text piece_at(struct dn_shelf_reader *reader, uint64_t place)
{
    const struct dn_shelf *shelf = reader->shelf;
    if (place >= shelf->written) {
        size_t at = (size_t)(place - shelf->written);
        return (struct dn_text){shelf->held.at + at, shelf->held.size - at};
    }
    const struct dn_shelf_page *page = page_of(reader, place);
    size_t at = (size_t)(place - page->from);
    return (struct dn_text){page->bytes + at, page->size - at};
}

/* Most of the time all of it stands in one piece. */
static size_t read_size(struct dn_shelf_reader *reader, uint64_t *place)
{
    struct dn_text piece = {NULL, 0};
    size_t size = 0;
    for (unsigned i = 0; i < SIZE_MOST; i++, piece.at++, piece.size--) {
        if (!piece.size)
            piece = piece_at(reader, *place);
        unsigned char byte = (unsigned char)*piece.at;
        ++*place;
        size |= (size_t)(byte & 0x7f) << 7 * i;
        if (byte < 0x80)
            break;
    }
    return size;
}

static void read_bytes(struct dn_shelf_reader *reader, uint64_t place, size_t size, struct dn_buf *into)
{
    while (size) {
        struct dn_text piece = piece_at(reader, place);
        size_t some = piece.size < size ? piece.size : size;
        dn_buf_add(into, piece.at, some);
        place += some;
        size -= some;
    }
}

void dn_shelf_get(struct dn_shelf_reader *reader, size_t number, struct dn_buf *into)
{
    if (number < reader->next || number / STEP > reader->next / STEP || reader->next == 0) {
        reader->next = number - number % STEP;
        reader->place = reader->shelf->marks[number / STEP];
    }
    size_t size = read_size(reader, &reader->place);
    for (; reader->next < number; reader->next++) {
        reader->place += size;
        size = read_size(reader, &reader->place);
    }
    dn_buf_reset(into);
    read_bytes(reader, reader->place, size, into);
    reader->place += size;
    reader->next++;
}

void dn_shelf_reader_clear(struct dn_shelf_reader *reader)
{
    for (size_t i = 0; i < DN_SHELF_PAGES; i++)
        free(reader->pages[i].bytes);
    *reader = (struct dn_shelf_reader){0};
}
