#include "channel/relay.h"

#include <string.h>
#include <unistd.h>

#include "channel/secret.h"
#include "key/name.h"

/* So many rejected in a row mean that the relay takes nobody, not that nobody exists. */
#define REFUSALS 25

static enum dn_smtp_tls tls_of(const char *word)
{
    if (word && !strcmp(word, "opportunistic"))
        return DN_SMTP_TLS_OPPORTUNISTIC;
    return word && !strcmp(word, "none") ? DN_SMTP_TLS_NONE : DN_SMTP_TLS_REQUIRED;
}

void dn_relay_rate(const char *rate, int64_t *count, int64_t *period_ms)
{
    size_t digits = rate ? strspn(rate, "0123456789") : 0;
    *count = 0;
    *period_ms = 1000;
    if (!digits || !dn_text_number((struct dn_text){rate, digits}, count))
        return;
    if (!strcmp(rate + digits, "/min"))
        *period_ms = 60000;
    else if (!strcmp(rate + digits, "/h"))
        *period_ms = 3600000;
}

static enum dn_status read_netrc(const struct dn_endpoint *email, struct dn_relay *relay, struct dn_error *err)
{
    struct dn_buf netrc = {0};
    struct dn_text host = dn_url_host(dn_text_of(email->url));
    enum dn_status status = dn_secret_read(email->netrc_file, &netrc, err);
    if (status == DN_OK && !dn_netrc_find(dn_buf_text(&netrc), host, email->user, &relay->user, &relay->password))
        status = dn_error_set(err, DN_INVALID, "%s: no login%s%s for machine %.*s", email->netrc_file,
                              email->user ? " of " : "", email->user ? email->user : "", (int)host.size, host.at);
    dn_secret_clear(&netrc);
    return status;
}

static enum dn_status read_login(const struct dn_endpoint *email, struct dn_relay *relay, struct dn_error *err)
{
    if (email->netrc_file)
        return read_netrc(email, relay, err);
    if (!email->user)
        return DN_OK;
    if (!email->password_file)
        return dn_error_set(err, DN_INVALID,
                            "channels.email has a user, and neither password_file nor netrc_file to log in with");
    dn_buf_adds(&relay->user, email->user);
    return dn_secret_line(email->password_file, &relay->password, err);
}

/* A password goes only over a connection that must be encrypted. */
static enum dn_status check_login(const struct dn_endpoint *email, const struct dn_relay *relay, struct dn_error *err)
{
    bool encrypted = relay->settings.tls == DN_SMTP_TLS_REQUIRED || !strncmp(email->url, "smtps:", 6);
    if (!email->user && !email->netrc_file)
        return DN_OK;
    if (!encrypted)
        return dn_error_set(err, DN_INVALID, "channels.email: a password is sent only with tls: required");
    return DN_OK;
}

static enum dn_status check_ca(const struct dn_endpoint *email, struct dn_error *err)
{
    if (email->ca_file && access(email->ca_file, R_OK) != 0)
        return dn_error_errno(err, email->ca_file);
    return DN_OK;
}

/* A relay that failed is never asked again at once, whatever is configured. */
static int64_t at_least(int64_t seconds)
{
    return seconds > 1 ? seconds : 1;
}

static void fill(const struct dn_config *config, struct dn_relay *relay)
{
    const struct dn_endpoint *email = &config->email;
    relay->settings = (struct dn_smtp_settings){.url = email->url,
                                                .ehlo = config->message_id_domain,
                                                .tls = tls_of(email->tls),
                                                .ca_file = email->ca_file,
                                                .connections = (size_t)email->connections,
                                                .messages_per_connection = email->messages_per_connection,
                                                .first_wait_ms = at_least(config->retry.wait_s) * 1000,
                                                .longest_ms = at_least(config->retry.longest_s) * 1000,
                                                .refusals = REFUSALS,
                                                .timeouts = dn_smtp_patience};
    dn_relay_rate(email->rate, &relay->settings.rate, &relay->settings.rate_ms);
}

static enum dn_status read_relay(const struct dn_config *config, struct dn_relay *relay, struct dn_error *err)
{
    *relay = (struct dn_relay){0};
    if (!config->email.url)
        return dn_error_set(err, DN_INVALID, "channels.email has no url, and mail is to be sent");
    fill(config, relay);
    enum dn_status status = check_login(&config->email, relay, err);
    if (status == DN_OK)
        status = check_ca(&config->email, err);
    if (status == DN_OK)
        status = read_login(&config->email, relay, err);
    if (status == DN_OK && relay->user.size) {
        relay->settings.user = relay->user.at;
        relay->settings.password = relay->password.at;
    }
    return status;
}

enum dn_status dn_relay_read(const struct dn_config *config, struct dn_relay *relay, struct dn_error *err)
{
    enum dn_status status = read_relay(config, relay, err);
    return status == DN_OK ? DN_OK : dn_config_blame(config, &config->email, err);
}

void dn_relay_clear(struct dn_relay *relay)
{
    dn_secret_clear(&relay->user);
    dn_secret_clear(&relay->password);
    *relay = (struct dn_relay){0};
}
