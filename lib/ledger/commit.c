#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/lines.h"
#include "ledger/syncer.h"

#define IN_MEMORY ((size_t)1 << 20) /* bytes of a ledger without a file that stay in memory */

enum dn_status dn_ledger_spoilt(const struct dn_ledger *ledger, struct dn_error *err)
{
    return dn_error_set(err, DN_SYSTEM, "%s: the ledger could not be written; nothing more is taken",
                        dn_ledger_name(ledger));
}

/* --- into the file --- */

/* What is worth keeping when not all can be written: held and skipped rows the next run writes again. */
static bool is_outcome(enum dn_state state)
{
    return state != DN_STATE_INTENT && state != DN_STATE_HELD && state != DN_STATE_SKIPPED;
}

/* By how much a row changes the number of intents that have no outcome. Before a first attempt there is none. */
static int opens(const struct dn_ledger_row *row)
{
    return row->state == DN_STATE_INTENT ? 1 : is_outcome(row->state) && row->attempt > 0 ? -1 : 0;
}

/* How many of the tail's first size bytes are best kept: up to an outcome. Where not all of them came through, so that
 * the fewest intents are left without one, since each of those is unknown to the next run. */
static size_t best_end(const struct dn_ledger *ledger, size_t size)
{
    const char *start = ledger->tail.at, *at = start, *lf;
    struct dn_buf line = {0};
    int64_t open = 0, fewest = 0;
    size_t end = 0;
    for (; at < start + size && (lf = memchr(at, '\n', size - (size_t)(at - start))) != NULL; at = lf + 1) {
        struct dn_ledger_row row;
        dn_buf_reset(&line);
        dn_buf_add(&line, at, (size_t)(lf - at));
        if (!dn_lines_row(line.at, line.size, &row))
            break;
        open += opens(&row);
        if (!is_outcome(row.state) || (open > fewest && size < ledger->tail.size))
            continue;
        fewest = open;
        end = (size_t)(lf + 1 - start);
    }
    dn_buf_clear(&line);
    return end;
}

/* After a write that failed (a full disk): takes back intents at the end of what was being written, since nothing was
 * done about them; outcomes that came through stay, unless they stand behind more such intents. A torn row is left to
 * the next opening. */
static void take_back(struct dn_ledger *ledger)
{
    off_t size = lseek(ledger->fd, 0, SEEK_END);
    if (size <= (off_t)ledger->stored)
        return;
    size_t written = (size_t)((int64_t)size - ledger->stored);
    size_t keep = best_end(ledger, written < ledger->tail.size ? written : ledger->tail.size);
    if (written > keep && ftruncate(ledger->fd, (off_t)(ledger->stored + (int64_t)keep)) == 0)
        fsync(ledger->fd);
}

static enum dn_status write_rows(struct dn_ledger *ledger, size_t size, struct dn_error *err)
{
    enum dn_status status = dn_file_write(ledger->fd, (struct dn_text){ledger->tail.at, size}, ledger->path, err);
    if (status != DN_OK)
        take_back(ledger);
    return status;
}

/* Without room for all, the outcomes are written still: theirs was reserved when their intents were. */
static enum dn_status write_file(struct dn_ledger *ledger, struct dn_error *err)
{
    struct dn_error ignored = {0};
    enum dn_status status = dn_ledger_reserve(ledger, err);
    if (status == DN_OK)
        return write_rows(ledger, ledger->tail.size, err);
    if (write_rows(ledger, best_end(ledger, ledger->tail.size), &ignored) == DN_OK)
        fdatasync(ledger->fd);
    return status;
}

/* Without a file of its own a ledger that grows large goes into one that has no name; if it cannot, it stays where it
 * is. */
static void spill(struct dn_ledger *ledger)
{
    struct dn_error ignored;
    if (ledger->fd < 0)
        ledger->fd = dn_file_temporary(&ignored);
    if (ledger->fd < 0 || lseek(ledger->fd, (off_t)ledger->stored, SEEK_SET) < 0 ||
        dn_file_write(ledger->fd, dn_buf_text(&ledger->tail), "temporary file", &ignored) != DN_OK)
        return;
    ledger->stored += (int64_t)ledger->tail.size;
    dn_buf_reset(&ledger->tail);
}

/* Writes what was appended; then ledger->written says how much has yet to become durable. */
static enum dn_status write_out(struct dn_ledger *ledger, struct dn_error *err)
{
    if (ledger->failed)
        return dn_ledger_spoilt(ledger, err);
    if (ledger->path == NULL) {
        if (ledger->tail.size > IN_MEMORY)
            spill(ledger);
        dn_ledger_settle(ledger, ledger->stored);
    } else if (ledger->tail.size > 0) {
        enum dn_status status = write_file(ledger, err);
        ledger->failed = status != DN_OK;
        if (status != DN_OK)
            return status;
        ledger->written = ledger->tail.size;
        ledger->written_seq = ledger->chain.seq;
        memcpy(ledger->written_chain, ledger->chain.value, DN_SHA256_HEX);
    }
    return DN_OK;
}

/* --- onto the disk --- */

/* What was written is durable; rows that were appended meanwhile are the tail now. */
static void settle(struct dn_ledger *ledger)
{
    struct dn_buf *tail = &ledger->tail;
    ledger->stored += (int64_t)ledger->written;
    tail->size -= ledger->written;
    memmove(tail->at, tail->at + ledger->written, tail->size);
    ledger->written = 0;
    ledger->committed_seq = ledger->written_seq;
    memcpy(ledger->committed_chain, ledger->written_chain, DN_SHA256_HEX);
}

/* failed: an errno, 0: it is durable. */
static enum dn_status take_sync(struct dn_ledger *ledger, int failed, struct dn_error *err)
{
    ledger->syncs = false;
    ledger->failed = failed != 0;
    if (failed == 0) {
        settle(ledger);
        return DN_OK;
    }
    errno = failed;
    return dn_error_errno(err, ledger->path);
}

enum dn_status dn_ledger_commit_end(struct dn_ledger *ledger, struct dn_error *err)
{
    return ledger->syncs ? take_sync(ledger, dn_syncer_end(ledger->syncer, &ledger->sync_us), err) : DN_OK;
}

static enum dn_status sync_here(struct dn_ledger *ledger, struct dn_error *err)
{
    return take_sync(ledger, dn_syncer_sync(ledger->fd, &ledger->sync_us), err);
}

static enum dn_status end_and_write(struct dn_ledger *ledger, struct dn_error *err)
{
    enum dn_status status = dn_ledger_commit_end(ledger, err);
    return status == DN_OK ? write_out(ledger, err) : status;
}

enum dn_status dn_ledger_commit(struct dn_ledger *ledger, struct dn_error *err)
{
    enum dn_status status = end_and_write(ledger, err);
    return status == DN_OK && ledger->written > 0 ? sync_here(ledger, err) : status;
}

enum dn_status dn_ledger_commit_begin(struct dn_ledger *ledger, struct dn_error *err)
{
    enum dn_status status = end_and_write(ledger, err);
    if (status != DN_OK || ledger->written == 0)
        return status;
    if (!ledger->syncer)
        ledger->syncer = dn_syncer_open(ledger->fd);
    ledger->syncs = ledger->syncer && dn_syncer_begin(ledger->syncer);
    return ledger->syncs ? DN_OK : sync_here(ledger, err);
}

int64_t dn_ledger_sync_us(const struct dn_ledger *ledger)
{
    return ledger->sync_us;
}

bool dn_ledger_commits(const struct dn_ledger *ledger)
{
    return ledger->syncs;
}

enum dn_status dn_ledger_commit_wait(const struct dn_ledger *ledger, const int fds[], size_t count, bool *over,
                                     struct dn_error *err)
{
    struct pollfd all[1 + DN_LEDGER_WAITS];
    *over = !ledger->syncs;
    if (!ledger->syncs)
        return DN_OK;
    all[0] = (struct pollfd){.fd = dn_syncer_descriptor(ledger->syncer), .events = POLLIN};
    for (size_t i = 0; i < count; i++)
        all[1 + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    if (poll(all, (nfds_t)(1 + count), -1) < 0)
        return errno == EINTR ? DN_OK : dn_error_errno(err, "waiting for the ledger");
    *over = all[0].revents != 0;
    return DN_OK;
}
