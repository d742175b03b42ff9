#include "channel/sources.h"

#include <unistd.h>

#include "channel/http_endpoint.h"
#include "channel/intake.h"

static enum dn_status read_incidents(const char *path, struct dn_keeping *keeping, struct dn_incidents *incidents,
                                     struct dn_notes *notes, struct dn_error *err)
{
    enum dn_status status = dn_keeping_input(keeping, "incident", &path, err);
    return status == DN_OK ? dn_incidents_read(path, incidents, notes, err) : status;
}

static enum dn_status read_config(const char *path, struct dn_keeping *keeping, struct dn_config *config,
                                  struct dn_error *err)
{
    enum dn_status status = dn_keeping_input(keeping, "config", &path, err);
    return status == DN_OK ? dn_config_read(path, config, err) : status;
}

/* The texts: templates, and that of posts, which is read again when posts leave. */
static enum dn_status read_templates(struct dn_sources *sources, struct dn_keeping *keeping, struct dn_error *err)
{
    const struct dn_config *config = &sources->config;
    const char *post = config->message_center.template_file;
    enum dn_status status = dn_keeping_input(keeping, "post-template", &post, err);
    if (status == DN_OK)
        status = dn_http_endpoint_check(config, err);
    if (status == DN_OK)
        status = dn_keeping_folders(keeping, "template", config->templates, err);
    return status == DN_OK ? dn_templates_load(config->templates, &sources->templates, err) : status;
}

static enum dn_status read_affected(const struct dn_order *order, bool subset, struct dn_keeping *keeping,
                                    struct dn_affected_list *affected, struct dn_error *err)
{
    size_t count = order->operands ? order->operands->count : 1;
    enum dn_status status = DN_OK;
    dn_affected_put_outside(affected);
    for (size_t i = 0; i < count && status == DN_OK; i++) {
        const char *path = order->operands ? order->operands->at[i] : "-";
        status = dn_keeping_input(keeping, "affected", &path, err);
        if (status == DN_OK)
            status = dn_affected_read(path, subset, affected, err);
    }
    return status == DN_OK ? dn_affected_settle(affected, err) : status;
}

static enum dn_status read_resources(const char *path, bool subset, struct dn_keeping *keeping,
                                     struct dn_sources *sources, struct dn_error *err)
{
    sources->has_resources = path != NULL;
    if (!path)
        return DN_OK;
    enum dn_status status = dn_keeping_input(keeping, "resources", &path, err);
    if (status == DN_OK)
        status = dn_resources_read(path, &sources->resources, err);
    return status == DN_OK ? dn_intake_resources(&sources->affected, &sources->resources, subset, err) : status;
}

static enum dn_status read_profiles(const struct dn_strings *names, struct dn_keeping *keeping,
                                    struct dn_profiles *profiles, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < names->count && status == DN_OK; i++) {
        const char *path = names->at[i], *kept = dn_profile_stock(path) || access(path, R_OK) != 0 ? NULL : path;
        status = dn_keeping_input(keeping, "profile", &kept, err);
        if (status == DN_OK)
            status = dn_profiles_add(profiles, kept ? kept : path, err);
    }
    return status;
}

enum dn_status dn_sources_read(const struct dn_order *order, bool subset, struct dn_keeping *keeping,
                               struct dn_sources *sources, struct dn_notes *notes, struct dn_error *err)
{
    enum dn_status status = read_profiles(&order->profiles, keeping, &sources->profiles, err);
    if (status == DN_OK)
        status = read_incidents(order->incident, keeping, &sources->incidents, notes, err);
    if (status == DN_OK)
        status = read_config(order->config, keeping, &sources->config, err);
    if (status == DN_OK)
        status = read_templates(sources, keeping, err);
    if (status == DN_OK)
        status = read_affected(order, subset, keeping, &sources->affected, err);
    if (status == DN_OK)
        status = dn_intake_incidents(&sources->incidents, &sources->affected, order->notice, err);
    return status == DN_OK ? read_resources(order->resources, subset, keeping, sources, err) : status;
}

void dn_sources_clear(struct dn_sources *sources)
{
    dn_templates_free(sources->templates);
    dn_resource_list_clear(&sources->resources);
    dn_affected_list_clear(&sources->affected);
    dn_config_clear(&sources->config);
    dn_incidents_clear(&sources->incidents);
    dn_profiles_clear(&sources->profiles);
    *sources = (struct dn_sources){0};
}
