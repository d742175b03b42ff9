/* syncfs(2) is Linux; where CMake did not find it, every file is synced by itself. */
#ifdef DN_HAVE_SYNCFS
#define _GNU_SOURCE
#endif

#include "channel/outbox.h"

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
#include "base/table.h"
#include "channel/calls.h"
#include "channel/manifest.h"
#include "channel/message.h"
#include "channel/post.h"
#include "channel/second_copy.h"
#include "notice/first.h"

#define BATCH 1024   /* measured: 14,900 messages a second at 1024, 12,600 at 256 */
#define SYNC_EACH 32 /* up to so many files, syncing each is cheaper than waiting for the file system */
#define NAME_SIZE (DN_SHA256_HEX + 5)

enum { TMP, NEW, CUR, POSTS, FOLDERS };
static const char *const folder_names[FOLDERS] = {"tmp", "new", "cur", "posts"};

/* A file that waits in tmp for its flush. */
struct waiting {
    char name[NAME_SIZE];
    int to;        /* NEW or POSTS */
    char *read_as; /* its old copy in cur; NULL: none */
};

struct outbox {
    char *path;
    const struct dn_config *config;
    const struct dn_ledger *ledger;
    struct dn_composer *composer;
    int root, lock, folders[FOLDERS];
    struct waiting *waiting;
    size_t waiting_count, waiting_room;
    struct dn_table read_keys; /* keys of the messages in cur; entry n is read_names.at[n] */
    struct dn_strings read_names;
    struct dn_calls *calls;
    size_t calls_open;
    struct dn_archive *archive; /* NULL: none */
};

static enum dn_status fail(const struct outbox *box, const char *folder, const char *name, struct dn_error *err)
{
    int number = errno;
    struct dn_buf subject = {0};
    dn_buf_addf(&subject, "%s/%s%s%s", box->path, folder, *folder && *name ? "/" : "", name);
    errno = number;
    dn_error_errno(err, subject.at);
    dn_buf_clear(&subject);
    return DN_SYSTEM;
}

static bool is_hex(const char *name)
{
    return strspn(name, "0123456789abcdef") == DN_SHA256_HEX - 1;
}

static enum dn_status open_folder(struct outbox *box, int at, struct dn_error *err)
{
    const char *name = folder_names[at];
    if (mkdirat(box->root, name, 0700) != 0 && errno != EEXIST)
        return fail(box, "", name, err);
    box->folders[at] = openat(box->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return box->folders[at] < 0 ? fail(box, "", name, err) : DN_OK;
}

/* Makes the new names durable: the folder, and its own name in the one above. */
static enum dn_status sync_root(struct outbox *box, struct dn_error *err)
{
    int above = openat(box->root, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool fine = fsync(box->root) == 0 && (above < 0 || fsync(above) == 0);
    enum dn_status status = fine ? DN_OK : fail(box, "", "", err);
    if (above >= 0)
        close(above);
    return status;
}

static enum dn_status open_root(struct outbox *box, struct dn_error *err)
{
    if (mkdir(box->path, 0700) != 0 && errno != EEXIST)
        return fail(box, "", "", err);
    box->root = open(box->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return box->root < 0 ? fail(box, "", "", err) : DN_OK;
}

static enum dn_status take_lock(struct outbox *box, struct dn_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    box->lock = openat(box->root, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (box->lock < 0)
        return fail(box, "", ".lock", err);
    if (fcntl(box->lock, F_SETLK, &whole) == 0)
        return DN_OK;
    if (errno != EACCES && errno != EAGAIN)
        return fail(box, "", ".lock", err);
    return dn_error_set(err, DN_BUSY, "%s: another run writes into this outbox", box->path);
}

/* Calls visit for every name in a folder. */
static enum dn_status visit(struct outbox *box, int folder, void (*seen)(struct outbox *box, const char *name),
                            struct dn_error *err)
{
    int copy = openat(box->folders[folder], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = copy < 0 ? NULL : fdopendir(copy);
    if (!names) {
        enum dn_status status = fail(box, folder_names[folder], "", err);
        if (copy >= 0)
            close(copy);
        return status;
    }
    for (struct dirent *entry; (entry = readdir(names));)
        if (is_hex(entry->d_name))
            seen(box, entry->d_name);
    closedir(names);
    return DN_OK;
}

static void remove_left(struct outbox *box, const char *name)
{
    unlinkat(box->folders[TMP], name, 0);
}

/* A mail program moves what it has shown from new to cur and adds its flags behind the name. */
static void remember_read(struct outbox *box, const char *name)
{
    bool added;
    dn_table_add(&box->read_keys, (struct dn_text){name, DN_SHA256_HEX - 1}, &added);
    if (added)
        dn_strings_add(&box->read_names, dn_text_of(name));
}

static enum dn_status open_folders(struct outbox *box, struct dn_error *err)
{
    enum dn_status status = open_root(box, err);
    if (status == DN_OK)
        status = take_lock(box, err);
    for (int i = 0; i < FOLDERS && status == DN_OK; i++)
        status = open_folder(box, i, err);
    if (status == DN_OK)
        status = sync_root(box, err);
    if (status == DN_OK)
        status = visit(box, TMP, remove_left, err);
    return status == DN_OK ? visit(box, CUR, remember_read, err) : status;
}

static const char *read_name(const struct outbox *box, const char *key)
{
    size_t at = dn_table_find(&box->read_keys, (struct dn_text){key, DN_SHA256_HEX - 1});
    return at == SIZE_MAX ? NULL : box->read_names.at[at];
}

static void name_of(const char *key, enum dn_channel channel, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%.64s.%s", key, channel == DN_CHANNEL_MESSAGE_CENTER ? "json" : "eml");
}

static bool outbox_found(void *self, const char *key, enum dn_channel channel)
{
    struct outbox *box = self;
    char name[NAME_SIZE];
    name_of(key, channel, name);
    if (channel == DN_CHANNEL_PHONE)
        return false;
    if (channel == DN_CHANNEL_MESSAGE_CENTER)
        return faccessat(box->folders[POSTS], name, F_OK, 0) == 0;
    return faccessat(box->folders[NEW], name, F_OK, 0) == 0 || read_name(box, key);
}

static enum dn_status write_waiting(struct outbox *box, const char *name, struct dn_text bytes, struct dn_error *err)
{
    int fd = openat(box->folders[TMP], name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(box, "tmp", name, err);
    enum dn_status status = dn_file_write(fd, bytes, name, err);
    if (close(fd) != 0 && status == DN_OK)
        status = fail(box, "tmp", name, err);
    return status;
}

static enum dn_status compose(struct outbox *box, const struct dn_dispatch *dispatch, struct dn_buf *bytes,
                              struct dn_error *err)
{
    struct dn_message message;
    struct dn_buf text = {0}, html = {0};
    if (dn_plan_row_by(dispatch->row) == DN_CHANNEL_MESSAGE_CENTER)
        return dn_post_compose(dispatch, bytes, err);
    dn_message_of(dispatch->row, dispatch->content, box->config, dispatch->intent_at, &message);
    if (dispatch->resend)
        dn_second_copy_mark(dispatch->content, &message, &text, &html);
    enum dn_status status = dn_message_compose(box->composer, &message, bytes, err);
    dn_buf_clear(&text);
    dn_buf_clear(&html);
    return status;
}

static void remember_waiting(struct outbox *box, const char *name, const struct dn_plan_row *row)
{
    box->waiting = dn_grow(box->waiting, box->waiting_count, &box->waiting_room, sizeof *box->waiting);
    struct waiting *waiting = &box->waiting[box->waiting_count++];
    bool post = dn_plan_row_by(row) == DN_CHANNEL_MESSAGE_CENTER;
    memcpy(waiting->name, name, NAME_SIZE);
    waiting->to = post ? POSTS : NEW;
    waiting->read_as = post ? NULL : dn_strdup(read_name(box, row->key));
}

static enum dn_status take_file(struct outbox *box, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                                struct dn_error *err)
{
    struct dn_buf bytes = {0};
    char name[NAME_SIZE];
    name_of(dispatch->row->key, dn_plan_row_by(dispatch->row), name);
    enum dn_status status = compose(box, dispatch, &bytes, err);
    if (status == DN_OK && box->archive)
        status = dn_manifest_see(box->archive, dispatch->row, dn_buf_text(&bytes), err);
    if (status == DN_OK)
        status = write_waiting(box, name, dn_buf_text(&bytes), err);
    if (status == DN_OK) {
        remember_waiting(box, name, dispatch->row);
        outcome->state = DN_STATE_ACCEPTED;
        snprintf(outcome->reference, sizeof outcome->reference, "%s%s",
                 dn_plan_row_by(dispatch->row) == DN_CHANNEL_MESSAGE_CENTER ? "posts/" : "", name);
    }
    dn_buf_clear(&bytes);
    return status;
}

static enum dn_status outbox_keep(void *self, const struct dn_dispatch *dispatch, struct dn_error *err)
{
    struct outbox *box = self;
    (void)err;
    dn_calls_add(box->calls, dispatch, dn_first_rank(&box->config->first, dispatch->row->tenant->tenant_id));
    return DN_OK;
}

static enum dn_status outbox_take(void *self, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                                  struct dn_error *err)
{
    struct outbox *box = self;
    if (dn_plan_row_by(dispatch->row) != DN_CHANNEL_PHONE) {
        strcpy(outcome->code, "outbox");
        return take_file(box, dispatch, outcome, err);
    }
    outcome->state = DN_STATE_INTENT;
    strcpy(outcome->code, "sheet");
    strcpy(outcome->reference, "calls.csv");
    return outbox_keep(self, dispatch, err);
}

static enum dn_status sync_each(struct outbox *box, struct dn_error *err)
{
    for (size_t i = 0; i < box->waiting_count; i++) {
        int fd = openat(box->folders[TMP], box->waiting[i].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        bool fine = fd >= 0 && fsync(fd) == 0;
        enum dn_status status = fine ? DN_OK : fail(box, "tmp", box->waiting[i].name, err);
        if (fd >= 0)
            close(fd);
        if (status != DN_OK)
            return status;
    }
    return DN_OK;
}

static enum dn_status sync_bytes(struct outbox *box, struct dn_error *err)
{
#ifdef DN_HAVE_SYNCFS
    if (box->waiting_count > SYNC_EACH)
        return syncfs(box->folders[TMP]) == 0 ? DN_OK : fail(box, "tmp", "", err);
#endif
    return sync_each(box, err);
}

static enum dn_status show(struct outbox *box, const struct waiting *waiting, struct dn_error *err)
{
    if (renameat(box->folders[TMP], waiting->name, box->folders[waiting->to], waiting->name) != 0)
        return fail(box, folder_names[waiting->to], waiting->name, err);
    if (waiting->read_as)
        unlinkat(box->folders[CUR], waiting->read_as, 0);
    return DN_OK;
}

static void forget_waiting(struct outbox *box)
{
    for (size_t i = 0; i < box->waiting_count; i++)
        free(box->waiting[i].read_as);
    box->waiting_count = 0;
}

static enum dn_status outbox_flush(void *self, struct dn_error *err)
{
    struct outbox *box = self;
    if (!box->waiting_count)
        return DN_OK;
    enum dn_status status = box->archive ? dn_archive_sync(box->archive, err) : DN_OK;
    if (status == DN_OK)
        status = sync_bytes(box, err);
    for (size_t i = 0; i < box->waiting_count && status == DN_OK; i++)
        status = show(box, &box->waiting[i], err);
    if (status == DN_OK && fsync(box->folders[NEW]) != 0)
        status = fail(box, "new", "", err);
    if (status == DN_OK && fsync(box->folders[POSTS]) != 0)
        status = fail(box, "posts", "", err);
    forget_waiting(box);
    return status;
}

static enum dn_status outbox_finish(void *self, struct dn_error *err)
{
    struct outbox *box = self;
    return dn_calls_write(box->calls, box->ledger, &box->calls_open, err);
}

static void close_some(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void outbox_close(void *self)
{
    struct outbox *box = self;
    if (!box)
        return;
    for (int i = 0; i < FOLDERS; i++)
        close_some(box->folders[i]);
    close_some(box->lock);
    close_some(box->root);
    forget_waiting(box);
    free(box->waiting);
    dn_table_clear(&box->read_keys);
    dn_strings_clear(&box->read_names);
    dn_calls_free(box->calls);
    dn_composer_free(box->composer);
    free(box->path);
    free(box);
}

static enum dn_status open_sheet(struct outbox *box, struct dn_instant now, struct dn_error *err)
{
    struct dn_buf path = {0};
    dn_buf_addf(&path, "%s/calls.csv", box->path);
    enum dn_status status = dn_calls_open(path.at, now, &box->calls, err);
    dn_buf_clear(&path);
    return status;
}

static struct outbox *new_box(const char *path, const struct dn_config *config, const struct dn_ledger *ledger)
{
    struct outbox *box = dn_alloc(1, sizeof *box);
    box->path = dn_strdup(path);
    box->config = config;
    box->ledger = ledger;
    box->root = box->lock = -1;
    for (int i = 0; i < FOLDERS; i++)
        box->folders[i] = -1;
    box->composer = dn_composer_open();
    return box;
}

enum dn_status dn_outbox_open(const char *path, const struct dn_config *config, const struct dn_ledger *ledger,
                              struct dn_instant now, struct dn_transport *transport, struct dn_error *err)
{
    struct outbox *box = new_box(path, config, ledger);
    enum dn_status status = dn_composer_ready(box->composer, err); /* while there is no intent yet */
    if (status == DN_OK)
        status = open_folders(box, err);
    if (status == DN_OK)
        status = open_sheet(box, now, err);
    if (status != DN_OK) {
        outbox_close(box);
        return status;
    }
    *transport = (struct dn_transport){.self = box,
                                       .code = "outbox",
                                       .batch = BATCH,
                                       .found = outbox_found,
                                       .take = outbox_take,
                                       .keep = outbox_keep,
                                       .flush = outbox_flush,
                                       .finish = outbox_finish,
                                       .close = outbox_close};
    return DN_OK;
}

void dn_outbox_archive(struct dn_transport *transport, struct dn_archive *archive)
{
    struct outbox *box = transport->self;
    box->archive = archive;
}

size_t dn_outbox_calls(const struct dn_transport *transport)
{
    const struct outbox *box = transport->self;
    return box->calls_open;
}
