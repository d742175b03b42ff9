/* Inside lib/deadline: the texts of what tables say, for sorting it, and how they are compared. */
#ifndef DN_DEADLINE_SAID_PARTS_H
#define DN_DEADLINE_SAID_PARTS_H

#include <string.h>

#include "base/table.h"
#include "deadline/said.h"

/* A shard's incident or tenant ids, and the number there of an entry's. */
const struct dn_table *dn_said_texts(const struct dn_said *said, size_t shard, bool tenants);
uint32_t dn_said_text(const struct dn_said *said, uint32_t reference, bool tenants);

/* dn_text_equal, word by word: ids and states are short, and each row asks several times. */
static inline bool dn_said_equal(struct dn_text a, struct dn_text b)
{
    uint64_t left, right, differ = 0;
    if (a.size != b.size || a.size < sizeof left)
        return dn_text_equal(a, b);
    for (size_t i = 0; i + sizeof left < a.size && differ == 0; i += sizeof left) {
        memcpy(&left, a.at + i, sizeof left);
        memcpy(&right, b.at + i, sizeof right);
        differ = left ^ right;
    }
    memcpy(&left, a.at + a.size - sizeof left, sizeof left);
    memcpy(&right, b.at + b.size - sizeof right, sizeof right);
    return (differ | (left ^ right)) == 0;
}

#endif
