/* The files that go with a notice. */
#ifndef DN_NOTICE_ATTACHMENT_H
#define DN_NOTICE_ATTACHMENT_H

#include "notice/content.h"
#include "notice/variable.h"
#include "stream/yaml_write.h"

#define DN_ATTACHMENT_RESOURCES "affected-resources.csv"
#define DN_ATTACHMENT_RESOURCES_TYPE "text/csv; charset=utf-8"
#define DN_ATTACHMENT_ARTICLE_33 "article-33.yaml"
#define DN_ATTACHMENT_ARTICLE_33_TYPE "application/yaml; charset=utf-8"

/* Appends affected-resources.csv: one row for each of the tenant's rows, safe for spreadsheets. Rows of anybody else
 * among them are left out. False and nothing when there is no row. */
bool dn_attachment_add_resources(const struct dn_content_source *source, struct dn_buf *csv);

/* Of article-33.yaml, what all notices of an incident in a language share: made by the first. Starts zeroed. */
struct dn_article_33 {
    struct dn_buf head, tail;
    /* Of nature_of_the_breach, what the last tenant had; made again for one with other effects, services, certainty. */
    struct dn_buf nature, records;
    struct dn_yaml_writer inside; /* as it stands behind them */
    char *effects, *services;     /* NULL: there is none */
    enum dn_certainty certainty;
};

/* Appends article-33.yaml: each item of GDPR Art. 33(3), its value or "not yet known". values are the template's, by
 * enum dn_variable, so that both say the same; times and words are those of the streams. */
void dn_attachment_add_article_33(const struct dn_content_source *source, const struct dn_text *values,
                                  struct dn_article_33 *article, struct dn_buf *yaml);
void dn_article_33_clear(struct dn_article_33 *article);

#endif
