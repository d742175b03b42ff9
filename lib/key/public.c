/* Public suffixes: apart from the other forms of names, so that only what asks for them is linked with the list. */
#include <libpsl.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/load.h"
#include "key/label.h"
#include "key/name.h"

/* Names under which providers give names to everybody and that the Public Suffix List (as libpsl ships it) may lack;
 * sorted. */
static const char *const provider_suffixes[] = {
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazoncognito.com",
    "appspot.com",
    "atlassian.net",
    "au.auth0.com",
    "auth0.com",
    "awsapps.com",
    "azure-api.net",
    "azure.com",
    "azure.net",
    "azurecontainer.io",
    "azurecontainerapps.io",
    "azurecr.io",
    "azureedge.net",
    "azurefd.net",
    "azurestaticapps.net",
    "azurewebsites.net",
    "b2clogin.com",
    "ciamlogin.com",
    "cloudapp.azure.com",
    "cloudapp.net",
    "cloudfront.net",
    "cloudfunctions.net",
    "core.windows.net",
    "database.windows.net",
    "developer.gserviceaccount.com",
    "digitaloceanspaces.com",
    "dynamics.com",
    "eu.auth0.com",
    "firebaseapp.com",
    "firebaseio.com",
    "force.com",
    "github.io",
    "gitlab.io",
    "googleapis.com",
    "googleusercontent.com",
    "gserviceaccount.com",
    "herokuapp.com",
    "iam.gserviceaccount.com",
    "jp.auth0.com",
    "lightning.force.com",
    "mail.onmicrosoft.com",
    "mail.protection.outlook.com",
    "my.salesforce.com",
    "netlify.app",
    "office365.com",
    "okta-emea.com",
    "okta-gov.com",
    "okta.com",
    "oktapreview.com",
    "ondigitalocean.app",
    "onedrive.com",
    "onedrive.live.com",
    "onelogin.com",
    "onmicrosoft.cn",
    "onmicrosoft.com",
    "onmicrosoft.de",
    "onmicrosoft.us",
    "onmschina.cn",
    "oraclecloud.com",
    "outlook.office365.com",
    "pages.dev",
    "partner.onmschina.cn",
    "powerappsportals.com",
    "protection.outlook.com",
    "run.app",
    "salesforce-sites.com",
    "salesforce.com",
    "sandbox.my.salesforce.com",
    "scm.azurewebsites.net",
    "service-now.com",
    "servicebus.windows.net",
    "servicenowservices.com",
    "sharepoint-df.com",
    "sharepoint-mil.us",
    "sharepoint.cn",
    "sharepoint.com",
    "sharepoint.de",
    "sharepoint.us",
    "snowflakecomputing.com",
    "trafficmanager.net",
    "us.auth0.com",
    "vault.azure.net",
    "vercel.app",
    "visualstudio.com",
    "web.app",
    "windows.net",
    "workers.dev",
    "zendesk.com",
};

/* Names with one more label, mostly a region or service, in front of what everybody is given; sorted. */
static const char *const provider_wildcards[] = {
    "amazonaws.com",     "amazonaws.com.cn", "cloudapp.azure.com",
    "core.windows.net",  "dynamics.com",     "googleapis.com",
    "rds.amazonaws.com", "run.app",          "web.core.windows.net",
};

static struct dn_text parent(struct dn_text domain)
{
    size_t size = 0;
    while (size < domain.size && domain.at[size] != '.')
        size++;
    size += size < domain.size;
    return (struct dn_text){domain.at + size, domain.size - size};
}

/* Is it one of these, which are sorted? */
static bool listed(struct dn_text name, const char *const *names, size_t count)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = dn_text_compare(name, dn_text_of(names[middle]));
        if (order == 0)
            return true;
        if (order > 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool provider_suffix(struct dn_text domain)
{
    return listed(domain, provider_suffixes, COUNT(provider_suffixes)) ||
           listed(parent(domain), provider_wildcards, COUNT(provider_wildcards));
}

bool dn_domain_public(struct dn_text domain)
{
    char name[DN_DOMAIN_MAX + 1];
    if (domain.size == 0 || domain.size > DN_DOMAIN_MAX || provider_suffix(domain))
        return true;
    memcpy(name, domain.at, domain.size);
    name[domain.size] = '\0';
    /* one label alone is public by the list's rule "*" */
    return psl_is_public_suffix(psl_builtin(), name) != 0;
}

/* Below this many questions, reading the list would cost more than it saves. */
#define QUESTIONS 2000
#define LIST_CAP ((size_t)4 << 20)

/* Is this the list that libpsl was made from? */
static bool same_list(struct dn_text list)
{
    struct sha1_ctx context;
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct dn_buf hex = {0};
    sha1_init(&context);
    sha1_update(&context, list.size, (const uint8_t *)list.at);
    sha1_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        dn_buf_addf(&hex, "%02x", digest[i]);
    bool same = hex.size > 0 && strcmp(hex.at, psl_builtin_sha1sum()) == 0;
    dn_buf_clear(&hex);
    return same;
}

/* Adds what follows "*." or "!" of every rule; names that are not ASCII are asked for in A-labels, and those not here.
 */
static void add_rules(struct dn_table *names, struct dn_text list)
{
    struct dn_text line;
    while (dn_text_next(&list, '\n', &line)) {
        size_t size = 0;
        while (size < line.size && (unsigned char)line.at[size] > ' ')
            size++;
        size_t mark = dn_text_starts(line, "*.") ? 2 : dn_text_starts(line, "!") ? 1 : 0;
        if (size > mark && !dn_text_starts(line, "//"))
            dn_table_add(names, (struct dn_text){line.at + mark, size - mark}, NULL);
    }
    for (size_t i = 0; i < COUNT(provider_suffixes); i++)
        dn_table_add(names, dn_text_of(provider_suffixes[i]), NULL);
    for (size_t i = 0; i < COUNT(provider_wildcards); i++)
        dn_table_add(names, dn_text_of(provider_wildcards[i]), NULL);
}

/* A bit of a name: by its last bytes and its size. */
static inline size_t bit_of(struct dn_text name)
{
    uint64_t word = name.size < 8 ? dn_load_some(name.at, name.size) : dn_load8(name.at + name.size - 8);
    return (size_t)(((word ^ name.size * 0x9E37u) * 0x9E3779B97F4A7C15u) >> (64 - DN_PUBLICS_BITS));
}

/* Marks the bits of all names, so that most others are told at once. */
static void mark_names(struct dn_publics *publics)
{
    publics->bits = dn_alloc(((size_t)1 << DN_PUBLICS_BITS) / 8, 1);
    for (size_t i = 0; i < publics->names.count; i++) {
        size_t bit = bit_of(dn_table_key(&publics->names, i));
        publics->bits[bit / 8] |= (unsigned char)(1 << bit % 8);
    }
}

static void read_list(struct dn_table *names)
{
    struct dn_buf list = {0};
    const char *path = psl_builtin_filename();
    if (path && *path && dn_file_read(path, LIST_CAP, &list, NULL) == DN_OK && same_list(dn_buf_text(&list)))
        add_rules(names, dn_buf_text(&list));
    dn_buf_clear(&list);
}

/* Has a rule this name? */
static bool has_rule(const struct dn_publics *publics, struct dn_text name)
{
    size_t bit = bit_of(name);
    return (publics->bits[bit / 8] >> bit % 8 & 1) && dn_table_find(&publics->names, name) != SIZE_MAX;
}

/* Could a rule say that it is public? Only one that has its name, or its parent's behind a "*". */
static bool could_be_public(const struct dn_publics *publics, struct dn_text domain)
{
    struct dn_text above = parent(domain);
    return above.size == 0 || has_rule(publics, above) || has_rule(publics, domain) || dn_label_reserved(domain);
}

bool dn_publics_has(struct dn_publics *publics, struct dn_text domain)
{
    if (publics->asked++ == QUESTIONS) {
        read_list(&publics->names);
        mark_names(publics);
    }
    if (publics->names.count && !could_be_public(publics, domain))
        return false;
    return dn_domain_public(domain);
}

void dn_publics_clear(struct dn_publics *publics)
{
    dn_table_clear(&publics->names);
    free(publics->bits);
    *publics = (struct dn_publics){0};
}
