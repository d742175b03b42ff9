/* Tables that other systems export, read through --map: which column holds what, how its times are written, and which
 * state of an attempt means that somebody was told. A row that cannot be read is a finding about its tenant, never the
 * end of an audit. */
#ifndef DN_DEADLINE_FOREIGN_H
#define DN_DEADLINE_FOREIGN_H

#include "base/note.h"
#include "base/text.h"
#include "deadline/told.h"
#include "time/format.h"
#include "time/zone.h"

/* What a table's columns mean. A name that is not mapped is the column of that very name, if there is one. Starts
 * zeroed. */
struct dn_foreign {
    struct dn_strings names, columns; /* in pairs */
    struct dn_formats formats;
    struct dn_zone *zone;     /* of times that have no offset; NULL: such a time cannot be read */
    char delimiter;           /* 0: ',', or what the table says */
    const char *satisfied_by; /* the state that means told: one of ours (and those after it), or the table's own word */
    const char *incident_id;  /* of every row where no column says it; NULL: "" */
    bool regime_given;        /* --regime: it judges rows that have no due time */
    bool policies;            /* what rows come to under each policy is wanted, too */
    size_t threads;           /* that read a table; 0: one for each core */
    size_t stretch;           /* bytes that one takes at a time; 0: as it is usual */
    struct dn_strings zone_names; /* zones opened for the zone column */
    struct dn_zone **zones;
    size_t zone_count, zone_room;
};

/* Takes "NAME=COLUMN": incident_id, tenant_id, started_at, satisfied_at, due_at, state, zone or anchor.WORD.
 * DN_INVALID: another name, the same one twice, no column. */
enum dn_status dn_foreign_map(struct dn_foreign *foreign, const char *pair, struct dn_error *err);

/* Reads a table ("-": standard input) into list. Times that cannot be read are noted, each kind once with its number
 * and first place. DN_INVALID: no header line, a mapped column that is not there or twice, a broken record. */
enum dn_status dn_foreign_read(struct dn_foreign *foreign, const char *path, struct dn_told_list *list,
                               struct dn_notes *notes, struct dn_error *err);

void dn_foreign_clear(struct dn_foreign *foreign);

#endif
