/* The values of a notice's variables: those that all notices of an incident in a language share, and the tenant's. */
#ifndef DN_NOTICE_VALUES_H
#define DN_NOTICE_VALUES_H

#include "notice/content.h"
#include "notice/language.h"
#include "notice/variable.h"

/* A list that was put last: joined, and as it was shown. */
struct dn_values_list {
    bool is_made;
    struct dn_buf now, joined, safe;
};

struct dn_values {
    const struct dn_content_source *source;
    const struct dn_words *words;
    struct dn_strings own; /* the provider's own contacts: never defanged */
    struct dn_buf buf;     /* all values, one behind the other: first those that are shared */
    size_t fixed_size;
    struct {
        size_t from, size;
    } spans[DN_VARIABLE_COUNT];
    struct dn_text at[DN_VARIABLE_COUNT]; /* by variable; good until the next _set */
    struct dn_values_list services, data_types;
};

/* Is it the same in all notices of an incident for one language tag? */
bool dn_values_is_fixed(enum dn_variable variable);

/* Puts what is the same; the caller clears. Of the source, its tenant's language tag counts. */
void dn_values_begin(struct dn_values *values, const struct dn_content_source *source, const struct dn_words *words);

/* Puts what is the tenant's in place of the last one's. has_list: its resources are attached. */
void dn_values_set(struct dn_values *values, const struct dn_content_source *source, bool has_list);

void dn_values_clear(struct dn_values *values);

#endif
