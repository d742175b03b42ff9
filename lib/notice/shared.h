/* What all notices of an incident in a language share is made once: values that are the same for all, and the templates
 * with these filled in. */
#ifndef DN_NOTICE_SHARED_H
#define DN_NOTICE_SHARED_H

#include "notice/attachment.h"
#include "notice/language.h"
#include "notice/values.h"

/* The share of one incident, configuration, kind of notice and language tag. */
struct dn_shared {
    const struct dn_incident *incident;
    const struct dn_config *config;
    char *notice, *tag;
    struct dn_values values;
    struct dn_filled filled;
    struct dn_article_33 article;
    struct dn_buf made; /* the content in hand */
};

/* Those that were made. Starts zeroed; what it was made from must not change. */
struct dn_shares {
    struct dn_shared **at;
    size_t count, room, last;
};

/* The one for this source, made if it is not there. Good until the next call. */
struct dn_shared *dn_shares_find(struct dn_shares *shares, const struct dn_templates *templates,
                                 const struct dn_content_source *source);
void dn_shares_clear(struct dn_shares *shares);

#endif
