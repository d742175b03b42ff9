/* fallocate(2) is Linux; where CMake did not find it, a full disk shows when a row is written. */
#ifdef DN_HAVE_FALLOCATE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ledger/store.h"

#define OUTCOME ((int64_t)1 << 10) /* bytes that the row of an outcome may take */
#define STEP ((int64_t)1 << 20)    /* bytes that are reserved at once, if they are there */

#ifdef DN_HAVE_FALLOCATE
static int reserve(int fd, int64_t from, int64_t to)
{
    int failed;
    do
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from));
    while (failed != 0 && errno == EINTR);
    return failed;
}
#else
static int reserve(int fd, int64_t from, int64_t to)
{
    (void)fd, (void)from, (void)to;
    errno = ENOSYS;
    return -1;
}
#endif

static bool is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

enum dn_status dn_ledger_reserve(struct dn_ledger *ledger, struct dn_error *err)
{
    int64_t need = dn_ledger_end(ledger) + (int64_t)ledger->open_intents * OUTCOME;
    int64_t from = ledger->reserved > ledger->stored ? ledger->reserved : ledger->stored;
    int64_t ample = (need / STEP + 1) * STEP;
    if (need <= ledger->reserved || ledger->unreservable)
        return DN_OK;
    if (reserve(ledger->fd, from, ample) == 0) {
        ledger->reserved = ample;
        return DN_OK;
    }
    if (is_full(errno) && reserve(ledger->fd, from, need) == 0) {
        ledger->reserved = need;
        return DN_OK;
    }
    ledger->unreservable = !is_full(errno) && errno != EIO; /* a file system that does not know how */
    return ledger->unreservable ? DN_OK : dn_error_errno(err, ledger->path);
}

void dn_ledger_give_back(struct dn_ledger *ledger)
{
    if (ledger->fd >= 0 && ledger->path && !ledger->failed && ledger->reserved > ledger->stored &&
        ftruncate(ledger->fd, (off_t)ledger->stored) == 0)
        ledger->reserved = 0;
}
