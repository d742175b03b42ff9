/* Putting together what the threads have read of a directory. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "tenant/directory_reader.h"

/* All readers, and their pieces in the order of the file. */
struct assembly {
    struct dn_directory *directory;
    struct dn_directory_reader *readers;
    size_t count;
    struct dn_directory_piece *pieces;
    size_t piece_count;
    struct dn_key_run **runs; /* by reader: what its tenants' numbers become */
    size_t tenants;           /* those before the first record that is wrong */
    struct dn_tickets tickets;
};

static int compare(const void *a, const void *b)
{
    const struct dn_directory_piece *x = a, *y = b;
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

static int compare_runs(const void *a, const void *b)
{
    const struct dn_key_run *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* A reader's pieces as runs of its numbers. Those behind a record that is wrong are left out: it ends a piece. */
static void make_runs(struct assembly *assembly)
{
    size_t *counts = dn_alloc(assembly->count, sizeof *counts);
    assembly->runs = dn_alloc(assembly->count, sizeof *assembly->runs);
    for (size_t i = 0; i < assembly->count; i++)
        assembly->runs[i] = dn_alloc(assembly->readers[i].piece_count + 2, sizeof **assembly->runs);
    for (size_t i = 0; i < assembly->piece_count; i++) {
        const struct dn_directory_piece *piece = &assembly->pieces[i];
        bool there = piece->base < assembly->tenants;
        assembly->runs[piece->reader][counts[piece->reader]++] =
            (struct dn_key_run){(uint32_t)piece->first, there ? (uint32_t)piece->base : UINT32_MAX};
    }
    for (size_t i = 0; i < assembly->count; i++) {
        size_t end = counts[i] ? counts[i] : 1; /* who has no piece has one run all the same */
        if (counts[i])
            qsort(assembly->runs[i], counts[i], sizeof **assembly->runs, compare_runs);
        assembly->runs[i][end] = (struct dn_key_run){UINT32_MAX, UINT32_MAX};
    }
    free(counts);
}

/* Puts the tenants that are held in their places. */
static void place_tenants(void *context, size_t member)
{
    struct assembly *assembly = context;
    struct dn_directory *directory = assembly->directory;
    (void)member;
    for (size_t i; (i = dn_tickets_take(&assembly->tickets)) < assembly->piece_count;) {
        const struct dn_directory_piece *piece = &assembly->pieces[i];
        if (piece->count && piece->base < directory->count)
            memcpy(directory->at + piece->base, assembly->readers[piece->reader].at + piece->first,
                   piece->count * sizeof *directory->at);
    }
}

static void number_tenants(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    bool held = directory->hold != DN_HOLD_NOTHING;
    directory->count = assembly->tenants;
    directory->at = held ? dn_realloc(NULL, directory->count, sizeof *directory->at) : NULL;
    make_runs(assembly);
    if (held)
        dn_crew_run(assembly->count, place_tenants, assembly);
    for (size_t i = 0; i < assembly->count; i++) {
        free(assembly->readers[i].at);
        assembly->readers[i].at = NULL;
    }
}

/* Pieces behind a record that is wrong are not read again. */
static void keep_pieces(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    directory->pieces = assembly->pieces;
    directory->piece_count = assembly->piece_count;
    while (directory->piece_count && directory->pieces[directory->piece_count - 1].base >= directory->count)
        directory->piece_count--;
    if (directory->piece_count) {
        struct dn_directory_piece *last = &directory->pieces[directory->piece_count - 1];
        last->count = last->base + last->count > directory->count ? directory->count - last->base : last->count;
    }
}

static void make_ring(struct assembly *assembly, struct dn_keyring *ring, bool ids)
{
    struct dn_key_shelf *shelves = dn_alloc(assembly->count, sizeof *shelves);
    for (size_t i = 0; i < assembly->count; i++) {
        struct dn_key_shelf *shelf = ids ? &assembly->readers[i].ids : &assembly->readers[i].keys;
        shelves[i] = *shelf;
        *shelf = (struct dn_key_shelf){0};
    }
    dn_keyring_make(ring, shelves, assembly->count, assembly->count, assembly->runs);
    free(shelves);
}

static void mark_consumers(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    size_t count = 0;
    for (size_t i = 0; i < assembly->count; i++)
        count += assembly->readers[i].consumer_count;
    directory->consumers = count ? dn_alloc(directory->count / 8 + 1, 1) : NULL;
    for (size_t i = 0; i < assembly->count; i++) {
        const struct dn_key_run *run = assembly->runs[i];
        for (size_t k = 0; k < assembly->readers[i].consumer_count; k++) {
            uint32_t number = dn_key_renumber(&run, assembly->readers[i].consumers[k]);
            if (number != UINT32_MAX)
                directory->consumers[number / 8] |= (unsigned char)(1 << number % 8);
        }
    }
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct dn_directory_prefix *x = a, *y = b;
    if (x->tenant != y->tenant)
        return x->tenant < y->tenant ? -1 : 1;
    return dn_text_compare(x->value, y->value);
}

/* In the order of the tenants. */
static void add_prefixes(struct assembly *assembly)
{
    struct dn_directory_prefix *all = NULL;
    size_t count = 0, room = 0;
    struct dn_buf key = {0};
    for (size_t i = 0; i < assembly->count; i++) {
        const struct dn_key_run *run = assembly->runs[i];
        for (size_t k = 0; k < assembly->readers[i].prefix_count; k++) {
            struct dn_directory_prefix prefix = assembly->readers[i].prefixes[k];
            prefix.tenant = dn_key_renumber(&run, (uint32_t)prefix.tenant);
            all = dn_grow(all, count, &room, sizeof *all);
            all[count] = prefix;
            count += prefix.tenant != UINT32_MAX;
        }
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
    for (size_t i = 0; i < assembly->count; i++) {
        const struct dn_key_run *run = assembly->runs[i];
        for (size_t k = 0; k < assembly->readers[i].fault_count; k++) {
            struct dn_directory_fault *fault = &assembly->readers[i].faults[k];
            fault->tenant = dn_key_renumber(&run, (uint32_t)fault->tenant);
            order[count] = fault;
            count += fault->tenant != UINT32_MAX;
        }
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
    for (size_t i = 0; i < sizeof *shape->lengths / sizeof **shape->lengths; i++)
        for (size_t v4 = 0; v4 < 2; v4++)
            shape->lengths[v4][i] |= more->lengths[v4][i];
    for (size_t i = 0; i < sizeof shape->labels / sizeof *shape->labels; i++)
        shape->labels[i] |= more->labels[i];
    for (size_t i = 0; i < sizeof shape->subscription_size / sizeof *shape->subscription_size; i++)
        shape->subscription_size[i] |= more->subscription_size[i];
}

static void list_lengths(struct dn_directory *directory)
{
    for (size_t v4 = 0; v4 < 2; v4++)
        for (size_t bits = 128; bits > 0; bits--)
            if (directory->shape.lengths[v4][bits])
                directory->lengths[v4].at[directory->lengths[v4].count++] = (unsigned char)bits;
}

static void keep_readers(struct assembly *assembly)
{
    struct dn_directory *directory = assembly->directory;
    directory->arenas = dn_alloc(assembly->count, sizeof *directory->arenas);
    directory->arena_count = assembly->count;
    directory->checks = dn_alloc(assembly->count, sizeof *directory->checks);
    for (size_t i = 0; i < assembly->count; i++) {
        directory->arenas[i] = assembly->readers[i].arena;
        directory->checks[i] = assembly->readers[i].checks;
    }
}

void dn_directory_assemble(struct dn_directory *directory, struct dn_directory_reader *readers, size_t count)
{
    struct assembly assembly = {.directory = directory, .readers = readers, .count = count};
    order_pieces(&assembly);
    number_tenants(&assembly);
    make_ring(&assembly, &directory->ids, true);
    make_ring(&assembly, &directory->keys, false);
    mark_consumers(&assembly);
    add_prefixes(&assembly);
    join_faults(&assembly);
    keep_readers(&assembly);
    keep_pieces(&assembly);
    for (size_t i = 0; i < count; i++) {
        join_shapes(&directory->shape, &readers[i].shape);
        free(assembly.runs[i]);
    }
    list_lengths(directory);
    free(assembly.runs);
}
