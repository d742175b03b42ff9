#include "tenant/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"

#define FIRST_SIZE ((size_t)64 << 10)
#define BLOCK_SIZE ((size_t)8 << 20)
#define STEP ((size_t)128 << 10) /* memory that is asked of the system at a time */

static void add_spare(struct dn_arena *arena, struct dn_arena_block block)
{
    arena->spare = dn_grow(arena->spare, arena->spare_count, &arena->spare_room, sizeof *arena->spare);
    arena->spare[arena->spare_count++] = block;
}

/* Spare blocks have BLOCK_SIZE. Huge pages are not asked for: looking things up is hardly quicker in them, as what is
 * looked at is fetched ahead; but a virtual machine gives free ones back to its host, and to touch one again took four
 * times as long as the same bytes in small ones: up to a quarter of the processor time of a million rows. */
static char *add_block(struct dn_arena *arena, size_t size)
{
    struct dn_arena_block block = {NULL, size};
    if (size == BLOCK_SIZE && arena->spare_count)
        block.at = arena->spare[--arena->spare_count].at;
    else
        block.at = dn_pages_block(size);
    arena->blocks = dn_grow(arena->blocks, arena->count, &arena->room, sizeof *arena->blocks);
    arena->blocks[arena->count++] = block;
    return block.at;
}

/* A new block, of which the system has given nothing yet; one that was spare is there. */
static void begin_block(struct dn_arena *arena, size_t size)
{
    bool there = size == BLOCK_SIZE && arena->spare_count;
    arena->free = add_block(arena, size);
    arena->left = size;
    arena->unbacked = there || size < BLOCK_SIZE ? 0 : size;
}

/* Of the last block what was taken, and some more that will be. */
static void back(struct dn_arena *arena)
{
    size_t taken = arena->unbacked - arena->left, size = taken + STEP;
    size = size < arena->unbacked ? size : arena->unbacked;
    dn_pages_back(arena->free + arena->left - arena->unbacked, size);
    arena->unbacked -= size;
}

char *dn_arena_take(struct dn_arena *arena, size_t size)
{
    size_t block = arena->count || arena->spare_count ? BLOCK_SIZE : FIRST_SIZE;
    arena->last = size <= FIRST_SIZE || size <= arena->left;
    if (!arena->last)
        return add_block(arena, size);
    if (size > arena->left) {
        begin_block(arena, block);
    }
    char *at = arena->free;
    arena->free += size;
    arena->left -= size;
    if (arena->unbacked > arena->left)
        back(arena);
    return at;
}

void dn_arena_give(struct dn_arena *arena, size_t size)
{
    if (!arena->last)
        return;
    arena->free -= size;
    arena->left += size;
}

struct dn_text dn_arena_copy(struct dn_arena *arena, struct dn_text text)
{
    if (text.size == 0)
        return DN_TEXT("");
    char *at = dn_arena_take(arena, text.size);
    memcpy(at, text.at, text.size);
    return (struct dn_text){at, text.size};
}

void dn_arena_reset(struct dn_arena *arena)
{
    if (arena->count != 1 || arena->free == NULL) {
        dn_arena_clear(arena);
        return;
    }
    arena->left += (size_t)(arena->free - arena->blocks[0].at);
    arena->free = arena->blocks[0].at;
}

void dn_arena_hand_on(struct dn_arena *from, struct dn_arena *to)
{
    for (size_t i = 0; i < from->count; i++) {
        if (from->blocks[i].size == BLOCK_SIZE)
            add_spare(to, from->blocks[i]);
        else
            free(from->blocks[i].at);
    }
    for (size_t i = 0; i < from->spare_count; i++)
        add_spare(to, from->spare[i]);
    from->count = from->spare_count = 0;
    dn_arena_clear(from);
}

void dn_arena_clear(struct dn_arena *arena)
{
    for (size_t i = 0; i < arena->count; i++)
        free(arena->blocks[i].at);
    for (size_t i = 0; i < arena->spare_count; i++)
        free(arena->spare[i].at);
    free(arena->blocks);
    free(arena->spare);
    *arena = (struct dn_arena){0};
}
