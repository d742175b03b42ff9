#include "deadline/said_entry.h"
#include "deadline/said_parts.h"

static const char *const trouble_words[] = {NULL, "no-time", "repeated", "time", "no-due"};

void dn_said_settle(struct dn_said *said)
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        said->shards[i].pairs = (struct dn_said_pairs){0};
}

size_t dn_said_shard_count(const struct dn_said *said, size_t shard)
{
    return said->shards[shard].count;
}

size_t dn_said_count(const struct dn_said *said)
{
    size_t count = 0;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        count += said->shards[i].count;
    return count;
}

void dn_said_times(const struct dn_said *said, uint32_t reference, struct dn_said_times *times)
{
    const struct dn_said_shard *shard = &said->shards[reference % DN_SAID_SHARDS];
    size_t number = reference / DN_SAID_SHARDS, at = number % DN_SAID_CHUNK;
    const struct dn_said_chunk *chunk = dn_said_chunk_at(shard, number);
    const struct dn_said_kept *kept = &chunk->kept[at];
    *times = (struct dn_said_times){.started_at = DN_INSTANT_NONE,
                                    .due_at = dn_said_time(shard, number, DN_SAID_DUE),
                                    .satisfied_at = dn_said_time(shard, number, DN_SAID_SATISFIED),
                                    .trouble = trouble_words[kept->trouble],
                                    .unsure = kept->unsure};
    if (chunk->starts != NULL)
        times->started_at = dn_ticks_instant(chunk->starts->ticks[at], chunk->starts->rest[at]);
}

static struct dn_text word_at(const struct dn_said *said, uint32_t number)
{
    return number > 0 ? dn_table_key(&said->words, number - 1) : (struct dn_text){NULL, 0};
}

static void view_extra(const struct dn_said *said, const struct dn_said_shard *shard, size_t number,
                       struct dn_said_entry *entry)
{
    const struct dn_said_extra *extra = dn_said_extra_at(said, shard, number);
    entry->zone = word_at(said, extra->zone);
    entry->anchors = extra->anchors;
    for (size_t i = 0; i < DN_POLICY_COUNT && said->kind.policies; i++)
        entry->under[i] = extra->under[i];
}

uint64_t dn_said_place(const struct dn_said_shard *shard, size_t number)
{
    size_t base = 0, end = shard->base_count; /* the last one that begins at the entry or before it */
    while (end - base > 1) {
        size_t middle = base + (end - base) / 2;
        if (shard->bases[middle].from > number)
            end = middle;
        else
            base = middle;
    }
    return shard->bases[base].place + dn_said_chunk_at(shard, number)->lines[number % DN_SAID_CHUNK];
}

void dn_said_at(const struct dn_said *said, uint32_t reference, struct dn_said_entry *entry)
{
    const struct dn_said_shard *shard = &said->shards[reference % DN_SAID_SHARDS];
    size_t number = reference / DN_SAID_SHARDS;
    uint32_t incident = dn_said_incident_of(shard, number), tenant = dn_said_kept_at(shard, number)->tenant;
    uint64_t place = dn_said_place(shard, number);
    *entry = (struct dn_said_entry){.incident_id = dn_table_key(&shard->incidents, incident),
                                    .tenant_id = dn_table_key(&shard->tenants, tenant),
                                    .satisfied_by = word_at(said, dn_said_word_of(shard, number)),
                                    .source = (size_t)(place >> DN_SAID_LINE_BITS),
                                    .line = (int64_t)(place & ((UINT64_C(1) << DN_SAID_LINE_BITS) - 1))};
    dn_said_times(said, reference, &entry->times);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        entry->under[i] = entry->times.satisfied_at;
    if (said->extra_size > 0)
        view_extra(said, shard, number, entry);
}

void dn_said_fetch(const struct dn_said *said, uint32_t reference)
{
    const struct dn_said_shard *shard = &said->shards[reference % DN_SAID_SHARDS];
    size_t number = reference / DN_SAID_SHARDS;
    dn_prefetch(dn_said_kept_at(shard, number));
    dn_prefetch(&dn_said_chunk_at(shard, number)->lines[number % DN_SAID_CHUNK]);
}

uint32_t dn_said_find(const struct dn_said *said, struct dn_text incident_id, struct dn_text tenant_id)
{
    uint64_t incident_hash = dn_hash(incident_id), tenant_hash = dn_said_tenant_hash(said, tenant_id);
    uint32_t shard = dn_said_shard_of(tenant_id.size, tenant_hash, incident_hash), number = DN_SAID_NONE;
    size_t incident = dn_table_find(&said->shards[shard].incidents, incident_id);
    size_t tenant = dn_said_tenant_find(&said->shards[shard], tenant_hash, tenant_id);
    if (incident != SIZE_MAX && tenant != DN_SAID_NONE)
        number = dn_said_seek(&said->shards[shard], dn_said_pair_hash(said, (uint32_t)incident, (uint32_t)tenant),
                              (uint32_t)incident, (uint32_t)tenant);
    return number == DN_SAID_NONE ? UINT32_MAX : number * DN_SAID_SHARDS + shard;
}

const struct dn_table *dn_said_texts(const struct dn_said *said, size_t shard, bool tenants)
{
    return tenants ? &said->shards[shard].tenants : &said->shards[shard].incidents;
}

uint32_t dn_said_text(const struct dn_said *said, uint32_t reference, bool tenants)
{
    const struct dn_said_shard *shard = &said->shards[reference % DN_SAID_SHARDS];
    size_t number = reference / DN_SAID_SHARDS;
    return tenants ? dn_said_kept_at(shard, number)->tenant : dn_said_incident_of(shard, number);
}
