#include "tenant/contact.h"

#include "base/table.h"
#include "key/fold.h"
#include "key/name.h"

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

/* Sorts the addresses of a cell into usable ones, each once, and others. */
static void take_emails(const struct dn_tenant *tenant, enum dn_tenant_column column, struct dn_strings *usable,
                        struct dn_strings *invalid)
{
    struct dn_text rest = dn_tenant_cell(tenant, column), address;
    struct dn_table seen = {0};
    while (dn_text_next(&rest, ';', &address)) {
        struct dn_buf key = {0};
        bool added = false;
        if (dn_placeholder(address))
            continue;
        if (!dn_email_canonical(address, &key)) {
            dn_buf_addf(&key, "%s '%.*s'", dn_tenant_columns[column], (int)address.size, address.at);
            dn_strings_add(invalid, dn_buf_text(&key));
        } else {
            dn_table_add(&seen, dn_buf_text(&key), &added);
        }
        if (added)
            dn_strings_add(usable, address);
        dn_buf_clear(&key);
    }
    dn_table_clear(&seen);
}

/* The gaps of one kind of address, `before` being how many invalid ones there were before it. */
static unsigned email_gaps(const struct dn_strings *usable, const struct dn_strings *invalid, size_t before,
                           enum dn_gap none, enum dn_gap wrong)
{
    return (usable->count == 0 ? 1U << none : 0) | (invalid->count > before ? 1U << wrong : 0);
}

static void take_phones(const struct dn_tenant *tenant, struct dn_strings *phones)
{
    struct dn_text rest = dn_tenant_cell(tenant, DN_TENANT_ADMIN_PHONES), phone;
    struct dn_table seen = {0};
    while (dn_text_next(&rest, ';', &phone)) {
        bool added = false;
        if (!dn_placeholder(phone))
            dn_table_add(&seen, phone, &added);
        if (added)
            dn_strings_add(phones, phone);
    }
    dn_table_clear(&seen);
}

static const char *message_center_of(const struct dn_tenant *tenant)
{
    static const char *const words[] = {"yes", "no", "hidden", NULL};
    struct dn_text cell = dn_tenant_cell(tenant, DN_TENANT_MESSAGE_CENTER);
    for (size_t i = 0; words[i]; i++)
        if (dn_text_equal_nocase(cell, dn_text_of(words[i])))
            return words[i];
    return "";
}

static bool stale(const struct dn_tenant *tenant, struct dn_instant now, int64_t stale_s)
{
    struct dn_text cell = dn_tenant_cell(tenant, DN_TENANT_CONTACTS_VALIDATED_AT);
    struct dn_instant at;
    if (cell.size == 0)
        return false;
    return !dn_instant_parse(cell, &at) || dn_instant_compare(dn_instant_add(at, stale_s), now) < 0;
}

/* A time that is still to come is a plan, one that cannot be read is taken as past. */
static bool deleted(const struct dn_tenant *tenant, struct dn_instant now)
{
    struct dn_text cell = dn_tenant_cell(tenant, DN_TENANT_DELETED_AT);
    struct dn_instant at;
    return cell.size && (!dn_instant_parse(cell, &at) || dn_instant_compare(at, now) <= 0);
}

static unsigned other_gaps(const struct dn_tenant *tenant, const struct dn_contacts *contacts, struct dn_instant now,
                           int64_t stale_s)
{
    int64_t readers = -1;
    dn_text_number(dn_tenant_cell(tenant, DN_TENANT_MESSAGE_CENTER_READERS), &readers);
    return (contacts->phones.count == 0 ? 1U << DN_GAP_NO_PHONE : 0) |
           (readers == 0 ? 1U << DN_GAP_NO_PRIVACY_READER : 0) |
           (contacts->message_center[0] == 'h' ? 1U << DN_GAP_MESSAGE_CENTER_HIDDEN : 0) |
           (stale(tenant, now, stale_s) ? 1U << DN_GAP_STALE_CONTACTS : 0) |
           (deleted(tenant, now) ? 1U << DN_GAP_TENANT_DELETED : 0);
}

void dn_contacts_of(const struct dn_tenant *tenant, struct dn_instant now, int64_t stale_s,
                    struct dn_contacts *contacts)
{
    *contacts = (struct dn_contacts){.message_center = message_center_of(tenant)};
    take_emails(tenant, DN_TENANT_ADMIN_EMAILS, &contacts->admin_emails, &contacts->invalid);
    contacts->gaps |=
        email_gaps(&contacts->admin_emails, &contacts->invalid, 0, DN_GAP_NO_ADMIN_EMAIL, DN_GAP_INVALID_ADMIN_EMAIL);
    size_t before = contacts->invalid.count;
    take_emails(tenant, DN_TENANT_PRIVACY_EMAIL, &contacts->privacy_emails, &contacts->invalid);
    contacts->gaps |= email_gaps(&contacts->privacy_emails, &contacts->invalid, before, DN_GAP_NO_PRIVACY_CONTACT,
                                 DN_GAP_INVALID_PRIVACY_EMAIL);
    take_phones(tenant, &contacts->phones);
    contacts->gaps |= other_gaps(tenant, contacts, now, stale_s);
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
    dn_strings_clear(&contacts->admin_emails);
    dn_strings_clear(&contacts->privacy_emails);
    dn_strings_clear(&contacts->phones);
    dn_strings_clear(&contacts->invalid);
    *contacts = (struct dn_contacts){0};
}
