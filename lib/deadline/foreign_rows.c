#include "deadline/foreign_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said_parts.h"
#include "deadline/said_time.h"
#include "evidence/moment.h"
#include "time/stamp.h"

#define INCIDENTS 512
#define INCIDENT_SIZE 40
#define WORDS 256
#define WORD_SIZE 40

/* What a word was found to mean: a state, or the name of a zone. */
struct word {
    uint64_t first, last; /* eight bytes of it, or zeros behind its end */
    uint32_t size;
    uint32_t number; /* dn_said_word, if it is wanted */
    bool known;
    signed char rank;
    bool told, unsure;
    char text[WORD_SIZE];
};

/* An incident of rows before. */
struct incident {
    struct dn_said_incident it;
    size_t turn; /* the last one in which rows were its */
    char id[INCIDENT_SIZE];
};

/* One thread's reading. */
struct reader {
    struct dn_foreign_table *table;
    struct dn_stamps stamps;
    struct word states[WORDS], zones[WORDS];
    size_t turn; /* blocks so far */
    struct incident incidents[INCIDENTS];
    struct dn_said_incident **others; /* for which there was no place, in this block */
    size_t other_count, other_room, other_made;
    struct dn_said_batch batch;
    struct dn_foreign_count counted;
};

/* A cell without the blanks around it, which few have. */
static inline struct dn_text cell_of(const struct dn_row *row, size_t index)
{
    struct dn_text cell = dn_row_cell(row, index);
    bool blanks = cell.size > 0 && (cell.at[0] <= ' ' || cell.at[cell.size - 1] <= ' ');
    return blanks ? dn_text_trim(cell) : cell;
}

/* ---- times */

/* The zone of one row: its own, else the one for all. NULL: it names one that is not known. */
static const struct dn_zone *zone_of(struct dn_foreign *foreign, struct dn_text name)
{
    if (name.size == 0)
        return foreign->zone;
    for (size_t i = 0; i < foreign->zone_count; i++)
        if (dn_text_is(name, foreign->zone_names.at[i]))
            return foreign->zones[i];
    dn_strings_add(&foreign->zone_names, name);
    foreign->zones = dn_grow(foreign->zones, foreign->zone_count, &foreign->zone_room, sizeof *foreign->zones);
    struct dn_zone **zone = &foreign->zones[foreign->zone_count++];
    *zone = NULL;
    if (dn_zone_open(foreign->zone_names.at[foreign->zone_count - 1], zone, NULL) != DN_OK)
        *zone = NULL;
    return *zone;
}

static void count_bad(struct reader *reader, struct dn_text value, const struct dn_row *row, size_t column, bool zone)
{
    struct dn_foreign_count *counted = &reader->counted;
    if (counted->bad_times++ > 0)
        return;
    counted->bad_line = row->line;
    dn_buf_addf(&counted->first_bad, "%s:%lld:%zu: '%.*s'%s", dn_csv_name(reader->table->csv), (long long)row->line,
                column + 1, (int)value.size, value.at, zone ? "" : " (no known zone for it: --time-zone)");
}

/* "2026-06-15T18:00:00.123Z" */
static bool read_fraction(struct dn_text value, struct dn_instant *at)
{
    return value.size > DN_STAMP + 1 && dn_stamp_read(value.at, &at->s) && dn_moments_fraction(value, &at->ns);
}

/* A time that is not in the usual form. False: it is not a time; it is counted, and the first one kept for the note.
 * Not inline: it is rare, and what calls it would have to save all that it has in hand. */
__attribute__((noinline)) static bool read_time(struct reader *reader, const struct dn_row *row, size_t column,
                                                struct dn_text zone_name, struct dn_instant *at)
{
    struct dn_foreign_table *table = reader->table;
    struct dn_text value = cell_of(row, column);
    const struct dn_zone *zone = table->foreign->zone;
    *at = DN_INSTANT_NONE;
    if (value.size == 0 || read_fraction(value, at))
        return true;
    if (zone_name.size > 0) {
        pthread_mutex_lock(&table->zones);
        zone = zone_of(table->foreign, zone_name);
        pthread_mutex_unlock(&table->zones);
    }
    if (dn_formats_parse(&table->foreign->formats, zone, value, at))
        return true;
    *at = DN_INSTANT_NONE;
    count_bad(reader, value, row, column, zone != NULL);
    return false;
}

/* A cell that is empty or in the usual form; false: look closer. Where rows have none is as good as random, so there is
 * no branch on it. */
__attribute__((always_inline)) static inline bool take_usual_time(struct dn_stamps *stamps, struct dn_text cell,
                                                                  struct dn_instant *at)
{
    static const char none[] = "1970-01-01T00:00:00Z";
    bool empty = cell.size == 0;
    const char *stamp = empty ? none : cell.at;
    size_t size = empty ? sizeof none - 1 : cell.size;
    at->ns = -empty;
    return size == DN_STAMP + 1 && stamp[DN_STAMP] == 'Z' && dn_stamps_read(stamps, stamp, &at->s);
}

/* One time of a row; false: as read_time. */
static bool take_time(struct reader *reader, const struct dn_row *row, size_t column, struct dn_text zone,
                      struct dn_instant *at)
{
    struct dn_text cell = dn_row_cell(row, column); /* empty without that column */
    return take_usual_time(&reader->stamps, cell, at) || read_time(reader, row, column, zone, at);
}

/* ---- states */

int dn_foreign_rank(struct dn_text state)
{
    for (int i = 0; i < DN_POLICY_COUNT; i++)
        if (dn_text_equal_nocase(state, dn_text_of(dn_policy_words[i])))
            return i;
    return -1;
}

/* Does this state mean told? Of our own words the ones after it do as well; any other word stands for itself. */
static void set_state(const struct dn_foreign_table *table, struct dn_text text, struct word *state)
{
    struct dn_text wanted = dn_text_of(table->foreign->satisfied_by);
    int least = dn_foreign_rank(wanted);
    state->rank = (signed char)dn_foreign_rank(text);
    state->told = least >= 0 ? state->rank >= least : dn_text_equal_nocase(text, wanted);
    state->unsure = dn_text_equal_nocase(text, DN_TEXT("unknown"));
    state->number = state->told ? dn_said_word(table->said, text) : 0;
    state->known = true;
}

/* The first and the last eight bytes of a cell, which are all up to 16, without a branch on its size. A cell that
 * stands in its text may be read beyond its end (stream/scan.h); one that may be a copy may not. */
static inline void load_ends(struct dn_text text, bool copied, uint64_t *first, uint64_t *last)
{
    static const unsigned char mask[16] = {255, 255, 255, 255, 255, 255, 255, 255};
    size_t some = text.size < 8 ? text.size : 8;
    char copy[8] = {0};
    uint64_t wanted;
    if (copied && some < 8)
        text.at = memcpy(copy, text.at, some);
    memcpy(&wanted, mask + 8 - some, 8);
    memcpy(first, text.at, 8);
    memcpy(last, text.at + (text.size - some), 8);
    *first &= wanted;
    *last &= wanted;
}

/* Puts a word where its ends are found from now on, in place of what is there; what it means has to be found. */
static struct word *learn_word(struct word *place, struct dn_text text, uint64_t first, uint64_t last)
{
    *place = (struct word){.first = first, .last = last, .size = (uint32_t)text.size};
    memcpy(place->text, text.at, text.size);
    return place;
}

/* The place of a word, which is in a column that is there. *known: it was there, else it is from now on. NULL: it is
 * too long for a place. */
static inline struct word *word_place(struct word *words, struct dn_text text, bool copied, bool *known)
{
    uint64_t first, last;
    if (text.size > WORD_SIZE)
        return NULL;
    load_ends(text, copied, &first, &last);
    struct word *place = &words[((first ^ last << 1) * UINT64_C(0x9E3779B97F4A7C15) >> 32) % WORDS];
    *known = place->known & (place->first == first) & (place->last == last) & (place->size == text.size) &&
             (text.size <= 16 || memcmp(place->text, text.at, text.size) == 0);
    return *known ? place : learn_word(place, text, first, last);
}

/* Tables have few states: each is looked at closely once. */
static inline void take_state(struct reader *reader, struct dn_text text, bool copied, struct dn_said_row *said)
{
    struct word other = {.rank = DN_POLICY_COUNT - 1, .told = true}, *state = &other;
    bool known = reader->table->index[DN_FOREIGN_STATE] == DN_CSV_NONE;
    if (!known && (state = word_place(reader->states, text, copied, &known)) == NULL)
        state = &other;
    if (!known)
        set_state(reader->table, text, state);
    said->rank = state->rank;
    said->told = state->told;
    said->unsure = state->unsure;
    said->word = state->number;
}

/* Zones are few as well. */
static uint32_t zone_number(struct reader *reader, const struct dn_row *row, struct dn_text name)
{
    bool known = false;
    struct word *place = name.size > 0 ? word_place(reader->zones, name, row->quoted, &known) : NULL;
    if (place == NULL)
        return dn_said_word(reader->table->said, name);
    if (!known)
        place->number = dn_said_word(reader->table->said, name);
    place->known = true;
    return place->number;
}

/* ---- incidents */

/* One that has no place of its own; it is made anew for each row. */
static struct dn_said_incident *other_incident(struct reader *reader)
{
    if (reader->other_count == reader->other_made) {
        reader->others = dn_grow(reader->others, reader->other_made, &reader->other_room, sizeof *reader->others);
        reader->others[reader->other_made++] = dn_alloc(1, sizeof **reader->others);
    }
    return reader->others[reader->other_count++];
}

/* Ids mostly end in a number: those of a thousand in a row have places of their own, as far as there are. */
static inline size_t incident_place(struct dn_text id)
{
    const unsigned char *end = (const unsigned char *)id.at + id.size;
    return id.size < 3 ? id.size : (end[-1] + 11u * end[-2] + 121u * end[-3]) % INCIDENTS;
}

static void set_incident(struct dn_said_incident *incident, struct dn_text id)
{
    *incident = (struct dn_said_incident){.id = id, .hash = dn_hash(id)};
}

/* One that is not in its place: it gets it, unless rows of this block have it, or its id is long. */
static struct dn_said_incident *new_incident(struct reader *reader, struct incident *incident, struct dn_text id)
{
    struct dn_said_incident *other;
    if (id.size > INCIDENT_SIZE || incident->turn == reader->turn) {
        set_incident(other = other_incident(reader), id);
        return other;
    }
    if (id.size > 0)
        memcpy(incident->id, id.at, id.size);
    set_incident(&incident->it, (struct dn_text){incident->id, id.size});
    incident->turn = reader->turn;
    return &incident->it;
}

/* Tables have few incidents, too, mostly with short ids: each is hashed once, and has its place until another one needs
 * it and no row of this block is its. */
static inline struct dn_said_incident *incident_of(struct reader *reader, struct dn_text id)
{
    struct incident *incident = &reader->incidents[incident_place(id)];
    if (incident->turn == 0 || !dn_said_equal(incident->it.id, id))
        return new_incident(reader, incident, id);
    incident->turn = reader->turn;
    return &incident->it;
}

/* ---- rows */

static bool take_start(struct reader *reader, const struct dn_row *row, struct dn_text zone, struct dn_said_more *more)
{
    struct dn_instant at;
    bool fine = take_time(reader, row, reader->table->index[DN_FOREIGN_STARTED], zone, &at);
    more->started = dn_ticks_of(at, &more->started_rest);
    return fine;
}

static bool take_anchors(struct reader *reader, const struct dn_row *row, struct dn_text zone,
                         struct dn_said_more *more)
{
    const struct dn_foreign_table *table = reader->table;
    struct dn_instant *anchors = dn_said_batch_anchors(&reader->batch, table->anchor_count, &more->anchors);
    bool fine = true;
    for (size_t i = 0; i < table->anchor_count; i++)
        fine &= take_time(reader, row, table->anchor_index[i], zone, &anchors[i]);
    return fine;
}

static void take_row(struct reader *reader, const struct dn_row *row)
{
    const struct dn_foreign_table *table = reader->table;
    const size_t *index = table->index;
    bool has_incident = index[DN_FOREIGN_INCIDENT] != DN_CSV_NONE, fine = true;
    struct dn_text incident_id = has_incident ? cell_of(row, index[DN_FOREIGN_INCIDENT]) : table->incident_id;
    struct dn_text zone = cell_of(row, index[DN_FOREIGN_ZONE]);
    struct dn_said_more *more;
    struct dn_said_row *said = dn_said_batch_add(table->said, &reader->batch, incident_of(reader, incident_id),
                                                 cell_of(row, index[DN_FOREIGN_TENANT]), &more);
    said->line = row->line;
    if (more != NULL) {
        more->zone = zone_number(reader, row, zone);
        fine &= take_start(reader, row, zone, more);
    }
    said->satisfied_fine = take_time(reader, row, index[DN_FOREIGN_SATISFIED], zone, &said->satisfied);
    fine &= said->satisfied_fine;
    fine &= take_time(reader, row, index[DN_FOREIGN_DUE], zone, &said->due);
    if (more != NULL)
        fine &= take_anchors(reader, row, zone, more);
    said->fine = fine;
    take_state(reader, cell_of(row, index[DN_FOREIGN_STATE]), row->quoted, said);
}

/* ---- rows as nearly all of them are */

/* A cell of the next record, as it stands. stop: where the record's last one ends. */
static inline struct dn_text usual_cell(const struct dn_rows_look *look, uint32_t stop, size_t index)
{
    if (index == DN_CSV_NONE)
        return (struct dn_text){NULL, 0};
    uint32_t start = look->ends[(ptrdiff_t)index - 1] + 1;
    return (struct dn_text){look->bytes + start, (index + 1 == look->columns ? stop : look->ends[index]) - start};
}

/* Does a cell begin with a quote or a blank, or end with one? Perhaps also if it is empty: there are bytes around it.
 */
static inline bool is_odd(struct dn_text cell)
{
    return cell.at != NULL &&
           ((unsigned char)cell.at[0] <= '"') | ((unsigned char)cell.at[(ptrdiff_t)cell.size - 1] <= ' ');
}

/* Takes the next record, if its times are in the usual form and no cell that is asked for has quotes or blanks around
 * it. False: nothing was done, it is for take_row. */
static inline bool take_usual(struct reader *reader, const struct dn_rows_look *look, int64_t line)
{
    const struct dn_foreign_table *table = reader->table;
    const size_t *index = table->index;
    uint32_t stop = look->record->end - (look->bytes[look->record->end - 1] == '\r');
    struct dn_text incident_id = usual_cell(look, stop, index[DN_FOREIGN_INCIDENT]),
                   tenant_id = usual_cell(look, stop, index[DN_FOREIGN_TENANT]),
                   state = usual_cell(look, stop, index[DN_FOREIGN_STATE]);
    struct dn_instant satisfied, due;
    bool usual = take_usual_time(&reader->stamps, usual_cell(look, stop, index[DN_FOREIGN_SATISFIED]), &satisfied) &&
                 take_usual_time(&reader->stamps, usual_cell(look, stop, index[DN_FOREIGN_DUE]), &due);
    if (!usual || is_odd(incident_id) || is_odd(tenant_id) || is_odd(state))
        return false;
    if (incident_id.at == NULL)
        incident_id = table->incident_id;
    struct dn_said_more *more;
    struct dn_said_row *said =
        dn_said_batch_add(table->said, &reader->batch, incident_of(reader, incident_id), tenant_id, &more);
    said->line = line;
    said->satisfied = satisfied;
    said->due = due;
    said->fine = said->satisfied_fine = true;
    take_state(reader, state, false, said);
    return true;
}

/* Goes over all records up to one that wants a closer look. */
static void take_usual_rows(struct reader *reader, struct dn_rows *rows)
{
    struct dn_rows_look look = dn_rows_look(rows);
    int64_t line = rows->line;
    while (dn_rows_look_plain(&look) && take_usual(reader, &look, ++line))
        dn_rows_look_on(&look);
    reader->counted.rows += (int64_t)dn_rows_go(rows, &look);
}

/* ---- all rows */

static bool next_row(struct reader *reader, struct dn_block *block, struct dn_row *row)
{
    struct dn_rows *rows = dn_said_has_more(reader->table->said) ? NULL : dn_block_rows(block);
    if (rows != NULL)
        take_usual_rows(reader, rows);
    return dn_block_next(block, row);
}

/* Every block is handed on, also after an error: others wait for its turn. */
static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct reader *reader = worker;
    enum dn_status status = DN_OK;
    struct dn_row row;
    reader->turn++;
    reader->other_count = 0;
    while (status == DN_OK && next_row(reader, block, &row)) {
        reader->counted.rows++;
        if (row.fault != DN_CSV_FINE)
            status = dn_row_error(reader->table->csv, &row, err);
        else
            take_row(reader, &row);
    }
    dn_said_take(reader->table->said, dn_block_number(block), &reader->batch);
    return status;
}

static void begin_reader(struct reader *reader, struct dn_foreign_table *table)
{
    *reader = (struct reader){.table = table};
}

/* Adds what a thread has counted; the first place of all stays. */
static void end_reader(struct reader *reader, struct dn_foreign_count *count)
{
    struct dn_foreign_count *own = &reader->counted;
    bool earlier = own->bad_times > 0 && (count->bad_times == 0 || own->bad_line < count->bad_line);
    if (earlier) {
        dn_buf_reset(&count->first_bad);
        dn_buf_addt(&count->first_bad, dn_buf_text(&own->first_bad));
        count->bad_line = own->bad_line;
    }
    count->rows += own->rows;
    count->bad_times += own->bad_times;
    dn_buf_clear(&own->first_bad);
    for (size_t i = 0; i < reader->other_made; i++)
        free(reader->others[i]);
    free(reader->others);
    dn_said_batch_clear(&reader->batch);
}

enum dn_status dn_foreign_rows(struct dn_foreign_table *table, size_t threads, size_t stretch,
                               struct dn_foreign_count *count, struct dn_error *err)
{
    struct reader *readers = dn_alloc(threads, sizeof *readers);
    void **workers = dn_alloc(threads, sizeof *workers);
    for (size_t i = 0; i < threads; i++) {
        begin_reader(&readers[i], table);
        workers[i] = &readers[i];
    }
    const struct dn_blocks_options options = {.threads = threads, .stretch = stretch};
    enum dn_status status = dn_blocks_read(table->csv, &options, take_block, workers, err);
    for (size_t i = 0; i < threads; i++)
        end_reader(&readers[i], count);
    free(workers);
    free(readers);
    return status;
}
