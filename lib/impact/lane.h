/* A lane: rows of evidence taken one after the other by one thread, its counts and its share of the groups. What a row
 * comes to depends on nothing but the row, so that any number of lanes give one answer. Inside lib/impact only. */
#ifndef DN_IMPACT_LANE_H
#define DN_IMPACT_LANE_H

#include "evidence/evidence.h"
#include "evidence/scope.h"
#include "evidence/sieve.h"
#include "impact/group.h"
#include "impact/rejects.h"
#include "impact/resolve.h"
#include "impact/spelling.h"
#include "impact/spill.h"
#include "impact/tally.h"
#include "stream/blocks.h"
#include "stream/part.h"

/* What all lanes share. */
struct dn_impact_lane_run {
    const struct dn_incidents *incidents;
    struct dn_scopes *scopes; /* of each incident */
    const struct dn_resolve_options *options;
    struct dn_groups *groups;
    struct dn_part_writer *writer; /* of rows in scope or of groups; one lane alone may select */
};

/* What an operation was found to do. */
#define DN_LANE_EFFECTS 64
#define DN_LANE_OPERATION 56
struct dn_impact_lane_effect {
    const struct dn_profile *profile;
    unsigned char size;
    char operation[DN_LANE_OPERATION];
    enum dn_effect effect;
};

struct dn_impact_lane {
    const struct dn_impact_lane_run *run;
    struct dn_evidence *evidence; /* its reader of the file */
    struct dn_sieve sieve;        /* of the one incident */
    bool sieves;                  /* it is of use for this file */
    int64_t file;                 /* the file's number in the run */
    struct dn_tallies tallies;
    struct dn_groups_lane *groups;
    struct dn_sieve_times times; /* of the file's rows */
    struct dn_spill rejects;     /* of the file: each line of the file of rejects behind a dn_rejects_head */
    struct dn_buf reject;
    /* of the row */
    bool reject_written;
    struct dn_buf file_place; /* "file:" */
    struct dn_text *resources;
    size_t resource_count, resource_room;
    struct dn_spelling tenant, record_id, resource;
    struct dn_strings several;
    struct dn_buf place, address;
    struct dn_impact_lane_effect effects[DN_LANE_EFFECTS];
};

/* Makes it ready; run is borrowed until _clear. */
void dn_impact_lane_begin(struct dn_impact_lane *lane, const struct dn_impact_lane_run *run);
void dn_impact_lane_clear(struct dn_impact_lane *lane);

/* Turns to a file, which is borrowed until _leave; the scopes have been turned to it. */
void dn_impact_lane_enter(struct dn_impact_lane *lane, struct dn_evidence *evidence, int64_t file);

/* Takes over what another lane saw of the same file's times. */
void dn_impact_lane_join(struct dn_impact_lane *lane, const struct dn_impact_lane *other);

/* Ends the file: the span of its times goes to the tallies. */
void dn_impact_lane_leave(struct dn_impact_lane *lane);

/* Takes the rows of a block of the file. DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_impact_lane_take(struct dn_impact_lane *lane, struct dn_block *block, struct dn_error *err);

/* Takes the row that was read last. DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_impact_lane_row(struct dn_impact_lane *lane, struct dn_error *err);

#endif
