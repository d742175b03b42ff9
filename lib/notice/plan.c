#include "notice/plan.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/tandem.h"
#include "notice/first.h"
#include "notice/plan_parts.h"
#include "notice/plan_turn.h"

#define PLACES 4 /* groups of tenants in hand at once */
#define GROUP 16 /* tenants that are handed over together: threads wake each other less often */
#define FEW 256  /* tenants for which a second thread is not worth it */

/* The plan while it is made. A tenant is made in two steps, each by a thread of its own; a place is a group of them
 * between the two. */
struct making {
    const struct dn_plan_source *source;
    struct dn_plan_desk desk; /* of the first step */
    struct dn_plan_gate gate; /* of the second step */
    struct dn_error *failure;
    atomic_bool failed;
    struct dn_plan_turn turns[PLACES][GROUP];
    size_t place, counts[PLACES]; /* the group that is being filled; how many tenants are in each */
    struct dn_tandem *tandem;     /* NULL: one step behind the other */
};

/* The second step; tenants come in order. After a failure nothing more is done. */
static void finish_turn(struct making *all, struct dn_plan_turn *turn)
{
    if (!atomic_load(&all->failed)) {
        enum dn_status status = dn_plan_turn_finish(turn, &all->gate);
        if (status != DN_OK)
            *all->failure = turn->error;
        atomic_store(&all->failed, status != DN_OK);
    }
    dn_plan_turn_end(turn);
}

static void finish_group(void *context, size_t place)
{
    struct making *all = context;
    for (size_t i = 0; i < all->counts[place]; i++)
        finish_turn(all, &all->turns[place][i]);
}

/* Hands the group over that is being filled, and begins the next one. */
static void give_group(struct making *all)
{
    if (all->tandem) {
        dn_tandem_give(all->tandem);
        all->place = dn_tandem_place(all->tandem);
    } else {
        finish_group(all, 0);
    }
    all->counts[all->place] = 0;
}

/* false: the making has failed. */
static bool take_turn(struct making *all, size_t number)
{
    size_t *count = &all->counts[all->place];
    struct dn_plan_turn *turn = &all->turns[all->place][*count];
    enum dn_status status = dn_plan_turn_begin(turn, &all->desk, number);
    if (status == DN_OK) {
        if (++*count == GROUP)
            give_group(all);
        return !atomic_load(&all->failed);
    }
    give_group(all);
    if (all->tandem)
        dn_tandem_wait(all->tandem); /* one of the tenants before may have failed, too: it comes first */
    if (!atomic_load(&all->failed))
        *all->failure = turn->error;
    atomic_store(&all->failed, true);
    dn_plan_turn_end(turn);
    return false;
}

/* Those that the configuration names first, then all others in the list's order. */
static void take_turns(struct making *all)
{
    struct dn_first first = {0};
    bool goes_on = true;
    dn_first_find(all->source->affected, &all->source->config->first, &first);
    for (size_t i = 0; i < first.count && goes_on; i++)
        goes_on = take_turn(all, first.ranked[i]);
    for (size_t i = 0, next = 0; i < all->source->affected->count && goes_on; i++)
        if (next < first.count && first.sorted[next] == i)
            next++;
        else
            goes_on = take_turn(all, i);
    dn_first_clear(&first);
}

static enum dn_status make_rows(struct making *all)
{
    if (all->source->affected->count > FEW) {
        all->tandem = dn_tandem_begin(PLACES, finish_group, all);
        all->place = dn_tandem_place(all->tandem);
    }
    take_turns(all);
    give_group(all);
    dn_tandem_end(all->tandem);
    return atomic_load(&all->failed) ? all->failure->status : dn_plan_check(all->gate.plan, all->failure);
}

static void note_counts(const struct making *all, struct dn_notes *notes)
{
    struct dn_plan_counts counts = {0};
    for (size_t i = 0; i < PLACES * GROUP; i++)
        dn_plan_counts_add(&all->turns[i / GROUP][i % GROUP].counts, &counts);
    dn_plan_counts_note(&counts, notes);
    dn_plan_counts_clear(&counts);
}

static void release(struct making *all)
{
    for (size_t i = 0; i < PLACES * GROUP; i++)
        dn_plan_turn_clear(&all->turns[i / GROUP][i % GROUP]);
    dn_plan_desk_clear(&all->desk);
    dn_isolation_free(all->gate.isolation);
    free(all);
}

enum dn_status dn_plan_make(const struct dn_plan_source *source, struct dn_plan *plan, struct dn_notes *notes,
                            struct dn_error *err)
{
    struct dn_error failure;
    struct making *all = dn_alloc(1, sizeof *all);
    *plan = (struct dn_plan){.source = *source};
    all->source = source;
    all->desk = (struct dn_plan_desk){.source = source, .tenants.list = source->affected};
    all->gate = (struct dn_plan_gate){.source = source, .plan = plan, .notes = notes};
    all->failure = err ? err : &failure;
    enum dn_status status = dn_suspects_set(&all->desk.suspects, source->resources, err);
    if (status == DN_OK)
        status = dn_isolation_open(source->affected, source->resources, &all->gate.isolation, err);
    if (status == DN_OK)
        status = make_rows(all);
    if (status == DN_OK)
        note_counts(all, notes);
    release(all);
    if (status == DN_OK)
        status = dn_plan_set_digest(plan, err);
    if (status != DN_OK)
        dn_plan_clear(plan);
    return status;
}
