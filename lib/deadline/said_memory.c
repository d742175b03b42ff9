#include "deadline/said_memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/pages.h"

#define LINE ((size_t)64) /* of the cache */
#define PIECE ((size_t)16 << 20)
#define LEAST_SPARE ((size_t)64 << 10)

void dn_said_memory_begin(struct dn_said_memory *memory)
{
    *memory = (struct dn_said_memory){0};
    pthread_mutex_init(&memory->lock, NULL);
}

static char *add_piece(struct dn_said_memory *memory, size_t size)
{
    memory->pieces = dn_grow(memory->pieces, memory->count, &memory->room, sizeof *memory->pieces);
    char *at = memory->pieces[memory->count++] = dn_pages_take(size + LINE, 1);
    return at + (LINE - (uintptr_t)at % LINE) % LINE;
}

static void keep(struct dn_said_memory *memory, struct dn_said_span span)
{
    if (span.size < LEAST_SPARE)
        return;
    memory->spare = dn_grow(memory->spare, memory->spare_count, &memory->spare_room, sizeof *memory->spare);
    memory->spare[memory->spare_count++] = span;
}

/* Begins to take from what was given back, or from a new piece. */
static void refill(struct dn_said_memory *memory, size_t size)
{
    size_t i = memory->spare_count;
    while (i > 0 && memory->spare[i - 1].size < size)
        i--;
    struct dn_said_span rest = memory->rest;
    if (i > 0) {
        memory->rest = memory->spare[i - 1];
        memory->spare[i - 1] = memory->spare[--memory->spare_count];
    } else {
        memory->rest = (struct dn_said_span){add_piece(memory, PIECE), PIECE};
    }
    keep(memory, rest);
}

static void *take(struct dn_said_memory *memory, size_t size)
{
    if (size > memory->rest.size)
        refill(memory, size);
    char *at = memory->rest.at;
    memory->rest.at += size;
    memory->rest.size -= size;
    return at;
}

void *dn_said_memory_take(struct dn_said_memory *memory, size_t size, bool alone)
{
    size = (size + LINE - 1) / LINE * LINE;
    pthread_mutex_lock(&memory->lock);
    void *at = alone || size > PIECE ? add_piece(memory, size) : take(memory, size);
    pthread_mutex_unlock(&memory->lock);
    return at;
}

void dn_said_memory_give(struct dn_said_memory *memory, void *at, size_t size)
{
    pthread_mutex_lock(&memory->lock);
    keep(memory, (struct dn_said_span){at, size});
    pthread_mutex_unlock(&memory->lock);
}

void dn_said_memory_end(struct dn_said_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        free(memory->pieces[i]);
    free(memory->pieces);
    free(memory->spare);
    pthread_mutex_destroy(&memory->lock);
}
