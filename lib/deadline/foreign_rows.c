#include "deadline/foreign_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said_parts.h"
#include "deadline/said_time.h"
#include "evidence/moment.h"

#define INCIDENTS 512
#define INCIDENT_SIZE 40
#define WORDS 16
#define WORD_SIZE 30

/* What a word was found to mean: a state, or the name of a zone. */
struct word {
    unsigned char size;
    char text[WORD_SIZE];
    signed char rank;
    bool told, unsure;
    uint32_t number; /* dn_said_word, if it is wanted */
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
    struct dn_moments moments;
    struct dn_profile profile; /* how times are read, but for a row's own zone; borrows all */
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

/* A time that is not in the usual form, or of a day that was not read before, or that a row's own zone is asked for.
 * False: it is not a time; it is counted, and the first one kept for the note. Not inline: it is rare, and what calls
 * it would have to save all that it has in hand. */
__attribute__((noinline)) static bool read_time(struct reader *reader, const struct dn_row *row, size_t column,
                                                struct dn_text zone_name, struct dn_instant *at)
{
    struct dn_foreign_table *table = reader->table;
    struct dn_text value = cell_of(row, column);
    if (dn_moments_read(&reader->moments, value, at))
        return true;
    pthread_mutex_lock(&table->zones);
    const struct dn_zone *zone = zone_of(table->foreign, zone_name);
    pthread_mutex_unlock(&table->zones);
    if (dn_formats_parse(&table->foreign->formats, zone, value, at))
        return true;
    *at = DN_INSTANT_NONE;
    count_bad(reader, value, row, column, zone != NULL);
    return false;
}

/* One time of a row; false: as read_time. */
static inline bool take_time(struct reader *reader, const struct dn_row *row, size_t column, struct dn_text zone,
                             struct dn_instant *at)
{
    struct dn_text value = cell_of(row, column); /* empty without that column */
    *at = DN_INSTANT_NONE;
    return value.size == 0 || dn_moments_known(&reader->moments, value, at) || read_time(reader, row, column, zone, at);
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
}

/* The place of a word that is short enough to have one. */
static inline struct word *word_place(struct word *words, struct dn_text text)
{
    bool fits = text.size > 0 && text.size <= WORD_SIZE;
    return fits ? &words[(text.size + (unsigned char)text.at[0]) % WORDS] : NULL;
}

/* Is it there? Else it is from now on, and what it means has to be found. */
static inline bool is_known(struct word *word, struct dn_text text)
{
    if (dn_said_equal((struct dn_text){word->text, word->size}, text))
        return true;
    word->size = (unsigned char)text.size;
    memcpy(word->text, text.at, text.size);
    return false;
}

/* Tables have few states: each is looked at closely once. */
static inline void take_state(struct reader *reader, const struct dn_row *row, struct dn_said_row *said)
{
    size_t column = reader->table->index[DN_FOREIGN_STATE];
    struct word other = {.rank = DN_POLICY_COUNT - 1, .told = true};
    struct dn_text text = cell_of(row, column);
    struct word *place = word_place(reader->states, text), *state = place != NULL ? place : &other;
    if (column != DN_CSV_NONE && (place == NULL || !is_known(place, text)))
        set_state(reader->table, text, state);
    said->rank = state->rank;
    said->told = state->told;
    said->unsure = state->unsure;
    said->word = state->number;
}

/* Zones are few as well. */
static uint32_t zone_number(struct reader *reader, struct dn_text name)
{
    struct word *place = word_place(reader->zones, name);
    if (place == NULL)
        return dn_said_word(reader->table->said, name);
    if (!is_known(place, name))
        place->number = dn_said_word(reader->table->said, name);
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

/* Tables have few incidents, too, mostly with short ids: each is hashed once, and has its place until another one needs
 * it and no row of this block is its. */
static struct dn_said_incident *incident_of(struct reader *reader, struct dn_text id)
{
    struct incident *incident = &reader->incidents[incident_place(id)];
    struct dn_said_incident *other;
    if (incident->turn > 0 && dn_said_equal(incident->it.id, id)) {
        incident->turn = reader->turn;
        return &incident->it;
    }
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

/* ---- rows */

static bool take_ticks(struct reader *reader, const struct dn_row *row, enum dn_foreign_name name, struct dn_text zone,
                       int64_t *ticks, uint8_t *rest)
{
    struct dn_instant at;
    bool fine = take_time(reader, row, reader->table->index[name], zone, &at);
    *ticks = dn_ticks_of(at, rest);
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
        more->zone = zone_number(reader, zone);
        fine &= take_ticks(reader, row, DN_FOREIGN_STARTED, zone, &more->started, &more->started_rest);
    }
    said->satisfied_fine = take_ticks(reader, row, DN_FOREIGN_SATISFIED, zone, &said->satisfied, &said->satisfied_rest);
    fine &= said->satisfied_fine;
    fine &= take_ticks(reader, row, DN_FOREIGN_DUE, zone, &said->due, &said->due_rest);
    if (more != NULL)
        fine &= take_anchors(reader, row, zone, more);
    said->fine = fine;
    take_state(reader, row, said);
}

/* Every block is handed on, also after an error: others wait for its turn. */
static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct reader *reader = worker;
    enum dn_status status = DN_OK;
    struct dn_row row;
    reader->turn++;
    reader->other_count = 0;
    while (status == DN_OK && dn_block_next(block, &row)) {
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
    bool own_zones = table->index[DN_FOREIGN_ZONE] != DN_CSV_NONE;
    *reader = (struct reader){.table = table};
    reader->profile.formats = table->foreign->formats;
    reader->profile.zone = own_zones ? NULL : table->foreign->zone;
    dn_moments_begin(&reader->moments, &reader->profile);
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
