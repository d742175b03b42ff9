/* The size of a pipe is Linux; where CMake did not find it, a pipe stays as it is. */
#ifdef DN_HAVE_PIPE_SIZE
#define _GNU_SOURCE
#endif

#include "stream/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/unicode.h"

#define RAW_ROOM ((size_t)128 << 10)
#define PIPE_ROOM (1 << 20)    /* what Linux lets anybody have */
#define LOOK_ROOM ((size_t)64) /* bytes that say what the file is, however they come */

enum encoding { UTF8, UTF16LE, UTF16BE };

struct dn_source {
    char *name;
    int fd;
    bool begun; /* the first bytes have been looked at */
    bool ended;
    enum encoding encoding;
    int64_t line;       /* of the UTF-16 text that is converted now */
    unsigned char *raw; /* bytes read and not yet given out: the first ones, or UTF-16 */
    size_t start, end;  /* of these */
};

/* Makes room in a pipe, so that who writes it and we wake each other a tenth as often: for every 64 KiB costs more than
 * all that is done with them. A pipe that has more, or may not have it, stays as it is. */
static void widen(int fd)
{
#ifdef DN_HAVE_PIPE_SIZE
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size > 0 && size < PIPE_ROOM)
        fcntl(fd, F_SETPIPE_SZ, PIPE_ROOM);
#else
    (void)fd;
#endif
}

enum dn_status dn_source_open(const char *path, struct dn_source **source, struct dn_error *err)
{
    int fd = -1;
    *source = NULL;
    enum dn_status status = dn_file_open(path, &fd, err);
    if (status != DN_OK)
        return status;
    *source = dn_alloc(1, sizeof **source);
    (*source)->name = dn_strdup(dn_file_name(path));
    (*source)->fd = fd;
    widen(fd);
    (*source)->line = 1;
    (*source)->raw = dn_alloc(RAW_ROOM, 1);
    return DN_OK;
}

void dn_source_close(struct dn_source *source)
{
    if (!source)
        return;
    close(source->fd);
    free(source->raw);
    free(source->name);
    free(source);
}

static enum dn_status read_some(struct dn_source *source, void *at, size_t room, size_t *got, struct dn_error *err)
{
    ssize_t size;
    do
        size = read(source->fd, at, room);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return dn_error_errno(err, source->name);
    source->ended = size == 0;
    *got = (size_t)size;
    return size == 0 ? DN_END : DN_OK;
}

/* Adds to the raw bytes; at the end of the file only `ended` is set. */
static enum dn_status read_raw(struct dn_source *source, struct dn_error *err)
{
    memmove(source->raw, source->raw + source->start, source->end - source->start);
    source->end -= source->start;
    source->start = 0;
    size_t got = 0;
    enum dn_status status = read_some(source, source->raw + source->end, RAW_ROOM - source->end, &got, err);
    source->end += got;
    return status == DN_END ? DN_OK : status;
}

/* What is no text at all, by its first bytes. */
static const struct {
    const char *magic;
    size_t size;
    const char *advice;
} others[] = {
    {"\x1f\x8b", 2, "compressed: pipe it through zcat"},
    {"\x28\xb5\x2f\xfd", 4, "compressed: pipe it through zstdcat"},
    {"\xfd"
     "7zXZ",
     5, "compressed: pipe it through xzcat"},
    {"BZh", 3, "compressed: pipe it through bzcat"},
    {"PK\x03\x04", 4, "a zip archive or a spreadsheet: unpack it, or export it as CSV"},
    {"\xff\xfe\0\0", 4, "UTF-32: convert it with iconv -f UTF-32 -t UTF-8"},
    {"\0\0\xfe\xff", 4, "UTF-32: convert it with iconv -f UTF-32 -t UTF-8"},
};

static bool raw_starts(const struct dn_source *source, const char *magic, size_t size)
{
    return source->end - source->start >= size && memcmp(source->raw + source->start, magic, size) == 0;
}

/* Text whose every other byte is NUL: which UTF-16 is it? */
static const char *looks_like_utf16(const struct dn_source *source)
{
    size_t size = source->end < LOOK_ROOM ? source->end : LOOK_ROOM, nul[2] = {0, 0};
    for (size_t i = 0; i < size; i++)
        nul[i % 2] += source->raw[i] == 0;
    if ((nul[0] + nul[1]) * 4 < size || nul[0] == nul[1])
        return NULL;
    return nul[0] > nul[1] ? "UTF-16BE" : "UTF-16LE";
}

static enum dn_status look_at_first_bytes(struct dn_source *source, struct dn_error *err)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (raw_starts(source, others[i].magic, others[i].size))
            return dn_error_at(err, source->name, 0, 0, "%s", others[i].advice);
    if (raw_starts(source, "\xef\xbb\xbf", 3)) {
        source->start = 3;
    } else if (raw_starts(source, "\xff\xfe", 2) || raw_starts(source, "\xfe\xff", 2)) {
        source->encoding = source->raw[0] == 0xff ? UTF16LE : UTF16BE;
        source->start = 2;
    } else if (looks_like_utf16(source)) {
        const char *which = looks_like_utf16(source);
        return dn_error_at(err, source->name, 1, 0,
                           "looks like UTF-16 without a BOM: convert it with iconv -f %s -t UTF-8", which);
    }
    return DN_OK;
}

static enum dn_status begin(struct dn_source *source, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    while (status == DN_OK && !source->ended && source->end < LOOK_ROOM)
        status = read_raw(source, err);
    if (status == DN_OK)
        status = look_at_first_bytes(source, err);
    source->begun = status == DN_OK;
    return status;
}

static uint32_t unit_at(const struct dn_source *source, size_t offset)
{
    const unsigned char *at = source->raw + source->start + offset;
    return source->encoding == UTF16LE ? at[0] | (uint32_t)at[1] << 8 : (uint32_t)at[0] << 8 | at[1];
}

enum unit { CHARACTER, NEED_MORE, BROKEN };

/* The next character of UTF-16 and how many bytes it takes. */
static enum unit next_character(const struct dn_source *source, uint32_t *c, size_t *size)
{
    size_t left = source->end - source->start;
    if (left < 2)
        return NEED_MORE;
    *c = unit_at(source, 0);
    *size = 2;
    if (*c < 0xd800 || *c > 0xdfff)
        return CHARACTER;
    if (*c > 0xdbff)
        return BROKEN;
    if (left < 4)
        return NEED_MORE;
    uint32_t low = unit_at(source, 2);
    if (low < 0xdc00 || low > 0xdfff)
        return BROKEN;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    *size = 4;
    return CHARACTER;
}

/* Converts what is there; stops for want of room or bytes, or at a character that is broken. */
static enum unit convert(struct dn_source *source, char *at, size_t room, size_t *got)
{
    uint32_t c = 0;
    size_t size = 0;
    while (room - *got >= 4) {
        enum unit unit = next_character(source, &c, &size);
        if (unit != CHARACTER)
            return unit;
        *got += dn_unicode_put(at + *got, c);
        source->start += size;
        source->line += c == '\n';
    }
    return CHARACTER;
}

static enum dn_status read_utf16(struct dn_source *source, char *at, size_t room, size_t *got, struct dn_error *err)
{
    for (;;) {
        enum unit unit = convert(source, at, room, got);
        if (*got > 0)
            return DN_OK;
        if (unit == BROKEN)
            return dn_error_at(err, source->name, source->line, 0, "an unpaired surrogate in UTF-16");
        if (source->ended && source->start < source->end)
            return dn_error_at(err, source->name, source->line, 0, "cut: UTF-16 that ends inside a character");
        if (source->ended)
            return DN_END;
        enum dn_status status = read_raw(source, err);
        if (status != DN_OK)
            return status;
    }
}

static size_t give_raw(struct dn_source *source, char *at, size_t room)
{
    size_t left = source->end - source->start, size = left < room ? left : room;
    memcpy(at, source->raw + source->start, size);
    source->start += size;
    return size;
}

enum dn_status dn_source_read(struct dn_source *source, char *at, size_t room, size_t *got, struct dn_error *err)
{
    *got = 0;
    enum dn_status status = source->begun ? DN_OK : begin(source, err);
    if (status != DN_OK)
        return status;
    if (source->encoding != UTF8)
        return read_utf16(source, at, room, got, err);
    *got = give_raw(source, at, room);
    if (*got > 0)
        return DN_OK;
    return source->ended ? DN_END : read_some(source, at, room, got, err);
}

bool dn_source_direct(const struct dn_source *source, int *fd, off_t *at, off_t *size)
{
    struct stat status;
    if (!source->begun || source->encoding != UTF8 || source->start < source->end)
        return false;
    if (fstat(source->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *fd = source->fd;
    *at = lseek(source->fd, 0, SEEK_CUR);
    *size = status.st_size;
    return *at >= 0;
}
