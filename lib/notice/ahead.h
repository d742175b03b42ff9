/* Contents of a plan's rows, made ahead of time by a thread of its own while the caller does other things with those
 * before. Only a few are held, and none that is large. */
#ifndef DN_NOTICE_AHEAD_H
#define DN_NOTICE_AHEAD_H

#include "notice/plan.h"

struct dn_ahead;

/* The row that is likely to be asked for behind those that it gave before; SIZE_MAX: none. Called by _take alone. */
typedef size_t dn_ahead_next(void *context);

/* plan and context are borrowed until _end. NULL: it is not worth it for so few rows, or for a plan made by hand. */
struct dn_ahead *dn_ahead_begin(const struct dn_plan *plan, dn_ahead_next *next, void *context);

/* The content of a row, the same as dn_plan_content's, good until the next call; NULL: it is not there, the caller
 * makes it. Rows are asked for in the order of `next`, others may come between them or be left out. */
const struct dn_content *dn_ahead_take(struct dn_ahead *ahead, size_t row);

void dn_ahead_end(struct dn_ahead *ahead); /* NULL allowed */

#endif
