#include "impact/spelling.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/hash.h"
#include "key/name.h"

#define ENTRIES ((size_t)1024)
#define MOST ((size_t)256) /* bytes of a text that is remembered */

struct dn_spelling_entry {
    uint64_t hash; /* 0: none */
    struct dn_buf text, spelt;
};

/* Only letters in capitals and those beyond ASCII are ever written another way, */
static bool all_small(struct dn_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.at[i] >= 0x80 || (text.at[i] >= 'A' && text.at[i] <= 'Z'))
            return false;
    return true;
}

/* and only in mail addresses (with @, or a claim with :), URLs (with ://) and GUIDs (36 characters, or 38 in braces).
 */
static bool stays(struct dn_text text)
{
    bool plain =
        text.size != 36 && text.size != 38 && !memchr(text.at, '@', text.size) && !memchr(text.at, ':', text.size);
    return plain || all_small(text);
}

static void spell_entry(struct dn_spelling_entry *entry, struct dn_text text)
{
    dn_buf_reset(&entry->text);
    dn_buf_addt(&entry->text, text);
    dn_buf_reset(&entry->spelt);
    dn_resource_canonical(text, &entry->spelt);
}

struct dn_text dn_spell(struct dn_spelling *spelling, struct dn_text text)
{
    if (text.size == 0 || stays(text))
        return text;
    if (!spelling->entries)
        spelling->entries = dn_alloc(ENTRIES, sizeof *spelling->entries);
    uint64_t hash = dn_keyhash(text, 0) | 1;
    struct dn_spelling_entry *entry = &spelling->entries[text.size > MOST ? 0 : (hash >> 32) % ENTRIES];
    if (entry->hash != hash || !dn_text_equal(dn_buf_text(&entry->text), text))
        spell_entry(entry, text);
    entry->hash = hash;
    return dn_buf_text(&entry->spelt);
}

void dn_spelling_clear(struct dn_spelling *spelling)
{
    for (size_t i = 0; spelling->entries && i < ENTRIES; i++) {
        dn_buf_clear(&spelling->entries[i].text);
        dn_buf_clear(&spelling->entries[i].spelt);
    }
    free(spelling->entries);
    *spelling = (struct dn_spelling){0};
}
