/* Reading what the notice says: the main words, the contact, the translations. */
#include "base/alloc.h"
#include "incident/parts.h"

/* A language tag as tenants have it: "fr", "fr-CA". */
static bool language_valid(struct dn_text tag)
{
    bool letter_first = tag.size >= 2 && tag.size <= 35 && tag.at[0] != '-';
    for (size_t i = 0; i < tag.size && letter_first; i++) {
        char c = tag.at[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        letter_first = alphanumeric || c == '-';
    }
    return letter_first;
}

static enum dn_status read_translation(const struct dn_record_reading *r, const struct dn_yaml *key,
                                       const struct dn_yaml *node, struct dn_notice_words *words)
{
    if (!language_valid(key->text))
        return dn_yaml_error(r->file, key, r->err, "'%s' is not a language tag such as fr or fr-CA", key->text.at);
    words->language = dn_strndup(key->text.at, key->text.size);
    return dn_fields_read(r, node, dn_words_fields, NULL, words);
}

static enum dn_status read_translations(const struct dn_record_reading *r, const struct dn_yaml *text,
                                        struct dn_notice_record *notice)
{
    enum dn_status status = DN_OK;
    if (text == NULL)
        return DN_OK;
    if (text->kind != DN_YAML_MAP)
        return dn_yaml_error(r->file, text, r->err, "text is a map of languages: 'fr: {summary: ...}'");
    notice->words = dn_realloc(notice->words, text->count + 1, sizeof *notice->words);
    for (size_t i = 0; i < text->count && status == DN_OK; i++) {
        notice->words[notice->word_count] = (struct dn_notice_words){0};
        status = read_translation(r, &text->keys[i], &text->at[i], &notice->words[notice->word_count++]);
    }
    return status;
}

enum dn_status dn_notice_read(const struct dn_record_reading *r, const struct dn_yaml *node,
                              struct dn_notice_record *notice)
{
    static const char *const also[] = {"contact", "next_update_at", "text", NULL};
    notice->words = dn_alloc(1, sizeof *notice->words);
    notice->words[0].language = dn_strdup("");
    notice->word_count = 1;
    notice->next_update_at = DN_INSTANT_NONE;
    if (node == NULL)
        return DN_OK;
    const struct dn_yaml *contact = dn_yaml_find(node, "contact");
    enum dn_status status = dn_fields_read(r, node, dn_words_fields, also, &notice->words[0]);
    if (status == DN_OK)
        status = dn_fields_take(r, node, dn_update_fields, notice);
    if (status == DN_OK && contact != NULL)
        status = dn_fields_read(r, contact, dn_contact_fields, NULL, notice);
    return status == DN_OK ? read_translations(r, dn_yaml_find(node, "text"), notice) : status;
}
