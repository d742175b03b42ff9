#include "channel/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#ifdef DN_HAVE_DUMPABLE
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAP ((size_t)64 << 10)

/* No image of this process on a disk. A core that is piped to a program heeds no limit: there only the second helps,
 * which also closes /proc/PID to others of the same user. */
static enum dn_status forbid_cores(struct dn_error *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return dn_error_errno(err, "core limit");
#ifdef DN_HAVE_DUMPABLE
    if (prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) != 0)
        return dn_error_errno(err, "core limit");
#endif
    return DN_OK;
}

static enum dn_status check_file(int fd, const char *path, struct dn_error *err)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return dn_error_errno(err, path);
    if (!S_ISREG(found.st_mode))
        return dn_error_set(err, DN_INVALID, "%s: a secret is kept in a regular file", path);
    if (found.st_uid != geteuid() && found.st_uid != 0)
        return dn_error_set(err, DN_INVALID, "%s: this secret belongs to somebody else", path);
    if (found.st_mode & 077)
        return dn_error_set(err, DN_INVALID, "%s: others can read or write this secret; chmod 600 it, and change it",
                            path);
    return DN_OK;
}

static enum dn_status read_all(int fd, const char *path, struct dn_buf *into, struct dn_error *err)
{
    static char bytes[CAP + 1]; /* one place to wipe, which no stack frame copies */
    size_t size = 0;
    ssize_t got = 1;
    while (got > 0 && size < sizeof bytes) {
        got = read(fd, bytes + size, sizeof bytes - size);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            size += (size_t)got;
    }
    enum dn_status status = got < 0 ? dn_error_errno(err, path) : DN_OK;
    if (status == DN_OK && size > CAP)
        status = dn_error_set(err, DN_INVALID, "%s: this is too long for a secret", path);
    if (status == DN_OK)
        dn_buf_add(into, bytes, size);
    for (volatile char *at = bytes; size > 0; size--)
        *at++ = 0;
    return status;
}

enum dn_status dn_secret_read(const char *path, struct dn_buf *into, struct dn_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return dn_error_set(err, DN_INVALID, "%s: a secret is kept in a file, not behind a link", path);
    if (fd < 0)
        return dn_error_errno(err, path);
    enum dn_status status = check_file(fd, path, err);
    if (status == DN_OK)
        status = forbid_cores(err);
    if (status == DN_OK)
        status = read_all(fd, path, into, err);
    close(fd);
    return status;
}

enum dn_status dn_secret_line(const char *path, struct dn_buf *into, struct dn_error *err)
{
    struct dn_buf read = {0};
    enum dn_status status = dn_secret_read(path, &read, err);
    struct dn_text line = dn_buf_text(&read);
    if (line.size && line.at[line.size - 1] == '\n')
        line.size--;
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    if (status == DN_OK && !line.size)
        status = dn_error_set(err, DN_INVALID, "%s: there is no secret in it", path);
    for (size_t i = 0; i < line.size && status == DN_OK; i++)
        if ((unsigned char)line.at[i] < ' ' || line.at[i] == 0x7f)
            status = dn_error_set(err, DN_INVALID, "%s: a secret is one line without control characters", path);
    if (status == DN_OK)
        dn_buf_addt(into, line);
    dn_secret_clear(&read);
    return status;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The word behind an opening quote, its escapes taken off. */
static void add_quoted(struct dn_text *rest, struct dn_buf *word)
{
    size_t i = 1;
    for (; i < rest->size && rest->at[i] != '"'; i++) {
        if (rest->at[i] == '\\' && i + 1 < rest->size)
            i++;
        dn_buf_addc(word, rest->at[i]);
    }
    i += i < rest->size;
    *rest = (struct dn_text){rest->at + i, rest->size - i};
}

/* The next word of a netrc; a '#' where a word begins hides the rest of its line. False: there is none. */
static bool next_word(struct dn_text *rest, struct dn_buf *word)
{
    size_t i = 0;
    bool hidden = false;
    dn_secret_clear(word);
    while (i < rest->size && (hidden || blank(rest->at[i]) || rest->at[i] == '#')) {
        hidden = rest->at[i] == '#' || (hidden && rest->at[i] != '\n');
        i++;
    }
    *rest = (struct dn_text){rest->at + i, rest->size - i};
    if (!rest->size)
        return false;
    if (rest->at[0] == '"') {
        add_quoted(rest, word);
        return true;
    }
    for (i = 0; i < rest->size && !blank(rest->at[i]);)
        i++;
    dn_buf_add(word, rest->at, i);
    *rest = (struct dn_text){rest->at + i, rest->size - i};
    return true;
}

/* Is the entry read so far the one? Then its login and password are given away. */
static bool take_entry(bool ours, const char *user, struct dn_buf *login, struct dn_buf *password)
{
    bool wanted = !user || !*user || dn_text_is(dn_buf_text(login), user);
    if (ours && wanted && login->size && password->size)
        return true;
    dn_secret_clear(login);
    dn_secret_clear(password);
    return false;
}

/* True when the word begins an entry; *ours: for this host. */
static bool begins_entry(struct dn_text *rest, struct dn_buf *word, struct dn_text host, bool *ours)
{
    if (dn_text_is(dn_buf_text(word), "default")) {
        *ours = true;
        return true;
    }
    if (!dn_text_is(dn_buf_text(word), "machine"))
        return false;
    *ours = next_word(rest, word) && dn_text_equal_nocase(dn_buf_text(word), host);
    return true;
}

bool dn_netrc_find(struct dn_text netrc, struct dn_text host, const char *user, struct dn_buf *login,
                   struct dn_buf *password)
{
    struct dn_buf word = {0};
    bool ours = false, next = false, found = false;
    while (!found && next_word(&netrc, &word) && !dn_text_is(dn_buf_text(&word), "macdef")) {
        bool was_ours = ours;
        if (begins_entry(&netrc, &word, host, &next)) {
            found = take_entry(was_ours, user, login, password);
            ours = next;
        } else if (dn_text_is(dn_buf_text(&word), "login") && next_word(&netrc, &word)) {
            dn_secret_clear(login);
            dn_buf_addt(login, dn_buf_text(&word));
        } else if (dn_text_is(dn_buf_text(&word), "password") && next_word(&netrc, &word)) {
            dn_secret_clear(password);
            dn_buf_addt(password, dn_buf_text(&word));
        }
    }
    found = found || take_entry(ours, user, login, password);
    dn_secret_clear(&word);
    return found;
}

void dn_secret_clear(struct dn_buf *secret)
{
    volatile char *at = secret->at;
    for (size_t i = 0; i < secret->room && at; i++)
        at[i] = 0;
    dn_buf_clear(secret);
}
