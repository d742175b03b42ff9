#include "channel/witness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define PIECE ((size_t)256 << 10)

struct dn_witness_input {
    const char *word;
    char *path;
    int fd;
    bool spooled; /* fd is a copy without a name */
    struct stat seen;
};

static enum dn_status pour(int from, int to, const char *name, struct dn_error *err)
{
    char *piece = dn_alloc(PIECE, 1);
    enum dn_status status = DN_OK;
    ssize_t got = 0;
    while (status == DN_OK && (got = read(from, piece, PIECE)) > 0)
        status = dn_file_write(to, (struct dn_text){piece, (size_t)got}, "temporary file", err);
    free(piece);
    if (got < 0)
        return dn_error_errno(err, name);
    return status == DN_OK && lseek(to, 0, SEEK_SET) != 0 ? dn_error_errno(err, "temporary file") : status;
}

/* Standard input becomes the copy, so that messages go on to call it by its name. */
static enum dn_status spool(struct dn_witness_input *input, struct dn_buf *read_from, struct dn_error *err)
{
    int from = input->fd;
    input->spooled = true;
    input->fd = dn_file_temporary(err);
    enum dn_status status = input->fd < 0 ? DN_SYSTEM : pour(from, input->fd, dn_file_name(input->path), err);
    close(from);
    if (status != DN_OK)
        return status;
    if (strcmp(input->path, "-") != 0)
        dn_buf_addf(read_from, "/dev/fd/%d", input->fd);
    else if (dup2(input->fd, 0) != 0)
        return dn_error_errno(err, "standard input");
    else
        dn_buf_adds(read_from, "-");
    return DN_OK;
}

enum dn_status dn_witness_add(struct dn_witness *witness, const char *word, const char *path, struct dn_buf *read_from,
                              struct dn_error *err)
{
    int fd;
    enum dn_status status = dn_file_open(path, &fd, err);
    if (status != DN_OK)
        return status;
    witness->at = dn_grow(witness->at, witness->count, &witness->room, sizeof *witness->at);
    struct dn_witness_input *input = &witness->at[witness->count++];
    *input = (struct dn_witness_input){.word = word, .path = dn_strdup(path), .fd = fd};
    if (fstat(fd, &input->seen) != 0)
        return dn_error_errno(err, dn_file_name(path));
    if (!S_ISREG(input->seen.st_mode) || strcmp(path, "-") == 0) {
        status = spool(input, read_from, err);
        return status == DN_OK && fstat(input->fd, &input->seen) != 0 ? dn_error_errno(err, dn_file_name(path))
                                                                      : status;
    }
    dn_buf_adds(read_from, path);
    return DN_OK;
}

/* Adds what is in a folder, and what is in its folders as long as depth says so. Names that begin with a dot are none
 * of ours. */
static enum dn_status add_folder(struct dn_witness *witness, const char *word, const char *path, int depth,
                                 struct dn_error *err)
{
    DIR *folder = opendir(path);
    enum dn_status status = folder ? DN_OK : dn_error_errno(err, path);
    for (struct dirent *entry; status == DN_OK && (entry = readdir(folder));) {
        struct dn_buf name = {0}, unused = {0};
        struct stat found;
        dn_buf_addf(&name, "%s/%s", path, entry->d_name);
        bool there = entry->d_name[0] != '.' && stat(name.at, &found) == 0;
        if (there && S_ISDIR(found.st_mode) && depth > 0)
            status = add_folder(witness, word, name.at, depth - 1, err);
        else if (there && S_ISREG(found.st_mode) && depth == 0)
            status = dn_witness_add(witness, word, name.at, &unused, err);
        dn_buf_clear(&name);
        dn_buf_clear(&unused);
    }
    if (folder)
        closedir(folder);
    return status;
}

enum dn_status dn_witness_add_folders(struct dn_witness *witness, const char *word, const char *path,
                                      struct dn_error *err)
{
    return add_folder(witness, word, path, 1, err);
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Neither written to meanwhile, nor replaced under its name (a copy without a name cannot be). */
static bool is_unchanged(const struct dn_witness_input *input)
{
    struct stat now;
    if (fstat(input->fd, &now) != 0 || !same(&now, &input->seen))
        return false;
    return input->spooled || (stat(input->path, &now) == 0 && same(&now, &input->seen));
}

static enum dn_status keep_one(const struct dn_witness_input *input, struct dn_archive *archive, struct dn_error *err)
{
    const char *name = dn_file_name(input->path);
    if (!is_unchanged(input))
        return dn_error_set(err, DN_INVALID, "%s: changed while it was read: nothing was sent, begin again", name);
    struct dn_buf words = {0};
    dn_buf_addf(&words, "input %s '%s'", input->word, name);
    enum dn_status status = dn_archive_input_file(archive, input->fd, name, words.at, err);
    dn_buf_clear(&words);
    return status;
}

enum dn_status dn_witness_keep(const struct dn_witness *witness, struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < witness->count && status == DN_OK; i++)
        status = keep_one(&witness->at[i], archive, err);
    return status;
}

void dn_witness_clear(struct dn_witness *witness)
{
    for (size_t i = 0; i < witness->count; i++) {
        if (witness->at[i].fd >= 0)
            close(witness->at[i].fd);
        free(witness->at[i].path);
    }
    free(witness->at);
    *witness = (struct dn_witness){0};
}
