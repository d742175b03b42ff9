/* The mail relay as configured: from channels.email of the configuration to what the engine of channel/smtp.h is opened
 * with, its secrets read and checked. */
#ifndef DN_CHANNEL_RELAY_H
#define DN_CHANNEL_RELAY_H

#include "channel/smtp.h"
#include "notice/config.h"

/* Starts zeroed. settings points into the configuration and into the rest. */
struct dn_relay {
    struct dn_smtp_settings settings;
    struct dn_buf user, password;
};

/* Reads the secrets and fills in the settings. DN_INVALID, before anybody is contacted: no url, a user without a
 * password, a password without TLS, a secret that others can read, a netrc without our relay. DN_SYSTEM: a file cannot
 * be read. The configuration must outlive the relay, which the caller clears, also after an error. */
enum dn_status dn_relay_read(const struct dn_config *config, struct dn_relay *relay, struct dn_error *err);

/* Wipes the secrets. */
void dn_relay_clear(struct dn_relay *relay);

/* "14", "14/s", "300/min", "1000/h" (as the configuration has checked it; NULL: no limit): so many in so many
 * milliseconds. */
void dn_relay_rate(const char *rate, int64_t *count, int64_t *period_ms);

#endif
