/* Many small texts that live and die together: no call of malloc for each. */
#ifndef DN_TENANT_ARENA_H
#define DN_TENANT_ARENA_H

#include <stdbool.h>

#include "base/text.h"

/* Starts zeroed. */
struct dn_arena {
    struct dn_arena_block {
        char *at;
        size_t size;
    } * blocks, *spare; /* spare: to be used again */
    size_t count, room, spare_count, spare_room;
    char *free;            /* the rest of the last block */
    size_t left, unbacked; /* of these the last ones that nothing was asked for yet */
    bool last;             /* what was taken last is in front of that, not a block of its own */
};

/* size bytes, not zeroed, good until _clear. */
char *dn_arena_take(struct dn_arena *arena, size_t size);

/* Gives back the last bytes, so many, of what was just taken with room to spare. */
void dn_arena_give(struct dn_arena *arena, size_t size);

/* A copy of text, good until _clear. */
struct dn_text dn_arena_copy(struct dn_arena *arena, struct dn_text text);

/* Empties it; a little memory is kept for what comes next. */
void dn_arena_reset(struct dn_arena *arena);

/* Empties `from` for the use of another one, which takes its larger blocks first when it needs some: memory that the
 * system has given already costs nothing. */
void dn_arena_hand_on(struct dn_arena *from, struct dn_arena *to);

/* Frees all of it and leaves it empty. */
void dn_arena_clear(struct dn_arena *arena);

#endif
