#include "impact/columns.h"

#include <string.h>

#include "impact/hash.h"

static char *put_column(char *to, const struct dn_text *text)
{
    size_t size = text->size;
    if (size > 0)
        memcpy(to, text->at, size);
    to[size] = '\0';
    return to + size + 1;
}

char *dn_columns_put(const struct dn_columns *columns, char *to)
{
    to = put_column(to, columns->tenant);
    to = put_column(to, columns->service);
    to = put_column(to, columns->resource);
    *to++ = (char)columns->effect;
    *to++ = '\0';
    return to;
}

static struct dn_text take_column(struct dn_text *key)
{
    const char *end = memchr(key->at, '\0', key->size);
    struct dn_text column = {key->at, (size_t)(end - key->at)};
    *key = (struct dn_text){end + 1, key->size - column.size - 1};
    return column;
}

struct dn_columns dn_columns_of(struct dn_text key, struct dn_columns_room *room)
{
    room->tenant = take_column(&key);
    room->service = take_column(&key);
    room->resource = take_column(&key);
    return (struct dn_columns){&room->tenant, &room->service, &room->resource, (unsigned char)key.at[0]};
}

/* Of the columns where they lie: a key that was put together just now would have to be waited for. */
uint64_t dn_columns_hash(const struct dn_columns *columns, uint32_t incident)
{
    uint64_t hash = dn_keyhash(*columns->tenant, (uint64_t)incident << 32 | columns->effect);
    hash = dn_keyhash(*columns->service, hash);
    return dn_keyhash(*columns->resource, hash);
}

uint64_t dn_columns_hash_key(struct dn_text key, uint32_t incident)
{
    if (key.size == 0)
        return dn_keyhash(key, (uint64_t)incident << 32);
    struct dn_columns_room room;
    struct dn_columns columns = dn_columns_of(key, &room);
    return dn_columns_hash(&columns, incident);
}
