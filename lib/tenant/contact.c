#include "tenant/contact.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/table.h"
#include "key/fold.h"
#include "key/name.h"
#include "tenant/list.h"

const char *const dn_gap_words[] = {"no-admin-email",
                                    "no-privacy-contact",
                                    "no-phone",
                                    "no-privacy-reader",
                                    "message-center-hidden",
                                    "invalid-admin-email",
                                    "invalid-privacy-email",
                                    "stale-contacts",
                                    "contact-compromised",
                                    "tenant-deleted",
                                    NULL};

void dn_mailbox_key(struct dn_text address, struct dn_buf *into)
{
    struct dn_buf canonical = {0};
    if (dn_email_canonical(dn_text_trim(address), &canonical))
        dn_fold_add(dn_buf_text(&canonical), into);
    else
        dn_resource_canonical(address, into);
    dn_buf_clear(&canonical);
}

/* Lists that are longer are looked up in a table. */
#define SHORT_LIST 8

/* What a list has so far: keys one behind the other, for the first few. */
struct seen {
    struct dn_buf *keys;
    size_t ends[SHORT_LIST];
    struct dn_table table;
};

/* Nothing yet; ends are looked at once they are set. (Zeroing all of it took longer than most lists.) */
static void begin(struct seen *seen, struct dn_buf *keys)
{
    dn_buf_reset(keys);
    seen->keys = keys;
    seen->table = (struct dn_table){0};
}

/* Is the key behind the last end, that of the next entry of the list, there already? */
static bool is_again(struct seen *seen, size_t count)
{
    size_t begin = count ? seen->ends[(count < SHORT_LIST ? count : SHORT_LIST) - 1] : 0;
    struct dn_text key = {seen->keys->at + begin, seen->keys->size - begin};
    for (size_t i = 0, from = 0; i < count && i < SHORT_LIST; from = seen->ends[i++])
        if (dn_text_equal(key, (struct dn_text){seen->keys->at + from, seen->ends[i] - from}))
            return true;
    bool added = true;
    if (count >= SHORT_LIST)
        dn_table_add(&seen->table, key, &added);
    return !added;
}

/* Adds a text to the list unless its key, which was appended to the keys, is there. */
static void take(struct dn_contact_list *list, struct seen *seen, struct dn_text text)
{
    size_t count = list->count, before = count == 0 ? 0 : seen->ends[(count < SHORT_LIST ? count : SHORT_LIST) - 1];
    if (!is_again(seen, count)) {
        list->at = dn_grow(list->at, count, &list->room, sizeof *list->at);
        list->at[list->count++] = text;
        if (count < SHORT_LIST) {
            seen->ends[count] = seen->keys->size;
            return;
        }
    }
    seen->keys->size = before;
}

/* Sorts the addresses of a cell into usable ones, each once, and others. */
static void take_emails(const struct dn_text *cells, enum dn_tenant_column column, struct dn_contact_list *usable,
                        struct dn_contacts *contacts)
{
    struct dn_text rest = cells[column], address;
    struct seen seen;
    usable->count = 0;
    begin(&seen, &contacts->keys);
    while (rest.size) {
        if (!dn_list_next(&rest, &address) || (address.size <= DN_PLACEHOLDER_MOST && dn_placeholder(address)))
            continue;
        if (dn_email_canonical(address, &contacts->keys)) {
            take(usable, &seen, address);
            continue;
        }
        struct dn_buf words = {0};
        dn_buf_addf(&words, "%s '%.*s'", dn_tenant_columns[column], (int)address.size, address.at);
        dn_strings_add(&contacts->invalid, dn_buf_text(&words));
        dn_buf_clear(&words);
    }
    if (usable->count > SHORT_LIST)
        dn_table_clear(&seen.table);
}

/* The gaps of one kind of address, `before` being how many invalid ones there were before it. */
static unsigned email_gaps(const struct dn_contact_list *usable, const struct dn_strings *invalid, size_t before,
                           enum dn_gap none, enum dn_gap wrong)
{
    return (usable->count == 0 ? 1U << none : 0) | (invalid->count > before ? 1U << wrong : 0);
}

static void take_phones(const struct dn_text *cells, struct dn_contacts *contacts)
{
    struct dn_text rest = cells[DN_TENANT_ADMIN_PHONES], phone;
    struct seen seen;
    contacts->phones.count = 0;
    begin(&seen, &contacts->keys);
    while (rest.size) {
        if (!dn_list_next(&rest, &phone) || dn_placeholder(phone))
            continue;
        dn_buf_addt(&contacts->keys, phone);
        take(&contacts->phones, &seen, phone);
    }
    if (contacts->phones.count > SHORT_LIST)
        dn_table_clear(&seen.table);
}

static const char *message_center_of(const struct dn_text *cells)
{
    static const char *const words[] = {"yes", "no", "hidden", NULL};
    struct dn_text cell = cells[DN_TENANT_MESSAGE_CENTER];
    for (size_t i = 0; cell.size && words[i]; i++)
        if (dn_text_equal_nocase(cell, dn_text_of(words[i])))
            return words[i];
    return "";
}

static bool stale(const struct dn_text *cells, struct dn_instant now, int64_t stale_s)
{
    struct dn_text cell = cells[DN_TENANT_CONTACTS_VALIDATED_AT];
    struct dn_instant at;
    if (cell.size == 0)
        return false;
    return !dn_instant_parse(cell, &at) || dn_instant_compare(dn_instant_add(at, stale_s), now) < 0;
}

/* A time that is still to come is a plan, one that cannot be read is taken as past. */
static bool deleted(const struct dn_text *cells, struct dn_instant now)
{
    struct dn_text cell = cells[DN_TENANT_DELETED_AT];
    struct dn_instant at;
    return cell.size && (!dn_instant_parse(cell, &at) || dn_instant_compare(at, now) <= 0);
}

static unsigned other_gaps(const struct dn_text *cells, const struct dn_contacts *contacts, struct dn_instant now,
                           int64_t stale_s)
{
    int64_t readers = -1;
    dn_text_number(cells[DN_TENANT_MESSAGE_CENTER_READERS], &readers);
    return (contacts->phones.count == 0 ? 1U << DN_GAP_NO_PHONE : 0) |
           (readers == 0 ? 1U << DN_GAP_NO_PRIVACY_READER : 0) |
           (contacts->message_center[0] == 'h' ? 1U << DN_GAP_MESSAGE_CENTER_HIDDEN : 0) |
           (stale(cells, now, stale_s) ? 1U << DN_GAP_STALE_CONTACTS : 0) |
           (deleted(cells, now) ? 1U << DN_GAP_TENANT_DELETED : 0);
}

void dn_contacts_from(const struct dn_text cells[DN_TENANT_COLUMNS], struct dn_instant now, int64_t stale_s,
                      struct dn_contacts *contacts)
{
    if (contacts->invalid.count)
        dn_strings_clear(&contacts->invalid);
    contacts->message_center = message_center_of(cells);
    take_emails(cells, DN_TENANT_ADMIN_EMAILS, &contacts->admin_emails, contacts);
    contacts->gaps =
        email_gaps(&contacts->admin_emails, &contacts->invalid, 0, DN_GAP_NO_ADMIN_EMAIL, DN_GAP_INVALID_ADMIN_EMAIL);
    size_t before = contacts->invalid.count;
    take_emails(cells, DN_TENANT_PRIVACY_EMAIL, &contacts->privacy_emails, contacts);
    contacts->gaps |= email_gaps(&contacts->privacy_emails, &contacts->invalid, before, DN_GAP_NO_PRIVACY_CONTACT,
                                 DN_GAP_INVALID_PRIVACY_EMAIL);
    take_phones(cells, contacts);
    contacts->gaps |= other_gaps(cells, contacts, now, stale_s);
}

void dn_contacts_of(const struct dn_tenant *tenant, struct dn_instant now, int64_t stale_s,
                    struct dn_contacts *contacts)
{
    struct dn_text cells[DN_TENANT_COLUMNS];
    dn_tenant_cells(tenant, cells);
    dn_contacts_from(cells, now, stale_s, contacts);
}

void dn_gaps_add_to(struct dn_buf *buf, unsigned gaps)
{
    bool first = true;
    for (size_t i = 0; dn_gap_words[i]; i++) {
        if (!(gaps & 1U << i))
            continue;
        dn_buf_addf(buf, "%s%s", first ? "" : ";", dn_gap_words[i]);
        first = false;
    }
}

void dn_contacts_clear(struct dn_contacts *contacts)
{
    free(contacts->admin_emails.at);
    free(contacts->privacy_emails.at);
    free(contacts->phones.at);
    dn_buf_clear(&contacts->keys);
    dn_strings_clear(&contacts->invalid);
    *contacts = (struct dn_contacts){0};
}
