#include "deadline/foreign_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said_parts.h"
#include "evidence/moment.h"

#define FIRST_ROWS 1024
#define INCIDENTS 512
#define INCIDENT_SIZE 39
#define STATES 16
#define STATE_SIZE 30

/* What a state's word was found to mean. */
struct state {
    unsigned char size;
    char word[STATE_SIZE];
    signed char rank;
    bool told, unsure;
};

/* The hash of an incident's id. */
struct incident {
    uint64_t hash;
    unsigned char size; /* 0: none is here */
    char id[INCIDENT_SIZE];
};

/* One thread's reading. */
struct reader {
    struct dn_foreign_table *table;
    struct dn_moments moments;
    struct dn_profile profile; /* how times are read, but for a row's own zone; borrows all */
    struct state states[STATES];
    struct incident incidents[INCIDENTS];
    struct dn_said_row *rows; /* of the block */
    size_t count, room;
    struct dn_instant *anchors; /* of these rows, one behind the other */
    size_t anchor_room;
    struct dn_said_key *keys, *by_shard;
    size_t starts[DN_SAID_SHARDS + 1]; /* of the shards in these; before, how many each has, one place on */
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

/* A time that is not in the usual form, or that a row's own zone is asked for. */
static bool read_time(struct reader *reader, const struct dn_row *row, size_t column, struct dn_text value,
                      struct dn_text zone_name, struct dn_instant *at)
{
    struct dn_foreign_table *table = reader->table;
    pthread_mutex_lock(&table->zones);
    const struct dn_zone *zone = zone_of(table->foreign, zone_name);
    pthread_mutex_unlock(&table->zones);
    if (dn_formats_parse(&table->foreign->formats, zone, value, at))
        return true;
    *at = DN_INSTANT_NONE;
    count_bad(reader, value, row, column, zone != NULL);
    return false;
}

/* One time of a row. False: there is something that is not a time; it is counted, and the first one kept for the note.
 */
static bool take_time(struct reader *reader, const struct dn_row *row, size_t column, struct dn_text zone,
                      struct dn_instant *at)
{
    *at = DN_INSTANT_NONE;
    if (column == DN_CSV_NONE)
        return true;
    struct dn_text value = cell_of(row, column);
    if (value.size == 0 || dn_moments_known(&reader->moments, value, at))
        return true;
    return dn_moments_read(&reader->moments, value, at) || read_time(reader, row, column, value, zone, at);
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
static void set_state(const struct dn_foreign_table *table, struct dn_text word, struct state *state)
{
    struct dn_text wanted = dn_text_of(table->foreign->satisfied_by);
    int least = dn_foreign_rank(wanted);
    state->rank = (signed char)dn_foreign_rank(word);
    state->told = least >= 0 ? state->rank >= least : dn_text_equal_nocase(word, wanted);
    state->unsure = dn_text_equal_nocase(word, DN_TEXT("unknown"));
}

/* Tables have few states: each is looked at closely once. */
static void take_state(struct reader *reader, struct dn_said_row *said)
{
    struct dn_text word = said->state;
    struct state other, *state = &other;
    if (word.size > 0 && word.size <= STATE_SIZE)
        state = &reader->states[(word.size + (unsigned char)word.at[0]) % STATES];
    bool known = state != &other && dn_said_equal((struct dn_text){state->word, state->size}, word);
    if (!known)
        set_state(reader->table, word, state);
    if (!known && state != &other) {
        state->size = (unsigned char)word.size;
        memcpy(state->word, word.at, word.size);
    }
    said->rank = state->rank;
    said->told = state->told;
    said->unsure = state->unsure;
}

/* ---- rows */

/* Tables have few incidents, too: the hash of each is reckoned once, if its id is as short as most. */
static uint64_t incident_hash(struct reader *reader, struct dn_text id)
{
    if (id.size < 2 || id.size > INCIDENT_SIZE)
        return dn_hash(id);
    unsigned place = (unsigned char)id.at[id.size - 1] + 11u * (unsigned char)id.at[id.size - 2];
    if (id.size > 3)
        place += 121u * (unsigned char)id.at[id.size - 3];
    struct incident *incident = &reader->incidents[place % INCIDENTS];
    if (!dn_said_equal((struct dn_text){incident->id, incident->size}, id)) {
        incident->hash = dn_hash(id);
        incident->size = (unsigned char)id.size;
        memcpy(incident->id, id.at, id.size);
    }
    return incident->hash;
}

static void begin_block(struct reader *reader)
{
    reader->count = 0;
    memset(reader->starts, 0, sizeof reader->starts);
}

static struct dn_said_row *add_row(struct reader *reader)
{
    if (reader->count == reader->room) {
        reader->room = reader->room > 0 ? 2 * reader->room : FIRST_ROWS;
        reader->rows = dn_realloc(reader->rows, reader->room, sizeof *reader->rows);
        reader->keys = dn_realloc(reader->keys, reader->room, sizeof *reader->keys);
        reader->by_shard = dn_realloc(reader->by_shard, reader->room, sizeof *reader->by_shard);
    }
    return &reader->rows[reader->count++];
}

static void add_key(struct reader *reader)
{
    size_t last = reader->count - 1;
    reader->keys[last] = dn_said_key(&reader->rows[last], (uint32_t)last);
    reader->starts[reader->keys[last].shard + 1]++;
}

static void sort_keys(struct reader *reader)
{
    size_t next[DN_SAID_SHARDS];
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        next[i] = reader->starts[i];
        reader->starts[i + 1] += reader->starts[i];
    }
    for (size_t i = 0; i < reader->count; i++)
        reader->by_shard[next[reader->keys[i].shard]++] = reader->keys[i];
}

static bool take_anchors(struct reader *reader, const struct dn_row *row, struct dn_text zone)
{
    size_t count = reader->table->anchor_count, from = (reader->count - 1) * count;
    bool fine = true;
    if (count > 0 && from + count > reader->anchor_room) {
        reader->anchor_room = 2 * (from + count);
        reader->anchors = dn_realloc(reader->anchors, reader->anchor_room, sizeof *reader->anchors);
    }
    for (size_t i = 0; i < count; i++)
        fine &= take_time(reader, row, reader->table->anchor_index[i], zone, &reader->anchors[from + i]);
    return fine;
}

static void take_row(struct reader *reader, const struct dn_row *row)
{
    const struct dn_foreign_table *table = reader->table;
    const size_t *index = table->index;
    bool has_incident = index[DN_FOREIGN_INCIDENT] != DN_CSV_NONE;
    struct dn_text incident_id =
        has_incident ? cell_of(row, index[DN_FOREIGN_INCIDENT]) : dn_text_of(table->foreign->incident_id);
    struct dn_text tenant_id = cell_of(row, index[DN_FOREIGN_TENANT]);
    struct dn_said_row *said = add_row(reader);
    *said = (struct dn_said_row){.incident_id = incident_id,
                                 .tenant_id = tenant_id,
                                 .incident_hash = incident_hash(reader, incident_id),
                                 .tenant_hash = dn_said_tenant_hash(table->said, tenant_id),
                                 .line = row->line,
                                 .rank = DN_POLICY_COUNT - 1,
                                 .told = true};
    said->zone = cell_of(row, index[DN_FOREIGN_ZONE]);
    bool started = take_time(reader, row, index[DN_FOREIGN_STARTED], said->zone, &said->started_at);
    said->satisfied_fine = take_time(reader, row, index[DN_FOREIGN_SATISFIED], said->zone, &said->satisfied_at);
    bool due = take_time(reader, row, index[DN_FOREIGN_DUE], said->zone, &said->due_at);
    bool anchors = take_anchors(reader, row, said->zone);
    said->fine = started && said->satisfied_fine && due && anchors;
    if (index[DN_FOREIGN_STATE] != DN_CSV_NONE) {
        said->state = cell_of(row, index[DN_FOREIGN_STATE]);
        take_state(reader, said);
    }
    add_key(reader);
}

/* Every block is handed on, also after an error: others wait for its turn. */
static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct reader *reader = worker;
    enum dn_status status = DN_OK;
    struct dn_row row;
    begin_block(reader);
    while (status == DN_OK && dn_block_next(block, &row)) {
        reader->counted.rows++;
        if (row.fault != DN_CSV_FINE)
            status = dn_row_error(reader->table->csv, &row, err);
        else
            take_row(reader, &row);
    }
    for (size_t i = 0; i < reader->count && reader->table->anchor_count > 0; i++)
        reader->rows[i].anchors = reader->anchors + i * reader->table->anchor_count;
    sort_keys(reader);
    dn_said_take(reader->table->said, dn_block_number(block), reader->rows, reader->by_shard, reader->starts);
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
    free(reader->rows);
    free(reader->anchors);
    free(reader->keys);
    free(reader->by_shard);
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
