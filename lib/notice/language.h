/* Languages: a folder each, with the same files: words.yaml and one template for each part of a notice. */
#ifndef DN_NOTICE_LANGUAGE_H
#define DN_NOTICE_LANGUAGE_H

#include "base/text.h"
#include "notice/content.h"
#include "notice/template.h"
#include "notice/variable.h"
#include "time/instant.h"

/* The parts of a notice, one template file each. */
enum dn_part {
    DN_PART_SUBJECT,
    DN_PART_TEXT,
    DN_PART_HTML,
    DN_PART_SCRIPT,
    DN_PART_REFERENCE_SUBJECT,
    DN_PART_REFERENCE_TEXT,
    DN_PART_REFERENCE_HTML,
    DN_PART_COUNT
};

/* What words.yaml says. */
struct dn_words {
    char *no_admission;  /* the sentence that a notice is no admission of fault; every body must hold it */
    char *not_yet_known; /* stands for what is not known */
    char *provider;      /* the provider, where no configuration names it */
    char *drill;         /* the banner of an exercise */
    char *second_copy;   /* said at the top of what is sent again although it may have arrived */
    char *time;          /* %Y %m %d %H %M, in UTC */
    char *comma, *and;   /* between the elements of a list, before its last one */
    char *effects[5];    /* in the order of dn_effect */
    char *certainty[2];  /* in the order of dn_certainty */
};

struct dn_language {
    char *tag;  /* the folder's name */
    char *name; /* the folder, for messages */
    struct dn_words words;
    struct dn_template *parts[DN_PART_COUNT];
};

struct dn_templates {
    struct dn_language *at;
    size_t count, room;
};

/* The language for a tenant's tag ("fr-CA": fr-CA, fr, en; case ignored, '_' as '-'). Never NULL. *exact (NULL
 * allowed): it is not only the last resort. */
const struct dn_language *dn_templates_find(const struct dn_templates *templates, const char *tag, bool *exact);

/* Is `have` the tag, or a shorter form of it ("fr" of "fr-CA")? Its length, so that the longest wins; 0: no. */
size_t dn_language_fit(const char *have, const char *tag);

/* Renders one part: bodies wrapped (plain text) and checked for the sentence. DN_INVALID: it is missing. */
enum dn_status dn_language_render(const struct dn_language *language, enum dn_part part, const struct dn_text *values,
                                  struct dn_buf *out, struct dn_error *err);

/* A language's templates with values that many notices share filled in. */
struct dn_filled {
    const struct dn_language *language;
    struct dn_template *parts[DN_PART_COUNT];
    struct {
        uint64_t known[8]; /* which values were known when the sentence was found to be there */
        size_t count;
    } checked[DN_PART_COUNT];
    struct dn_buf raw; /* a part before it is wrapped */
};

/* Fills in those that is_fixed; the caller clears. */
void dn_language_fill(const struct dn_language *language, const struct dn_text *values, const bool *is_fixed,
                      struct dn_filled *filled);

/* As dn_language_render does it, values having what was filled in, too. */
enum dn_status dn_filled_render(struct dn_filled *filled, enum dn_part part, const struct dn_text *values,
                                struct dn_buf *out, struct dn_error *err);
void dn_filled_clear(struct dn_filled *filled);

/* Appends a time in the language's style; nothing for no time. */
void dn_words_add_time(const struct dn_words *words, struct dn_instant at, struct dn_buf *out);

/* Appends the elements as a list: "a, b and c". */
void dn_words_add_list(const struct dn_words *words, const struct dn_strings *list, struct dn_buf *out);

#endif
