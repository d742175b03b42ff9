/* The stretches of a text: their bytes, and a guess whether they begin inside quotes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stream/blocks_parts.h"

#define GUESS_BY ((size_t)16 << 10) /* bytes that are looked at for it */

void dn_blocks_make_room(struct dn_blocks_text *text, struct dn_rows *rows, size_t room)
{
    if (text->room < room) {
        char *base = dn_realloc(text->bytes ? text->bytes - DN_BLOCKS_PAD : NULL, room + 2 * DN_BLOCKS_PAD, 1);
        memset(base, 0, DN_BLOCKS_PAD);
        text->bytes = base + DN_BLOCKS_PAD;
        text->room = room;
    }
    rows->bytes = text->bytes;
    dn_rows_room(rows, room);
}

void dn_blocks_add(struct dn_blocks_text *text, const void *at, size_t size)
{
    if (size > 0)
        memcpy(text->bytes + text->size, at, size);
    text->size += size;
}

void dn_blocks_scan(const struct dn_blocks_text *text, struct dn_rows *rows, bool inside, bool complete)
{
    dn_scan_restart(&rows->scan, inside);
    dn_rows_restart(rows);
    size_t done = dn_scan_run(&rows->scan, text->bytes, 0, text->size);
    dn_scan_finish(&rows->scan, text->bytes, done, text->size, complete);
}

static size_t add_prefix(struct dn_blocks_hand *hand, size_t from)
{
    const struct dn_blocks_chain *chain = hand->chain;
    size_t left = from < chain->prefix ? chain->prefix - from : 0;
    size_t size = left < chain->stretch ? left : chain->stretch;
    dn_blocks_add(&hand->text, chain->csv->bytes + chain->prefix_at + from, size);
    return size;
}

/* The bytes of stretch `number` of a file, while other threads read others. */
static void read_direct(struct dn_blocks_hand *hand)
{
    const struct dn_blocks_chain *chain = hand->chain;
    struct dn_blocks_text *text = &hand->text;
    size_t from = hand->from = hand->number * chain->stretch;
    from += add_prefix(hand, from);
    while (text->size < chain->stretch) {
        off_t at = chain->at + (off_t)(from - chain->prefix);
        ssize_t got = pread(chain->fd, text->bytes + text->size, chain->stretch - text->size, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            dn_error_errno(&hand->interrupted, dn_csv_name(chain->csv));
        hand->last = got <= 0;
        if (got <= 0)
            return;
        text->size += (size_t)got;
        from += (size_t)got;
    }
}

/* The next bytes of a source that gives them only in order. */
static void read_in_order(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    struct dn_csv *csv = chain->csv;
    struct dn_blocks_text *text = &hand->text;
    hand->from = chain->given;
    chain->given += add_prefix(hand, chain->given);
    while (chain->given == chain->prefix && (text->size == 0 || text->size + DN_SOURCE_ROOM <= chain->stretch)) {
        size_t got = 0, room = chain->stretch - text->size;
        enum dn_status status = csv->ended ? DN_END : csv->interrupted.status;
        if (status == DN_OK)
            status = dn_source_read(csv->source, text->bytes + text->size,
                                    room < DN_SOURCE_ROOM ? DN_SOURCE_ROOM : room, &got, &csv->interrupted);
        text->size += got;
        csv->ended = csv->ended || status == DN_END;
        hand->interrupted = csv->interrupted;
        hand->last = status != DN_OK;
        if (hand->last)
            return;
    }
}

static void take_stretch(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    hand->text.size = 0;
    hand->last = hand->over = false;
    hand->interrupted.status = DN_OK;
    pthread_mutex_lock(&chain->reading);
    hand->number = chain->ticket++;
    if (!chain->direct)
        read_in_order(hand);
    pthread_mutex_unlock(&chain->reading);
    if (chain->direct)
        read_direct(hand);
}

/* What a run of quotes says about its surroundings; 0: nothing for sure, 1: they are quoted, -1: they are not. */
static int told_by_quotes(const struct dn_blocks_text *text, size_t from, size_t to, char delimiter)
{
    char before = from > 0 ? text->bytes[from - 1] : 0, behind = to < text->size ? text->bytes[to] : 0;
    bool parted_before = before == delimiter || before == '\n';
    bool parted_behind = behind == delimiter || behind == '\n' || behind == '\r';
    if (from == 0 || to == text->size || (parted_before && parted_behind))
        return 0;
    if ((to - from) % 2 == 0)
        return 1;
    return parted_before ? -1 : parted_behind ? 1 : 0;
}

/* Does the text begin inside quotes? A guess that saves time when it is right; never more than that. */
static bool guess_inside(const struct dn_blocks_text *text, char delimiter)
{
    size_t most = text->size < GUESS_BY ? text->size : GUESS_BY, to = 0;
    bool odd = false; /* so many quotes so far */
    while (to < most) {
        const char *quote = memchr(text->bytes + to, '"', most - to);
        if (!quote)
            return false;
        size_t from = (size_t)(quote - text->bytes);
        for (to = from; to < most && text->bytes[to] == '"';)
            to++;
        int told = told_by_quotes(text, from, to, delimiter);
        if (told != 0)
            return (told > 0) != odd;
        odd ^= (to - from) % 2;
    }
    return false;
}

bool dn_blocks_complete(const struct dn_blocks_hand *hand)
{
    return hand->last && hand->interrupted.status == DN_OK;
}

void dn_blocks_fill(struct dn_blocks_hand *hand)
{
    take_stretch(hand);
    hand->guess = guess_inside(&hand->text, hand->chain->csv->delimiter);
    dn_blocks_scan(&hand->text, &hand->rows, hand->guess, dn_blocks_complete(hand));
}
