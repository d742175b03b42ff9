#include "notice/needles.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"
#include "base/table.h"
#include "notice/compared.h"
#include "notice/roll.h"

#define RESOURCE_LEAST 8 /* characters */
#define ID_LEAST 3
#define FRAME_MOST 64                 /* bytes around a core; a needle with more is looked for by plain search */
#define COUNTED_WORDS 64              /* numbers of words that are told apart */
#define FILTER_BITS 16                /* of the filter for each needle */
#define FILTER_LEAST 4096             /* bits; a power of two */
#define FILTER_MOST ((size_t)1 << 25) /* of more than two million needles it lets more words through */

/* A needle's number is its row's: affected rows first, then resources. */
struct dn_needles {
    struct dn_affected_reader affected;
    struct dn_resource_reader resources; /* list NULL: there are none */
    struct dn_roll cores;  /* each core once, to a needle that has it: one that is nothing else, if there is */
    struct dn_roll framed; /* whole texts of those that have something before or behind their core */
    uint64_t *filter;      /* hashes of first words, cores and whole texts: two bits each */
    size_t filter_bits;
    bool has_count[COUNTED_WORDS]; /* is there a core of so many words? */
    size_t most_words;
    uint32_t *odd; /* looked for by plain search */
    size_t odd_count, odd_room;
};

enum { BARE, IN_FRAME }; /* ranks of cores */

static const char *raw_of(struct dn_needles *needles, uint32_t needle)
{
    size_t ids = needles->affected.list->count;
    return needle < ids ? dn_affected_at(&needles->affected, needle)->tenant_id
                        : dn_resources_at(&needles->resources, needle - ids)->resource;
}

const char *dn_needles_tenant(struct dn_needles *needles, uint32_t needle)
{
    size_t ids = needles->affected.list->count;
    return needle < ids ? dn_affected_at(&needles->affected, needle)->tenant_id
                        : dn_resources_at(&needles->resources, needle - ids)->tenant_id;
}

void dn_needles_add_text(struct dn_needles *needles, uint32_t needle, struct dn_buf *out)
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
    const struct dn_resource_list *resources = needles->resources.list;
    size_t rows = needles->affected.list->count + (resources ? resources->count : 0);
    if (rows >= UINT32_MAX)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* more than can be numbered */
    needles->filter_bits = FILTER_LEAST;
    while (needles->filter_bits / FILTER_BITS < rows && needles->filter_bits < FILTER_MOST)
        needles->filter_bits *= 2;
    needles->filter = dn_alloc(needles->filter_bits / 64, sizeof *needles->filter);
    dn_pages_hint(needles->filter, needles->filter_bits / 8);
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

static void add_to(struct dn_needles *needles, struct dn_roll *roll, struct dn_text text, uint32_t rank,
                   uint32_t needle)
{
    struct dn_hash128 hash = dn_hash_wide(text, 0);
    filter_add(needles, hash.half[0]);
    dn_roll_add(roll, hash, rank, needle);
}

static void add_core(struct dn_needles *needles, uint32_t needle, struct dn_text whole, struct dn_text core)
{
    bool is_bare = core.size == whole.size;
    add_to(needles, &needles->cores, core, is_bare ? BARE : IN_FRAME, needle);
    count_words(needles, core);
    if (!is_bare)
        add_to(needles, &needles->framed, whole, 0, needle);
}

static void add_needle(struct dn_needles *needles, size_t row, const char *text, struct dn_buf *scratch)
{
    uint32_t needle = (uint32_t)row;
    dn_buf_reset(scratch);
    dn_compared_add(dn_text_of(text), scratch);
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

static void add_all(struct dn_needles *needles)
{
    struct dn_buf scratch = {0};
    size_t ids = needles->affected.list->count;
    for (size_t i = 0; i < ids; i++) {
        const char *id = dn_affected_at(&needles->affected, i)->tenant_id;
        if (dn_needles_counts_id(id))
            add_needle(needles, i, id, &scratch);
    }
    for (size_t i = 0; needles->resources.list && i < needles->resources.list->count; i++) {
        const char *resource = dn_resources_at(&needles->resources, i)->resource;
        if (dn_needles_counts_resource(resource))
            add_needle(needles, ids + i, resource, &scratch);
    }
    dn_buf_clear(&scratch);
}

enum dn_status dn_needles_open(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                               struct dn_needles **needles, struct dn_error *err)
{
    struct dn_needles *made = dn_alloc(1, sizeof *made);
    made->affected.list = affected;
    made->resources.list = resources;
    make_filter(made);
    add_all(made);
    enum dn_status status = dn_roll_settle(&made->cores, err);
    if (status == DN_OK)
        status = dn_roll_settle(&made->framed, err);
    *needles = status == DN_OK ? made : NULL;
    if (status != DN_OK)
        dn_needles_free(made);
    return status;
}

void dn_needles_free(struct dn_needles *needles)
{
    if (!needles)
        return;
    dn_roll_clear(&needles->cores);
    dn_roll_clear(&needles->framed);
    dn_affected_reader_clear(&needles->affected);
    dn_resource_reader_clear(&needles->resources);
    free(needles->filter);
    free(needles->odd);
    free(needles);
}

bool dn_needles_may_begin(const struct dn_needles *needles, struct dn_text text, size_t start)
{
    size_t end = dn_compared_word_end(text, start);
    return filter_has(needles, dn_hash((struct dn_text){text.at + start, end - start}));
}

/* What is not there is nearly always known without a look at the roll, which may be in a file. */
static const struct dn_roll_entry *find_in(const struct dn_needles *needles, const struct dn_roll *roll,
                                           struct dn_text text)
{
    struct dn_hash128 hash = dn_hash_wide(text, 0);
    return filter_has(needles, hash.half[0]) ? dn_roll_find(roll, hash) : NULL;
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
    size_t before = room_before(text, start), behind = room_behind(text, end);
    for (size_t head = 0; head <= before; head++)
        for (size_t tail = 0; tail <= behind; tail++) {
            struct dn_text whole = {text.at + start - head, head + end - start + tail};
            const struct dn_roll_entry *found = head + tail ? find_in(needles, &needles->framed, whole) : NULL;
            if (found)
                add_hit(hits, found->number);
        }
}

/* True: such a core is looked for, by itself or with what stands around it. */
static bool find_core(const struct dn_needles *needles, struct dn_text text, size_t start, size_t end,
                      struct dn_needle_hits *hits)
{
    struct dn_text core = {text.at + start, end - start};
    const struct dn_roll_entry *found = find_in(needles, &needles->cores, core);
    if (!found)
        return false;
    if (found->rank == BARE)
        add_hit(hits, found->number);
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

void dn_needles_find_odd(struct dn_needles *needles, struct dn_text text, struct dn_needle_hits *hits)
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
