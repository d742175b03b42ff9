/* A small world for the tests of notices: streams and records written as text and read by the real readers. */
#ifndef DN_TEST_NOTICE_FIXTURE_H
#define DN_TEST_NOTICE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "notice/plan.h"

#define AFFECTED_HEADER                                                                                                \
    "incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,rows,"  \
    "events,data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,admin_phones,"     \
    "contact_gaps,identified_at\n"
#define RESOURCES_HEADER                                                                                               \
    "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,last_seen,evidence,"    \
    "determined_at,tenant_id,matched_by\n"
#define CONFIG_HEAD                                                                                                    \
    "schema: duenotice/notify/1\n"                                                                                     \
    "from: {name: Provider Notices, email: notices@provider.example}\n"                                                \
    "provider: {name: Provider Ltd, misuse_contact: abuse@provider.example, callback: \"+44 20 7946 0000\"}\n"         \
    "message_id_domain: notices.provider.example\n"
#define INCIDENT_HEAD                                                                                                  \
    "schema: duenotice/incident/1\n"                                                                                   \
    "id: INC-1\n"                                                                                                      \
    "title: A stolen key\n"                                                                                            \
    "status: declared\n"                                                                                               \
    "kind: security\n"                                                                                                 \
    "provider_role: processor\n"                                                                                       \
    "findings:\n"                                                                                                      \
    "  - {effect: access, cause: unauthorised, data: customer, confidence: confirmed, service: mail,\n"                \
    "     data_types: [mail content, contacts]}\n"                                                                     \
    "timeline:\n"                                                                                                      \
    "  - {stage: event-started, at: 2026-06-14T03:00:00Z}\n"                                                           \
    "  - {stage: event-detected, at: 2026-06-15T10:00:00Z}\n"                                                          \
    "  - {stage: incident-declared, at: 2026-06-15T18:00:00Z}\n"                                                       \
    "  - {stage: breach-declared, at: 2026-06-15T19:00:00Z}\n"                                                         \
    "clock: {regime: contract-72h-declared, started_at: 2026-06-15T18:00:00Z, due_at: 2026-06-18T18:00:00Z}\n"

/* One affected row: id, name, language, effects, message_center, admin_emails, privacy_email, admin_phones, gaps. */
#define ROW(id, name, language, effects, center, admins, privacy, phones, gaps)                                        \
    "INC-1," id "," name ",," language ",,,added," effects ",confirmed,mail,2,5,4,,2026-06-15T08:00:00Z,"              \
    "2026-06-15T09:30:00Z,domain," center "," admins "," privacy "," phones "," gaps ",2026-06-15T20:00:00Z\n"
#define RESOURCE(id, resource)                                                                                         \
    "INC-1,,mail," resource ",access,confirmed,1,1,,2026-06-15T08:00:00Z,2026-06-15T08:30:00Z,a.csv:2,"                \
    "2026-06-15T19:30:00Z," id ",domain\n"

struct world {
    struct dn_incidents incidents;
    struct dn_config config;
    struct dn_templates *templates;
    struct dn_affected_list affected;
    struct dn_resource_list resources;
    bool has_resources;
    const char *notice, *templates_folder;
    struct dn_instant now;
    struct dn_plan plan;
    struct dn_plan_reader reader;
    enum dn_status (*check)(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                            struct dn_error *err);
    void *check_context;
    struct dn_notes notes;
    struct dn_error err;
};

static inline char *world_file(const char *text)
{
    char *path = strdup("/tmp/dn-notice-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    return path;
}

static inline void world_drop(char *path)
{
    unlink(path);
    free(path);
}

/* Reads all of it; incident and affected needed, config and resources may be NULL. The first failure. */
static inline enum dn_status world_read(struct world *w, const char *incident, const char *config, const char *affected,
                                        const char *resources)
{
    *w = (struct world){.notice = "initial", .templates_folder = w->templates_folder};
    dn_instant_parse(DN_TEXT("2026-06-16T06:00:00Z"), &w->now);
    char *path = world_file(incident);
    enum dn_status status = dn_incidents_read(path, &w->incidents, &w->notes, &w->err);
    world_drop(path);
    if (status == DN_OK && config) {
        path = world_file(config);
        status = dn_config_read(path, &w->config, &w->err);
        world_drop(path);
    } else if (status == DN_OK) {
        status = dn_config_read(NULL, &w->config, &w->err);
    }
    if (status == DN_OK)
        status = dn_templates_load(w->templates_folder, &w->templates, &w->err);
    if (status == DN_OK) {
        path = world_file(affected);
        status = dn_affected_read(path, false, &w->affected, &w->err);
        world_drop(path);
        dn_affected_sort(&w->affected);
    }
    if (status == DN_OK && resources) {
        path = world_file(resources);
        status = dn_resources_read(path, &w->resources, &w->err);
        world_drop(path);
        w->has_resources = true;
    }
    return status;
}

static inline enum dn_status world_plan(struct world *w)
{
    struct dn_plan_source source = {.incidents = &w->incidents,
                                    .config = &w->config,
                                    .templates = w->templates,
                                    .affected = &w->affected,
                                    .resources = w->has_resources ? &w->resources : NULL,
                                    .notice = w->notice,
                                    .now = w->now,
                                    .check = w->check,
                                    .check_context = w->check_context};
    return dn_plan_make(&source, &w->plan, &w->notes, &w->err);
}

/* Reads and plans; ends the test when either fails. */
#define WORLD(w, incident, config, affected, resources)                                                                \
    do {                                                                                                               \
        enum dn_status world_status = world_read(w, incident, config, affected, resources);                            \
        ck_assert_msg(world_status == DN_OK, "%s", (w)->err.text);                                                     \
        world_status = world_plan(w);                                                                                  \
        ck_assert_msg(world_status == DN_OK, "%s", (w)->err.text);                                                     \
    } while (0)

static inline void world_clear(struct world *w)
{
    dn_plan_reader_clear(&w->reader);
    dn_plan_clear(&w->plan);
    dn_incidents_clear(&w->incidents);
    dn_config_clear(&w->config);
    dn_templates_free(w->templates);
    dn_affected_list_clear(&w->affected);
    dn_resource_list_clear(&w->resources);
    dn_notes_clear(&w->notes);
    *w = (struct world){0};
}

/* A row's content, good until the next one of another tenant. */
static inline const struct dn_content *world_content(struct world *w, size_t row)
{
    w->reader.plan = &w->plan;
    w->reader.all = true;
    const struct dn_content *content = dn_plan_content(&w->reader, dn_plan_at(&w->plan, row), &w->err);
    if (!content)
        abort();
    return content;
}

/* One line per row: "TENANT CHANNEL REQUIRED STATE RECIPIENT REASON", a reference-only row with " ref". */
static inline char *world_lines(const struct world *w)
{
    struct dn_buf lines = {0};
    for (size_t i = 0; i < w->plan.row_count; i++) {
        const struct dn_plan_row *row = dn_plan_at(&w->plan, i);
        const char *reason = strncmp(row->reason, "same-message:", 13) == 0 ? "same" : row->reason;
        dn_buf_addf(&lines, "%s %s %s %s [%s] %s%s\n", row->tenant->tenant_id, dn_channel_words[row->channel],
                    dn_required_words[row->required], dn_state_words[row->state], row->recipient, reason,
                    row->reference_only ? " ref" : "");
    }
    return dn_buf_take(&lines);
}

static inline const struct dn_note *world_note(const struct world *w, const char *word)
{
    for (size_t i = 0; i < w->notes.count; i++)
        if (w->notes.at[i].word && strcmp(w->notes.at[i].word, word) == 0)
            return &w->notes.at[i];
    return NULL;
}

#define CHECK_LINES(w, expected)                                                                                       \
    do {                                                                                                               \
        char *world_text = world_lines(w);                                                                             \
        ck_assert_str_eq(world_text, expected);                                                                        \
        free(world_text);                                                                                              \
    } while (0)

#endif
