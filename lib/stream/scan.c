#include "stream/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/scan_kernel.h"

/* What a kernel may write beyond what it counts. */
#define SLACK ((size_t)64)

static void run(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    scan_blocks(scan, bytes, from, to);
}

static size_t unquote(const char *from, size_t size, char *to)
{
    char *begin = to;
    const char *end = from + size, *quote;
    while (from < end && (quote = memchr(from, '"', (size_t)(end - from)))) {
        memcpy(to, from, (size_t)(quote - from) + 1);
        to += quote - from + 1;
        from = quote + 2;
    }
    size_t rest = from < end ? (size_t)(end - from) : 0;
    if (rest > 0)
        memcpy(to, from, rest);
    return (size_t)(to - begin) + rest;
}

const struct dn_scan_machine *dn_scan_portable(void)
{
    static const struct dn_scan_machine machine = {run, unquote};
    return &machine;
}

static const struct dn_scan_machine *machine_of(enum dn_scan_kernel kernel)
{
    if (kernel == DN_SCAN_PORTABLE)
        return dn_scan_portable();
    if (kernel == DN_SCAN_AVX2)
        return dn_scan_avx2();
    const struct dn_scan_machine *avx512 = dn_scan_avx512();
    if (avx512 || kernel == DN_SCAN_AVX512)
        return avx512;
    return dn_scan_avx2() ? dn_scan_avx2() : dn_scan_portable();
}

size_t dn_scan_unquote(const char *from, size_t size, char *to)
{
    return machine_of(DN_SCAN_BEST)->unquote(from, size, to);
}

/* Room for so many more of each; ends has one in front of it. */
static void make_room(struct dn_scan *scan, size_t more)
{
    size_t count = scan->end_count > scan->break_count ? scan->end_count : scan->break_count;
    if (count + more + SLACK <= scan->room)
        return;
    scan->room = scan->room * 2 > count + more + SLACK ? scan->room * 2 : count + more + SLACK;
    scan->ends = (uint32_t *)dn_realloc(scan->ends ? scan->ends - 1 : NULL, scan->room + 1, sizeof *scan->ends) + 1;
    scan->records = dn_realloc(scan->records, scan->room, sizeof *scan->records);
    scan->breaks = dn_realloc(scan->breaks, scan->room, sizeof *scan->breaks);
}

bool dn_scan_begin(struct dn_scan *scan, char delimiter, enum dn_scan_kernel kernel)
{
    *scan = (struct dn_scan){.delimiter = delimiter, .machine = machine_of(kernel)};
    if (!scan->machine)
        return false;
    make_room(scan, SLACK);
    dn_scan_restart(scan, false);
    return true;
}

void dn_scan_restart(struct dn_scan *scan, bool inside)
{
    scan->end_count = scan->record_count = scan->break_count = 0;
    scan->ends[-1] = (uint32_t)-1;
    scan->breaks[0] = DN_SCAN_NONE;
    scan->bad = DN_SCAN_NONE;
    scan->suspect_from = scan->suspect_to = 0;
    scan->inside = inside ? ~(uint64_t)0 : 0;
    scan->after_sep = !inside;
    scan->after_mark = scan->after_cr = 0;
    scan->special = inside;
    scan->quoted = inside ? DN_SCAN_QUOTED : 0;
    scan->high = false;
}

size_t dn_scan_run(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    size_t blocks = (to - from) / DN_SCAN_BLOCK * DN_SCAN_BLOCK;
    if (scan->bad != DN_SCAN_NONE || blocks == 0)
        return from;
    make_room(scan, blocks);
    scan->machine->run(scan, bytes, from, from + blocks);
    return from + blocks;
}

/* The last record, if the text ends without an LF behind it. */
static void put_last(struct dn_scan *scan, const char *bytes, size_t to)
{
    size_t done = scan->record_count ? scan->records[scan->record_count - 1].fields & ~DN_SCAN_QUOTED : 0;
    if (to == (uint32_t)(scan->ends[(ptrdiff_t)done - 1] + 1))
        return;
    if (scan->inside || bytes[to - 1] == '\r') {
        scan->bad = (uint32_t)to;
        return;
    }
    scan->ends[scan->end_count++] = (uint32_t)to;
    scan->records[scan->record_count++] =
        (struct dn_scan_record){(uint32_t)to, (uint32_t)scan->end_count | scan->quoted};
}

void dn_scan_finish(struct dn_scan *scan, const char *bytes, size_t from, size_t to, bool complete)
{
    if (scan->bad != DN_SCAN_NONE)
        return;
    make_room(scan, DN_SCAN_BLOCK);
    if (to > from)
        scan->machine->run(scan, bytes, from, to);
    if (scan->high) { /* what is behind `to` may have looked like the rest of a character */
        scan->suspect_from = scan->suspect_to ? scan->suspect_from : (uint32_t)(from < 64 ? 0 : from - 64);
        scan->suspect_to = (uint32_t)to;
    }
    if (complete && scan->bad == DN_SCAN_NONE)
        put_last(scan, bytes, to);
}

static uint32_t less(uint32_t offset, size_t delta)
{
    return offset > delta ? offset - (uint32_t)delta : 0;
}

void dn_scan_shift(struct dn_scan *scan, size_t fields, size_t records, size_t delta)
{
    size_t kept = 0, start = (uint32_t)(scan->ends[(ptrdiff_t)fields - 1] + 1);
    for (size_t i = fields; i <= scan->end_count; i++) /* the one in front of them, too: it may wrap to -1 */
        scan->ends[(ptrdiff_t)(i - fields) - 1] = scan->ends[(ptrdiff_t)i - 1] - (uint32_t)delta;
    for (size_t i = records; i < scan->record_count; i++) {
        struct dn_scan_record record = scan->records[i];
        scan->records[i - records] =
            (struct dn_scan_record){record.end - (uint32_t)delta, record.fields - (uint32_t)fields};
    }
    for (size_t i = 0; i < scan->break_count; i++)
        if (scan->breaks[i] >= start)
            scan->breaks[kept++] = scan->breaks[i] - (uint32_t)delta;
    scan->end_count -= fields;
    scan->record_count -= records;
    scan->break_count = kept;
    scan->breaks[kept] = DN_SCAN_NONE;
    scan->bad = scan->bad == DN_SCAN_NONE ? DN_SCAN_NONE : scan->bad - (uint32_t)delta;
    scan->suspect_from = less(scan->suspect_from, delta);
    scan->suspect_to = less(scan->suspect_to, delta);
}

void dn_scan_clear(struct dn_scan *scan)
{
    free(scan->ends ? scan->ends - 1 : NULL);
    free(scan->records);
    free(scan->breaks);
    *scan = (struct dn_scan){0};
}
