#include "channel/archive_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define NAME "tmp/journal"
#define CAP ((size_t)1 << 30)

/* Before the bytes of each: "NAME SIZE SHA256 LF". The digest is over the bytes, so a torn one is known. */
#define HEAD_CAP 256

enum dn_status dn_archive_journal_open(int root, const char *path, struct dn_archive_journal *journal,
                                       struct dn_error *err)
{
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s/" NAME, path);
    journal->path = dn_buf_take(&name);
    journal->fd = openat(root, NAME, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    return journal->fd < 0 ? dn_error_errno(err, journal->path) : DN_OK;
}

void dn_archive_journal_add(struct dn_archive_journal *journal, const char *name, struct dn_text bytes)
{
    char hex[DN_SHA256_HEX];
    dn_sha256_hex(bytes, hex);
    dn_buf_addf(&journal->pending, "%s %zu %s\n", name, bytes.size, hex);
    dn_buf_addt(&journal->pending, bytes);
    journal->count++;
}

enum dn_status dn_archive_journal_sync(struct dn_archive_journal *journal, struct dn_error *err)
{
    enum dn_status status = dn_file_write(journal->fd, dn_buf_text(&journal->pending), journal->path, err);
    dn_buf_reset(&journal->pending);
    journal->count = 0;
    if (status != DN_OK)
        return status;
    return fdatasync(journal->fd) == 0 ? DN_OK : dn_error_errno(err, journal->path);
}

enum dn_status dn_archive_journal_empty(struct dn_archive_journal *journal, struct dn_error *err)
{
    dn_buf_reset(&journal->pending);
    journal->count = 0;
    return ftruncate(journal->fd, 0) == 0 ? DN_OK : dn_error_errno(err, journal->path);
}

static enum dn_status read_all(const struct dn_archive_journal *journal, struct dn_buf *bytes, struct dn_error *err)
{
    char piece[65536];
    ssize_t got;
    off_t at = 0;
    while ((got = pread(journal->fd, piece, sizeof piece, at)) > 0 && bytes->size < CAP) {
        dn_buf_add(bytes, piece, (size_t)got);
        at += got;
    }
    return got < 0 ? dn_error_errno(err, journal->path) : DN_OK;
}

/* The next one; false: the end, or one that is torn. */
static bool next(struct dn_text *rest, char name[HEAD_CAP], struct dn_text *bytes)
{
    char hex[DN_SHA256_HEX];
    const char *end = rest->size ? memchr(rest->at, '\n', rest->size < HEAD_CAP ? rest->size : HEAD_CAP) : NULL;
    struct dn_text head = {rest->at, end ? (size_t)(end - rest->at) : 0}, size, digest, word;
    int64_t number = 0;
    bool whole = end && dn_text_next(&head, ' ', &word) && dn_text_next(&head, ' ', &size) &&
                 dn_text_next(&head, ' ', &digest) && dn_text_number(size, &number);
    *rest = (struct dn_text){end ? end + 1 : rest->at, end ? rest->size - (size_t)(end + 1 - rest->at) : 0};
    if (!whole || (uint64_t)number > rest->size)
        return false;
    *bytes = (struct dn_text){rest->at, (size_t)number};
    *rest = (struct dn_text){rest->at + number, rest->size - (size_t)number};
    memcpy(name, word.at, word.size);
    name[word.size] = '\0';
    dn_sha256_hex(*bytes, hex);
    return dn_text_is(digest, hex);
}

enum dn_status dn_archive_journal_read(const struct dn_archive_journal *journal,
                                       enum dn_status (*found)(void *context, const char *name, struct dn_text bytes,
                                                               struct dn_error *err),
                                       void *context, struct dn_error *err)
{
    struct dn_buf all = {0};
    struct dn_text bytes;
    char name[HEAD_CAP];
    enum dn_status status = read_all(journal, &all, err);
    struct dn_text rest = dn_buf_text(&all);
    while (status == DN_OK && next(&rest, name, &bytes))
        status = found(context, name, bytes, err);
    dn_buf_clear(&all);
    return status;
}

void dn_archive_journal_close(struct dn_archive_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->path);
    dn_buf_clear(&journal->pending);
}
