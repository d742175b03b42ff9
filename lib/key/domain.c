#include <idn2.h>
#include <libpsl.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
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
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= text.size; i += sizeof word) {
        memcpy(&word, text.at + i, sizeof word);
        if (word & 0x8080808080808080u)
            return false;
    }
    for (; i < text.size; i++)
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

/* What a first look at a name says. */
enum look { LOOK_NO, LOOK_YES, LOOK_CLOSER };

/* What a character may be in a name; 0: nothing. */
enum { SMALL = 2, CAPITAL = 4, DIGIT = 8, HYPHEN = 16, DOT = 32 };

static const unsigned char classes[256] = {
    /* clang-format off */
    ['a'] = SMALL, ['b'] = SMALL, ['c'] = SMALL, ['d'] = SMALL, ['e'] = SMALL, ['f'] = SMALL, ['g'] = SMALL,
    ['h'] = SMALL, ['i'] = SMALL, ['j'] = SMALL, ['k'] = SMALL, ['l'] = SMALL, ['m'] = SMALL, ['n'] = SMALL,
    ['o'] = SMALL, ['p'] = SMALL, ['q'] = SMALL, ['r'] = SMALL, ['s'] = SMALL, ['t'] = SMALL, ['u'] = SMALL,
    ['v'] = SMALL, ['w'] = SMALL, ['x'] = SMALL, ['y'] = SMALL, ['z'] = SMALL,
    ['A'] = CAPITAL, ['B'] = CAPITAL, ['C'] = CAPITAL, ['D'] = CAPITAL, ['E'] = CAPITAL, ['F'] = CAPITAL,
    ['G'] = CAPITAL, ['H'] = CAPITAL, ['I'] = CAPITAL, ['J'] = CAPITAL, ['K'] = CAPITAL, ['L'] = CAPITAL,
    ['M'] = CAPITAL, ['N'] = CAPITAL, ['O'] = CAPITAL, ['P'] = CAPITAL, ['Q'] = CAPITAL, ['R'] = CAPITAL,
    ['S'] = CAPITAL, ['T'] = CAPITAL, ['U'] = CAPITAL, ['V'] = CAPITAL, ['W'] = CAPITAL, ['X'] = CAPITAL,
    ['Y'] = CAPITAL, ['Z'] = CAPITAL,
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT,
    ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT, ['-'] = HYPHEN, ['.'] = DOT,
    /* clang-format on */
};

/* Length and hyphens of a label; *reserved: only IDNA may have made it. */
static inline bool label_fine(const char *at, size_t size, bool *reserved)
{
    *reserved |= size >= 4 && at[2] == '-' && at[3] == '-';
    return size > 0 && size <= LABEL_MAX && at[0] != '-' && at[size - 1] != '-';
}

/* Letters, digits and hyphens with the lengths and the last label of ldh_valid are a name as they are; other ASCII is
 * none. What has other characters, or a label that only IDNA may have made, needs a closer look. One walk. */
static enum look first_look(struct dn_text name, bool *capital)
{
    size_t i = 0, label = 0; /* where it begins */
    unsigned all = 0, of_label = 0;
    bool fine = name.size > 0 && name.size <= DOMAIN_MAX, reserved = false;
    for (; fine; label = ++i) {
        unsigned class = 0;
        of_label = 0;
        while (i < name.size && (class = classes[(unsigned char)name.at[i]]) != DOT && class != 0) {
            of_label |= class;
            i++;
        }
        all |= of_label;
        fine = label_fine(name.at + label, i - label, &reserved) && (i == name.size || class == DOT);
        if (i == name.size)
            break;
    }
    fine = fine && of_label != DIGIT;
    *capital = all & CAPITAL;
    if (fine)
        return reserved ? LOOK_CLOSER : LOOK_YES;
    return is_ascii(name) ? LOOK_NO : LOOK_CLOSER;
}

bool dn_domain_canonical(struct dn_text text, struct dn_buf *into)
{
    if (text.size == 0)
        return false;
    struct dn_text name = strip_dot(text);
    bool capital = false;
    enum look look = first_look(name, &capital);
    if (look == LOOK_YES && !capital)
        dn_buf_addt(into, name);
    if (look == LOOK_NO || (look == LOOK_YES && !capital))
        return look == LOOK_YES;
    char *made = NULL;
    if (look == LOOK_CLOSER) {
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
    bool last;
    take_label(&domain, &last);
    return domain;
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
    char name[DOMAIN_MAX + 1];
    if (domain.size == 0 || domain.size > DOMAIN_MAX || provider_suffix(domain))
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
    uint64_t word = 0;
    size_t size = name.size < 8 ? name.size : 8;
    memcpy(&word, name.at + (name.size - size), size);
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
    return above.size == 0 || has_rule(publics, above) || has_rule(publics, domain) || has_reserved(domain);
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
