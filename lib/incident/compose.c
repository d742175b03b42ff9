#include "incident/compose.h"

#include <string.h>

#include "incident/parts.h"

/* One key and where its value stands: a text or a list. */
struct said {
    const char *key;
    const char *text;
    const struct dn_strings *list;
};

#define MOST_SAID 10

static size_t count_given(const struct said *said, size_t count)
{
    size_t given = 0;
    for (size_t i = 0; i < count; i++)
        given += said[i].text != NULL || (said[i].list != NULL && said[i].list->count > 0) ? 1 : 0;
    return given;
}

static void put(struct dn_yaml_writer *w, const struct said *said, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (said[i].text != NULL)
            dn_yaml_put(w, said[i].key, said[i].text);
        else if (said[i].list != NULL)
            dn_yaml_put_list(w, said[i].key, said[i].list);
}

static size_t say_head(const struct dn_incident_words *words, struct said said[MOST_SAID])
{
    const struct said head[] = {{"id", words->id, NULL},
                                {"title", words->title, NULL},
                                {"kind", words->kind, NULL},
                                {"provider_role", words->provider_role, NULL}};
    memcpy(said, head, sizeof head);
    return sizeof head / sizeof head[0];
}

static size_t say_finding(const struct dn_incident_words *words, struct said said[MOST_SAID])
{
    const struct said finding[] = {{"effect", words->effect, NULL},   {"cause", words->cause, NULL},
                                   {"data", words->data, NULL},       {"confidence", words->confidence, NULL},
                                   {"service", words->service, NULL}, {"data_types", NULL, &words->data_types}};
    memcpy(said, finding, sizeof finding);
    return sizeof finding / sizeof finding[0];
}

static size_t say_scope(const struct dn_incident_words *words, struct said said[MOST_SAID])
{
    const struct said scope[] = {{"from", words->from, NULL},
                                 {"until", words->until, NULL},
                                 {"addresses", NULL, &words->addresses},
                                 {"actors", NULL, &words->actors},
                                 {"operations", NULL, &words->operations},
                                 {"resources", NULL, &words->resources},
                                 {"user_agents", NULL, &words->user_agents},
                                 {"sessions", NULL, &words->sessions},
                                 {"certainty", words->certainty, NULL}};
    memcpy(said, scope, sizeof scope);
    return sizeof scope / sizeof scope[0];
}

static size_t say_notice(const struct dn_incident_words *words, struct said said[MOST_SAID])
{
    const struct said notice[] = {{"summary", words->summary, NULL},
                                  {"consequences", words->consequences, NULL},
                                  {"measures", words->measures, NULL},
                                  {"customer_actions", words->customer_actions, NULL},
                                  {"next_update_at", words->next_update, NULL}};
    memcpy(said, notice, sizeof notice);
    return sizeof notice / sizeof notice[0];
}

static size_t say_contact(const struct dn_incident_words *words, struct said said[MOST_SAID])
{
    const struct said contact[] = {{"name", words->contact_name, NULL},
                                   {"email", words->contact_email, NULL},
                                   {"phone", words->contact_phone, NULL}};
    memcpy(said, contact, sizeof contact);
    return sizeof contact / sizeof contact[0];
}

static size_t (*const sayers[])(const struct dn_incident_words *words, struct said said[MOST_SAID]) = {
    say_head, say_finding, say_scope, say_notice, say_contact};
#define SAYERS (sizeof sayers / sizeof sayers[0])

bool dn_incident_words_given(const struct dn_incident_words *words)
{
    struct said said[MOST_SAID];
    for (size_t i = 0; i < SAYERS; i++)
        if (count_given(said, sayers[i](words, said)) > 0)
            return true;
    return words->drill || words->started != NULL || words->detected != NULL;
}

/* The writer would make U+FFFD of what is not UTF-8: a value must not change without a word. */
static enum dn_status check_utf8(const struct said *said, size_t count, struct dn_error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool fine = said[i].text == NULL || dn_text_utf8(dn_text_of(said[i].text), NULL);
        for (size_t k = 0; said[i].list != NULL && k < said[i].list->count && fine; k++)
            fine = dn_text_utf8(dn_text_of(said[i].list->at[k]), NULL);
        if (!fine)
            return dn_error_set(err, DN_INVALID, "%s is not valid UTF-8", said[i].key);
    }
    return DN_OK;
}

static enum dn_status check_words(const struct dn_incident_words *words, struct dn_error *err)
{
    struct said said[MOST_SAID];
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < SAYERS && status == DN_OK; i++)
        status = check_utf8(said, sayers[i](words, said), err);
    size_t scope = say_scope(words, said);
    if (status == DN_OK && words->certainty != NULL && count_given(said, scope) == 1)
        return dn_error_set(err, DN_INVALID, "certainty alone would put everything in scope: say of what");
    return status;
}

/* `key:` with one element that has what is said, if anything is. */
static void put_list_of_one(struct dn_yaml_writer *w, const char *key, const struct said *said, size_t count)
{
    if (count_given(said, count) > 0) {
        dn_yaml_open_list(w, key);
        dn_yaml_open_map(w, NULL);
        put(w, said, count);
        dn_yaml_close(w);
        dn_yaml_close(w);
    }
}

static void put_stage(struct dn_yaml_writer *w, const char *stage, const char *at, const char *by)
{
    if (at != NULL) {
        dn_yaml_open_map(w, NULL);
        dn_yaml_put(w, "stage", stage);
        dn_yaml_put(w, "at", at);
        dn_yaml_put(w, "by", by);
        dn_yaml_close(w);
    }
}

static void put_timeline(struct dn_yaml_writer *w, const struct dn_incident_words *words, const char *by)
{
    if (words->started != NULL || words->detected != NULL) {
        dn_yaml_open_list(w, "timeline");
        put_stage(w, dn_stage_words[DN_STAGE_EVENT_STARTED], words->started, by);
        put_stage(w, dn_stage_words[DN_STAGE_EVENT_DETECTED], words->detected, by);
        dn_yaml_close(w);
    }
}

static void put_notice(struct dn_yaml_writer *w, const struct dn_incident_words *words)
{
    struct said notice[MOST_SAID], contact[MOST_SAID];
    size_t notice_count = say_notice(words, notice), contact_count = say_contact(words, contact);
    if (count_given(notice, notice_count) + count_given(contact, contact_count) == 0)
        return;
    dn_yaml_open_map(w, "notice");
    put(w, notice, notice_count);
    if (count_given(contact, contact_count) > 0) {
        dn_yaml_open_map(w, "contact");
        put(w, contact, contact_count);
        dn_yaml_close(w);
    }
    dn_yaml_close(w);
}

static void write_words(const struct dn_incident_words *words, const char *by, struct dn_buf *out)
{
    struct dn_yaml_writer writer = {.out = out};
    struct said said[MOST_SAID];
    dn_yaml_document(&writer, 0);
    dn_yaml_put(&writer, "schema", "duenotice/incident/1");
    put(&writer, said, say_head(words, said));
    dn_yaml_put_bool(&writer, "drill", words->drill);
    put_list_of_one(&writer, "findings", said, say_finding(words, said));
    put_list_of_one(&writer, "scope", said, say_scope(words, said));
    put_timeline(&writer, words, by);
    put_notice(&writer, words);
}

/* The place in a text that nobody has seen says nothing. */
static void drop_place(struct dn_error *err, const char *name)
{
    size_t size = strlen(name);
    if (strncmp(err->text, name, size) == 0 && err->text[size] == ':') {
        const char *words = strstr(err->text, ": ");
        memmove(err->text, words + 2, strlen(words + 2) + 1);
    }
}

enum dn_status dn_incident_compose(const struct dn_incident_words *words, const char *by, struct dn_incident *incident,
                                   struct dn_notes *notes, struct dn_error *err)
{
    static const char name[] = "options";
    struct dn_buf text = {0};
    enum dn_status status = check_words(words, err);
    if (status != DN_OK)
        return status;
    write_words(words, by, &text);
    status = dn_incident_read_bytes(dn_buf_text(&text), name, incident, notes, err);
    if (status != DN_OK)
        drop_place(err, name);
    incident->given = 0;
    dn_buf_clear(&text);
    return status;
}

void dn_incident_words_clear(struct dn_incident_words *words)
{
    struct dn_strings *lists[] = {&words->data_types, &words->addresses,   &words->actors,  &words->operations,
                                  &words->resources,  &words->user_agents, &words->sessions};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        dn_strings_clear(lists[i]);
}
