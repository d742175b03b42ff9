/* Stretches become one text again: each learns from the one before where it begins. */
#include "stream/blocks_parts.h"

/* The text begins in a record that libcsv must judge, or is more of it. */
static void judge(struct dn_blocks_hand *hand, size_t from)
{
    struct dn_blocks_chain *chain = hand->chain;
    dn_buf_add(&chain->tail, hand->text.bytes + from, hand->text.size - from);
    chain->judging = true;
    chain->interrupted = hand->interrupted;
    hand->over = hand->last || chain->tail.size > DN_CSV_RECORD_CAP;
}

/* The record that the stretches before have begun, with its end in this one, as a text of its own. False if libcsv must
 * judge it. */
static bool join_record(struct dn_blocks_hand *hand, size_t head)
{
    struct dn_blocks_chain *chain = hand->chain;
    struct dn_blocks_text *joint = &hand->joint;
    joint->size = 0;
    hand->before = chain->tail.size;
    dn_blocks_make_room(joint, &hand->joint_rows, chain->tail.size + head);
    dn_blocks_add(joint, chain->tail.at, chain->tail.size);
    dn_blocks_add(joint, hand->text.bytes, head);
    dn_blocks_scan(joint, &hand->joint_rows, false, true);
    hand->joint_rows.line = chain->line;
    return hand->joint_rows.scan.bad == DN_SCAN_NONE;
}

/* How many of the scan's breaks stand before the end of a record. */
static size_t breaks_before(const struct dn_scan *scan, size_t record)
{
    size_t count = 0;
    while (scan->breaks[count] < scan->records[record].end)
        count++;
    return count;
}

/* Records end in this stretch: the first one is joined, the last one's rest is the next stretch's. */
static void pass_on(struct dn_blocks_hand *hand, size_t head)
{
    struct dn_blocks_chain *chain = hand->chain;
    struct dn_rows *rows = &hand->rows;
    const struct dn_scan *scan = &rows->scan;
    size_t last = scan->record_count - 1, first_breaks = breaks_before(scan, 0),
           last_breaks = breaks_before(scan, last);
    size_t rest = (size_t)scan->records[last].end + 1;
    rows->record = 1;
    rows->field = scan->records[0].fields & ~DN_SCAN_QUOTED;
    rows->broken = first_breaks;
    rows->start = head;
    rows->line = chain->line + chain->broken + (int64_t)first_breaks + 1;
    chain->line = rows->line + (int64_t)last + (int64_t)(last_breaks - first_breaks);
    chain->broken = (int64_t)(scan->break_count - last_breaks);
    chain->inside = scan->inside;
    dn_buf_reset(&chain->tail);
    if (scan->bad != DN_SCAN_NONE)
        judge(hand, rest);
    else if (rest < hand->text.size)
        dn_buf_add(&chain->tail, hand->text.bytes + rest, hand->text.size - rest);
}

/* No record ends in this stretch: the open one grows by all of it. */
static void pass_all(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    const struct dn_scan *scan = &hand->rows.scan;
    if (scan->bad != DN_SCAN_NONE || chain->tail.size + hand->text.size >= DN_CSV_RECORD_CAP) {
        judge(hand, 0);
        return;
    }
    dn_buf_add(&chain->tail, hand->text.bytes, hand->text.size);
    chain->broken += (int64_t)scan->break_count;
    chain->inside = scan->inside;
}

/* Takes over from the stretch before and hands on to the next. False if there is nothing to take of it. */
static bool join(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    const struct dn_scan *scan = &hand->rows.scan;
    if (chain->judging) {
        judge(hand, 0);
        return false;
    }
    if (chain->inside != hand->guess)
        dn_blocks_scan(&hand->text, &hand->rows, chain->inside, dn_blocks_complete(hand));
    size_t head = scan->record_count ? (size_t)scan->records[0].end + 1 : hand->text.size;
    head = head < hand->text.size ? head : hand->text.size;
    bool some = scan->record_count > 0 || dn_blocks_complete(hand);
    if (some && !join_record(hand, head)) {
        judge(hand, 0);
        return false;
    }
    if (scan->record_count > 0)
        pass_on(hand, head);
    else if (!some)
        pass_all(hand);
    hand->over = hand->over || hand->last;
    return some;
}

void dn_blocks_fail(struct dn_blocks_chain *chain, size_t place, const struct dn_error *failure)
{
    if (place < chain->failed) {
        chain->failed = place;
        chain->failure = *failure;
    }
    chain->over = true;
}

/* Waits until all stretches before have joined. False: this one is not needed any more. */
static bool wait_for_turn(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    pthread_mutex_lock(&chain->lock);
    while (chain->turn != hand->number && !chain->over)
        pthread_cond_wait(&chain->turned, &chain->lock);
    bool mine = !chain->over;
    pthread_mutex_unlock(&chain->lock);
    return mine;
}

bool dn_blocks_take_turn(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    if (!wait_for_turn(hand))
        return false;
    bool some = join(hand);
    pthread_mutex_lock(&chain->lock);
    chain->turn++;
    hand->block = chain->blocks;
    chain->blocks += some;
    chain->over = chain->over || hand->over;
    if (hand->over && (chain->judging || hand->interrupted.status != DN_OK))
        dn_blocks_fail(chain, 2 * hand->number + 1, &hand->interrupted);
    pthread_cond_broadcast(&chain->turned);
    pthread_mutex_unlock(&chain->lock);
    return some;
}

bool dn_blocks_is_turn(const struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    pthread_mutex_lock(&chain->lock);
    bool mine = chain->turn == hand->number && !chain->over;
    pthread_mutex_unlock(&chain->lock);
    return mine;
}
