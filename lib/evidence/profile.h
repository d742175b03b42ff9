/* Profiles: how to read evidence in anybody's format (CONTRACT section 3.2; duenotice-profile(5)). */
#ifndef DN_EVIDENCE_PROFILE_H
#define DN_EVIDENCE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "evidence/field.h"
#include "evidence/selector.h"
#include "incident/incident.h"
#include "time/format.h"

/* An operation that matches the pattern had that effect. */
struct dn_effect_rule {
    char *pattern;
    enum dn_effect effect;
};

struct dn_profile {
    char *name;
    bool native;                         /* the stock profile "native": its rows may say that they were judged before */
    struct dn_strings requires;          /* columns that identify the format; at least one */
    struct dn_strings fields[DN_FIELDS]; /* selectors as written */
    struct dn_strings unsuccessful;      /* patterns of outcomes of an attempt that failed */
    struct dn_strings missing;           /* values that mean "no value" */
    struct dn_formats formats;
    struct dn_zone *zone; /* where a time has none; NULL: then it is not a time */
    bool utc;             /* it is UTC */
    int64_t row_cap;      /* an export of exactly this many rows is probably cut; 0: no cap is known */
    struct dn_effect_rule *rules;
    size_t rule_count, rule_room;
    enum dn_effect other; /* when no rule matches */
};

/* The candidates of a run. Starts zeroed. */
struct dn_profiles {
    struct dn_profile *at;
    size_t count, room;
    bool stock; /* none was named: all stock profiles are candidates */
};

/* Reads one profile out of a file's bytes, of an embedded file, or of a file. Unknown keys, wrong formats and the like:
 * DN_INVALID with their place. The caller clears *profile, also after an error. */
struct dn_data_file;
enum dn_status dn_profile_read_bytes(struct dn_text bytes, const char *name, struct dn_profile *profile,
                                     struct dn_error *err);
enum dn_status dn_profile_read_data(const struct dn_data_file *data, struct dn_profile *profile, struct dn_error *err);
enum dn_status dn_profile_read(const char *path, struct dn_profile *profile, struct dn_error *err);
void dn_profile_clear(struct dn_profile *profile);

/* The effect of an operation: the first rule that matches, else the default. */
enum dn_effect dn_profile_effect(const struct dn_profile *profile, struct dn_text operation);

/* The embedded file of the stock profile of that name; NULL: there is none. */
const struct dn_data_file *dn_profile_stock(const char *name);

/* Adds a candidate: the stock profile of that name, else the file of that path. One that is there already is
 * DN_INVALID. */
enum dn_status dn_profiles_add(struct dn_profiles *profiles, const char *name, struct dn_error *err);

/* Makes all stock profiles candidates. */
enum dn_status dn_profiles_add_stock(struct dn_profiles *profiles, struct dn_error *err);

/* The candidate whose required columns are all in the header; of several the one with most of them. None, or two with
 * equally many: DN_INVALID, with the header and what was missing for the near misses. */
enum dn_status dn_profiles_choose(const struct dn_profiles *profiles, const struct dn_header *header,
                                  const struct dn_profile **chosen, struct dn_error *err);

void dn_profiles_clear(struct dn_profiles *profiles);

#endif
