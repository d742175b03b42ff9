/* Two threads, one behind the other: the caller fills places, another thread works on them in the same order. Where no
 * thread can be had, the caller works itself: the same calls in the same order. */
#ifndef DN_BASE_TANDEM_H
#define DN_BASE_TANDEM_H

#include <stddef.h>

struct dn_tandem;

/* places: how many are filled or worked on at once, 2 or more. work is called for one place after the other, never for
 * two at a time. What both sides use besides must not change, or be each one's own. */
struct dn_tandem *dn_tandem_begin(size_t places, void (*work)(void *context, size_t place), void *context);

/* The next place to be filled; waits until it was worked on. */
size_t dn_tandem_place(struct dn_tandem *tandem);

/* That place is full. */
void dn_tandem_give(struct dn_tandem *tandem);

/* Waits until everything given was worked on. */
void dn_tandem_wait(struct dn_tandem *tandem);

/* Waits, ends the thread and frees it; NULL allowed. */
void dn_tandem_end(struct dn_tandem *tandem);

#endif
