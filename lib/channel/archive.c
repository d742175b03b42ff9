/* syncfs(2) is Linux; where CMake did not find it, every file is synced by itself. */
#ifdef DN_HAVE_SYNCFS
#define _GNU_SOURCE
#endif

#include "channel/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/sha256.h"
#include "channel/archive_journal.h"

#define SYNC_EACH 32   /* up to so many files, syncing each is cheaper than waiting for the file system */
#define NAME_LATER 128 /* fewer than so many at a time go through the journal ... */
#define NAME_AT 1024   /* ... and so many get their names together */
#define PIECE ((size_t)256 << 10)
#define STEM "manifest-"
#define MANIFEST_NAME 40
#define TMP_NAME (DN_SHA256_HEX + 8)

enum { TMP, SENT, INPUTS, FOLDERS };
static const char *const folder_names[FOLDERS] = {"tmp", "sent", "inputs"};

/* A file that waits in tmp for its sync: as HEX.sent or HEX.inputs, so that it can be told where it belongs. */
struct waiting {
    char hex[DN_SHA256_HEX], tmp[TMP_NAME];
    int to;
};

struct dn_archive {
    char *path;
    int root, lock, manifest, folders[FOLDERS];
    char part[MANIFEST_NAME], name[MANIFEST_NAME]; /* of the manifest, before and after _end */
    struct dn_buf lines;                           /* of the manifest, not written yet */
    struct waiting *waiting;
    size_t waiting_count, waiting_room;
    struct dn_archive_journal journal;
    bool outside; /* something waits that is not in the journal: a large input */
};

static enum dn_status fail(const struct dn_archive *archive, const char *folder, const char *name, struct dn_error *err)
{
    int number = errno;
    struct dn_buf subject = {0};
    dn_buf_addf(&subject, "%s%s%s%s%s", archive->path, *folder ? "/" : "", folder, *name ? "/" : "", name);
    errno = number;
    dn_error_errno(err, subject.at);
    dn_buf_clear(&subject);
    return DN_SYSTEM;
}

static enum dn_status open_folder(struct dn_archive *archive, int at, struct dn_error *err)
{
    const char *name = folder_names[at];
    if (mkdirat(archive->root, name, 0700) != 0 && errno != EEXIST)
        return fail(archive, name, "", err);
    archive->folders[at] = openat(archive->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return archive->folders[at] < 0 ? fail(archive, name, "", err) : DN_OK;
}

static enum dn_status open_root(struct dn_archive *archive, struct dn_error *err)
{
    if (mkdir(archive->path, 0700) != 0 && errno != EEXIST)
        return fail(archive, "", "", err);
    archive->root = open(archive->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return archive->root < 0 ? fail(archive, "", "", err) : DN_OK;
}

static enum dn_status take_lock(struct dn_archive *archive, struct dn_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    archive->lock = openat(archive->root, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (archive->lock < 0)
        return fail(archive, ".lock", "", err);
    if (fcntl(archive->lock, F_SETLK, &whole) == 0)
        return DN_OK;
    if (errno != EACCES && errno != EAGAIN)
        return fail(archive, ".lock", "", err);
    return dn_error_set(err, DN_BUSY, "%s: another run writes into this archive", archive->path);
}

/* Calls seen for every name in a folder; fd stays the caller's. */
static enum dn_status visit(struct dn_archive *archive, int fd,
                            void (*seen)(struct dn_archive *archive, const char *name, void *context), void *context,
                            struct dn_error *err)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = copy < 0 ? NULL : fdopendir(copy);
    if (!names) {
        enum dn_status status = fail(archive, "", "", err);
        if (copy >= 0)
            close(copy);
        return status;
    }
    for (struct dirent *entry; (entry = readdir(names));)
        seen(archive, entry->d_name, context);
    closedir(names);
    return DN_OK;
}

static bool hash_file(int fd, char hex[DN_SHA256_HEX])
{
    char *piece = dn_alloc(PIECE, 1);
    struct dn_sha256 *digest = dn_sha256_begin();
    ssize_t got;
    while ((got = read(fd, piece, PIECE)) > 0)
        dn_sha256_feed(digest, (struct dn_text){piece, (size_t)got});
    dn_sha256_end(digest, hex);
    free(piece);
    return got == 0;
}

static void tmp_name(const char *hex, int to, char name[TMP_NAME])
{
    snprintf(name, TMP_NAME, "%.64s.%s", hex, folder_names[to]);
}

/* Does this file hold what its name in tmp says, durably? */
static bool is_whole(const struct dn_archive *archive, const char *tmp, const char *hex)
{
    char found[DN_SHA256_HEX];
    int fd = openat(archive->folders[TMP], tmp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool whole = fd >= 0 && hash_file(fd, found) && strcmp(found, hex) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return whole;
}

/* Where a file of this name in tmp belongs, and its digest; TMP: it is none of ours. */
static int place_of(const char *name, char hex[DN_SHA256_HEX])
{
    char tmp[TMP_NAME];
    snprintf(hex, DN_SHA256_HEX, "%.64s", name);
    for (int to = SENT; to < FOLDERS; to++) {
        tmp_name(hex, to, tmp);
        if (strcmp(tmp, name) == 0)
            return to;
    }
    return TMP;
}

/* A run was killed behind its sync: what is whole was perhaps sent and gets its name; the rest never left. */
static void take_over(struct dn_archive *archive, const char *name, void *context)
{
    char hex[DN_SHA256_HEX];
    (void)context;
    if (name[0] == '.' || strcmp(name, "journal") == 0)
        return;
    int to = place_of(name, hex);
    if (to == TMP || !is_whole(archive, name, hex) ||
        renameat(archive->folders[TMP], name, archive->folders[to], hex) != 0)
        unlinkat(archive->folders[TMP], name, 0);
}

static void count_manifest(struct dn_archive *archive, const char *name, void *context)
{
    long *last = context;
    (void)archive;
    long number = strncmp(name, STEM, strlen(STEM)) == 0 ? strtol(name + strlen(STEM), NULL, 10) : 0;
    *last = number > *last ? number : *last;
}

static enum dn_status begin_manifest(struct dn_archive *archive, struct dn_error *err)
{
    long last = 0;
    enum dn_status status = visit(archive, archive->root, count_manifest, &last, err);
    if (status != DN_OK)
        return status;
    snprintf(archive->part, sizeof archive->part, STEM "%06ld.part", last + 1);
    snprintf(archive->name, sizeof archive->name, STEM "%06ld.sha256", last + 1);
    archive->manifest =
        openat(archive->root, archive->part, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    return archive->manifest < 0 ? fail(archive, archive->part, "", err) : DN_OK;
}

/* The new names are durable: those in the archive, and its own in the folder above. */
static enum dn_status sync_root(struct dn_archive *archive, struct dn_error *err)
{
    int above = openat(archive->root, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = fsync(archive->root) == 0 && (above < 0 || fsync(above) == 0);
    enum dn_status status = fine ? DN_OK : fail(archive, "", "", err);
    if (above >= 0)
        close(above);
    return status;
}

static int create(struct dn_archive *archive, const char *name, int how)
{
    return openat(archive->folders[TMP], name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | how, 0600);
}

static enum dn_status write_and_close(struct dn_archive *archive, int fd, const char *tmp, struct dn_text bytes,
                                      struct dn_error *err)
{
    enum dn_status status = dn_file_write(fd, bytes, archive->path, err);
    if (close(fd) != 0 && status == DN_OK)
        status = fail(archive, "tmp", tmp, err);
    return status;
}

/* After a crash of the machine: what the journal has, and nobody else has whole, is written again. */
static enum dn_status write_again(void *context, const char *name, struct dn_text bytes, struct dn_error *err)
{
    struct dn_archive *archive = context;
    char hex[DN_SHA256_HEX];
    int to = place_of(name, hex);
    if (to == TMP || faccessat(archive->folders[to], hex, F_OK, 0) == 0)
        return DN_OK;
    int fd = create(archive, name, O_TRUNC);
    return fd < 0 ? fail(archive, "tmp", name, err) : write_and_close(archive, fd, name, bytes, err);
}

/* What a run that was killed, or a machine that went down, has left. */
static enum dn_status recover(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = dn_archive_journal_open(archive->root, archive->path, &archive->journal, err);
    if (status == DN_OK)
        status = dn_archive_journal_read(&archive->journal, write_again, archive, err);
    if (status == DN_OK)
        status = visit(archive, archive->folders[TMP], take_over, NULL, err);
    if (status == DN_OK && fsync(archive->folders[SENT]) != 0)
        status = fail(archive, folder_names[SENT], "", err);
    return status == DN_OK ? dn_archive_journal_empty(&archive->journal, err) : status;
}

static enum dn_status open_all(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = open_root(archive, err);
    if (status == DN_OK)
        status = take_lock(archive, err);
    for (int i = 0; i < FOLDERS && status == DN_OK; i++)
        status = open_folder(archive, i, err);
    if (status == DN_OK)
        status = recover(archive, err);
    if (status == DN_OK)
        status = begin_manifest(archive, err);
    return status == DN_OK ? sync_root(archive, err) : status;
}

enum dn_status dn_archive_open(const char *path, struct dn_archive **archive, struct dn_error *err)
{
    struct dn_archive *made = dn_alloc(1, sizeof *made);
    made->path = dn_strdup(path);
    made->root = made->lock = made->manifest = made->journal.fd = -1;
    for (int i = 0; i < FOLDERS; i++)
        made->folders[i] = -1;
    enum dn_status status = open_all(made, err);
    if (status != DN_OK) {
        dn_archive_close(made);
        made = NULL;
    }
    *archive = made;
    return status;
}

void dn_archive_say(struct dn_archive *archive, const char *format, ...)
{
    struct dn_buf text = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    dn_buf_adds(&archive->lines, "# ");
    dn_buf_add_visible(&archive->lines, dn_buf_text(&text));
    dn_buf_addc(&archive->lines, '\n');
    dn_buf_clear(&text);
}

static void add_line(struct dn_archive *archive, const char *hex, int to, const char *words)
{
    dn_archive_say(archive, "%s", words);
    dn_buf_addf(&archive->lines, "%s  %s/%s\n", hex, folder_names[to], hex);
}

static void wait_for_sync(struct dn_archive *archive, const char *hex, int to)
{
    archive->waiting =
        dn_grow(archive->waiting, archive->waiting_count, &archive->waiting_room, sizeof *archive->waiting);
    struct waiting *waiting = &archive->waiting[archive->waiting_count++];
    memcpy(waiting->hex, hex, sizeof waiting->hex);
    tmp_name(hex, to, waiting->tmp);
    waiting->to = to;
}

/* Is it there already, durable or on its way? */
static bool is_kept(const struct dn_archive *archive, const char *hex, int to)
{
    char tmp[TMP_NAME];
    tmp_name(hex, to, tmp);
    return faccessat(archive->folders[to], hex, F_OK, 0) == 0 || faccessat(archive->folders[TMP], tmp, F_OK, 0) == 0;
}

/* What is on its way already is in tmp. What has its name is written again, which costs less than to look. */
static enum dn_status keep(struct dn_archive *archive, int to, struct dn_text bytes, const char *words,
                           struct dn_error *err)
{
    char hex[DN_SHA256_HEX], tmp[TMP_NAME];
    dn_sha256_hex(bytes, hex);
    tmp_name(hex, to, tmp);
    add_line(archive, hex, to, words);
    int fd = create(archive, tmp, O_EXCL);
    if (fd < 0)
        return errno == EEXIST ? DN_OK : fail(archive, "tmp", tmp, err);
    enum dn_status status = write_and_close(archive, fd, tmp, bytes, err);
    if (status != DN_OK)
        return status;
    wait_for_sync(archive, hex, to);
    dn_archive_journal_add(&archive->journal, tmp, bytes);
    return DN_OK;
}

enum dn_status dn_archive_keep(struct dn_archive *archive, struct dn_text bytes, const char *words,
                               struct dn_error *err)
{
    return keep(archive, SENT, bytes, words, err);
}

enum dn_status dn_archive_input(struct dn_archive *archive, struct dn_text bytes, const char *words,
                                struct dn_error *err)
{
    return keep(archive, INPUTS, bytes, words, err);
}

/* Copies all of from into to and digests it on the way. */
static enum dn_status copy(struct dn_archive *archive, int from, int to, const char *name, char hex[DN_SHA256_HEX],
                           struct dn_error *err)
{
    char *piece = dn_alloc(PIECE, 1);
    struct dn_sha256 *digest = dn_sha256_begin();
    enum dn_status status = DN_OK;
    ssize_t got;
    for (off_t at = 0; status == DN_OK && (got = pread(from, piece, PIECE, at)) != 0; at += got) {
        if (got < 0) {
            status = dn_error_errno(err, name);
            break;
        }
        dn_sha256_feed(digest, (struct dn_text){piece, (size_t)got});
        status = dn_file_write(to, (struct dn_text){piece, (size_t)got}, archive->path, err);
    }
    dn_sha256_end(digest, hex);
    free(piece);
    return status;
}

enum dn_status dn_archive_input_file(struct dn_archive *archive, int fd, const char *name, const char *words,
                                     struct dn_error *err)
{
    static const char unnamed[] = "input";
    char hex[DN_SHA256_HEX], tmp[TMP_NAME];
    int to = create(archive, unnamed, O_TRUNC);
    if (to < 0)
        return fail(archive, "tmp", unnamed, err);
    enum dn_status status = copy(archive, fd, to, name, hex, err);
    if (close(to) != 0 && status == DN_OK)
        status = fail(archive, "tmp", unnamed, err);
    if (status != DN_OK)
        return status;
    add_line(archive, hex, INPUTS, words);
    if (is_kept(archive, hex, INPUTS))
        return DN_OK;
    tmp_name(hex, INPUTS, tmp);
    if (renameat(archive->folders[TMP], unnamed, archive->folders[TMP], tmp) != 0)
        return fail(archive, "tmp", tmp, err);
    wait_for_sync(archive, hex, INPUTS);
    archive->outside = true;
    return DN_OK;
}

static enum dn_status sync_each(struct dn_archive *archive, struct dn_error *err)
{
    for (size_t i = 0; i < archive->waiting_count; i++) {
        int fd = openat(archive->folders[TMP], archive->waiting[i].tmp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        bool fine = fd >= 0 && fsync(fd) == 0;
        enum dn_status status = fine ? DN_OK : fail(archive, "tmp", archive->waiting[i].tmp, err);
        if (fd >= 0)
            close(fd);
        if (status != DN_OK)
            return status;
    }
    if (fsync(archive->folders[TMP]) != 0)
        return fail(archive, "tmp", "", err);
    return fsync(archive->manifest) == 0 ? DN_OK : fail(archive, archive->part, "", err);
}

static enum dn_status sync_bytes(struct dn_archive *archive, struct dn_error *err)
{
#ifdef DN_HAVE_SYNCFS
    if (archive->waiting_count > SYNC_EACH)
        return syncfs(archive->folders[TMP]) == 0 ? DN_OK : fail(archive, "tmp", "", err);
#endif
    return sync_each(archive, err);
}

static enum dn_status name_all(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < archive->waiting_count && status == DN_OK; i++) {
        const struct waiting *waiting = &archive->waiting[i];
        if (renameat(archive->folders[TMP], waiting->tmp, archive->folders[waiting->to], waiting->hex) != 0)
            status = fail(archive, folder_names[waiting->to], waiting->hex, err);
    }
    archive->waiting_count = 0;
    return status;
}

static enum dn_status write_lines(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = dn_file_write(archive->manifest, dn_buf_text(&archive->lines), archive->path, err);
    dn_buf_reset(&archive->lines);
    return status;
}

/* All files that wait are synced, then named; what the journal had is durable then. */
static enum dn_status settle(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = sync_bytes(archive, err);
    if (status == DN_OK)
        status = name_all(archive, err);
    for (int i = 0; i < FOLDERS && status == DN_OK; i++)
        if (fsync(archive->folders[i]) != 0)
            status = fail(archive, folder_names[i], "", err);
    archive->outside = false;
    return status == DN_OK ? dn_archive_journal_empty(&archive->journal, err) : status;
}

/* A few at a time through the journal, many at once directly. */
enum dn_status dn_archive_sync(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = archive->lines.size ? write_lines(archive, err) : DN_OK;
    if (status != DN_OK || (!archive->journal.count && !archive->outside))
        return status;
    if (archive->outside || archive->journal.count >= NAME_LATER || archive->waiting_count >= NAME_AT)
        return settle(archive, err);
    return dn_archive_journal_sync(&archive->journal, err);
}

enum dn_status dn_archive_end(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = write_lines(archive, err);
    if (status == DN_OK)
        status = settle(archive, err);
    if (status == DN_OK && unlinkat(archive->folders[TMP], "journal", 0) != 0)
        status = fail(archive, "tmp", "journal", err);
    if (status == DN_OK && fsync(archive->manifest) != 0)
        status = fail(archive, archive->part, "", err);
    if (status == DN_OK && renameat(archive->root, archive->part, archive->root, archive->name) != 0)
        status = fail(archive, archive->name, "", err);
    if (status == DN_OK && fsync(archive->root) != 0)
        status = fail(archive, "", "", err);
    return status;
}

static void close_some(int fd)
{
    if (fd >= 0)
        close(fd);
}

void dn_archive_close(struct dn_archive *archive)
{
    if (!archive)
        return;
    for (int i = 0; i < FOLDERS; i++)
        close_some(archive->folders[i]);
    close_some(archive->manifest);
    close_some(archive->lock);
    close_some(archive->root);
    dn_archive_journal_close(&archive->journal);
    free(archive->waiting);
    dn_buf_clear(&archive->lines);
    free(archive->path);
    free(archive);
}
