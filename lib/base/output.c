#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define KEEP ((size_t)1 << 20)   /* bytes held in memory before they go to a file */
#define LARGE ((size_t)64 << 10) /* bytes that are worth a call of the system */

struct dn_output {
    char *path;      /* NULL: standard output */
    char *temporary; /* the file beside path */
    int fd;          /* of the temporary or spool file; -1: none yet */
    int device;      /* of a path that cannot be renamed into, once it is written; else -1 */
    struct dn_buf held;
    bool flows;              /* standard output that is written as it comes */
    bool settled;            /* all bytes of a named file are durable, or written to the device */
    struct dn_error failure; /* the first one */
};

static enum dn_status open_beside(struct dn_output *output, struct dn_error *err)
{
    struct stat status;
    if (stat(output->path, &status) == 0 && S_ISDIR(status.st_mode))
        return dn_error_set(err, DN_SYSTEM, "%s: is a directory, a file is needed", output->path);
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s.XXXXXX", output->path);
    output->temporary = dn_buf_take(&name);
    output->fd = mkstemp(output->temporary);
    if (output->fd >= 0)
        return DN_OK;
    free(output->temporary);
    output->temporary = NULL;
    return dn_error_errno(err, output->path);
}

/* A path that is no regular file (/dev/full, a FIFO) cannot be renamed into: it is written like standard output. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

enum dn_status dn_output_open(const char *path, struct dn_output **output, struct dn_error *err)
{
    struct dn_output *made = dn_alloc(1, sizeof *made);
    made->fd = made->device = -1;
    enum dn_status status = DN_OK;
    if (path && strcmp(path, "-") != 0) {
        made->path = dn_strdup(path);
        if (!is_special(path))
            status = open_beside(made, err);
    }
    if (status != DN_OK) {
        dn_output_discard(made);
        made = NULL;
    }
    *output = made;
    return status;
}

/* One entry of one folder; the file itself need not be there yet. */
static bool same_entry(const char *a, const char *b)
{
    char *copies[] = {dn_strdup(a), dn_strdup(b), dn_strdup(a), dn_strdup(b)};
    struct stat folder_a, folder_b;
    bool same = strcmp(basename(copies[0]), basename(copies[1])) == 0 && stat(dirname(copies[2]), &folder_a) == 0 &&
                stat(dirname(copies[3]), &folder_b) == 0 && folder_a.st_dev == folder_b.st_dev &&
                folder_a.st_ino == folder_b.st_ino;
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        free(copies[i]);
    return same;
}

bool dn_output_same(const char *a, const char *b)
{
    return a && b && (strcmp(a, b) == 0 || same_entry(a, b));
}

static const char *subject(const struct dn_output *output)
{
    return output->path ? output->path : "standard output";
}

static void empty_held(struct dn_output *output)
{
    if (output->flows) {
        dn_file_write(1, dn_buf_text(&output->held), subject(output), &output->failure);
        dn_buf_reset(&output->held);
        return;
    }
    if (output->fd < 0)
        output->fd = dn_file_temporary(&output->failure);
    if (output->fd >= 0)
        dn_file_write(output->fd, dn_buf_text(&output->held), output->temporary ? subject(output) : "temporary file",
                      &output->failure);
    dn_buf_reset(&output->held);
}

void dn_output_write(struct dn_output *output, struct dn_text bytes)
{
    if (output->failure.status != DN_OK)
        return;
    if (output->flows && output->held.size == 0 && bytes.size >= LARGE) {
        dn_file_write(1, bytes, subject(output), &output->failure);
        return;
    }
    dn_buf_addt(&output->held, bytes);
    if (output->held.size > (output->flows ? LARGE : KEEP))
        empty_held(output);
}

bool dn_output_flow(struct dn_output *output)
{
    output->flows = output->path == NULL && output->fd < 0;
    return output->flows;
}

void dn_output_fail(struct dn_output *output, const struct dn_error *failure)
{
    if (output->failure.status == DN_OK)
        output->failure = *failure;
}

/* Makes the folder's entry durable; file systems that cannot (EINVAL) are left alone. */
static enum dn_status sync_folder(const char *path, struct dn_error *err)
{
    char *copy = dn_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_CLOEXEC);
    enum dn_status status = DN_OK;
    if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL)
        status = dn_error_errno(err, path);
    if (fd >= 0)
        close(fd);
    free(copy);
    return status;
}

/* Copies what was spooled, then what is held, to fd. */
static enum dn_status copy_out(struct dn_output *output, int fd, struct dn_error *err)
{
    char piece[65536];
    ssize_t got = 0;
    enum dn_status status = DN_OK;
    if (output->fd >= 0 && lseek(output->fd, 0, SEEK_SET) < 0)
        return dn_error_errno(err, "temporary file");
    while (output->fd >= 0 && status == DN_OK && (got = read(output->fd, piece, sizeof piece)) > 0)
        status = dn_file_write(fd, (struct dn_text){piece, (size_t)got}, subject(output), err);
    if (got < 0)
        return dn_error_errno(err, "temporary file");
    return status == DN_OK ? dn_file_write(fd, dn_buf_text(&output->held), subject(output), err) : status;
}

static enum dn_status settle_file(struct dn_output *output, struct dn_error *err)
{
    enum dn_status status = dn_file_write(output->fd, dn_buf_text(&output->held), output->path, err);
    dn_buf_reset(&output->held);
    if (status == DN_OK && fsync(output->fd) != 0)
        status = dn_error_errno(err, output->path);
    return status;
}

static enum dn_status settle_device(struct dn_output *output, struct dn_error *err)
{
    output->device = open(output->path, O_WRONLY | O_CLOEXEC);
    return output->device < 0 ? dn_error_errno(err, output->path) : copy_out(output, output->device, err);
}

enum dn_status dn_output_settle(struct dn_output *output, struct dn_error *err)
{
    enum dn_status status = output->failure.status;
    if (status != DN_OK)
        return dn_error_set(err, status, "%s", output->failure.text);
    if (!output->path || output->settled)
        return DN_OK;
    status = output->temporary ? settle_file(output, err) : settle_device(output, err);
    output->settled = status == DN_OK;
    return status;
}

static enum dn_status end_device(struct dn_output *output, struct dn_error *err)
{
    int device = output->device;
    output->device = -1;
    return device >= 0 && close(device) != 0 ? dn_error_errno(err, output->path) : DN_OK;
}

/* Devices after files: of what was written to one nothing can be taken back. */
enum dn_status dn_outputs_settle(struct dn_output *const *outputs, size_t count, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < count && status == DN_OK; i++)
        if (outputs[i] && outputs[i]->temporary)
            status = dn_output_settle(outputs[i], err);
    for (size_t i = 0; i < count && status == DN_OK; i++)
        if (outputs[i] && !outputs[i]->temporary) {
            status = dn_output_settle(outputs[i], err);
            if (status == DN_OK && i + 1 < count) /* who reads two FIFOs in turn waits for the end of the first */
                status = end_device(outputs[i], err);
        }
    return status;
}

static enum dn_status commit_file(struct dn_output *output, struct dn_error *err)
{
    int fd = output->fd;
    output->fd = -1;
    if (close(fd) != 0 || rename(output->temporary, output->path) != 0)
        return dn_error_errno(err, output->path);
    free(output->temporary);
    output->temporary = NULL;
    return sync_folder(output->path, err);
}

enum dn_status dn_output_commit(struct dn_output *output, struct dn_error *err)
{
    enum dn_status status = dn_output_settle(output, err);
    if (status == DN_OK && output->temporary)
        status = commit_file(output, err);
    else if (status == DN_OK)
        status = output->path ? end_device(output, err) : copy_out(output, 1, err);
    dn_output_discard(output);
    return status;
}

void dn_output_discard(struct dn_output *output)
{
    if (!output)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->device >= 0)
        close(output->device);
    if (output->temporary)
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    dn_buf_clear(&output->held);
    free(output);
}
