#include "notice/reach.h"

#include <stdlib.h>
#include <string.h>

#include "key/fold.h"
#include "key/name.h"
#include "tenant/cell.h"
#include "tenant/contact.h"

enum dn_status dn_suspects_set(struct dn_suspects *suspects, const struct dn_resource_list *resources,
                               struct dn_error *err)
{
    struct dn_resource_reader reader = {.list = resources};
    struct dn_buf key = {0};
    suspects->has_resources = resources;
    for (size_t i = 0; resources && i < resources->count; i++) {
        struct dn_text resource = dn_text_of(dn_resources_at(&reader, i)->resource);
        if (dn_name_kind_of(resource) != DN_NAME_EMAIL)
            continue;
        dn_buf_reset(&key);
        dn_mailbox_key(resource, &key);
        dn_roll_add(&suspects->mailboxes, dn_hash_wide(dn_buf_text(&key), 0), 0, (uint32_t)i);
    }
    dn_buf_clear(&key);
    dn_resource_reader_clear(&reader);
    return dn_roll_settle(&suspects->mailboxes, err);
}

void dn_suspects_clear(struct dn_suspects *suspects)
{
    dn_roll_clear(&suspects->mailboxes);
    suspects->has_resources = false;
}

typedef void key_of(struct dn_text text, struct dn_buf *into);

static bool same_key(key_of *add_key, const char *a, const char *b)
{
    struct dn_buf keys[2] = {{0}, {0}};
    add_key(dn_text_of(a), &keys[0]);
    add_key(dn_text_of(b), &keys[1]);
    bool is_same = dn_text_equal(dn_buf_text(&keys[0]), dn_buf_text(&keys[1]));
    dn_buf_clear(&keys[0]);
    dn_buf_clear(&keys[1]);
    return is_same;
}

bool dn_mailbox_same(const char *a, const char *b)
{
    return same_key(dn_mailbox_key, a, b);
}

bool dn_tenant_same(const char *a, const char *b)
{
    return same_key(dn_tenant_key, a, b);
}

/* Is host the domain, or a name below it? */
static bool below_domain(struct dn_text host, struct dn_text domain)
{
    if (host.size < domain.size || !domain.size)
        return false;
    struct dn_text end = {host.at + host.size - domain.size, domain.size};
    bool is_border = host.size == domain.size || host.at[host.size - domain.size - 1] == '.';
    return is_border && dn_text_equal_nocase(end, domain);
}

static bool in_distrusted_domain(const struct dn_strings *domains, const char *address)
{
    const char *at = strrchr(address, '@');
    for (size_t i = 0; i < domains->count; i++) {
        struct dn_buf domain = {0};
        if (!dn_domain_canonical(dn_text_of(domains->at[i]), &domain))
            dn_buf_adds(&domain, domains->at[i]);
        bool is_below = at && below_domain(dn_text_of(at + 1), dn_buf_text(&domain));
        dn_buf_clear(&domain);
        if (is_below)
            return true;
    }
    return false;
}

static bool is_distrusted(const struct dn_incident *incident, const struct dn_suspects *suspects, const char *address)
{
    struct dn_buf key = {0};
    dn_mailbox_key(dn_text_of(address), &key);
    bool is_hit = dn_roll_find(&suspects->mailboxes, dn_hash_wide(dn_buf_text(&key), 0)) != NULL;
    dn_buf_clear(&key);
    for (size_t i = 0; i < incident->distrust_addresses.count && !is_hit; i++)
        is_hit = dn_mailbox_same(incident->distrust_addresses.at[i], address);
    return is_hit || in_distrusted_domain(&incident->distrust_domains, address);
}

static void add_mailbox(struct dn_strings *list, const char *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (dn_mailbox_same(list->at[i], address))
            return;
    dn_strings_add(list, dn_text_of(address));
}

/* The addresses of a cell that we may write to. */
static void split_emails(const char *cell, struct dn_strings *emails)
{
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element)) {
        struct dn_buf canonical = {0};
        if (!dn_placeholder(element) && dn_email_canonical(element, &canonical))
            add_mailbox(emails, canonical.at);
        dn_buf_clear(&canonical);
    }
    dn_strings_sort(emails);
}

static void split_trust(const struct dn_incident *incident, const struct dn_suspects *suspects, const char *cell,
                        struct dn_reach_channel *channel)
{
    struct dn_strings emails = {0};
    split_emails(cell, &emails);
    for (size_t i = 0; i < emails.count; i++)
        dn_strings_add(is_distrusted(incident, suspects, emails.at[i]) ? &channel->distrusted : &channel->usable,
                       dn_text_of(emails.at[i]));
    dn_strings_clear(&emails);
}

static void distrust_all(struct dn_reach_channel *channel)
{
    for (size_t i = 0; i < channel->usable.count; i++)
        dn_strings_add(&channel->distrusted, dn_text_of(channel->usable.at[i]));
    dn_strings_clear(&channel->usable);
    dn_strings_sort(&channel->distrusted);
}

static bool has_text(const char *cell)
{
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element))
        if (!dn_placeholder(element))
            return true;
    return false;
}

static void set_mail(const struct dn_affected *tenant, const struct dn_incident *incident,
                     const struct dn_suspects *suspects, struct dn_reach *reach)
{
    struct dn_reach_channel *admin = &reach->at[DN_CHANNEL_EMAIL_ADMIN],
                            *privacy = &reach->at[DN_CHANNEL_EMAIL_PRIVACY];
    split_trust(incident, suspects, tenant->admin_emails, admin);
    split_trust(incident, suspects, tenant->privacy_email, privacy);
    bool is_told = suspects->has_resources && (admin->distrusted.count || privacy->distrusted.count);
    if (dn_list_has(tenant->contact_gaps, "contact-compromised") && !is_told) {
        distrust_all(admin);
        distrust_all(privacy);
    }
    if (!admin->usable.count)
        admin->gap = has_text(tenant->admin_emails) ? "invalid-admin-email" : "no-admin-email";
    if (!privacy->usable.count)
        privacy->gap = has_text(tenant->privacy_email) ? "invalid-privacy-email" : "no-privacy-contact";
    if (admin->distrusted.count && !admin->usable.count)
        admin->gap = "distrusted";
    if (privacy->distrusted.count && !privacy->usable.count)
        privacy->gap = "distrusted";
}

static const char *post_gap(const struct dn_affected *tenant)
{
    const char *center = tenant->message_center;
    if (dn_list_has(tenant->contact_gaps, "tenant-deleted"))
        return "tenant-deleted";
    if (strcmp(center, "hidden") == 0 || dn_list_has(tenant->contact_gaps, "message-center-hidden"))
        return "message-center-hidden";
    if (strcmp(center, "yes") != 0)
        return "no-message-center";
    return dn_list_has(tenant->contact_gaps, "no-privacy-reader") ? "no-privacy-reader" : NULL;
}

/* A number that a person can dial: at least five digits, and nothing that is no number of any spelling but an
 * extension. */
static bool is_number(struct dn_text text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.size; i++)
        digits += text.at[i] >= '0' && text.at[i] <= '9';
    return digits >= 5 && !dn_placeholder(text) && !dn_text_hostile(text) && !memchr(text.at, '@', text.size);
}

static void set_phone(const struct dn_affected *tenant, struct dn_reach_channel *phone)
{
    struct dn_text rest = dn_text_of(tenant->admin_phones), element;
    while (!phone->usable.count && dn_text_next(&rest, ';', &element))
        if (is_number(element))
            dn_strings_add(&phone->usable, element);
    if (!phone->usable.count)
        phone->gap = "no-phone";
}

void dn_reach_of(const struct dn_affected *tenant, const struct dn_incident *incident,
                 const struct dn_suspects *suspects, struct dn_reach *reach)
{
    *reach = (struct dn_reach){0};
    struct dn_reach_channel *center = &reach->at[DN_CHANNEL_MESSAGE_CENTER];
    center->gap = post_gap(tenant);
    if (!center->gap)
        dn_strings_add(&center->usable, dn_text_of(tenant->tenant_id));
    set_mail(tenant, incident, suspects, reach);
    set_phone(tenant, &reach->at[DN_CHANNEL_PHONE]);
}

void dn_reach_clear(struct dn_reach *reach)
{
    for (size_t i = 0; i < DN_REACH_CHANNELS; i++) {
        dn_strings_clear(&reach->at[i].usable);
        dn_strings_clear(&reach->at[i].distrusted);
    }
}
