#include "tenant/lint.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/name.h"
#include "stream/csv_write.h"
#include "tenant/contact.h"
#include "time/zone.h"

const char *const dn_lint_columns[] = {"line", "tenant_id", "finding", "detail", NULL};

/* One finding; sorted by tenant, that is by line, then as they came. */
struct finding {
    size_t tenant, place;
    const char *word;
    char *detail;
};

struct lint {
    struct dn_directory *directory;
    struct dn_instant now;
    int64_t stale_s;
    struct finding *findings;
    size_t count, room;
    struct dn_key_list subscriptions;
    struct dn_key_list domains, networks; /* all that are listed, also what never matches; by their one spelling */
    struct dn_table zones;                /* names that were looked up */
    unsigned char *zone_good;             /* by entry */
    size_t zone_room;
};

static void find(struct lint *lint, size_t tenant, const char *word, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void find(struct lint *lint, size_t tenant, const char *word, const char *format, ...)
{
    struct dn_buf detail = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&detail, format, arguments);
    va_end(arguments);
    lint->findings = dn_grow(lint->findings, lint->count, &lint->room, sizeof *lint->findings);
    lint->findings[lint->count] = (struct finding){tenant, lint->count, word, dn_buf_take(&detail)};
    lint->count++;
}

static struct dn_text id_of(const struct lint *lint, size_t tenant)
{
    return dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_ID);
}

/* The ids of other tenants, a few of them. */
static void others_text(const struct lint *lint, const struct dn_numbers *numbers, size_t tenant, struct dn_buf *text)
{
    size_t named = 0;
    for (size_t i = 0; i < numbers->count; i++) {
        if (numbers->at[i] == tenant)
            continue;
        if (named++ == 5) {
            dn_buf_addf(text, " and %zu more", numbers->count - i + numbers->left_out);
            break;
        }
        dn_buf_addc(text, named > 1 ? ';' : ' ');
        dn_buf_addt(text, id_of(lint, numbers->at[i]));
    }
}

/* A key of this tenant that belongs to others, too, or whose wider key does. */
static void find_with_others(struct lint *lint, size_t tenant, const char *word, struct dn_text key,
                             const char *relation, const struct dn_numbers *numbers)
{
    struct dn_buf text = {0};
    others_text(lint, numbers, tenant, &text);
    if (text.size)
        find(lint, tenant, word, "%.*s%s%s", (int)key.size, key.at, relation, text.at);
    dn_buf_clear(&text);
}

static void keep_domain(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    if (dn_domain_canonical(value, key))
        dn_key_list_add(&lint->domains, dn_buf_text(key), tenant);
}

/* The nearest domain above it that is another tenant's; own ones in between do not count. */
static void check_nested(struct lint *lint, size_t tenant, struct dn_text value, struct dn_text domain)
{
    struct dn_numbers numbers = {.cap = DN_CANDIDATES_CAP}, own = {.at = &tenant, .count = 1};
    struct dn_text under = domain;
    while (dn_key_list_suffix(&lint->domains, under, true, &numbers, &under)) {
        if (dn_numbers_equal(&numbers, &own))
            continue;
        struct dn_buf relation = {0};
        dn_buf_addf(&relation, " lies under %.*s of", (int)under.size, under.at);
        find_with_others(lint, tenant, "nested-domain", value, relation.at, &numbers);
        dn_buf_clear(&relation);
        break;
    }
    dn_numbers_clear(&numbers);
}

static void check_domain(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    struct dn_numbers numbers = {.cap = DN_CANDIDATES_CAP};
    if (!dn_domain_canonical(value, key))
        return;
    if (dn_key_list_find(&lint->domains, dn_buf_text(key), &numbers))
        find_with_others(lint, tenant, "shared-domain", value, " is also of", &numbers);
    check_nested(lint, tenant, value, dn_buf_text(key));
    dn_numbers_clear(&numbers);
}

static void keep_subscription(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    dn_subscription_canonical(value, key);
    dn_key_list_add(&lint->subscriptions, dn_buf_text(key), tenant);
}

static void check_subscription(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    struct dn_numbers numbers = {.cap = DN_CANDIDATES_CAP};
    dn_subscription_canonical(value, key);
    if (dn_key_list_find(&lint->subscriptions, dn_buf_text(key), &numbers))
        find_with_others(lint, tenant, "shared-subscription", value, " is also of", &numbers);
    dn_numbers_clear(&numbers);
}

static void check_prefix(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    struct dn_numbers numbers = {.cap = DN_CANDIDATES_CAP};
    dn_resource_canonical(value, key);
    struct dn_text prefix = dn_buf_text(key), host = dn_url_host(prefix);
    if (dn_key_list_find(&lint->directory->prefixes, prefix, &numbers))
        find_with_others(lint, tenant, "shared-resource-prefix", value, " is also of", &numbers);
    if (host.size && host.at + host.size == prefix.at + prefix.size)
        find(lint, tenant, "host-prefix", "%.*s ends with a host name: it stands for that whole host; add a slash",
             (int)value.size, value.at);
    dn_numbers_clear(&numbers);
}

/* Appends the one spelling of a network; false: it is none, or never matches. */
static bool network_key(struct dn_text value, struct dn_buf *key)
{
    struct dn_network network;
    char text[50];
    if (dn_network_parse(value, &network, NULL) != DN_OK || dn_network_is_all(&network))
        return false;
    dn_network_format(&network, text);
    dn_buf_adds(key, text);
    return true;
}

static void keep_network(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    if (network_key(value, key))
        dn_key_list_add(&lint->networks, dn_buf_text(key), tenant);
}

static void check_network(struct lint *lint, size_t tenant, struct dn_text value, struct dn_buf *key)
{
    struct dn_numbers numbers = {.cap = DN_CANDIDATES_CAP};
    if (network_key(value, key) && dn_key_list_find(&lint->networks, dn_buf_text(key), &numbers))
        find_with_others(lint, tenant, "shared-network", value, " is also of", &numbers);
    dn_numbers_clear(&numbers);
}

static void check_list(struct lint *lint, size_t tenant, enum dn_tenant_column column,
                       void (*check)(struct lint *, size_t, struct dn_text, struct dn_buf *))
{
    struct dn_text rest = dn_tenant_cell(&lint->directory->at[tenant], column), value;
    struct dn_buf key = {0};
    while (dn_text_next(&rest, ';', &value)) {
        dn_buf_reset(&key);
        if (!dn_placeholder(value))
            check(lint, tenant, value, &key);
    }
    dn_buf_clear(&key);
}

/* A value that stands for "no value" is said once for each column that has one. */
static void check_placeholders(struct lint *lint, size_t tenant)
{
    const struct dn_tenant *row = &lint->directory->at[tenant];
    for (size_t column = DN_TENANT_NAME; column < DN_TENANT_COLUMNS; column++) {
        struct dn_text rest = dn_tenant_cell_raw(row, (enum dn_tenant_column)column), value;
        while (dn_text_next(&rest, ';', &value))
            if (dn_placeholder(value)) {
                find(lint, tenant, "placeholder", "%s '%.*s'", dn_tenant_columns[column], (int)value.size, value.at);
                break;
            }
    }
}

static void check_zone(struct lint *lint, size_t tenant)
{
    struct dn_text name = dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_TIME_ZONE);
    bool added;
    if (name.size == 0)
        return;
    size_t entry = dn_table_add(&lint->zones, name, &added);
    if (added) {
        struct dn_zone *zone = NULL;
        char *string = dn_strndup(name.at, name.size);
        lint->zone_good = dn_grow(lint->zone_good, entry, &lint->zone_room, 1);
        lint->zone_good[entry] = dn_zone_open(string, &zone, NULL) == DN_OK;
        dn_zone_free(zone);
        free(string);
    }
    if (!lint->zone_good[entry])
        find(lint, tenant, "unknown-time-zone", "time_zone '%.*s'", (int)name.size, name.at);
}

static void check_reach(struct lint *lint, size_t tenant, const struct dn_contacts *contacts)
{
    size_t ways = contacts->admin_emails.count + contacts->privacy_emails.count + contacts->phones.count;
    if (ways == 0 && strcmp(contacts->message_center, "yes") != 0)
        find(lint, tenant, "unreachable", "no address, no phone, no message center");
    else if (ways == 1)
        find(lint, tenant, "single-contact", "one address or phone in all");
}

/* A gap, and since when where a cell says it. */
static void find_gap(struct lint *lint, size_t tenant, enum dn_gap gap)
{
    struct dn_text since = DN_TEXT("");
    if (gap == DN_GAP_STALE_CONTACTS)
        since = dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_CONTACTS_VALIDATED_AT);
    else if (gap == DN_GAP_TENANT_DELETED)
        since = dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_DELETED_AT);
    find(lint, tenant, dn_gap_words[gap], "%.*s", (int)since.size, since.at);
}

static void check_contacts(struct lint *lint, size_t tenant)
{
    struct dn_contacts contacts = {0};
    const struct dn_tenant *row = &lint->directory->at[tenant];
    const unsigned invalid = 1U << DN_GAP_INVALID_ADMIN_EMAIL | 1U << DN_GAP_INVALID_PRIVACY_EMAIL;
    dn_contacts_of(row, lint->now, lint->stale_s, &contacts);
    for (size_t gap = 0; dn_gap_words[gap]; gap++)
        if (contacts.gaps & ~invalid & 1U << gap)
            find_gap(lint, tenant, (enum dn_gap)gap);
    for (size_t i = 0; i < contacts.invalid.count; i++)
        find(lint, tenant,
             dn_gap_words[strncmp(contacts.invalid.at[i], "admin", 5) == 0 ? DN_GAP_INVALID_ADMIN_EMAIL
                                                                           : DN_GAP_INVALID_PRIVACY_EMAIL],
             "%s", contacts.invalid.at[i]);
    check_reach(lint, tenant, &contacts);
    dn_contacts_clear(&contacts);
}

/* Consumers get no notices of this process: their contacts are not looked at. */
static bool is_consumer(const struct lint *lint, size_t tenant)
{
    return dn_text_equal_nocase(dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_SEGMENT), DN_TEXT("consumer"));
}

static void check_tenant(struct lint *lint, size_t tenant)
{
    struct dn_text hidden = dn_tenant_cell(&lint->directory->at[tenant], DN_TENANT_NOT_PERMITTED);
    if (!is_consumer(lint, tenant))
        check_contacts(lint, tenant);
    if (hidden.size)
        find(lint, tenant, "not-permitted", "the export could not see %.*s", (int)hidden.size, hidden.at);
    check_placeholders(lint, tenant);
    check_zone(lint, tenant);
    check_list(lint, tenant, DN_TENANT_DOMAINS, check_domain);
    check_list(lint, tenant, DN_TENANT_SUBSCRIPTIONS, check_subscription);
    check_list(lint, tenant, DN_TENANT_NETWORKS, check_network);
    check_list(lint, tenant, DN_TENANT_RESOURCE_PREFIXES, check_prefix);
}

static void add_faults(struct lint *lint)
{
    for (size_t i = 0; i < lint->directory->fault_count; i++) {
        const struct dn_directory_fault *fault = &lint->directory->faults[i];
        struct dn_buf text = {0};
        dn_directory_fault_detail(fault, &text);
        find(lint, fault->tenant, fault->finding, "%s", text.at);
        dn_buf_clear(&text);
    }
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = (x->tenant > y->tenant) - (x->tenant < y->tenant);
    if (order == 0)
        order = strcmp(x->word, y->word);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static void write_header(struct dn_output *output)
{
    struct dn_buf line = {0};
    for (size_t i = 0; dn_lint_columns[i]; i++)
        dn_csv_add_field(&line, i == 0, dn_text_of(dn_lint_columns[i]));
    dn_buf_addc(&line, '\n');
    dn_output_write(output, dn_buf_text(&line));
    dn_buf_clear(&line);
}

static void write_finding(const struct lint *lint, const struct finding *finding, struct dn_output *output)
{
    struct dn_buf line = {0}, number = {0};
    dn_buf_addf(&number, "%" PRId64, dn_tenant_line(&lint->directory->at[finding->tenant]));
    const struct dn_text cells[] = {dn_buf_text(&number), id_of(lint, finding->tenant), dn_text_of(finding->word),
                                    dn_text_of(finding->detail)};
    dn_csv_add_record(&line, cells, 4);
    dn_output_write(output, dn_buf_text(&line));
    dn_buf_clear(&line);
    dn_buf_clear(&number);
}

size_t dn_lint_write(struct dn_directory *directory, struct dn_instant now, int64_t stale_s, struct dn_output *output)
{
    struct lint lint = {.directory = directory, .now = now, .stale_s = stale_s};
    add_faults(&lint);
    for (size_t tenant = 0; tenant < directory->count; tenant++) {
        check_list(&lint, tenant, DN_TENANT_DOMAINS, keep_domain);
        check_list(&lint, tenant, DN_TENANT_SUBSCRIPTIONS, keep_subscription);
        check_list(&lint, tenant, DN_TENANT_NETWORKS, keep_network);
    }
    for (size_t tenant = 0; tenant < directory->count; tenant++)
        check_tenant(&lint, tenant);
    if (lint.count)
        qsort(lint.findings, lint.count, sizeof *lint.findings, compare);
    write_header(output);
    for (size_t i = 0; i < lint.count; i++) {
        write_finding(&lint, &lint.findings[i], output);
        free(lint.findings[i].detail);
    }
    free(lint.findings);
    free(lint.zone_good);
    dn_table_clear(&lint.zones);
    dn_key_list_clear(&lint.subscriptions);
    dn_key_list_clear(&lint.domains);
    dn_key_list_clear(&lint.networks);
    return lint.count;
}
