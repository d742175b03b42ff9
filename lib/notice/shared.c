#include "notice/shared.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MOST 256 /* tags are other people's text: when there are more, it begins again */

static bool is_for(const struct dn_shared *shared, const struct dn_content_source *source)
{
    return shared->incident == source->incident && shared->config == source->config &&
           strcmp(shared->tag, source->tenant->language) == 0 && strcmp(shared->notice, source->notice) == 0;
}

static struct dn_shared *make(const struct dn_templates *templates, const struct dn_content_source *source)
{
    const struct dn_language *language = dn_templates_find(templates, source->tenant->language, NULL);
    struct dn_shared *made = dn_alloc(1, sizeof *made);
    bool is_fixed[DN_VARIABLE_COUNT];
    for (size_t i = 0; i < DN_VARIABLE_COUNT; i++)
        is_fixed[i] = dn_values_is_fixed((enum dn_variable)i);
    made->incident = source->incident;
    made->config = source->config;
    made->notice = dn_strdup(source->notice);
    made->tag = dn_strdup(source->tenant->language);
    dn_values_begin(&made->values, source, &language->words);
    dn_language_fill(language, made->values.at, is_fixed, &made->filled);
    return made;
}

static void release(struct dn_shared *shared)
{
    dn_values_clear(&shared->values);
    dn_filled_clear(&shared->filled);
    dn_article_33_clear(&shared->article);
    dn_buf_clear(&shared->made);
    free(shared->notice);
    free(shared->tag);
    free(shared);
}

struct dn_shared *dn_shares_find(struct dn_shares *shares, const struct dn_templates *templates,
                                 const struct dn_content_source *source)
{
    if (shares->last < shares->count && is_for(shares->at[shares->last], source))
        return shares->at[shares->last];
    for (size_t i = 0; i < shares->count; i++)
        if (is_for(shares->at[i], source))
            return shares->at[shares->last = i];
    if (shares->count == MOST)
        dn_shares_clear(shares);
    shares->at = dn_grow(shares->at, shares->count, &shares->room, sizeof *shares->at);
    shares->last = shares->count;
    return shares->at[shares->count++] = make(templates, source);
}

void dn_shares_clear(struct dn_shares *shares)
{
    for (size_t i = 0; i < shares->count; i++)
        release(shares->at[i]);
    free(shares->at);
    *shares = (struct dn_shares){0};
}
