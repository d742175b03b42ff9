#include "channel/bounce_tie.h"

#include <string.h>

#define KEY_DIGITS (DN_SHA256_HEX - 1)

enum dn_status dn_bounce_keys_read(const char *ledger, struct dn_bounce_keys *keys, struct dn_error *err)
{
    struct dn_ledger_reader *reader = NULL;
    struct dn_ledger_row row;
    bool added;
    enum dn_status status = dn_ledger_read_open(ledger, &reader, err);
    keys->known = true;
    while (status == DN_OK && (status = dn_ledger_read_next(reader, &row, err)) == DN_OK) {
        if (row.key.size != KEY_DIGITS)
            continue;
        size_t entry = dn_table_add(&keys->heads, (struct dn_text){row.key.at, DN_BOUNCE_PREFIX}, &added);
        if (added)
            dn_strings_add(&keys->keys, row.key);
        else if (!dn_text_is(row.key, keys->keys.at[entry]))
            keys->keys.at[entry][0] = '\0';
    }
    dn_ledger_read_close(reader);
    return status == DN_END ? DN_OK : status;
}

void dn_bounce_keys_clear(struct dn_bounce_keys *keys)
{
    dn_table_clear(&keys->heads);
    dn_strings_clear(&keys->keys);
    *keys = (struct dn_bounce_keys){0};
}

/* Copies digits in lower case as long as they are any; how many there are. */
static size_t copy_digits(struct dn_text text, char *into, size_t most)
{
    size_t count = 0;
    while (count < text.size) {
        char c = text.at[count];
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            break;
        if (count < most)
            into[count] = c;
        count++;
    }
    return count;
}

static void take_head(struct dn_bounce_tie *tie, const char *digits)
{
    if (!tie->head[0])
        memcpy(tie->head, digits, DN_BOUNCE_PREFIX);
    else if (memcmp(tie->head, digits, DN_BOUNCE_PREFIX) != 0)
        tie->torn = true;
}

void dn_bounce_tie_envelope(struct dn_bounce_tie *tie, struct dn_text value)
{
    char key[DN_SHA256_HEX] = "";
    struct dn_text text = dn_text_trim(value);
    if (text.size != KEY_DIGITS || copy_digits(text, key, KEY_DIGITS) != KEY_DIGITS)
        return;
    take_head(tie, key);
    if (tie->key[0] && strcmp(tie->key, key) != 0)
        tie->torn = true;
    memcpy(tie->key, key, sizeof key);
}

/* Digits, as many as there must be, and an @. */
static void take_address(struct dn_bounce_tie *tie, struct dn_text text)
{
    char digits[DN_BOUNCE_PREFIX];
    if (copy_digits(text, digits, sizeof digits) == sizeof digits && text.size > sizeof digits &&
        text.at[sizeof digits] == '@')
        take_head(tie, digits);
}

void dn_bounce_tie_path(struct dn_bounce_tie *tie, struct dn_text value)
{
    const size_t mark = sizeof "bounces+" - 1;
    for (size_t i = 0; i + mark <= value.size; i++) {
        struct dn_text word = {value.at + i, mark};
        bool begins = i == 0 || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_=",
                                        value.at[i - 1] ? value.at[i - 1] : ' ');
        if (begins && dn_text_equal_nocase(word, DN_TEXT("bounces+")))
            take_address(tie, (struct dn_text){value.at + i + mark, value.size - i - mark});
    }
}

void dn_bounce_tie_message_id(struct dn_bounce_tie *tie, struct dn_text value)
{
    struct dn_text text = dn_text_trim(value);
    if (text.size && text.at[0] == '<')
        text = (struct dn_text){text.at + 1, text.size - 1};
    take_address(tie, text);
}

void dn_bounce_tie_key(const struct dn_bounce_tie *tie, const struct dn_bounce_keys *keys, char key[DN_SHA256_HEX],
                       bool *half)
{
    key[0] = '\0';
    *half = false;
    if (tie->torn || !tie->head[0])
        return;
    if (!keys->known) {
        memcpy(key, tie->key, DN_SHA256_HEX);
        *half = !tie->key[0];
        return;
    }
    size_t entry = dn_table_find(&keys->heads, (struct dn_text){tie->head, DN_BOUNCE_PREFIX});
    const char *whole = entry == SIZE_MAX ? "" : keys->keys.at[entry];
    if (*whole && (!tie->key[0] || strcmp(tie->key, whole) == 0))
        memcpy(key, whole, DN_SHA256_HEX);
}
