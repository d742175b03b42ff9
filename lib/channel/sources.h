/* What a run of notify-send is given: the incident record, the configuration with its texts, the affected stream and
 * the resources, read, and held against each other. */
#ifndef DN_CHANNEL_SOURCES_H
#define DN_CHANNEL_SOURCES_H

#include "base/note.h"
#include "channel/keeping.h"
#include "channel/order.h"
#include "evidence/profile.h"
#include "incident/incident.h"
#include "notice/config.h"
#include "notice/content.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

/* Starts zeroed. */
struct dn_sources {
    struct dn_profiles profiles; /* the evidence was read with, as it was said */
    struct dn_incidents incidents;
    struct dn_config config;
    struct dn_templates *templates;
    struct dn_affected_list affected; /* sorted, outside memory */
    struct dn_resource_list resources;
    bool has_resources; /* --resources was given */
};

/* Reads the files that the order names, each of which is held for the archive first (keeping). The affected stream
 * comes behind what is small, and the resources behind it: tenant-match has renamed them into place before its first
 * row comes out. subset: as --subset. Errors as of the files' own readers and of channel/intake.h; the caller clears
 * sources, also after an error. */
enum dn_status dn_sources_read(const struct dn_order *order, bool subset, struct dn_keeping *keeping,
                               struct dn_sources *sources, struct dn_notes *notes, struct dn_error *err);

void dn_sources_clear(struct dn_sources *sources);

#endif
