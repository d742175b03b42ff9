#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *dn_file_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum dn_status dn_file_open(const char *path, int *fd, struct dn_error *err)
{
    const char *name = dn_file_name(path);
    *fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return dn_error_errno(err, name);
    struct stat status;
    if (fstat(*fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(*fd);
        *fd = -1;
        return dn_error_set(err, DN_SYSTEM, "%s: is a directory, a file is needed", name);
    }
    return DN_OK;
}

/* One read with EINTR retried. */
static ssize_t read_some(int fd, char *at, size_t size)
{
    ssize_t got;
    do
        got = read(fd, at, size);
    while (got < 0 && errno == EINTR);
    return got;
}

enum dn_status dn_file_read(const char *path, size_t cap, struct dn_buf *into, struct dn_error *err)
{
    int fd;
    enum dn_status status = dn_file_open(path, &fd, err);
    if (status != DN_OK)
        return status;
    char piece[65536];
    size_t total = 0;
    ssize_t got;
    dn_buf_adds(into, "");
    while ((got = read_some(fd, piece, sizeof piece)) > 0) {
        total += (size_t)got;
        if (total > cap) {
            status = dn_error_at(err, dn_file_name(path), 0, 0, "over %zu bytes", cap);
            break;
        }
        dn_buf_add(into, piece, (size_t)got);
    }
    if (got < 0)
        status = dn_error_errno(err, dn_file_name(path));
    close(fd);
    return status;
}

enum dn_status dn_file_write(int fd, struct dn_text bytes, const char *subject, struct dn_error *err)
{
    while (bytes.size) {
        ssize_t put = write(fd, bytes.at, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return dn_error_errno(err, subject);
        bytes.at += put;
        bytes.size -= (size_t)put;
    }
    return DN_OK;
}

int dn_file_temporary(struct dn_error *err)
{
    const char *folder = getenv("TMPDIR");
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s/duenotice.XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name.at);
    if (fd >= 0)
        unlink(name.at);
    else
        dn_error_errno(err, name.at);
    dn_buf_clear(&name);
    return fd;
}
