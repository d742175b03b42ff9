/* Reading single values of the configuration with their checks; what config.c and config_policy.c share. */
#ifndef DN_NOTICE_CONFIG_VALUE_H
#define DN_NOTICE_CONFIG_VALUE_H

#include "notice/config.h"
#include "stream/yaml.h"

/* A map of the file while it is read. */
struct dn_config_map {
    const struct dn_yaml_file *file;
    const struct dn_yaml *node;
    struct dn_error *err;
};

/* The map under key, its keys checked against the NULL-ended list; not given: an empty one (node NULL). */
enum dn_status dn_config_map(const struct dn_config_map *in, const char *key, const char *const *known,
                             struct dn_config_map *map);

/* One line of text without control characters; required: DN_INVALID when it is not given or empty. */
enum dn_status dn_config_line(const struct dn_config_map *map, const char *key, bool required, char **value);

/* An address that we may write to, in canonical form; not given: NULL. */
enum dn_status dn_config_email(const struct dn_config_map *map, const char *key, bool required, char **value);
enum dn_status dn_config_emails(const struct dn_config_map *map, const char *key, struct dn_strings *value);

/* A URL of one of the NULL-ended schemes ("smtp://"), with a host and without a name or password in it. */
enum dn_status dn_config_url(const struct dn_config_map *map, const char *key, const char *const *schemes,
                             char **value);

/* A number from least to most; not given: *value stays. */
enum dn_status dn_config_number(const struct dn_config_map *map, const char *key, int64_t least, int64_t most,
                                int64_t *value);

/* An ISO 8601 period of one length in seconds; not given: *value stays. */
enum dn_status dn_config_period(const struct dn_config_map *map, const char *key, int64_t *value);

/* Channels by name, each at most once, never "other". *list is the caller's to free; not given: count 0. */
enum dn_status dn_config_channels(const struct dn_config_map *map, const char *key, enum dn_channel **list,
                                  size_t *count);

/* The list `policy`. */
enum dn_status dn_config_policy(const struct dn_config_map *map, struct dn_config *config);
void dn_config_policy_clear(struct dn_config *config);

#endif
