#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "key/fold.h"
#include "key/name.h"

#define LABEL_MAX 63
#define DOMAIN_MAX 253
#define INPUT_MAX 1024 /* bytes of a name in UTF-8 that are looked at */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool label_valid(struct dn_text label)
{
    if (label.size == 0 || label.size > LABEL_MAX || !is_alnum(label.at[0]) || !is_alnum(label.at[label.size - 1]))
        return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_alnum(label.at[i]) && label.at[i] != '-')
            return false;
    return true;
}

/* Takes the next label off the text; the last one leaves nothing and sets *last. */
static struct dn_text take_label(struct dn_text *text, bool *last)
{
    const char *dot = text->size > 0 ? memchr(text->at, '.', text->size) : NULL;
    struct dn_text label = {text->at, dot ? (size_t)(dot - text->at) : text->size};
    *last = dot == NULL;
    size_t taken = label.size + (dot != NULL);
    *text = (struct dn_text){text->at + taken, text->size - taken};
    return label;
}

static bool all_digits(struct dn_text label)
{
    for (size_t i = 0; i < label.size; i++)
        if (label.at[i] < '0' || label.at[i] > '9')
            return false;
    return true;
}

/* Letters, digits and hyphens; the lengths; the last label a name (RFC 1123 section 2.1). */
static bool ldh_valid(struct dn_text text)
{
    bool last = false;
    if (text.size == 0 || text.size > DOMAIN_MAX)
        return false;
    while (!last) {
        struct dn_text label = take_label(&text, &last);
        if (!label_valid(label) || (last && all_digits(label)))
            return false;
    }
    return true;
}

/* Does a label have hyphens in its third and fourth place? Only A-labels may, and IDNA must have made them. */
static bool has_reserved(struct dn_text text)
{
    bool last = false;
    while (!last) {
        struct dn_text label = take_label(&text, &last);
        if (label.size >= 4 && label.at[2] == '-' && label.at[3] == '-')
            return true;
    }
    return false;
}

static bool is_ascii(struct dn_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return false;
    return true;
}

/* May this A-label be registered? Looking names up is laxer: it leaves out the rules of RFC 5892 appendix A on what may
 * stand beside a middle dot, a geresh and the like. */
static bool a_label_valid(struct dn_text label)
{
    uint8_t one[LABEL_MAX + 1], *result = NULL;
    if (label.size > LABEL_MAX)
        return false;
    memcpy(one, label.at, label.size);
    one[label.size] = '\0';
    bool valid = idn2_register_u8(NULL, one, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;
    idn2_free(result);
    return valid;
}

static bool a_labels_valid(struct dn_text name)
{
    bool last = false, valid = true;
    while (valid && !last) {
        struct dn_text label = take_label(&name, &last);
        valid = !dn_text_starts(label, "xn--") || a_label_valid(label);
    }
    return valid;
}

/* The name in A-labels, lower case; NULL: not a name. To be given to idn2_free. */
static char *to_ascii(struct dn_text text)
{
    char name[INPUT_MAX + 1];
    uint8_t *result = NULL;
    if (text.size == 0 || text.size > INPUT_MAX || memchr(text.at, '\0', text.size) != NULL ||
        !dn_text_utf8(text, NULL))
        return NULL;
    memcpy(name, text.at, text.size);
    name[text.size] = '\0';
    if (idn2_lookup_u8((const uint8_t *)name, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    if (a_labels_valid(dn_text_of((char *)result)))
        return (char *)result;
    idn2_free(result);
    return NULL;
}

static struct dn_text strip_dot(struct dn_text text)
{
    text.size -= dn_text_ends(text, ".");
    return text;
}

bool dn_domain_canonical(struct dn_text text, struct dn_buf *into)
{
    if (text.size == 0)
        return false;
    struct dn_text name = strip_dot(text);
    char *made = NULL;
    if (!is_ascii(name) || has_reserved(name)) {
        made = to_ascii(name);
        struct dn_text result = dn_text_of(made);
        name = name.size == text.size ? strip_dot(result) : result;
    }
    bool valid = ldh_valid(name);
    if (valid)
        dn_fold_add(name, into);
    idn2_free(made);
    return valid;
}

bool dn_host_valid(struct dn_text text)
{
    if (!ldh_valid(text))
        return false;
    if (!has_reserved(text))
        return true;
    char *made = to_ascii(text);
    bool same = made != NULL && dn_text_equal_nocase(dn_text_of(made), text);
    idn2_free(made);
    return same;
}

/* Names under which providers give names to everybody and that the Public Suffix List (as libpsl ships it) may lack.
 * "*." stands for one more label, mostly a region or service. */
static const char *const provider_suffixes[] = {
    "onmicrosoft.com",
    "mail.onmicrosoft.com",
    "onmicrosoft.us",
    "onmicrosoft.de",
    "onmicrosoft.cn",
    "onmschina.cn",
    "partner.onmschina.cn",
    "sharepoint.com",
    "sharepoint.us",
    "sharepoint.de",
    "sharepoint.cn",
    "sharepoint-mil.us",
    "sharepoint-df.com",
    "onedrive.com",
    "onedrive.live.com",
    "office365.com",
    "outlook.office365.com",
    "protection.outlook.com",
    "mail.protection.outlook.com",
    "dynamics.com",
    "*.dynamics.com",
    "powerappsportals.com",
    "visualstudio.com",
    "b2clogin.com",
    "ciamlogin.com",
    "azure.com",
    "azurewebsites.net",
    "scm.azurewebsites.net",
    "azurestaticapps.net",
    "cloudapp.net",
    "cloudapp.azure.com",
    "*.cloudapp.azure.com",
    "azurecontainer.io",
    "azurecontainerapps.io",
    "azure-api.net",
    "azurecr.io",
    "azureedge.net",
    "azurefd.net",
    "trafficmanager.net",
    "azure.net",
    "vault.azure.net",
    "windows.net",
    "core.windows.net",
    "*.core.windows.net",
    "*.web.core.windows.net",
    "database.windows.net",
    "servicebus.windows.net",
    "amazonaws.com",
    "*.amazonaws.com",
    "*.rds.amazonaws.com",
    "amazonaws.com.cn",
    "*.amazonaws.com.cn",
    "awsapps.com",
    "cloudfront.net",
    "amazoncognito.com",
    "herokuapp.com",
    "googleapis.com",
    "*.googleapis.com",
    "googleusercontent.com",
    "appspot.com",
    "run.app",
    "*.run.app",
    "cloudfunctions.net",
    "gserviceaccount.com",
    "iam.gserviceaccount.com",
    "developer.gserviceaccount.com",
    "web.app",
    "firebaseapp.com",
    "firebaseio.com",
    "salesforce.com",
    "my.salesforce.com",
    "sandbox.my.salesforce.com",
    "force.com",
    "lightning.force.com",
    "salesforce-sites.com",
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "okta-gov.com",
    "auth0.com",
    "us.auth0.com",
    "eu.auth0.com",
    "au.auth0.com",
    "jp.auth0.com",
    "onelogin.com",
    "atlassian.net",
    "zendesk.com",
    "service-now.com",
    "servicenowservices.com",
    "github.io",
    "gitlab.io",
    "workers.dev",
    "pages.dev",
    "netlify.app",
    "vercel.app",
    "snowflakecomputing.com",
    "digitaloceanspaces.com",
    "ondigitalocean.app",
    "oraclecloud.com",
};

static struct dn_text parent(struct dn_text domain)
{
    bool last;
    take_label(&domain, &last);
    return domain;
}

static bool provider_suffix(struct dn_text domain)
{
    struct dn_text above = parent(domain);
    for (size_t i = 0; i < sizeof provider_suffixes / sizeof *provider_suffixes; i++) {
        const char *suffix = provider_suffixes[i];
        if (*suffix == '*' ? dn_text_is(above, suffix + 2) : dn_text_is(domain, suffix))
            return true;
    }
    return false;
}

bool dn_domain_public(struct dn_text domain)
{
    char name[DOMAIN_MAX + 1];
    if (domain.size == 0 || domain.size > DOMAIN_MAX || provider_suffix(domain))
        return true;
    memcpy(name, domain.at, domain.size);
    name[domain.size] = '\0';
    /* one label alone is public by the list's rule "*" */
    return psl_is_public_suffix(psl_builtin(), name) != 0;
}
