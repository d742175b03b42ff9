/* Merging notices part by part: what is given replaces, what is not given stays. */
#include <string.h>

#include "base/alloc.h"
#include "incident/merge.h"

static char **string_at(const struct dn_field *field, void *part)
{
    return (char **)(void *)((char *)part + field->offset);
}

/* Takes the strings that from has. */
static void merge_strings(struct dn_revising *revising, const char *name, const struct dn_field *fields, void *part,
                          void *from)
{
    for (const struct dn_field *field = fields; field->key != NULL; field++) {
        char **old = string_at(field, part), **new = string_at(field, from);
        char *spare = *old;
        if (*new == NULL || (*old != NULL && strcmp(*old, *new) == 0))
            continue;
        dn_revise_say(revising, "notice.%s%s %s", name, field->key, *old == NULL ? "set" : "changed");
        *old = *new;
        *new = spare;
    }
}

static struct dn_notice_words *find_words(struct dn_notice_record *notice, const char *language)
{
    for (size_t i = 1; i < notice->word_count; i++)
        if (dn_text_equal_nocase(dn_text_of(notice->words[i].language), dn_text_of(language)))
            return &notice->words[i];
    return NULL;
}

static void merge_translation(struct dn_revising *revising, struct dn_notice_words *from)
{
    struct dn_notice_record *notice = &revising->incident->notice;
    struct dn_notice_words *words = find_words(notice, from->language);
    struct dn_buf name = {0};
    if (words == NULL) {
        struct dn_notice_words new = {.language = dn_strdup(from->language)};
        notice->words = dn_parts_add(notice->words, &notice->word_count, sizeof new, &new);
        words = &notice->words[notice->word_count - 1];
    }
    dn_buf_addf(&name, "text.%s.", words->language);
    merge_strings(revising, name.at, dn_words_fields, words, from);
    dn_buf_clear(&name);
}

/* Would this translation of a part tell the old story: its main words change, and it does not? */
static bool goes_stale(const struct dn_field *field, struct dn_notice_words *old, struct dn_notice_words *new,
                       struct dn_notice_words *words, struct dn_notice_words *new_words)
{
    char *before = *string_at(field, old), *after = *string_at(field, new);
    bool changes = before != NULL && after != NULL && strcmp(before, after) != 0;
    return changes && *string_at(field, words) != NULL && (new_words == NULL || *string_at(field, new_words) == NULL);
}

static void note_stale(struct dn_revising *revising, struct dn_notice_record *from)
{
    struct dn_notice_record *notice = &revising->incident->notice;
    for (size_t i = 1; i < notice->word_count; i++) {
        struct dn_notice_words *words = &notice->words[i];
        for (const struct dn_field *field = dn_words_fields; field->key != NULL; field++) {
            if (goes_stale(field, &notice->words[0], &from->words[0], words, find_words(from, words->language))) {
                dn_notes_attention(revising->notes, "stale-translation",
                                   "notice.%s changes, notice.text.%s.%s does not: translate it again", field->key,
                                   words->language, field->key);
            }
        }
    }
}

void dn_merge_notice(struct dn_revising *revising, struct dn_notice_record *from)
{
    struct dn_notice_record *notice = &revising->incident->notice;
    note_stale(revising, from);
    merge_strings(revising, "", dn_words_fields, &notice->words[0], &from->words[0]);
    merge_strings(revising, "contact.", dn_contact_fields, notice, from);
    if (dn_instant_is(from->next_update_at) &&
        (!dn_instant_is(notice->next_update_at) ||
         dn_instant_compare(from->next_update_at, notice->next_update_at) != 0)) {
        char old[DN_INSTANT_TEXT];
        dn_instant_format(notice->next_update_at, old); /* what was promised stays known: deadline-check asks for it */
        dn_revise_say(revising, "notice.next_update_at %s%s", old[0] != '\0' ? "changed from " : "set", old);
        notice->next_update_at = from->next_update_at;
    }
    for (size_t i = 1; i < from->word_count; i++)
        merge_translation(revising, &from->words[i]);
}
