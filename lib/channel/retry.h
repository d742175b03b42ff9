/* When to try again: full-jitter exponential waits, so that many senders that failed together do not come back
 * together. Pure: the caller has the clock and the randomness. */
#ifndef DN_CHANNEL_RETRY_H
#define DN_CHANNEL_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stream of random numbers for jitter, not for secrets (splitmix64). */
struct dn_dice {
    uint64_t state;
};

/* Seeds it from the system's randomness, or from the clock where there is none. */
void dn_dice_shake(struct dn_dice *dice);

/* The next number. */
uint64_t dn_dice_roll(struct dn_dice *dice);

/* The wait before the try that follows `failures` (1 or more) failures in a row: evenly from 0 to first × 2^(failures
 * − 1), that bound at most longest; but at least a tenth of first, so that nobody is hammered. In milliseconds. */
int64_t dn_retry_wait(int64_t first_ms, int64_t longest_ms, int64_t failures, struct dn_dice *dice);

/* How many letters are worth composing ahead at this rate (rate 0: no limit): what leaves within two seconds, at least
 * one. A letter that waits longer would carry the time of its composing instead of that of its leaving. */
size_t dn_retry_ahead(int64_t rate, int64_t rate_ms);

/* When the try after this wait is due. until: the notice's deadline on the same clock. A wait that would cross it is
 * cut so that the last try comes before it; after it, waits run as usual: late is better than never. */
int64_t dn_retry_due(int64_t now_ms, int64_t wait_ms, int64_t until_ms);

/* What is to be tried again, by due time, then as added. Starts zeroed. */
struct dn_retries {
    struct dn_retry_entry *at;
    size_t count, room;
    uint64_t added;
};

/* Adds a number of the caller's. */
void dn_retries_add(struct dn_retries *retries, int64_t due_ms, size_t number);

/* The earliest due time; INT64_MAX when there is none. */
int64_t dn_retries_due(const struct dn_retries *retries);

/* Takes the earliest one that is due at now_ms; INT64_MAX takes any. False: none is. */
bool dn_retries_take(struct dn_retries *retries, int64_t now_ms, size_t *number);

/* The number of the i-th of retries->count, in no order. */
size_t dn_retries_number(const struct dn_retries *retries, size_t i);

/* Frees what it owns and leaves it empty. */
void dn_retries_clear(struct dn_retries *retries);

#endif
