#include "notice/needles.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/index.h"
#include "base/pages.h"
#include "base/table.h"
#include "notice/compared.h"

#define RESOURCE_LEAST 8 /* characters */
#define ID_LEAST 3
#define FRAME_MOST 64     /* bytes around a core; a needle with more is looked for by plain search */
#define COUNTED_WORDS 64  /* numbers of words that are told apart */
#define FILTER_BITS 16    /* of the filter for each needle */
#define FILTER_LEAST 4096 /* bits; a power of two */

/* A needle's number is its row's: affected rows first, then resources. */
struct dn_needles {
    const struct dn_affected_list *affected;
    const struct dn_resource_list *resources;
    struct dn_affected_reader *rows; /* of affected */
    struct dn_index cores;  /* each core once, to a needle that has it: one that is nothing else, if there is */
    struct dn_index framed; /* whole texts of those that have something before or behind their core */
    uint64_t *filter;       /* hashes of first words: two bits each */
    size_t filter_bits;
    bool has_count[COUNTED_WORDS]; /* is there a core of so many words? */
    size_t most_words;
    uint32_t *odd; /* looked for by plain search */
    size_t odd_count, odd_room;
};

static const char *raw_of(const struct dn_needles *needles, uint32_t needle)
{
    size_t ids = needles->affected->count;
    return needle < ids ? dn_affected_at(needles->rows, needle)->tenant_id
                        : needles->resources->at[needle - ids].resource;
}

const char *dn_needles_tenant(const struct dn_needles *needles, uint32_t needle)
{
    size_t ids = needles->affected->count;
    return needle < ids ? dn_affected_at(needles->rows, needle)->tenant_id
                        : needles->resources->at[needle - ids].tenant_id;
}

void dn_needles_add_text(const struct dn_needles *needles, uint32_t needle, struct dn_buf *out)
{
    dn_compared_add(dn_text_of(raw_of(needles, needle)), out);
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

bool dn_needles_counts_id(const char *id)
{
    bool is_number = strspn(id, "0123456789") == strlen(id);
    return characters(id) >= (is_number ? RESOURCE_LEAST : ID_LEAST);
}

bool dn_needles_counts_resource(const char *resource)
{
    return characters(resource) >= RESOURCE_LEAST;
}

/* From the first word to the end of the last one; empty: there is no word. */
static struct dn_text core_of(struct dn_text text)
{
    size_t start = dn_compared_word_start(text, 0), end = dn_compared_last_end(text);
    return start < end ? (struct dn_text){text.at + start, end - start} : (struct dn_text){text.at, 0};
}

static size_t filter_place(const struct dn_needles *needles, uint64_t hash, int which)
{
    return (size_t)(which ? hash >> 32 : hash) & (needles->filter_bits - 1);
}

static void filter_add(struct dn_needles *needles, uint64_t hash)
{
    for (int which = 0; which < 2; which++) {
        size_t place = filter_place(needles, hash, which);
        needles->filter[place / 64] |= UINT64_C(1) << place % 64;
    }
}

static bool filter_has(const struct dn_needles *needles, uint64_t hash)
{
    size_t one = filter_place(needles, hash, 0), two = filter_place(needles, hash, 1);
    return needles->filter[one / 64] >> one % 64 & needles->filter[two / 64] >> two % 64 & 1;
}

static void make_filter(struct dn_needles *needles)
{
    size_t rows = needles->affected->count + (needles->resources ? needles->resources->count : 0);
    if (rows >= DN_INDEX_NONE)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* more than can be numbered: memory would have been spent long before */
    needles->filter_bits = FILTER_LEAST;
    while (needles->filter_bits / FILTER_BITS < rows)
        needles->filter_bits *= 2;
    needles->filter = dn_alloc(needles->filter_bits / 64, sizeof *needles->filter);
    dn_pages_hint(needles->filter, needles->filter_bits / 8);
}

/* Does this needle's text hold what is wanted, as its core or as a whole? */
static bool confirms(const struct dn_needles *needles, uint32_t needle, struct dn_text wanted, bool as_core,
                     bool *is_bare)
{
    struct dn_buf text = {0};
    dn_needles_add_text(needles, needle, &text);
    struct dn_text whole = dn_buf_text(&text), core = as_core ? core_of(whole) : whole;
    bool is_same = dn_text_equal(core, wanted);
    if (is_bare)
        *is_bare = core.size == whole.size;
    dn_buf_clear(&text);
    return is_same;
}

/* The needle under a hash that has this core, or is this text; DN_INDEX_NONE: none. *place: behind it. */
static uint32_t look_up(const struct dn_needles *needles, const struct dn_index *index, struct dn_text wanted,
                        size_t *place, bool *is_bare)
{
    uint64_t hash = dn_hash(wanted);
    uint32_t needle;
    *place = dn_index_seek(index, hash);
    while ((needle = dn_index_next(index, hash, place)) != DN_INDEX_NONE)
        if (confirms(needles, needle, wanted, index == &needles->cores, is_bare))
            break;
    return needle;
}

static void add_framed(struct dn_needles *needles, uint32_t needle, struct dn_text whole)
{
    size_t place;
    if (look_up(needles, &needles->framed, whole, &place, NULL) == DN_INDEX_NONE)
        dn_index_add(&needles->framed, dn_hash(whole), needle);
}

static void count_words(struct dn_needles *needles, struct dn_text core)
{
    size_t words = 0, end = 0;
    for (size_t at = 0; at < core.size; at = dn_compared_word_start(core, end)) {
        end = dn_compared_word_end(core, at);
        if (++words == 1)
            filter_add(needles, dn_hash((struct dn_text){core.at, end}));
    }
    needles->has_count[words < COUNTED_WORDS ? words : 0] = true;
    if (words > needles->most_words)
        needles->most_words = words;
}

static void add_core(struct dn_needles *needles, uint32_t needle, struct dn_text whole, struct dn_text core)
{
    size_t place;
    bool has_bare = false, is_bare = core.size == whole.size;
    uint32_t there = look_up(needles, &needles->cores, core, &place, &has_bare);
    if (there == DN_INDEX_NONE) {
        dn_index_add(&needles->cores, dn_hash(core), needle);
        count_words(needles, core);
    } else if (is_bare && !has_bare) {
        dn_index_replace(&needles->cores, place, needle);
    }
    if (!is_bare)
        add_framed(needles, needle, whole);
}

static void add_needle(struct dn_needles *needles, size_t row, struct dn_buf *scratch)
{
    uint32_t needle = (uint32_t)row;
    dn_buf_reset(scratch);
    dn_needles_add_text(needles, needle, scratch);
    struct dn_text whole = dn_buf_text(scratch), core = core_of(whole);
    size_t head = (size_t)(core.at - whole.at);
    if (!whole.size)
        return;
    if (core.size && head <= FRAME_MOST && whole.size - head - core.size <= FRAME_MOST) {
        add_core(needles, needle, whole, core);
        return;
    }
    needles->odd = dn_grow(needles->odd, needles->odd_count, &needles->odd_room, sizeof *needles->odd);
    needles->odd[needles->odd_count++] = needle;
}

struct dn_needles *dn_needles_new(const struct dn_affected_list *affected, const struct dn_resource_list *resources)
{
    struct dn_needles *made = dn_alloc(1, sizeof *made);
    struct dn_buf scratch = {0};
    made->affected = affected;
    made->resources = resources;
    made->rows = dn_alloc(1, sizeof *made->rows);
    made->rows->list = affected;
    make_filter(made);
    for (size_t i = 0; i < affected->count; i++)
        if (dn_needles_counts_id(dn_affected_at(made->rows, i)->tenant_id))
            add_needle(made, i, &scratch);
    for (size_t i = 0; resources && i < resources->count; i++)
        if (dn_needles_counts_resource(resources->at[i].resource))
            add_needle(made, affected->count + i, &scratch);
    dn_buf_clear(&scratch);
    return made;
}

void dn_needles_free(struct dn_needles *needles)
{
    if (!needles)
        return;
    dn_index_clear(&needles->cores);
    dn_index_clear(&needles->framed);
    dn_affected_reader_clear(needles->rows);
    free(needles->rows);
    free(needles->filter);
    free(needles->odd);
    free(needles);
}

bool dn_needles_may_begin(const struct dn_needles *needles, struct dn_text text, size_t start)
{
    size_t end = dn_compared_word_end(text, start);
    return filter_has(needles, dn_hash((struct dn_text){text.at + start, end - start}));
}

static void add_hit(struct dn_needle_hits *hits, uint32_t needle)
{
    hits->at = dn_grow(hits->at, hits->count, &hits->room, sizeof *hits->at);
    hits->at[hits->count++] = needle;
}

/* The bytes without words around the core from start to end, FRAME_MOST at most. */
static size_t room_before(struct dn_text text, size_t start)
{
    size_t from = start > FRAME_MOST ? start - FRAME_MOST : 0;
    while (from < start && ((unsigned char)text.at[from] & 0xC0) == 0x80)
        from++;
    for (size_t at = dn_compared_word_start(text, from); at < start; at = dn_compared_word_start(text, from))
        from = dn_compared_word_end(text, at);
    return start - from;
}

static size_t room_behind(struct dn_text text, size_t end)
{
    size_t room = dn_compared_word_start(text, end) - end;
    return room < FRAME_MOST ? room : FRAME_MOST;
}

/* Needles that are this core with something around it: every size of what stands around it here is tried. */
static void find_framed(const struct dn_needles *needles, struct dn_text text, size_t start, size_t end,
                        struct dn_needle_hits *hits)
{
    size_t before = room_before(text, start), behind = room_behind(text, end), place;
    for (size_t head = 0; head <= before; head++)
        for (size_t tail = 0; tail <= behind; tail++) {
            struct dn_text whole = {text.at + start - head, head + end - start + tail};
            uint32_t needle =
                head + tail ? look_up(needles, &needles->framed, whole, &place, NULL) : (uint32_t)DN_INDEX_NONE;
            if (needle != DN_INDEX_NONE)
                add_hit(hits, needle);
        }
}

/* True: such a core is looked for, by itself or with what stands around it. */
static bool find_core(const struct dn_needles *needles, struct dn_text text, size_t start, size_t end,
                      struct dn_needle_hits *hits)
{
    size_t place;
    bool is_bare = false;
    struct dn_text core = {text.at + start, end - start};
    uint32_t needle = look_up(needles, &needles->cores, core, &place, &is_bare);
    if (needle == DN_INDEX_NONE)
        return false;
    if (is_bare)
        add_hit(hits, needle);
    if (needles->framed.count)
        find_framed(needles, text, start, end, hits);
    return true;
}

bool dn_needles_find(const struct dn_needles *needles, struct dn_text text, size_t start, struct dn_needle_hits *hits)
{
    size_t end = start;
    bool is_there = false;
    for (size_t words = 1; words <= needles->most_words; words++) {
        size_t next = words == 1 ? start : dn_compared_word_start(text, end);
        if (next >= text.size)
            return true;
        end = dn_compared_word_end(text, next);
        if (needles->has_count[words < COUNTED_WORDS ? words : 0])
            is_there |= find_core(needles, text, start, end, hits);
    }
    return is_there;
}

void dn_needles_find_odd(const struct dn_needles *needles, struct dn_text text, struct dn_needle_hits *hits)
{
    struct dn_buf odd = {0};
    for (size_t i = 0; i < needles->odd_count && text.size; i++) {
        dn_buf_reset(&odd);
        dn_needles_add_text(needles, needles->odd[i], &odd);
        if (strstr(text.at, odd.at))
            add_hit(hits, needles->odd[i]);
    }
    dn_buf_clear(&odd);
}
