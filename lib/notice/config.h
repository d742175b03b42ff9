/* The configuration of notify-send (CONTRACT section 5; duenotice-notify(5)), schema duenotice/notify/1. */
#ifndef DN_NOTICE_CONFIG_H
#define DN_NOTICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "ledger/ledger.h"

/* When a policy entry applies: every given key must hold; an empty list is a key not given. services and data_types are
 * patterns as of key/glob.h. */
struct dn_policy_when {
    struct dn_strings effects, kinds, services, data_types, regimes, tenants;
    char *certainty;                          /* NULL: any */
    int64_t min_resources, min_data_subjects; /* 0: any */
};

/* What is sent when it does. require_all: each listed channel must be satisfied; else any one of them. */
struct dn_policy_entry {
    struct dn_policy_when when;
    enum dn_channel *send;
    size_t send_count;
    bool require_all;
    int64_t line;
};

/* A server to talk to; later issues send through it, this one checks it. Strings that were not given are NULL. */
struct dn_endpoint {
    char *url, *tls, *user, *password_file, *netrc_file, *ca_file, *token_file, *template_file;
    int64_t connections, messages_per_connection;
    char *rate;
    int64_t line, column; /* where it stands; 0: nowhere */
};

/* How often (attempts 0: as often as there is time for) and how patiently a deferred notice is tried again within one
 * run. */
struct dn_retry {
    int64_t attempts, wait_s, longest_s;
};

/* Strings that were not given are NULL. */
struct dn_config {
    char *name; /* the file, for messages; NULL without one */
    char *from_name, *from_email, *reply_name, *reply_email;
    char *provider_name, *misuse_contact, *callback, *dpa_reference;
    char *message_id_domain;
    struct dn_endpoint email, message_center;
    char *phone_sheet;
    struct dn_policy_entry *policy; /* empty: the embedded default policy */
    size_t policy_count;
    enum dn_channel *fallback; /* not given: phone with the default policy, none with a policy of one's own */
    size_t fallback_count;
    struct dn_strings first, copies;
    struct dn_retry retry;
    char *templates; /* folder; NULL: embedded */
    bool approval_required;
    char *seal_email;
    char *sha256; /* digest of the file's bytes, or of nothing */
};

/* Reads and checks it; path NULL gives the defaults for an outbox without a configuration. DN_INVALID names the place.
 * The caller clears *config, also after an error. */
enum dn_status dn_config_read(const char *path, struct dn_config *config, struct dn_error *err);

/* Puts the place of an endpoint of it before what is wrong about it. Returns err's status. */
enum dn_status dn_config_blame(const struct dn_config *config, const struct dn_endpoint *endpoint,
                               struct dn_error *err);

void dn_config_clear(struct dn_config *config);

#endif
