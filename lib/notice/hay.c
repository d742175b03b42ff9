#include "notice/hay.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/index.h"
#include "base/table.h"
#include "notice/compared.h"
#include "notice/plain.h"

#define BORDER "\x01" /* between texts that do not touch: neither a blank nor part of a word */
#define MOST_PIECES 16384
#define MOST_BYTES ((size_t)2 << 20)
#define ENTITY_MOST 12 /* bytes of the longest entity that is decoded, less one */

/* A piece in its compared form: where that stands in forms, and which places of it, in places, may begin a needle. */
struct form {
    uint32_t from, size;
    uint32_t first, count;
};

/* A line that was seen, or as many lines as belong together: a tag, a quoted cell, a block of YAML may go over the end
 * of one. */
struct piece {
    struct dn_hash128 hash; /* of its bytes and kind: wide enough to be taken for them */
    struct form forms[2];   /* the second one: HTML with its tags */
};

struct numbers {
    uint32_t *at;
    size_t count, room;
};

struct dn_hay {
    struct dn_needles *needles;
    struct dn_index index; /* what is remembered */
    struct piece *pieces;
    size_t piece_count, piece_room;
    struct dn_buf forms;
    struct numbers places;
    struct dn_buf text;    /* what is searched */
    struct numbers starts; /* where something may begin in it */
    struct numbers used;   /* pieces of the text that is added now */
    struct dn_buf scratch;
    struct dn_needle_hits hits;
};

static void add_number(struct numbers *numbers, size_t number)
{
    numbers->at = dn_grow(numbers->at, numbers->count, &numbers->room, sizeof *numbers->at);
    numbers->at[numbers->count++] = (uint32_t)number;
}

struct dn_hay *dn_hay_new(struct dn_needles *needles)
{
    struct dn_hay *hay = dn_alloc(1, sizeof *hay);
    hay->needles = needles;
    return hay;
}

void dn_hay_free(struct dn_hay *hay)
{
    if (!hay)
        return;
    dn_index_clear(&hay->index);
    free(hay->pieces);
    dn_buf_clear(&hay->forms);
    free(hay->places.at);
    dn_buf_clear(&hay->text);
    free(hay->starts.at);
    free(hay->used.at);
    dn_buf_clear(&hay->scratch);
    free(hay->hits.at);
    free(hay);
}

void dn_hay_reset(struct dn_hay *hay)
{
    dn_buf_reset(&hay->text);
    hay->starts.count = hay->hits.count = 0;
}

/* Everything that only one tenant's notices say would fill it up: it begins again, and the lines of all come back. */
static void forget(struct dn_hay *hay)
{
    dn_index_clear(&hay->index);
    dn_buf_reset(&hay->forms);
    hay->piece_count = hay->places.count = 0;
}

static size_t line_end(struct dn_text text, size_t from)
{
    const char *end = memchr(text.at + from, '\n', text.size - from);
    return end ? (size_t)(end - text.at) + 1 : text.size;
}

/* Does a line of HTML end inside a tag, or inside what may be an entity? */
static bool html_goes_on(struct dn_text line)
{
    size_t i = line.size;
    while (i && line.at[i - 1] != '<' && line.at[i - 1] != '>')
        i--;
    bool in_tag = i && line.at[i - 1] == '<';
    size_t near = line.size > ENTITY_MOST ? ENTITY_MOST : line.size;
    bool in_entity = false;
    for (const char *c = line.at + line.size - near; c < line.at + line.size; c++)
        in_entity = *c == '&' || (in_entity && *c != ';');
    return in_tag || in_entity;
}

static size_t html_end(struct dn_text text, size_t from)
{
    size_t end = line_end(text, from);
    while (end < text.size && html_goes_on((struct dn_text){text.at + from, end - from}))
        end = line_end(text, end);
    return end;
}

static size_t csv_end(struct dn_text text, size_t from)
{
    size_t end = from, quotes = 0;
    do {
        size_t next = line_end(text, end);
        for (; end < next; end++)
            quotes += text.at[end] == '"';
    } while (quotes % 2 && end < text.size);
    return end;
}

/* The end of the piece that begins at `from`. */
static size_t piece_end(enum dn_hay_kind kind, struct dn_text text, size_t from)
{
    switch (kind) {
    case DN_HAY_HTML:
        return html_end(text, from);
    case DN_HAY_CSV:
        return csv_end(text, from);
    case DN_HAY_YAML:
        return dn_plain_yaml_end(text, from);
    default:
        return line_end(text, from);
    }
}

/* What a reader sees of a piece. */
static struct dn_text decoded(struct dn_hay *hay, enum dn_hay_kind kind, bool keep_tags, struct dn_text bytes)
{
    dn_buf_reset(&hay->scratch);
    switch (kind) {
    case DN_HAY_HTML:
        dn_plain_add_html(bytes, keep_tags, &hay->scratch);
        break;
    case DN_HAY_CSV:
        dn_plain_add_csv(bytes, &hay->scratch);
        break;
    case DN_HAY_YAML:
        dn_plain_add_yaml(bytes, &hay->scratch);
        break;
    default:
        return bytes;
    }
    return dn_buf_text(&hay->scratch);
}

/* May a needle begin here, that is in the piece or, where it goes on behind the piece's end, in what will follow? */
static bool begins(struct dn_hay *hay, struct dn_text form, size_t start)
{
    if (!dn_needles_may_begin(hay->needles, form, start))
        return false;
    size_t before = hay->hits.count;
    bool may = dn_needles_find(hay->needles, form, start, &hay->hits);
    hay->hits.count = before;
    return may;
}

static struct form make_form(struct dn_hay *hay, struct dn_text seen)
{
    struct form form = {.from = (uint32_t)hay->forms.size, .first = (uint32_t)hay->places.count};
    dn_compared_add(seen, &hay->forms);
    struct dn_text text = {hay->forms.at + form.from, hay->forms.size - form.from};
    for (size_t at = dn_compared_word_start(text, 0); at < text.size;
         at = dn_compared_word_start(text, dn_compared_word_end(text, at)))
        if (begins(hay, text, at))
            add_number(&hay->places, at);
    form.size = (uint32_t)text.size;
    form.count = (uint32_t)hay->places.count - form.first;
    return form;
}

static uint32_t make_piece(struct dn_hay *hay, enum dn_hay_kind kind, struct dn_text bytes, struct dn_hash128 hash)
{
    struct piece made = {.hash = hash};
    for (int i = 0; i < 1 + (kind == DN_HAY_HTML); i++)
        made.forms[i] = make_form(hay, decoded(hay, kind, i, bytes));
    hay->pieces = dn_grow(hay->pieces, hay->piece_count, &hay->piece_room, sizeof *hay->pieces);
    hay->pieces[hay->piece_count] = made;
    dn_index_add(&hay->index, hash.half[0], (uint32_t)hay->piece_count);
    return (uint32_t)hay->piece_count++;
}

static uint32_t piece_of(struct dn_hay *hay, enum dn_hay_kind kind, struct dn_text bytes)
{
    struct dn_hash128 hash = dn_hash_wide(bytes, kind);
    size_t place = dn_index_seek(&hay->index, hash.half[0]);
    uint32_t number;
    while ((number = dn_index_next(&hay->index, hash.half[0], &place)) != DN_INDEX_NONE) {
        const struct dn_hash128 *there = &hay->pieces[number].hash;
        if (there->half[0] == hash.half[0] && there->half[1] == hash.half[1])
            return number;
    }
    return make_piece(hay, kind, bytes, hash);
}

/* Appends one form to what is searched: pieces are lines, so a blank stands between two that are not empty. */
static void append(struct dn_hay *hay, const struct form *form, size_t begin)
{
    if (!form->size)
        return;
    if (hay->text.size > begin)
        dn_buf_addc(&hay->text, ' ');
    for (size_t i = 0; i < form->count; i++)
        add_number(&hay->starts, hay->text.size + hay->places.at[form->first + i]);
    dn_buf_add(&hay->text, hay->forms.at + form->from, form->size);
}

static void append_all(struct dn_hay *hay, int which)
{
    size_t begin = hay->text.size;
    for (size_t i = 0; i < hay->used.count; i++)
        append(hay, &hay->pieces[hay->used.at[i]].forms[which], begin);
    dn_buf_adds(&hay->text, BORDER);
}

void dn_hay_add(struct dn_hay *hay, enum dn_hay_kind kind, struct dn_text text)
{
    if (hay->piece_count > MOST_PIECES || hay->forms.size > MOST_BYTES)
        forget(hay);
    hay->used.count = 0;
    for (size_t at = 0, end; at < text.size; at = end) {
        end = piece_end(kind, text, at);
        add_number(&hay->used, piece_of(hay, kind, (struct dn_text){text.at + at, end - at}));
    }
    for (int i = 0; i < 1 + (kind == DN_HAY_HTML); i++)
        append_all(hay, i);
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* In order, each once. */
static void settle(struct dn_needle_hits *hits)
{
    size_t kept = 0;
    if (hits->count)
        qsort(hits->at, hits->count, sizeof *hits->at, compare_numbers);
    for (size_t i = 0; i < hits->count; i++)
        if (!kept || hits->at[kept - 1] != hits->at[i])
            hits->at[kept++] = hits->at[i];
    hits->count = kept;
}

const struct dn_needle_hits *dn_hay_search(struct dn_hay *hay)
{
    struct dn_text text = dn_buf_text(&hay->text);
    hay->hits.count = 0;
    for (size_t i = 0; i < hay->starts.count; i++)
        dn_needles_find(hay->needles, text, hay->starts.at[i], &hay->hits);
    dn_needles_find_odd(hay->needles, text, &hay->hits);
    settle(&hay->hits);
    return &hay->hits;
}
