/* flock(2) is not in POSIX, yet in every Unix that has <sys/file.h>; fcntl's locks vanish with any close of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/store.h"

#define FLAGS (O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

enum dn_status dn_ledger_sync_folder(const char *path, struct dn_error *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? dn_strdup(".")
                   : slash == path ? dn_strdup("/")
                                   : dn_strndup(path, (size_t)(slash - path));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum dn_status status = fd < 0 || fsync(fd) != 0 ? dn_error_errno(err, folder) : DN_OK;
    if (fd >= 0)
        close(fd);
    free(folder);
    return status;
}

/* Is what fd is open on a file that may be a ledger? Only a plain file of ours that has one name and that others cannot
 * write. */
static enum dn_status check_file(int fd, const char *path, struct dn_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return dn_error_errno(err, path);
    if (!S_ISREG(st.st_mode))
        return dn_error_set(err, DN_INVALID, "%s: a ledger is a plain file; this is not one", path);
    if (st.st_nlink > 1)
        return dn_error_set(err, DN_INVALID, "%s: the file has a second name (hard link); a ledger has one", path);
    if (st.st_uid != geteuid())
        return dn_error_set(err, DN_INVALID, "%s: the ledger belongs to somebody else (uid %ld)", path,
                            (long)st.st_uid);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return dn_error_set(err, DN_INVALID, "%s: others may write the ledger (mode %04o); chmod go-w it", path,
                            (unsigned)(st.st_mode & 07777));
    return DN_OK;
}

static enum dn_status open_error(const char *path, struct dn_error *err)
{
    if (errno == ELOOP)
        return dn_error_set(err, DN_INVALID, "%s: the ledger is a symbolic link; name the file itself", path);
    if (errno == EISDIR)
        return dn_error_set(err, DN_INVALID, "%s: a ledger is a plain file; this is a directory", path);
    return dn_error_errno(err, path);
}

static enum dn_status lock(int fd, const char *path, struct dn_error *err)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return dn_error_set(err, DN_BUSY, "%s: another run holds the ledger", path);
        if (errno != EINTR)
            return dn_error_errno(err, path);
    }
    return DN_OK;
}

/* Does path still name the file that is open as fd? */
static bool names(const char *path, int fd)
{
    struct stat a, b;
    return lstat(path, &a) == 0 && fstat(fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Opens what path names, checked and locked. DN_END: nothing there, or it was replaced meanwhile. */
static enum dn_status open_there(const char *path, int flags, int *fd, struct dn_error *err)
{
    *fd = open(path, FLAGS | flags, S_IRUSR | S_IWUSR);
    if (*fd < 0)
        return errno == ENOENT && (flags & O_CREAT) == 0 ? DN_END : open_error(path, err);
    enum dn_status status = check_file(*fd, path, err);
    if (status == DN_OK)
        status = lock(*fd, path, err);
    if (status == DN_OK && !names(path, *fd))
        status = DN_END;
    if (status != DN_OK) {
        close(*fd);
        *fd = -1;
    }
    return status;
}

/* Writes the header into PATH.new, which only an earlier creation that was cut short may have left. */
static enum dn_status write_header(int fd, const char *path, struct dn_error *err)
{
    struct dn_buf line = {0}, there = {0};
    dn_buf_addf(&line, "%s\n", dn_ledger_header);
    enum dn_status status = dn_file_read(path, line.size, &there, err);
    if (status == DN_OK && (there.size > line.size || memcmp(there.at ? there.at : "", line.at, there.size) != 0))
        status = dn_error_set(err, DN_INVALID, "%s: in the way of a new ledger; move it away", path);
    if (status == DN_OK && ftruncate(fd, 0) != 0)
        status = dn_error_errno(err, path);
    if (status == DN_OK)
        status = dn_file_write(fd, dn_buf_text(&line), path, err);
    if (status == DN_OK && fsync(fd) != 0)
        status = dn_error_errno(err, path);
    dn_buf_clear(&line);
    dn_buf_clear(&there);
    return status;
}

/* Under the lock of PATH.new: makes it the ledger, unless there is one by now (DN_END). */
static enum dn_status publish(int fd, const char *path, const char *fresh, struct dn_error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0) {
        unlink(fresh);
        return DN_END;
    }
    enum dn_status status = write_header(fd, fresh, err);
    if (status == DN_OK && rename(fresh, path) != 0)
        status = dn_error_errno(err, path);
    return status == DN_OK ? dn_ledger_sync_folder(path, err) : status;
}

/* A ledger appears with its header or not at all, so an empty one is never ours: it was emptied, and taking it for new
 * would send everything a second time. All who create hold the lock of PATH.new, which stays theirs when it is renamed.
 */
static enum dn_status create(const char *path, int *fd, struct dn_error *err)
{
    struct dn_buf fresh = {0};
    dn_buf_addf(&fresh, "%s.new", path);
    enum dn_status status = open_there(fresh.at, O_CREAT, fd, err);
    if (status == DN_OK && (status = publish(*fd, path, fresh.at, err)) != DN_OK) {
        close(*fd);
        *fd = -1;
    }
    dn_buf_clear(&fresh);
    return status;
}

enum dn_status dn_ledger_open_file(struct dn_ledger *ledger, struct dn_error *err)
{
    for (int tries = 0; tries < 100; tries++) {
        enum dn_status status = open_there(ledger->path, 0, &ledger->fd, err);
        if (status == DN_END)
            status = create(ledger->path, &ledger->fd, err);
        if (status != DN_END)
            return status;
    }
    return dn_error_set(err, DN_BUSY, "%s: other runs keep replacing the ledger", ledger->path);
}
