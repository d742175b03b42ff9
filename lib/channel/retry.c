#include "channel/retry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

struct dn_retry_entry {
    int64_t due_ms;
    uint64_t turn;
    size_t number;
};

void dn_dice_shake(struct dn_dice *dice)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, &dice->state, sizeof dice->state) : -1;
    if (fd >= 0)
        close(fd);
    if (got == (ssize_t)sizeof dice->state)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    dice->state = (uint64_t)now.tv_sec * 1000000007U + (uint64_t)now.tv_nsec + (uint64_t)getpid();
}

uint64_t dn_dice_roll(struct dn_dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

static int64_t bound_of(int64_t first_ms, int64_t longest_ms, int64_t failures)
{
    int64_t bound = first_ms;
    for (int64_t i = 1; i < failures && bound < longest_ms; i++)
        bound = bound > longest_ms / 2 ? longest_ms : bound * 2;
    return bound < longest_ms ? bound : longest_ms;
}

int64_t dn_retry_wait(int64_t first_ms, int64_t longest_ms, int64_t failures, struct dn_dice *dice)
{
    int64_t bound = bound_of(first_ms, longest_ms, failures), least = first_ms / 10;
    int64_t wait = bound > 0 ? (int64_t)(dn_dice_roll(dice) % ((uint64_t)bound + 1)) : 0;
    if (least > bound)
        least = bound;
    return wait > least ? wait : least;
}

size_t dn_retry_ahead(int64_t rate, int64_t rate_ms)
{
    int64_t ahead = rate && rate_ms ? rate * 2000 / rate_ms : INT32_MAX;
    return ahead > 1 ? (size_t)ahead : 1;
}

int64_t dn_retry_due(int64_t now_ms, int64_t wait_ms, int64_t until_ms)
{
    int64_t due = wait_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + wait_ms;
    return now_ms < until_ms && due >= until_ms ? until_ms - 1 : due;
}

static bool before(const struct dn_retry_entry *a, const struct dn_retry_entry *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->turn < b->turn;
}

static void swap(struct dn_retry_entry *a, struct dn_retry_entry *b)
{
    struct dn_retry_entry kept = *a;
    *a = *b;
    *b = kept;
}

/* A binary heap: the parent of i is (i - 1) / 2. */
void dn_retries_add(struct dn_retries *retries, int64_t due_ms, size_t number)
{
    retries->at = dn_grow(retries->at, retries->count, &retries->room, sizeof *retries->at);
    size_t i = retries->count++;
    retries->at[i] = (struct dn_retry_entry){due_ms, retries->added++, number};
    for (; i > 0 && before(&retries->at[i], &retries->at[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&retries->at[i], &retries->at[(i - 1) / 2]);
}

int64_t dn_retries_due(const struct dn_retries *retries)
{
    return retries->count ? retries->at[0].due_ms : INT64_MAX;
}

static size_t earliest_of(const struct dn_retries *retries, size_t i)
{
    size_t least = i;
    for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
        if (child < retries->count && before(&retries->at[child], &retries->at[least]))
            least = child;
    return least;
}

bool dn_retries_take(struct dn_retries *retries, int64_t now_ms, size_t *number)
{
    if (!retries->count || retries->at[0].due_ms > now_ms)
        return false;
    *number = retries->at[0].number;
    retries->at[0] = retries->at[--retries->count];
    for (size_t i = 0, least; (least = earliest_of(retries, i)) != i; i = least)
        swap(&retries->at[i], &retries->at[least]);
    return true;
}

size_t dn_retries_number(const struct dn_retries *retries, size_t i)
{
    return retries->at[i].number;
}

void dn_retries_clear(struct dn_retries *retries)
{
    free(retries->at);
    *retries = (struct dn_retries){0};
}
