/* Reading a directory: threads take pieces of the file, each keeps the cells of its tenants and gathers their keys;
 * then all is put together in the order of the file. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"
#include "stream/blocks.h"
#include "tenant/cell.h"
#include "tenant/directory.h"

/* A stretch of tenants that stand one behind the other in the file: `first` is the number that its reader gave the
 * first of them, `base` the one that it has in the end. */
struct piece {
    int64_t line;
    size_t reader, first, count, base;
};

struct prefix {
    size_t tenant;
    struct dn_text value;
};

/* What one thread reads. */
struct reader {
    const struct dn_directory *directory;
    const struct dn_csv *csv;
    const size_t *index; /* of the columns */
    struct dn_arena arena;
    struct dn_tenant *at;
    size_t count, room;
    struct piece *pieces;
    size_t piece_count, piece_room;
    struct dn_key_shelf ids, keys;
    struct prefix *prefixes;
    size_t prefix_count, prefix_room;
    uint32_t *consumers; /* their numbers */
    size_t consumer_count, consumer_room;
    struct dn_directory_fault *faults; /* their tenants by the reader's numbers */
    size_t fault_count, fault_room;
    struct dn_directory_shape shape;
    struct dn_publics publics;
    struct dn_buf scratch;
    int64_t failed; /* the line of the first record that is wrong; 0: none */
};

static void wants(struct dn_csv_want want[DN_TENANT_COLUMNS])
{
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_tenant_columns[i], i <= DN_TENANT_NAME};
}

/* ---- keeping cells */

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

/* Is this one needed after its keys were gathered? */
static bool is_kept(const struct reader *reader, size_t column)
{
    return reader->directory->lint || !(column >= DN_TENANT_DOMAINS && column <= DN_TENANT_RESOURCE_PREFIXES);
}

static struct dn_tenant copy_cells(struct reader *reader, const struct dn_row *row)
{
    struct dn_text cells[DN_TENANT_COLUMNS];
    size_t line = (size_t)row->line, size = number_size(line) + 3, there = 0;
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++) {
        cells[i] = is_kept(reader, i) ? dn_row_cell(row, reader->index[i]) : DN_TEXT("");
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

static void fault(struct reader *reader, enum dn_tenant_column column, const char *finding, struct dn_text value)
{
    reader->faults = dn_grow(reader->faults, reader->fault_count, &reader->fault_room, sizeof *reader->faults);
    reader->faults[reader->fault_count++] =
        (struct dn_directory_fault){reader->count, column, finding, dn_arena_copy(&reader->arena, value)};
}

/* ---- gathering keys, of the tenant that is numbered next */

static void put_key(struct reader *reader, enum dn_directory_kind kind, struct dn_text key)
{
    dn_key_shelf_put(kind == DN_BY_ID ? &reader->ids : &reader->keys, dn_directory_hash(kind, key),
                     (uint32_t)reader->count);
}

static size_t count_labels(struct dn_text domain)
{
    size_t count = 1;
    for (size_t i = 0; i < domain.size; i++)
        count += domain.at[i] == '.';
    return count;
}

static void add_domain(struct reader *reader, struct dn_text value)
{
    struct dn_buf *key = &reader->scratch;
    if (!dn_domain_canonical(value, key)) {
        fault(reader, DN_TENANT_DOMAINS, "invalid-domain", value);
        return;
    }
    if (dn_publics_has(&reader->publics, dn_buf_text(key))) {
        fault(reader, DN_TENANT_DOMAINS, "public-suffix", value);
        return;
    }
    size_t labels = count_labels(dn_buf_text(key));
    reader->shape.labels = labels > reader->shape.labels ? labels : reader->shape.labels;
    put_key(reader, DN_BY_DOMAIN, dn_buf_text(key));
}

static void add_network(struct reader *reader, struct dn_text value)
{
    struct dn_network network;
    struct dn_network_key key;
    if (dn_network_parse(value, &network, NULL) != DN_OK) {
        fault(reader, DN_TENANT_NETWORKS, "invalid-network", value);
    } else if (dn_network_is_all(&network)) {
        fault(reader, DN_TENANT_NETWORKS, "network-too-wide", value);
    } else {
        reader->shape.lengths[network.bits] = true;
        put_key(reader, DN_BY_NETWORK, dn_network_key(&network.base, network.bits, &key));
    }
}

static void add_subscription(struct reader *reader, struct dn_text value)
{
    size_t most = sizeof reader->shape.subscription_size / sizeof *reader->shape.subscription_size - 1;
    dn_subscription_canonical(value, &reader->scratch);
    size_t size = reader->scratch.size;
    reader->shape.subscription_size[size < most ? size : most] = true;
    put_key(reader, DN_BY_SUBSCRIPTION, dn_buf_text(&reader->scratch));
}

static void add_prefix(struct reader *reader, struct dn_text value)
{
    reader->prefixes = dn_grow(reader->prefixes, reader->prefix_count, &reader->prefix_room, sizeof *reader->prefixes);
    reader->prefixes[reader->prefix_count++] = (struct prefix){reader->count, dn_arena_copy(&reader->arena, value)};
}

static struct dn_text cell_of(const struct reader *reader, const struct dn_row *row, enum dn_tenant_column column)
{
    struct dn_text cell = dn_row_cell(row, reader->index[column]);
    return cell.size ? dn_tenant_value(cell, column) : cell;
}

static void add_keys(struct reader *reader, const struct dn_row *row, enum dn_tenant_column column,
                     void (*add)(struct reader *, struct dn_text))
{
    struct dn_text rest = cell_of(reader, row, column), value;
    while (dn_text_next(&rest, ';', &value)) {
        if (dn_placeholder(value))
            continue;
        dn_buf_reset(&reader->scratch);
        add(reader, value);
    }
}

/* ---- what a later reader of the cells will take for granted, or treat as "not known" */

static void check_word(struct reader *reader, const struct dn_row *row, enum dn_tenant_column column,
                       const char *const *words)
{
    struct dn_text cell = cell_of(reader, row, column);
    for (size_t i = 0; words[i] && cell.size; i++)
        if (dn_text_equal_nocase(cell, dn_text_of(words[i])))
            return;
    if (cell.size)
        fault(reader, column, "invalid-word", cell);
}

static void check_time(struct reader *reader, const struct dn_row *row, enum dn_tenant_column column)
{
    struct dn_text cell = cell_of(reader, row, column);
    struct dn_instant at;
    if (cell.size && !dn_instant_parse(cell, &at))
        fault(reader, column, "invalid-time", cell);
}

static void note_consumer(struct reader *reader, const struct dn_row *row)
{
    if (!dn_text_equal_nocase(cell_of(reader, row, DN_TENANT_SEGMENT), DN_TEXT("consumer")))
        return;
    reader->consumers =
        dn_grow(reader->consumers, reader->consumer_count, &reader->consumer_room, sizeof *reader->consumers);
    reader->consumers[reader->consumer_count++] = (uint32_t)reader->count;
}

static void check_cells(struct reader *reader, const struct dn_row *row)
{
    static const char *const segments[] = {"commercial", "consumer", NULL};
    static const char *const centers[] = {"yes", "no", "hidden", NULL};
    check_word(reader, row, DN_TENANT_SEGMENT, segments);
    check_word(reader, row, DN_TENANT_MESSAGE_CENTER, centers);
    check_time(reader, row, DN_TENANT_CONTACTS_VALIDATED_AT);
    check_time(reader, row, DN_TENANT_DELETED_AT);
    struct dn_text readers = cell_of(reader, row, DN_TENANT_MESSAGE_CENTER_READERS);
    int64_t number;
    if (readers.size && !dn_text_number(readers, &number))
        fault(reader, DN_TENANT_MESSAGE_CENTER_READERS, "invalid-number", readers);
}

/* ---- rows */

static enum dn_status check_needed(struct reader *reader, const struct dn_row *row, struct dn_error *err)
{
    if (row->fault)
        return dn_row_error(reader->csv, row, err);
    for (size_t i = DN_TENANT_ID; i <= DN_TENANT_NAME; i++)
        if (dn_text_trim(dn_row_cell(row, reader->index[i])).size == 0)
            return dn_error_at(err, dn_csv_name(reader->csv), row->line, (int64_t)reader->index[i] + 1, "%s is empty",
                               dn_tenant_columns[i]);
    return DN_OK;
}

static void take_tenant(struct reader *reader, const struct dn_row *row)
{
    if (reader->count >= UINT32_MAX >> 1)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* more than can be numbered: memory would have been spent long before */
    struct dn_tenant tenant = copy_cells(reader, row);
    dn_buf_reset(&reader->scratch);
    dn_tenant_key(cell_of(reader, row, DN_TENANT_ID), &reader->scratch);
    put_key(reader, DN_BY_ID, dn_buf_text(&reader->scratch));
    add_keys(reader, row, DN_TENANT_DOMAINS, add_domain);
    add_keys(reader, row, DN_TENANT_SUBSCRIPTIONS, add_subscription);
    add_keys(reader, row, DN_TENANT_NETWORKS, add_network);
    add_keys(reader, row, DN_TENANT_RESOURCE_PREFIXES, add_prefix);
    note_consumer(reader, row);
    check_cells(reader, row);
    reader->at = dn_grow(reader->at, reader->count, &reader->room, sizeof *reader->at);
    reader->at[reader->count++] = tenant;
}

static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct reader *reader = worker;
    struct piece *piece = NULL;
    struct dn_row row;
    enum dn_status status = DN_OK;
    while (dn_block_next(block, &row)) {
        if ((status = check_needed(reader, &row, err)) != DN_OK) {
            if (reader->failed == 0 || row.line < reader->failed)
                reader->failed = row.line;
            break;
        }
        if (!piece) {
            reader->pieces = dn_grow(reader->pieces, reader->piece_count, &reader->piece_room, sizeof *reader->pieces);
            piece = &reader->pieces[reader->piece_count++];
            *piece = (struct piece){.line = row.line, .first = reader->count};
        }
        take_tenant(reader, &row);
        piece->count++;
    }
    return status;
}

/* ---- putting it together */

/* All readers, and their pieces in the order of the file. */
struct assembly {
    struct dn_directory *directory;
    struct reader *readers;
    size_t count;
    struct piece *pieces;
    size_t piece_count;
    uint32_t **numbers; /* by reader: what its tenants' numbers become */
    size_t tenants;     /* those before the first record that is wrong */
};

static int compare(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static int64_t first_failed(const struct assembly *assembly)
{
    int64_t line = INT64_MAX;
    for (size_t i = 0; i < assembly->count; i++)
        if (assembly->readers[i].failed && assembly->readers[i].failed < line)
            line = assembly->readers[i].failed;
    return line;
}

/* Numbers the pieces in the order of the file. */
static void order_pieces(struct assembly *assembly)
{
    size_t count = 0, base = 0;
    int64_t failed = first_failed(assembly);
    for (size_t i = 0; i < assembly->count; i++)
        count += assembly->readers[i].piece_count;
    assembly->pieces = dn_alloc(count, sizeof *assembly->pieces);
    for (size_t i = 0; i < assembly->count; i++)
        for (size_t k = 0; k < assembly->readers[i].piece_count; k++) {
            assembly->readers[i].pieces[k].reader = i;
            assembly->pieces[assembly->piece_count++] = assembly->readers[i].pieces[k];
        }
    qsort(assembly->pieces, count, sizeof *assembly->pieces, compare);
    for (size_t i = 0; i < count; base += assembly->pieces[i++].count) {
        assembly->pieces[i].base = base;
        if (assembly->pieces[i].line < failed)
            assembly->tenants = base + assembly->pieces[i].count;
    }
}

/* Puts the tenants in their order; those behind a record that is wrong are left out. */
static void number_tenants(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    directory->count = assembly->tenants;
    directory->at = dn_pages_take(directory->count, sizeof *directory->at);
    assembly->numbers = dn_alloc(assembly->count, sizeof *assembly->numbers);
    for (size_t i = 0; i < assembly->count; i++)
        assembly->numbers[i] = dn_pages_take(assembly->readers[i].count, sizeof **assembly->numbers);
    for (size_t i = 0; i < assembly->piece_count; i++) {
        const struct piece *piece = &assembly->pieces[i];
        for (size_t k = 0; k < piece->count; k++) {
            bool there = piece->base + k < directory->count;
            assembly->numbers[piece->reader][piece->first + k] = there ? (uint32_t)(piece->base + k) : UINT32_MAX;
            if (there)
                directory->at[piece->base + k] = assembly->readers[piece->reader].at[piece->first + k];
        }
    }
    for (size_t i = 0; i < assembly->count; i++) {
        free(assembly->readers[i].at);
        assembly->readers[i].at = NULL;
    }
}

static uint32_t number_of(const void *context, size_t member, uint32_t number)
{
    return ((const struct assembly *)context)->numbers[member][number];
}

static void make_ring(struct assembly *assembly, struct dn_keyring *ring, bool ids)
{
    struct dn_key_shelf *shelves = dn_alloc(assembly->count, sizeof *shelves);
    for (size_t i = 0; i < assembly->count; i++) {
        struct dn_key_shelf *shelf = ids ? &assembly->readers[i].ids : &assembly->readers[i].keys;
        shelves[i] = *shelf;
        *shelf = (struct dn_key_shelf){0};
    }
    dn_keyring_make(ring, shelves, assembly->count, assembly->count, number_of, assembly);
    free(shelves);
}

static void mark_consumers(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    size_t count = 0;
    for (size_t i = 0; i < assembly->count; i++)
        count += assembly->readers[i].consumer_count;
    directory->consumers = count ? dn_alloc(directory->count / 8 + 1, 1) : NULL;
    for (size_t i = 0; i < assembly->count; i++)
        for (size_t k = 0; k < assembly->readers[i].consumer_count; k++) {
            uint32_t number = assembly->numbers[i][assembly->readers[i].consumers[k]];
            if (number != UINT32_MAX)
                directory->consumers[number / 8] |= (unsigned char)(1 << number % 8);
        }
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct prefix *x = a, *y = b;
    if (x->tenant != y->tenant)
        return x->tenant < y->tenant ? -1 : 1;
    return dn_text_compare(x->value, y->value);
}

/* In the order of the tenants. */
static void add_prefixes(struct assembly *assembly)
{
    struct prefix *all = NULL;
    size_t count = 0, room = 0;
    struct dn_buf key = {0};
    for (size_t i = 0; i < assembly->count; i++)
        for (size_t k = 0; k < assembly->readers[i].prefix_count; k++) {
            struct prefix prefix = assembly->readers[i].prefixes[k];
            prefix.tenant = assembly->numbers[i][prefix.tenant];
            all = dn_grow(all, count, &room, sizeof *all);
            all[count] = prefix;
            count += prefix.tenant != UINT32_MAX;
        }
    if (count)
        qsort(all, count, sizeof *all, compare_prefixes);
    for (size_t i = 0; i < count; i++) {
        dn_buf_reset(&key);
        dn_resource_canonical(all[i].value, &key);
        dn_key_list_add(&assembly->directory->prefixes, dn_buf_text(&key), all[i].tenant);
    }
    dn_buf_clear(&key);
    free(all);
}

/* A tenant's faults stand together and stay in their order. */
static int compare_faults(const void *a, const void *b)
{
    const struct dn_directory_fault *const *x = a, *const *y = b;
    if ((*x)->tenant != (*y)->tenant)
        return (*x)->tenant < (*y)->tenant ? -1 : 1;
    return (*x > *y) - (*x < *y); /* both of one reader */
}

static void join_faults(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    struct dn_directory_fault **order;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < assembly->count; i++)
        room += assembly->readers[i].fault_count;
    order = dn_alloc(room, sizeof *order);
    for (size_t i = 0; i < assembly->count; i++)
        for (size_t k = 0; k < assembly->readers[i].fault_count; k++) {
            struct dn_directory_fault *fault = &assembly->readers[i].faults[k];
            fault->tenant = assembly->numbers[i][fault->tenant];
            order[count] = fault;
            count += fault->tenant != UINT32_MAX;
        }
    if (count)
        qsort(order, count, sizeof *order, compare_faults);
    directory->faults = dn_alloc(count, sizeof *directory->faults);
    for (size_t i = 0; i < count; i++)
        directory->faults[i] = *order[i];
    directory->fault_count = count;
    free(order);
}

static void join_shapes(struct dn_directory_shape *shape, const struct dn_directory_shape *more)
{
    for (size_t i = 0; i < sizeof shape->lengths / sizeof *shape->lengths; i++)
        shape->lengths[i] |= more->lengths[i];
    for (size_t i = 0; i < sizeof shape->subscription_size / sizeof *shape->subscription_size; i++)
        shape->subscription_size[i] |= more->subscription_size[i];
    shape->labels = more->labels > shape->labels ? more->labels : shape->labels;
}

static void list_lengths(struct dn_directory *directory)
{
    for (size_t bits = 128; bits > 0; bits--)
        if (directory->shape.lengths[bits])
            directory->lengths[directory->length_count++] = (unsigned char)bits;
}

static void keep_arenas(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    directory->arenas = dn_alloc(assembly->count, sizeof *directory->arenas);
    directory->arena_count = assembly->count;
    for (size_t i = 0; i < assembly->count; i++)
        directory->arenas[i] = assembly->readers[i].arena;
}

/* A tenant_id that stands twice; of several the one whose second line comes first. */
static enum dn_status check_ids(const struct dn_directory *directory, size_t column, struct dn_error *err)
{
    uint32_t first, second;
    if (!dn_keyring_twice(&directory->ids, &first, &second))
        return DN_OK;
    const struct dn_tenant *tenant = &directory->at[second];
    struct dn_text id = dn_tenant_cell(tenant, DN_TENANT_ID);
    return dn_error_at(err, directory->name, dn_tenant_line(tenant), (int64_t)column + 1,
                       "tenant_id '%.*s' stands twice, first on line %" PRId64, (int)id.size, id.at,
                       dn_tenant_line(&directory->at[first]));
}

static void assemble(struct dn_directory *directory, struct reader *readers, size_t count)
{
    struct assembly assembly = {.directory = directory, .readers = readers, .count = count};
    order_pieces(&assembly);
    number_tenants(&assembly);
    make_ring(&assembly, &directory->ids, true);
    make_ring(&assembly, &directory->keys, false);
    mark_consumers(&assembly);
    add_prefixes(&assembly);
    join_faults(&assembly);
    keep_arenas(&assembly);
    for (size_t i = 0; i < count; i++) {
        join_shapes(&directory->shape, &readers[i].shape);
        free(assembly.numbers[i]);
    }
    list_lengths(directory);
    free(assembly.numbers);
    free(assembly.pieces);
}

static void clear_reader(struct reader *reader)
{
    free(reader->pieces);
    free(reader->prefixes);
    free(reader->faults);
    free(reader->consumers);
    dn_publics_clear(&reader->publics);
    dn_buf_clear(&reader->scratch);
}

/* A tenant_id that stands twice is on a line before the one at which reading ended. */
static enum dn_status read_rows(struct dn_csv *csv, struct dn_directory *directory, struct dn_error *err)
{
    struct dn_csv_want want[DN_TENANT_COLUMNS];
    size_t index[DN_TENANT_COLUMNS], threads = dn_blocks_threads(directory->threads);
    wants(want);
    enum dn_status status = dn_csv_columns(csv, "a directory", want, DN_TENANT_COLUMNS, index, err);
    if (status != DN_OK)
        return status;
    dn_hash(DN_TEXT("")); /* before there are threads */
    struct reader *readers = dn_alloc(threads, sizeof *readers);
    void **workers = dn_alloc(threads, sizeof *workers);
    for (size_t i = 0; i < threads; i++) {
        readers[i] = (struct reader){.directory = directory, .csv = csv, .index = index};
        workers[i] = &readers[i];
    }
    status = dn_blocks_read(csv, &(struct dn_blocks_options){.threads = threads}, take_block, workers, err);
    assemble(directory, readers, threads);
    enum dn_status twice = check_ids(directory, index[DN_TENANT_ID], err);
    for (size_t i = 0; i < threads; i++)
        clear_reader(&readers[i]);
    free(workers);
    free(readers);
    return twice == DN_OK ? status : twice;
}

enum dn_status dn_directory_read(const char *path, struct dn_directory *directory, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(path, NULL, &csv, err);
    if (status != DN_OK)
        return status;
    directory->name = dn_strdup(dn_csv_name(csv));
    const char *kind = dn_csv_kind(csv);
    if (kind && strcmp(kind, "a directory") != 0)
        status =
            dn_error_at(err, directory->name, dn_csv_header_line(csv), 0, "expected a directory, this is %s", kind);
    else
        status = read_rows(csv, directory, err);
    dn_csv_close(csv);
    return status;
}
