#include "notice/ahead.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/tandem.h"
#include "notice/plan_parts.h"

#define PLACES 3
#define GROUP 8
#define FEW 256                  /* rows for which a second thread is not worth it */
#define LARGE ((size_t)64 << 10) /* bytes of attachments; of a content with more there is one at a time */

struct ready {
    size_t row, holder; /* holder: which one of the group has the content; GROUP: it could not be made */
    struct dn_content content;
};

struct group {
    size_t count, taken;
    bool is_large; /* what was made was too large to be kept */
    struct ready at[GROUP];
};

struct dn_ahead {
    dn_ahead_next *next;
    void *context;
    struct group groups[PLACES];
    struct group *hand; /* the group that is taken from; NULL: none yet */
    struct dn_tandem *tandem;
    struct dn_plan view; /* the thread's */
    struct dn_plan_reader reader;
};

static bool is_large(const struct dn_content *content)
{
    size_t size = 0;
    for (size_t i = 0; i < content->attachment_count; i++)
        size += content->attachments[i].size;
    return size > LARGE;
}

static void clear_group(struct group *group)
{
    for (size_t i = 0; i < GROUP; i++)
        dn_content_clear(&group->at[i].content);
    group->is_large = false;
}

/* Moves the content out of the reader: it is the one of the rows from first to last. */
static void hold(struct dn_ahead *ahead, struct group *group, size_t first, size_t last)
{
    struct dn_plan_reader *reader = &ahead->reader;
    bool is_kept = reader->has_content && !is_large(&reader->content);
    group->is_large = group->is_large || (reader->has_content && !is_kept);
    for (size_t i = first; i <= last; i++)
        if (!is_kept)
            group->at[i].holder = GROUP;
        else if (group->at[i].holder != GROUP)
            group->at[i].holder = last;
    if (is_kept)
        group->at[last].content = reader->content;
    else
        dn_content_clear(&reader->content);
    reader->content = (struct dn_content){0};
    reader->has_content = false;
}

/* Of the thread: rows of one tenant, which stand together, have one content. */
static void make_group(void *context, size_t place)
{
    struct dn_ahead *ahead = context;
    struct group *group = &ahead->groups[place];
    clear_group(group);
    for (size_t i = 0, first = 0; i < group->count && !group->is_large; i++) {
        struct dn_error err;
        const struct dn_plan_row *row = dn_plan_at(&ahead->view, group->at[i].row);
        bool is_made = dn_plan_content(&ahead->reader, row, &err) != NULL;
        group->at[i].holder = is_made ? i : GROUP;
        bool goes_on =
            i + 1 < group->count && dn_plan_same_tenant(&ahead->view, group->at[i].row, group->at[i + 1].row);
        if (goes_on)
            continue;
        hold(ahead, group, first, i);
        first = i + 1;
    }
}

static void fill(struct dn_ahead *ahead, struct group *group)
{
    group->count = group->taken = 0;
    while (group->count < GROUP && (group->at[group->count].row = ahead->next(ahead->context)) != SIZE_MAX)
        group->at[group->count++].holder = GROUP;
    dn_tandem_give(ahead->tandem);
}

struct dn_ahead *dn_ahead_begin(const struct dn_plan *plan, dn_ahead_next *next, void *context)
{
    if (plan->given || !plan->store || plan->row_count < FEW)
        return NULL;
    struct dn_ahead *ahead = dn_alloc(1, sizeof *ahead);
    ahead->next = next;
    ahead->context = context;
    dn_plan_view(plan, &ahead->view);
    ahead->reader.plan = &ahead->view;
    ahead->tandem = dn_tandem_begin(PLACES, make_group, ahead);
    return ahead;
}

/* The oldest group; one that was taken from before is filled again. */
static struct group *next_group(struct dn_ahead *ahead)
{
    if (ahead->hand)
        fill(ahead, ahead->hand);
    for (size_t i = 0; !ahead->hand && i < PLACES; i++)
        fill(ahead, &ahead->groups[dn_tandem_place(ahead->tandem)]);
    return ahead->hand = &ahead->groups[dn_tandem_place(ahead->tandem)];
}

/* Large contents are made by who sends them, when they are sent: this is at its end. */
static bool is_over(const struct dn_ahead *ahead)
{
    const struct group *group = ahead->hand;
    return group && (group->count == 0 || (group->is_large && group->taken == group->count));
}

/* The group that has what is at or behind the row; NULL: none has. */
static struct group *seek(struct dn_ahead *ahead, size_t row)
{
    struct group *group = ahead->hand;
    for (;;) {
        while (group && group->taken < group->count && group->at[group->taken].row < row)
            group->taken++;
        if (group && group->taken < group->count)
            return group;
        if (is_over(ahead))
            return NULL;
        group = next_group(ahead);
    }
}

const struct dn_content *dn_ahead_take(struct dn_ahead *ahead, size_t row)
{
    struct group *group = seek(ahead, row);
    if (!group || group->at[group->taken].row != row)
        return NULL;
    size_t holder = group->at[group->taken++].holder;
    return holder == GROUP ? NULL : &group->at[holder].content;
}

void dn_ahead_end(struct dn_ahead *ahead)
{
    if (!ahead)
        return;
    dn_tandem_end(ahead->tandem);
    for (size_t i = 0; i < PLACES; i++)
        clear_group(&ahead->groups[i]);
    dn_plan_reader_clear(&ahead->reader);
    dn_plan_clear(&ahead->view);
    free(ahead);
}
