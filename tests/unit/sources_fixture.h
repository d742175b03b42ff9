/* The inputs of a run of notify-send, written as text (notice_fixture.h) and read as the command reads them. */
#ifndef DN_TEST_SOURCES_FIXTURE_H
#define DN_TEST_SOURCES_FIXTURE_H

#include "channel/sources.h"
#include "notice_fixture.h"

struct given {
    const char *incident, *config, *resources; /* NULL: not given */
    const char *affected[2];                   /* files of the stream; the second may be NULL */
    bool subset;
};

struct inputs {
    struct dn_strings paths, operands;
    struct dn_order order;
    struct dn_keeping keeping;
    struct dn_sources sources;
    struct dn_instant now;
    struct dn_notes notes;
    struct dn_error err;
};

static inline const char *inputs_add(struct inputs *it, const char *text)
{
    if (!text)
        return NULL;
    char *path = world_file(text);
    dn_strings_add(&it->paths, dn_text_of(path));
    free(path);
    return it->paths.at[it->paths.count - 1];
}

static inline enum dn_status inputs_read(struct inputs *it, const struct given *given)
{
    *it = (struct inputs){0};
    dn_instant_parse(DN_TEXT("2026-06-16T06:00:00Z"), &it->now);
    for (size_t i = 0; i < 2 && given->affected[i]; i++)
        dn_strings_add(&it->operands, dn_text_of(inputs_add(it, given->affected[i])));
    it->order.incident = inputs_add(it, given->incident);
    it->order.config = inputs_add(it, given->config);
    it->order.resources = inputs_add(it, given->resources);
    it->order.operands = &it->operands;
    it->order.notice = "initial";
    return dn_sources_read(&it->order, given->subset, &it->keeping, &it->sources, &it->notes, &it->err);
}

static inline void inputs_clear(struct inputs *it)
{
    for (size_t i = 0; i < it->paths.count; i++)
        unlink(it->paths.at[i]);
    dn_strings_clear(&it->paths);
    dn_strings_clear(&it->operands);
    dn_keeping_clear(&it->keeping);
    dn_sources_clear(&it->sources);
    dn_notes_clear(&it->notes);
}

#endif
