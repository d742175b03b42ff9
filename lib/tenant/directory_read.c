/* Reading a directory: what each thread does with its pieces. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/again.h"
#include "stream/blocks.h"
#include "tenant/cell.h"
#include "tenant/directory_reader.h"
#include "tenant/keyhash.h"
#include "tenant/list.h"

static void wants(struct dn_csv_want want[DN_TENANT_COLUMNS])
{
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_tenant_columns[i], i <= DN_TENANT_NAME};
}

/* ---- holding cells */

static unsigned char *put_number(unsigned char *at, size_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (unsigned char)(number | 0x80);
    *at++ = (unsigned char)number;
    return at;
}

static size_t number_size(size_t number)
{
    size_t size = 1;
    while (number >>= 7)
        size++;
    return size;
}

static bool is_held(const struct dn_directory_reader *reader, size_t column)
{
    enum dn_directory_hold hold = reader->directory->hold;
    bool key = column >= DN_TENANT_DOMAINS && column <= DN_TENANT_RESOURCE_PREFIXES;
    return hold == DN_HOLD_ALL || (hold == DN_HOLD_CELLS && !key) || (hold == DN_HOLD_IDS && column == DN_TENANT_ID);
}

static struct dn_tenant copy_cells(struct dn_directory_reader *reader, const struct dn_row *row)
{
    struct dn_text cells[DN_TENANT_COLUMNS];
    size_t line = (size_t)row->line, size = number_size(line) + 3, there = 0;
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++) {
        cells[i] = is_held(reader, i) ? dn_row_cell(row, reader->directory->index[i]) : DN_TEXT("");
        size += cells[i].size ? cells[i].size + number_size(cells[i].size) : 0;
        there |= (size_t)(cells[i].size > 0) << i;
    }
    unsigned char *begin = (unsigned char *)dn_arena_take(&reader->arena, size);
    unsigned char *at = put_number(put_number(begin, line), there);
    for (size_t i = 0; there; i++, there >>= 1) {
        if (!(there & 1))
            continue;
        at = put_number(at, cells[i].size);
        memcpy(at, cells[i].at, cells[i].size);
        at += cells[i].size;
    }
    return (struct dn_tenant){begin};
}

static void fault(struct dn_directory_reader *reader, enum dn_tenant_column column, const char *finding,
                  struct dn_text value)
{
    reader->faults = dn_grow(reader->faults, reader->fault_count, &reader->fault_room, sizeof *reader->faults);
    reader->faults[reader->fault_count++] =
        (struct dn_directory_fault){reader->count, reader->line, column, finding, dn_arena_copy(&reader->arena, value)};
}

/* ---- gathering keys, of the tenant that is numbered next */

static void put_key(struct dn_directory_reader *reader, enum dn_directory_kind kind, struct dn_text key)
{
    dn_key_shelf_put(kind == DN_BY_ID ? &reader->ids : &reader->keys, dn_directory_hash(kind, key),
                     (uint32_t)reader->count);
}

static void add_domain(struct dn_directory_reader *reader, struct dn_text value)
{
    struct dn_text key = dn_domain_view(value, &reader->scratch);
    size_t labels = dn_count_labels(key), most = sizeof reader->shape.labels / sizeof(bool) - 1;
    if (key.size == 0) {
        fault(reader, DN_TENANT_DOMAINS, "invalid-domain", value);
        return;
    }
    if (dn_publics_has(&reader->publics, key)) {
        fault(reader, DN_TENANT_DOMAINS, "public-suffix", value);
        return;
    }
    reader->shape.labels[labels < most ? labels : most] = true;
    put_key(reader, DN_BY_DOMAIN, key);
}

static void add_network(struct dn_directory_reader *reader, struct dn_text value)
{
    struct dn_network network;
    struct dn_network_key key;
    if (dn_network_parse(value, &network, NULL) != DN_OK) {
        fault(reader, DN_TENANT_NETWORKS, "invalid-network", value);
    } else if (dn_network_is_all(&network)) {
        fault(reader, DN_TENANT_NETWORKS, "network-too-wide", value);
    } else {
        reader->shape.lengths[dn_is_ipv4(&network.base)][network.bits] = true;
        put_key(reader, DN_BY_NETWORK, dn_network_key(&network.base, network.bits, &key));
    }
}

static void add_subscription(struct dn_directory_reader *reader, struct dn_text value)
{
    size_t most = sizeof reader->shape.subscription_size / sizeof *reader->shape.subscription_size - 1;
    struct dn_text key = dn_subscription_bare(value);
    size_t size = key.size == 38 && dn_guid_valid(key) ? 36 : key.size;
    reader->shape.subscription_size[size < most ? size : most] = true;
    put_key(reader, DN_BY_SUBSCRIPTION, key);
}

static void add_prefix(struct dn_directory_reader *reader, struct dn_text value)
{
    reader->prefixes = dn_grow(reader->prefixes, reader->prefix_count, &reader->prefix_room, sizeof *reader->prefixes);
    reader->prefixes[reader->prefix_count++] =
        (struct dn_directory_prefix){reader->count, dn_arena_copy(&reader->arena, value)};
}

static struct dn_text cell_of(const struct dn_directory_reader *reader, const struct dn_row *row,
                              enum dn_tenant_column column)
{
    struct dn_text cell = dn_row_cell(row, reader->directory->index[column]);
    return cell.size ? dn_tenant_value(cell, column) : cell;
}

static void add_keys(struct dn_directory_reader *reader, const struct dn_row *row, enum dn_tenant_column column,
                     void (*add)(struct dn_directory_reader *, struct dn_text))
{
    struct dn_text rest = cell_of(reader, row, column), value;
    while (rest.size) {
        if (!dn_list_next(&rest, &value) || (value.size <= DN_PLACEHOLDER_MOST && dn_placeholder(value)))
            continue;
        dn_buf_reset(&reader->scratch);
        add(reader, value);
    }
}

static void note_consumer(struct dn_directory_reader *reader, const struct dn_row *row)
{
    if (!dn_text_equal_nocase(cell_of(reader, row, DN_TENANT_SEGMENT), DN_TEXT("consumer")))
        return;
    reader->consumers =
        dn_grow(reader->consumers, reader->consumer_count, &reader->consumer_room, sizeof *reader->consumers);
    reader->consumers[reader->consumer_count++] = (uint32_t)reader->count;
}

static void check_cells(struct dn_directory_reader *reader, const struct dn_row *row)
{
    struct dn_text cells[DN_TENANT_COLUMNS];
    struct dn_directory_fault faults[DN_TENANT_CELL_FAULTS];
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++)
        cells[i] = cell_of(reader, row, (enum dn_tenant_column)i);
    size_t count = dn_tenant_cell_faults(cells, faults);
    for (size_t i = 0; i < count; i++)
        fault(reader, faults[i].column, faults[i].finding, faults[i].value);
}

/* ---- rows */

static enum dn_status check_needed(struct dn_directory_reader *reader, const struct dn_row *row, struct dn_error *err)
{
    if (row->fault)
        return dn_row_error(reader->csv, row, err);
    for (size_t i = DN_TENANT_ID; i <= DN_TENANT_NAME; i++)
        if (dn_trimmed(dn_row_cell(row, reader->directory->index[i])).size == 0)
            return dn_error_at(err, dn_csv_name(reader->csv), row->line, (int64_t)reader->directory->index[i] + 1,
                               "%s is empty", dn_tenant_columns[i]);
    return DN_OK;
}

static void take_id(struct dn_directory_reader *reader, const struct dn_row *row)
{
    struct dn_hash128 hash = dn_directory_hash(DN_BY_ID, cell_of(reader, row, DN_TENANT_ID));
    dn_key_shelf_put(&reader->ids, hash, (uint32_t)reader->count);
    reader->checks = dn_grow(reader->checks, reader->count, &reader->room, sizeof *reader->checks);
    reader->checks[reader->count] = dn_directory_check(dn_row_raw(row));
}

static void take_tenant(struct dn_directory_reader *reader, const struct dn_row *row)
{
    if (reader->count >= UINT32_MAX >> 1)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* more than can be numbered: memory would have been spent long before */
    reader->line = row->line;
    take_id(reader, row);
    add_keys(reader, row, DN_TENANT_DOMAINS, add_domain);
    add_keys(reader, row, DN_TENANT_SUBSCRIPTIONS, add_subscription);
    add_keys(reader, row, DN_TENANT_NETWORKS, add_network);
    add_keys(reader, row, DN_TENANT_RESOURCE_PREFIXES, add_prefix);
    note_consumer(reader, row);
    if (reader->directory->hold == DN_HOLD_ALL)
        check_cells(reader, row);
    if (reader->directory->hold != DN_HOLD_NOTHING) {
        reader->at = dn_grow(reader->at, reader->count, &reader->held_room, sizeof *reader->at);
        reader->at[reader->count] = copy_cells(reader, row);
    }
    reader->count++;
}

static struct dn_directory_piece *add_piece(struct dn_directory_reader *reader, int64_t line, int64_t place)
{
    reader->pieces = dn_grow(reader->pieces, reader->piece_count, &reader->piece_room, sizeof *reader->pieces);
    struct dn_directory_piece *piece = &reader->pieces[reader->piece_count++];
    *piece = (struct dn_directory_piece){.line = line, .place = place, .first = reader->count};
    return piece;
}

static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct dn_directory_reader *reader = worker;
    struct dn_directory_piece *piece = NULL;
    struct dn_row row;
    enum dn_status status = DN_OK;
    int64_t place = -1;
    while (dn_block_next(block, &row)) {
        if ((status = check_needed(reader, &row, err)) != DN_OK) {
            if (reader->failed == 0 || row.line < reader->failed)
                reader->failed = row.line;
            break;
        }
        place = dn_block_place(block, &row);
        if (!piece)
            piece = add_piece(reader, row.line, place);
        take_tenant(reader, &row);
        piece->count++;
        piece->end = place + (int64_t)dn_row_raw(&row).size;
    }
    return status;
}

static void clear_reader(struct dn_directory_reader *reader)
{
    free(reader->pieces);
    free(reader->prefixes);
    free(reader->faults);
    free(reader->consumers);
    dn_publics_clear(&reader->publics);
    dn_buf_clear(&reader->scratch);
}

/* A tenant_id that stands twice, as it is told. */
struct twice {
    const struct dn_directory *directory;
    uint32_t first, second;
    int64_t first_line;
    struct dn_error *err;
};

static void tell_twice(void *context, const struct dn_visited *tenant)
{
    struct twice *twice = context;
    struct dn_text id = tenant->cells[DN_TENANT_ID];
    if (tenant->number == twice->first)
        twice->first_line = tenant->line;
    else
        dn_error_at(twice->err, twice->directory->name, tenant->line,
                    (int64_t)twice->directory->index[DN_TENANT_ID] + 1,
                    "tenant_id '%.*s' stands twice, first on line %" PRId64, (int)id.size, id.at, twice->first_line);
}

/* Of several tenant_ids that stand twice the one whose second line comes first. */
static enum dn_status check_ids(const struct dn_directory *directory, struct dn_error *err)
{
    struct twice twice = {.directory = directory, .err = err};
    void *const context = &twice;
    if (!dn_keyring_twice(&directory->ids, &twice.first, &twice.second))
        return DN_OK;
    unsigned char *wanted = dn_alloc(directory->count / 8 + 1, 1);
    wanted[twice.first / 8] |= (unsigned char)(1 << twice.first % 8);
    wanted[twice.second / 8] |= (unsigned char)(1 << twice.second % 8);
    enum dn_status status = dn_directory_visit(directory, wanted, tell_twice, &context, 1, err);
    free(wanted);
    return status == DN_OK ? DN_INVALID : status;
}

/* A tenant_id that stands twice is on a line before the one at which reading ended. */
static enum dn_status read_rows(struct dn_csv *csv, struct dn_directory *directory, struct dn_error *err)
{
    struct dn_csv_want want[DN_TENANT_COLUMNS];
    size_t threads = dn_blocks_threads(directory->threads);
    wants(want);
    enum dn_status status = dn_csv_columns(csv, "a directory", want, DN_TENANT_COLUMNS, directory->index, err);
    if (status != DN_OK)
        return status;
    if (directory->hold < DN_HOLD_CELLS && !dn_again_can(csv, &directory->stamp))
        directory->hold = DN_HOLD_CELLS;
    dn_keyhash_wide_begin(); /* before there are threads */
    struct dn_directory_reader *readers = dn_alloc(threads, sizeof *readers);
    void **workers = dn_alloc(threads, sizeof *workers);
    for (size_t i = 0; i < threads; i++) {
        readers[i] = (struct dn_directory_reader){.directory = directory, .csv = csv};
        workers[i] = &readers[i];
    }
    status = dn_blocks_read(csv, &(struct dn_blocks_options){.threads = threads}, take_block, workers, err);
    dn_directory_assemble(directory, readers, threads);
    enum dn_status twice = check_ids(directory, err);
    for (size_t i = 0; i < threads; i++)
        clear_reader(&readers[i]);
    free(workers);
    free(readers);
    return twice == DN_OK ? status : twice;
}

enum dn_status dn_directory_read(const char *path, struct dn_directory *directory, struct dn_error *err)
{
    enum dn_status status = dn_csv_open(path, &(struct dn_csv_options){directory->delimiter}, &directory->csv, err);
    if (status != DN_OK)
        return status;
    struct dn_csv *csv = directory->csv;
    directory->name = dn_strdup(dn_csv_name(csv));
    const char *kind = dn_csv_kind(csv);
    if (kind && strcmp(kind, "a directory") != 0)
        return dn_error_at(err, directory->name, dn_csv_header_line(csv), 0, "expected a directory, this is %s", kind);
    status = read_rows(csv, directory, err);
    if (directory->hold < DN_HOLD_CELLS)
        return status;
    dn_csv_close(csv);
    directory->csv = NULL;
    return status;
}
