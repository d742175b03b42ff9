#include "channel/step.h"

#include <stdlib.h>

#include "base/alloc.h"

/* The bits of a step, the lowest first. share is how many rows before this one the other is, 0: none. */
enum { TODO = 0, RESEND = 3, KNOWN = 4, WAS = 5, OUTBOX = 9, SHARE = 10, ATTEMPT = 17, RARE = 31 };
#define SHARE_MOST 127
#define ATTEMPT_MOST 16383
#define IS_RARE (UINT32_C(1) << RARE)

static bool needs_time(const struct dn_step *step)
{
    return step->todo == DN_TODO_RESUME || step->todo == DN_TODO_KEEP || step->was == DN_STATE_NOT_REACHED;
}

static bool fits(size_t index, const struct dn_step *step)
{
    bool is_near = step->share == SIZE_MAX || (step->share < index && index - step->share <= SHARE_MOST);
    return is_near && !needs_time(step) && step->attempt >= 0 && step->attempt <= ATTEMPT_MOST;
}

static uint32_t pack(size_t index, const struct dn_step *step)
{
    uint32_t share = step->share == SIZE_MAX ? 0 : (uint32_t)(index - step->share);
    return (uint32_t)step->todo << TODO | (uint32_t)step->resend << RESEND | (uint32_t)step->known << KNOWN |
           (uint32_t)step->was << WAS | (uint32_t)step->outbox << OUTBOX | share << SHARE |
           (uint32_t)step->attempt << ATTEMPT;
}

static struct dn_step unpack(size_t index, uint32_t bits)
{
    uint32_t share = bits >> SHARE & SHARE_MOST;
    return (struct dn_step){.todo = (enum dn_todo)(bits >> TODO & 7),
                            .resend = bits >> RESEND & 1,
                            .known = bits >> KNOWN & 1,
                            .was = (enum dn_state)(bits >> WAS & 15),
                            .outbox = bits >> OUTBOX & 1,
                            .was_at = DN_INSTANT_NONE,
                            .attempt = bits >> ATTEMPT & ATTEMPT_MOST,
                            .share = share ? index - share : SIZE_MAX};
}

void dn_steps_make(struct dn_steps *steps, size_t count)
{
    static const struct dn_step nothing = {.share = SIZE_MAX};
    *steps = (struct dn_steps){.at = dn_alloc(count, sizeof *steps->at)};
    for (size_t i = 0; i < count; i++)
        steps->at[i] = pack(i, &nothing);
}

struct dn_step dn_steps_at(const struct dn_steps *steps, size_t index)
{
    uint32_t bits = steps->at[index];
    return bits & IS_RARE ? steps->rare[bits & ~IS_RARE] : unpack(index, bits);
}

void dn_steps_set(struct dn_steps *steps, size_t index, const struct dn_step *step)
{
    uint32_t bits = steps->at[index];
    if (!(bits & IS_RARE) && fits(index, step)) {
        steps->at[index] = pack(index, step);
        return;
    }
    if (!(bits & IS_RARE)) {
        steps->rare = dn_grow(steps->rare, steps->rare_count, &steps->rare_room, sizeof *steps->rare);
        bits = IS_RARE | (uint32_t)steps->rare_count++;
        steps->at[index] = bits;
    }
    steps->rare[bits & ~IS_RARE] = *step;
}

void dn_steps_clear(struct dn_steps *steps)
{
    free(steps->at);
    free(steps->rare);
    *steps = (struct dn_steps){0};
}
