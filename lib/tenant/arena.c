#include "tenant/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"

#define FIRST_SIZE ((size_t)64 << 10)
#define BLOCK_SIZE ((size_t)8 << 20)

static char *add_block(struct dn_arena *arena, size_t size)
{
    arena->blocks = dn_grow(arena->blocks, arena->count, &arena->room, sizeof *arena->blocks);
    return arena->blocks[arena->count++] = dn_pages_take(size, 1);
}

char *dn_arena_take(struct dn_arena *arena, size_t size)
{
    size_t block = arena->count ? BLOCK_SIZE : FIRST_SIZE;
    if (size > FIRST_SIZE / 4 && size > arena->left)
        return add_block(arena, size);
    if (size > arena->left) {
        arena->free = add_block(arena, block);
        arena->left = block;
    }
    char *at = arena->free;
    arena->free += size;
    arena->left -= size;
    return at;
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
    arena->left += (size_t)(arena->free - arena->blocks[0]);
    arena->free = arena->blocks[0];
}

void dn_arena_clear(struct dn_arena *arena)
{
    for (size_t i = 0; i < arena->count; i++)
        free(arena->blocks[i]);
    free(arena->blocks);
    *arena = (struct dn_arena){0};
}
