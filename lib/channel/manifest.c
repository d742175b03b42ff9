#include "channel/manifest.h"

#include <jansson.h>
#include <string.h>

#include "base/table.h"
#include "channel/curl_late.h"
#include "channel/gmime_late.h"
#include "data/data.h"
#include "time/tzdata.h"

#define TEMPLATES "templates/"

static void say_time(struct dn_archive *archive, const char *word, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT] = "";
    if (dn_instant_is(at))
        dn_instant_format(at, text);
    dn_archive_say(archive, "%s: %s", word, text);
}

static void say_given(struct dn_archive *archive, const char *word, const char *value)
{
    if (value && *value)
        dn_archive_say(archive, "%s: %s", word, value);
}

static enum dn_status say_versions(struct dn_archive *archive, struct dn_error *err)
{
    char tzdata[DN_TZDATA_VERSION];
    const struct dn_gmime *gmime;
    enum dn_status status = dn_curl_load(err);
    if (status == DN_OK)
        status = dn_gmime_load(&gmime, err);
    if (status != DN_OK)
        return status;
    dn_tzdata_version(tzdata);
    dn_archive_say(archive, "version: duenotice %s", DN_VERSION);
    dn_archive_say(archive, "libraries: %s gmime/%u.%u.%u jansson/%s", curl_version(), *gmime->major, *gmime->minor,
                   *gmime->micro, jansson_version_str());
    dn_archive_say(archive, "tzdata: %s", tzdata);
    return DN_OK;
}

static void say_incident(struct dn_archive *archive, const struct dn_incident *incident)
{
    dn_archive_say(archive, "incident: %s %s%s revision=%zu", incident->id, dn_incident_status_words[incident->status],
                   incident->drill ? " drill" : "", incident->revision_count);
    say_time(archive, "declared", dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED));
    if (!incident->revision_count)
        return;
    const struct dn_revision *last = &incident->revisions[incident->revision_count - 1];
    say_time(archive, "revised", last->at);
}

/* A span of times while it grows. */
struct span {
    struct dn_instant from, to;
};

static void widen(struct span *span, struct dn_instant first, struct dn_instant last)
{
    span->from = dn_instant_min(span->from, first);
    span->to = dn_instant_max(span->to, last);
}

static void say_span(struct dn_archive *archive, const char *word, size_t rows, struct span span)
{
    char from[DN_INSTANT_TEXT] = "", to[DN_INSTANT_TEXT] = "";
    if (dn_instant_is(span.from))
        dn_instant_format(span.from, from);
    if (dn_instant_is(span.to))
        dn_instant_format(span.to, to);
    dn_archive_say(archive, "%s: rows=%zu first_seen=%s last_seen=%s", word, rows, from, to);
}

static void say_affected(struct dn_archive *archive, const struct dn_affected_list *affected)
{
    struct span span = {DN_INSTANT_NONE, DN_INSTANT_NONE};
    struct dn_affected_reader reader = {.list = affected};
    for (size_t i = 0; i < affected->count; i++) {
        const struct dn_affected *row = dn_affected_at(&reader, i);
        widen(&span, row->first_seen, row->last_seen);
    }
    dn_affected_reader_clear(&reader);
    say_span(archive, "affected", affected->count, span);
}

/* "export.csv:17": the file without its line. */
static struct dn_text file_of(const char *evidence)
{
    const char *line = strrchr(evidence, ':');
    return (struct dn_text){evidence, line ? (size_t)(line - evidence) : strlen(evidence)};
}

static void say_resources(struct dn_archive *archive, const struct dn_resource_list *resources)
{
    struct span span = {DN_INSTANT_NONE, DN_INSTANT_NONE};
    struct dn_table files = {0};
    struct dn_resource_reader reader = {.list = resources};
    for (size_t i = 0; i < resources->count; i++) {
        const struct dn_resource *row = dn_resources_at(&reader, i);
        widen(&span, row->first_seen, row->last_seen);
        dn_table_add(&files, file_of(row->evidence), NULL);
    }
    dn_resource_reader_clear(&reader);
    say_span(archive, "resources", resources->count, span);
    for (size_t i = 0; i < files.count; i++)
        dn_archive_say(archive, "evidence: %.*s", (int)dn_table_key(&files, i).size, dn_table_key(&files, i).at);
    dn_table_clear(&files);
}

/* No stream carries it. Who sends may know. */
static void say_profiles(struct dn_archive *archive, const struct dn_profiles *profiles)
{
    for (size_t i = 0; i < profiles->count; i++)
        dn_archive_say(archive, "profile: %s", profiles->at[i].name);
    if (!profiles->count)
        dn_archive_say(archive, "profile: unknown: the streams do not name it, see the run of impact-resolve");
}

static enum dn_status say_run(struct dn_archive *archive, const struct dn_manifest_run *run, struct dn_error *err)
{
    const struct dn_plan_source *source = &run->plan->source;
    dn_archive_say(archive, "duenotice/manifest/1");
    enum dn_status status = say_versions(archive, err);
    if (status != DN_OK)
        return status;
    say_time(archive, "begun", run->at);
    say_given(archive, "by", run->by);
    say_given(archive, "approved_by", run->approved_by);
    say_given(archive, "notice", run->notice);
    say_given(archive, "rehearsal", run->rehearsed_to);
    say_given(archive, "ledger", run->ledger);
    say_given(archive, "outbox", run->outbox);
    dn_archive_say(archive, "plan: %s rows=%zu", run->plan->digest, run->plan->row_count);
    for (size_t i = 0; i < source->incidents->count; i++)
        say_incident(archive, &source->incidents->at[i]);
    say_affected(archive, source->affected);
    if (source->resources)
        say_resources(archive, source->resources);
    say_profiles(archive, run->profiles);
    return DN_OK;
}

static enum dn_status keep_embedded(struct dn_archive *archive, const char *word, const struct dn_data_file *file,
                                    struct dn_error *err)
{
    struct dn_buf words = {0};
    dn_buf_addf(&words, "input %s (embedded) '%s'", word, strchr(file->path, '/') + 1);
    enum dn_status status = dn_archive_input(archive, (struct dn_text){file->bytes, file->size}, words.at, err);
    dn_buf_clear(&words);
    return status;
}

/* The embedded ones; a folder of one's own is among the inputs. */
static enum dn_status keep_templates(struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < dn_data_file_count && status == DN_OK; i++)
        if (strncmp(dn_data_files[i].path, TEMPLATES, strlen(TEMPLATES)) == 0)
            status = keep_embedded(archive, "template", &dn_data_files[i], err);
    return status;
}

/* The same with profiles. */
static enum dn_status keep_profiles(struct dn_archive *archive, const struct dn_strings *given, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < given->count && status == DN_OK; i++) {
        const struct dn_data_file *file = dn_profile_stock(given->at[i]);
        if (file)
            status = keep_embedded(archive, "profile", file, err);
    }
    return status;
}

enum dn_status dn_manifest_begin(const struct dn_manifest_run *run, const struct dn_witness *witness,
                                 struct dn_archive *archive, struct dn_error *err)
{
    enum dn_status status = say_run(archive, run, err);
    if (status == DN_OK)
        status = dn_witness_keep(witness, archive, err);
    if (status == DN_OK && !run->plan->source.config->templates)
        status = keep_templates(archive, err);
    if (status == DN_OK)
        status = keep_profiles(archive, run->profiles_given, err);
    return status == DN_OK ? dn_archive_sync(archive, err) : status;
}

enum dn_status dn_manifest_see(void *context, const struct dn_plan_row *row, struct dn_text bytes, struct dn_error *err)
{
    struct dn_buf words = {0};
    dn_buf_addf(&words, "sent %s %s", dn_channel_words[row->channel], row->key);
    enum dn_status status = dn_archive_keep(context, bytes, words.at, err);
    dn_buf_clear(&words);
    return status;
}

enum dn_status dn_manifest_settle(void *context, struct dn_error *err)
{
    return dn_archive_sync(context, err);
}

enum dn_status dn_manifest_end(const struct dn_ledger *ledger, struct dn_instant at, struct dn_archive *archive,
                               struct dn_error *err)
{
    struct dn_buf head = {0};
    dn_ledger_head(ledger, &head);
    dn_archive_say(archive, "head: %s", head.at);
    say_time(archive, "ended", at);
    dn_buf_clear(&head);
    return dn_archive_end(archive, err);
}
