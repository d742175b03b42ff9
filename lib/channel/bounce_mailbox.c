/* Messages one after the other: a Maildir, an mbox, a file with one message. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "channel/bounce.h"

#define BLOCK ((size_t)64 << 10)

/* A file while it is read: line by line, a line over a block in pieces. */
struct mailbox {
    int fd;
    const char *name;
    const struct dn_bounce_keys *keys;
    struct dn_bounces *bounces;
    char *block;
    size_t start, end; /* of what is in the block */
    bool ended;
    struct dn_buf message;
    size_t number; /* of the message in an mbox, from 1; 0: the file is one message */
    bool seen;     /* its first line was */
    struct dn_error *err;
};

static void take_message(struct mailbox *mailbox)
{
    struct dn_buf where = {0};
    dn_buf_adds(&where, mailbox->name);
    if (mailbox->number)
        dn_buf_addf(&where, " (message %zu)", mailbox->number);
    dn_bounce_take(dn_buf_text(&mailbox->message), where.at, mailbox->keys, mailbox->bounces);
    dn_buf_clear(&where);
    dn_buf_reset(&mailbox->message);
}

/* Over the cap only so much is kept that it is seen to be too long. */
static void keep_piece(struct mailbox *mailbox, struct dn_text piece)
{
    if (mailbox->message.size <= DN_BOUNCE_MESSAGE_CAP)
        dn_buf_addt(&mailbox->message, piece);
}

static enum dn_status fill(struct mailbox *mailbox)
{
    size_t left = mailbox->end - mailbox->start;
    memmove(mailbox->block, mailbox->block + mailbox->start, left);
    mailbox->start = 0;
    mailbox->end = left;
    ssize_t got;
    do
        got = read(mailbox->fd, mailbox->block + left, BLOCK - left);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return dn_error_errno(mailbox->err, mailbox->name);
    mailbox->ended = got == 0;
    mailbox->end += (size_t)got;
    return DN_OK;
}

/* The next line with its LF, or a block of one. DN_END at the end. */
static enum dn_status next_piece(struct mailbox *mailbox, struct dn_text *piece)
{
    for (;;) {
        char *at = mailbox->block + mailbox->start;
        size_t size = mailbox->end - mailbox->start;
        const char *lf = memchr(at, '\n', size);
        if (lf || size == BLOCK || (mailbox->ended && size)) {
            *piece = (struct dn_text){at, lf ? (size_t)(lf - at) + 1 : size};
            mailbox->start += piece->size;
            return DN_OK;
        }
        if (mailbox->ended)
            return DN_END;
        enum dn_status status = fill(mailbox);
        if (status != DN_OK)
            return status;
    }
}

static bool is_empty_line(struct dn_text line)
{
    return dn_text_is(line, "\n") || dn_text_is(line, "\r\n");
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "From sender Tue Jun 16 09:16:02 2026": prose has no time of day in it. */
static bool is_from(struct dn_text line)
{
    if (!dn_text_starts(line, "From "))
        return false;
    for (size_t i = 5; i + 5 < line.size; i++)
        if (line.at[i] == ' ' && is_digit(line.at[i + 1]) && is_digit(line.at[i + 2]) && line.at[i + 3] == ':' &&
            is_digit(line.at[i + 4]) && is_digit(line.at[i + 5]))
            return true;
    return false;
}

/* "Name:" of a header field */
static bool is_field(struct dn_text line)
{
    size_t i = 0;
    while (i < line.size && line.at[i] > ' ' && line.at[i] != ':' && line.at[i] != 0x7f)
        i++;
    return i > 0 && i < line.size && (line.at[i] == ':' || line.at[i] == ' ' || line.at[i] == '\t') &&
           memchr(line.at, ':', line.size) != NULL && memchr(line.at, ',', i) == NULL;
}

/* The first line tells an mbox; a further "From " counts behind an empty line. False: no mail begins like this. */
static bool take_piece(struct mailbox *mailbox, struct dn_text piece, bool after_empty)
{
    bool from = after_empty && (mailbox->seen ? is_from(piece) : dn_text_starts(piece, "From ")) &&
                (!mailbox->seen || mailbox->number);
    bool mail = mailbox->seen || from || is_field(piece) || is_empty_line(piece);
    mailbox->seen = true;
    if (from && mailbox->number)
        take_message(mailbox);
    if (from)
        mailbox->number++;
    else
        keep_piece(mailbox, piece);
    return mail;
}

static enum dn_status take_pieces(struct mailbox *mailbox)
{
    struct dn_text piece;
    bool line_begins = true, after_empty = true, mail = true;
    enum dn_status status = DN_OK;
    while (mail && (status = next_piece(mailbox, &piece)) == DN_OK) {
        mail = take_piece(mailbox, piece, line_begins && after_empty);
        after_empty = line_begins && is_empty_line(piece);
        line_begins = piece.at[piece.size - 1] == '\n';
    }
    if (!mail)
        return dn_error_at(mailbox->err, mailbox->name, 1, 0,
                           "no mail: it begins with neither a header field nor "
                           "\"From \"");
    if (status == DN_END && mailbox->seen)
        take_message(mailbox);
    return status == DN_END ? DN_OK : status;
}

static enum dn_status read_file(const char *path, const struct dn_bounce_keys *keys, struct dn_bounces *bounces,
                                struct dn_error *err)
{
    struct mailbox mailbox = {.name = dn_file_name(path), .keys = keys, .bounces = bounces, .err = err};
    enum dn_status status = dn_file_open(path, &mailbox.fd, err);
    if (status != DN_OK)
        return status;
    mailbox.block = dn_alloc(BLOCK, 1);
    status = take_pieces(&mailbox);
    close(mailbox.fd);
    free(mailbox.block);
    dn_buf_clear(&mailbox.message);
    return status;
}

/* The messages in new or cur, by name; others begin with a dot. */
static enum dn_status list_folder(const char *path, const char *sub, struct dn_strings *files, struct dn_error *err)
{
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s/%s", path, sub);
    DIR *folder = opendir(name.at);
    enum dn_status status = folder ? DN_OK : dn_error_errno(err, name.at);
    size_t size = name.size;
    while (folder) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            status = dn_error_errno(err, path);
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        name.size = size;
        dn_buf_addf(&name, "/%s", entry->d_name);
        dn_strings_add(files, dn_buf_text(&name));
    }
    if (folder)
        closedir(folder);
    dn_buf_clear(&name);
    return status;
}

static bool is_maildir(const char *path)
{
    static const char *const subs[] = {"new", "cur"};
    struct dn_buf name = {0};
    struct stat st;
    bool good = true;
    for (size_t i = 0; i < 2 && good; i++) {
        dn_buf_reset(&name);
        dn_buf_addf(&name, "%s/%s", path, subs[i]);
        good = stat(name.at, &st) == 0 && S_ISDIR(st.st_mode);
    }
    dn_buf_clear(&name);
    return good;
}

static enum dn_status count_foreign(const char *path, struct dn_bounces *bounces)
{
    struct dn_bounce_tally *tally = &bounces->unread;
    bounces->messages++;
    if (tally->count++ == 0)
        snprintf(tally->first, sizeof tally->first, "%s", path);
    return DN_OK;
}

static enum dn_status read_maildir(const char *path, const struct dn_bounce_keys *keys, struct dn_bounces *bounces,
                                   struct dn_error *err)
{
    struct dn_strings files = {0};
    struct stat st;
    if (!is_maildir(path))
        return dn_error_set(err, DN_INVALID, "%s: a directory without new and cur is no Maildir", path);
    enum dn_status status = list_folder(path, "new", &files, err);
    if (status == DN_OK)
        status = list_folder(path, "cur", &files, err);
    dn_strings_sort(&files);
    for (size_t i = 0; i < files.count && status == DN_OK; i++) {
        status = read_file(files.at[i], keys, bounces, err);
        if (status == DN_INVALID) /* one file that is no mail does not hide the others */
            status = count_foreign(files.at[i], bounces);
        if (status != DN_OK && stat(files.at[i], &st) != 0 && errno == ENOENT)
            status = dn_error_set(err, DN_BUSY, "%s: the Maildir changed while it was read; read it again", path);
    }
    dn_strings_clear(&files);
    return status;
}

enum dn_status dn_bounces_read(const char *path, const struct dn_bounce_keys *keys, struct dn_bounces *bounces,
                               struct dn_error *err)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return read_maildir(path, keys, bounces, err);
    return read_file(path, keys, bounces, err);
}
