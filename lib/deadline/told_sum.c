#include <string.h>

#include "deadline/told.h"

#define CHANNELS (DN_CHANNEL_OTHER + 1)

/* What the keys of one channel come to, without those of which nothing is required. */
struct channel {
    bool all, any;        /* what it is required as; both false: nothing */
    bool unsure, skipped; /* an outcome that nobody knows; nothing but addresses that are not there */
    bool outbox;
    bool named; /* in satisfied_by already */
    struct dn_instant at;
    const struct dn_told_key *last;     /* a key of it, for the reason */
    const struct dn_told_key *courtesy; /* one of which nothing is required */
};

/* The first recipient of a channel satisfies it; what only got a courtesy copy satisfies nothing, and fails nothing. */
static void take_key(struct channel *channel, const struct dn_told_key *key, struct dn_instant at)
{
    bool earlier = dn_instant_is(at) && (!dn_instant_is(channel->at) || dn_instant_compare(at, channel->at) < 0);
    if (key->required == DN_REQUIRED_NO) {
        channel->courtesy = key;
        return;
    }
    channel->skipped = (channel->last == NULL || channel->skipped) && key->state == DN_STATE_SKIPPED;
    channel->last = key;
    channel->all |= key->required == DN_REQUIRED_ALL;
    channel->any |= key->required == DN_REQUIRED_ANY;
    channel->unsure |= key->state == DN_STATE_INTENT || key->state == DN_STATE_UNKNOWN;
    if (earlier) {
        channel->at = at;
        channel->outbox = key->outbox;
    }
}

static void add_why(struct dn_buf *why, const struct dn_told_key *key)
{
    dn_buf_addf(why, "%s%s:%s", why->size > 0 ? ";" : "", dn_channel_words[key->channel], dn_state_words[key->state]);
    if (key->reason != NULL)
        dn_buf_addf(why, ":%s", key->reason);
}

static void add_by(struct dn_told_sum *sum, struct channel *channel)
{
    if (!channel->named)
        dn_buf_addf(&sum->by, "%s%s", sum->by.size > 0 ? ";" : "", dn_channel_words[channel->last->channel]);
    channel->named = true;
    sum->at = dn_instant_max(sum->at, channel->at);
    sum->outbox |= channel->outbox;
}

static enum dn_sure sure_of(const struct channel *channel)
{
    return dn_instant_is(channel->at) ? DN_SURE_YES : channel->unsure ? DN_SURE_MAYBE : DN_SURE_NO;
}

/* What a channel is judged by. One that only has addresses that are not there needs a person, and is satisfied by, and
 * when, a person did it by other means. */
static struct channel *judged_by(struct channel *channels, size_t i)
{
    struct channel *other = &channels[DN_CHANNEL_OTHER];
    return channels[i].skipped && dn_instant_is(other->at) ? other : &channels[i];
}

/* Each channel that is required in full. */
static enum dn_sure sum_all(struct channel *channels, struct dn_told_sum *sum, bool *asked)
{
    enum dn_sure sure = DN_SURE_YES;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *channel = judged_by(channels, i);
        if (!channels[i].all)
            continue;
        *asked = true;
        enum dn_sure this = sure_of(channel);
        if (this == DN_SURE_YES)
            add_by(sum, channel);
        else
            add_why(&sum->why, channel->last);
        sure = this < sure ? this : sure;
    }
    return sure;
}

/* The earliest of the channels of which any one will do. */
static enum dn_sure sum_any(struct channel *channels, struct dn_told_sum *sum, bool *asked)
{
    struct channel *first = NULL;
    enum dn_sure sure = DN_SURE_NO;
    bool here = false;
    for (size_t i = 0; i < CHANNELS; i++) {
        struct channel *channel = judged_by(channels, i);
        if (channels[i].all || !channels[i].any)
            continue;
        here = true;
        enum dn_sure this = sure_of(channel);
        sure = this > sure ? this : sure;
        if (this == DN_SURE_YES && (first == NULL || dn_instant_compare(channel->at, first->at) < 0))
            first = channel;
    }
    for (size_t i = 0; i < CHANNELS && sure != DN_SURE_YES; i++)
        if (!channels[i].all && channels[i].any)
            add_why(&sum->why, channels[i].last);
    if (first != NULL)
        add_by(sum, first);
    *asked |= here;
    return here ? sure : DN_SURE_YES;
}

static void sum_foreign(const struct dn_told_foreign *foreign, struct dn_instant at, struct dn_told_sum *sum)
{
    bool yes = dn_instant_is(at);
    sum->any = true;
    sum->went_out = yes || foreign->unsure;
    sum->at = at;
    sum->sure = yes ? DN_SURE_YES : foreign->unsure ? DN_SURE_MAYBE : DN_SURE_NO;
    if (yes && foreign->satisfied_by != NULL)
        dn_buf_adds(&sum->by, foreign->satisfied_by);
    if (sum->sure == DN_SURE_MAYBE)
        dn_buf_adds(&sum->why, "unknown");
}

/* Nothing is required of any row: they say why (a contact that is not there, a copy as a courtesy). */
static void explain_all(const struct channel *channels, struct dn_told_sum *sum)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (channels[i].courtesy != NULL)
            add_why(&sum->why, channels[i].courtesy);
    if (sum->why.size == 0)
        dn_buf_adds(&sum->why, "no-initial");
}

/* Whose keys are summed: of which notice (INITIAL: the initial one), under which policy (DECLARED: the declared one).
 */
#define INITIAL SIZE_MAX
#define DECLARED (-1)
struct asked {
    size_t notice;
    int policy;
    bool drill;
};

static void sum_keys(const struct dn_told *told, const struct asked *asked, struct channel *channels,
                     struct dn_told_sum *sum)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct dn_told_key *key = &told->keys[i];
        if (key->drill != asked->drill)
            continue;
        sum->any = true;
        sum->went_out |= key->went_out || key->state == DN_STATE_INTENT;
        if (asked->notice == INITIAL ? key->initial : key->notice == asked->notice)
            take_key(&channels[key->channel], key,
                     asked->policy == DECLARED ? key->satisfied_at : key->under[asked->policy]);
    }
}

static void sum_up(const struct dn_told *told, const struct asked *asked, struct dn_told_sum *sum)
{
    struct channel channels[CHANNELS] = {0};
    bool required = false;
    dn_told_sum_reset(sum);
    if (told->foreign != NULL) {
        sum_foreign(told->foreign,
                    asked->policy == DECLARED ? told->foreign->satisfied_at : told->foreign->under[asked->policy], sum);
        return;
    }
    for (size_t i = 0; i < CHANNELS; i++)
        channels[i].at = DN_INSTANT_NONE;
    sum_keys(told, asked, channels, sum);
    enum dn_sure all = sum_all(channels, sum, &required), any = sum_any(channels, sum, &required);
    sum->sure = !required ? DN_SURE_NO : all < any ? all : any;
    if (!required && sum->any)
        explain_all(channels, sum);
}

void dn_told_sum(const struct dn_told *told, bool drill, struct dn_told_sum *sum)
{
    sum_up(told, &(struct asked){INITIAL, DECLARED, drill}, sum);
}

void dn_told_sum_under(const struct dn_told *told, bool drill, enum dn_policy policy, struct dn_told_sum *sum)
{
    sum_up(told, &(struct asked){INITIAL, (int)policy, drill}, sum);
}

void dn_told_sum_notice(const struct dn_told *told, bool drill, size_t notice, struct dn_told_sum *sum)
{
    sum_up(told, &(struct asked){notice, DECLARED, drill}, sum);
}

void dn_told_sum_reset(struct dn_told_sum *sum)
{
    struct dn_buf by = sum->by, why = sum->why;
    dn_buf_reset(&by);
    dn_buf_reset(&why);
    *sum = (struct dn_told_sum){.at = DN_INSTANT_NONE, .by = by, .why = why};
}

void dn_told_sum_clear(struct dn_told_sum *sum)
{
    dn_buf_clear(&sum->by);
    dn_buf_clear(&sum->why);
}
