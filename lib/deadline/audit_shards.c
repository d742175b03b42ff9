#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "deadline/audit_run.h"
#include "stream/blocks.h"

/* Threads that judge what tables say, shard by shard. */
struct judges {
    const struct dn_said *said;
    pthread_mutex_t lock; /* guards: */
    size_t next;          /* the shard to take */
};

struct judge {
    struct judges *judges;
    struct dn_audit_run run;
    struct dn_obligations rows;
    struct dn_summary summary;
    size_t left; /* entries that one thread alone may judge */
};

static size_t next_shard(struct judges *judges)
{
    pthread_mutex_lock(&judges->lock);
    size_t shard = judges->next++;
    pthread_mutex_unlock(&judges->lock);
    return shard;
}

/* Most entries are decided by their times; only for the others it is worth while to look at their texts. */
static bool judge_by_times(struct dn_audit_run *run, const struct dn_said_times *times)
{
    const struct dn_audit *audit = run->audit;
    struct dn_obligation row = {.started_at = times->started_at,
                                .due_at = times->due_at,
                                .satisfied_at = times->satisfied_at,
                                .now = audit->now,
                                .reason = ""};
    if (!dn_times_judge(audit, times, &row.status))
        return false;
    run->tally.future += dn_instant_is(row.satisfied_at) && dn_instant_compare(row.satisfied_at, audit->now) > 0;
    dn_audit_tally_row(&run->tally, &row);
    dn_summary_take(run->summary, &row);
    return true;
}

/* Entries that say themselves when they were due; others would ask the almanac. */
static void *judge_shards(void *context)
{
    struct judge *judge = context;
    const struct dn_said *said = judge->judges->said;
    for (size_t shard; (shard = next_shard(judge->judges)) < DN_SAID_SHARDS;)
        for (size_t i = 0; i < dn_said_shard_count(said, shard); i++) {
            uint32_t reference = (uint32_t)(i * DN_SAID_SHARDS + shard);
            struct dn_said_times times;
            dn_said_times(said, reference, &times);
            if (!dn_instant_is(times.due_at))
                judge->left++;
            else if (!judge_by_times(&judge->run, &times))
                dn_audit_run_told(&judge->run, reference);
        }
    return NULL;
}

static void judge_left(struct dn_audit_run *run)
{
    const struct dn_said *said = run->audit->told->said;
    struct dn_said_times times;
    for (size_t shard = 0; shard < DN_SAID_SHARDS; shard++)
        for (size_t i = 0; i < dn_said_shard_count(said, shard); i++) {
            uint32_t reference = (uint32_t)(i * DN_SAID_SHARDS + shard);
            dn_said_times(said, reference, &times);
            if (!dn_instant_is(times.due_at))
                dn_audit_run_told(run, reference);
        }
}

static void begin_judge(struct judge *judge, struct judges *judges, const struct dn_audit *audit)
{
    judge->judges = judges;
    judge->rows.passing = true;
    dn_audit_run_begin(&judge->run, audit, &judge->rows, &judge->summary);
}

static void end_judge(struct judge *judge, struct dn_audit_run *run)
{
    dn_audit_tally_join(&run->tally, &judge->run.tally);
    dn_summary_join(run->summary, &judge->summary);
    dn_audit_run_clear(&judge->run);
    dn_obligations_clear(&judge->rows);
}

/* Runs all of them, the first in this thread. */
static void run_judges(struct judge *all, size_t threads)
{
    pthread_t *ids = dn_alloc(threads, sizeof *ids);
    size_t running = 1;
    while (running < threads && pthread_create(&ids[running], NULL, judge_shards, &all[running]) == 0)
        running++;
    judge_shards(&all[0]);
    for (size_t i = 1; i < running; i++)
        pthread_join(ids[i], NULL);
    free(ids);
}

void dn_audit_run_shards(struct dn_audit_run *run)
{
    struct judges judges = {.said = run->audit->told->said};
    size_t threads = dn_blocks_threads(run->audit->threads), left = 0;
    struct judge *all = dn_alloc(threads, sizeof *all);
    pthread_mutex_init(&judges.lock, NULL);
    for (size_t i = 0; i < threads; i++)
        begin_judge(&all[i], &judges, run->audit);
    run_judges(all, threads);
    for (size_t i = 0; i < threads; i++) {
        left += all[i].left;
        end_judge(&all[i], run);
    }
    if (left > 0)
        judge_left(run);
    pthread_mutex_destroy(&judges.lock);
    free(all);
}
