/* The content of a notice: templates filled with what one tenant may know, in the tenant's language. */
#ifndef DN_NOTICE_CONTENT_H
#define DN_NOTICE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "incident/incident.h"
#include "notice/config.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

/* A file that goes with a notice. Strings owned. */
struct dn_attachment {
    char *name, *type; /* "affected-resources.csv", "text/csv; charset=utf-8" */
    char *bytes;
    size_t size;
};

/* What one tenant is told. Strings owned, UTF-8, LF line ends, no other control characters. */
struct dn_content {
    char *language;    /* the language it is in: a template folder's name */
    char *subject;     /* also the post's title */
    char *title;       /* the incident's, defanged, where a post's template may say it; else "" */
    char *text;        /* plain text body */
    char *html;        /* HTML body, also the post's */
    char *script;      /* what the caller reads on the phone */
    char *second_copy; /* said on top of what is sent again; not in any digest */
    char *reference_subject, *reference_text,
        *reference_html; /* for distrusted addresses: a reference only, no particulars */
    struct dn_attachment *attachments;
    size_t attachment_count;
    char *block;                          /* all of them, where it was rendered; NULL: each has memory of its own */
    char sha256[DN_SHA256_HEX];           /* over subject, text, html, attachments: content_sha256 of mail and posts */
    char script_sha256[DN_SHA256_HEX];    /* content_sha256 of phone rows */
    char reference_sha256[DN_SHA256_HEX]; /* content_sha256 of reference-only mail */
};

/* All template folders, parsed and checked once: unknown variables, missing files, a language without the sentence that
 * a notice is no admission of fault: DN_INVALID with the template's line. */
struct dn_templates;
enum dn_status dn_templates_load(const char *folder, struct dn_templates **templates, struct dn_error *err);
void dn_templates_free(struct dn_templates *templates);

/* The folder used for a tenant's language tag: "fr-CA" -> fr -> en. */
const char *dn_templates_language(const struct dn_templates *templates, const char *tag);

struct dn_shares; /* notice/shared.h */

/* What a notice is made from. resources may be NULL (no --resources). */
struct dn_content_source {
    const struct dn_incident *incident;
    const struct dn_config *config;
    const struct dn_affected *tenant;
    const struct dn_resource *resources;
    size_t resource_count;
    const char *notice; /* "initial" ... with "drill-" in front where it is one */
    struct dn_instant due_at;
    struct dn_shares *shares;               /* kept from notice to notice by who renders many; NULL: nothing is */
    bool without_script, without_reference; /* these parts are "", and have no digest */
};

/* Renders. DN_INVALID concerns all (a body without the sentence that it is no admission of fault); what concerns this
 * tenant alone goes into *held (a static word: "unclassified", "unresolved", "hostile-name", "hostile-address"; NULL:
 * fine) and content is then empty. The caller clears content. */
enum dn_status dn_content_render(const struct dn_templates *templates, const struct dn_content_source *source,
                                 struct dn_content *content, const char **held, struct dn_error *err);
void dn_content_clear(struct dn_content *content);

/* The word for which this tenant must be held whatever its notice says (as *held above), or NULL. */
const char *dn_content_held(const struct dn_affected *tenant);

/* The kinds of data that the findings on customer data name for the tenant's services; where no finding names one of
 * its services, those of all findings on customer data. Appended, each once. */
void dn_content_data_types(const struct dn_incident *incident, const struct dn_affected *tenant,
                           struct dn_strings *data_types);

#endif
