/* The impact streams of a run, read one after the other into a matching. */
#ifndef DN_TENANT_INTAKE_H
#define DN_TENANT_INTAKE_H

#include "evidence/inputs.h"
#include "tenant/matching.h"

/* Zeroed but for what is said. */
struct dn_intake {
    struct dn_matching *matching;
    const struct dn_incidents *incidents; /* NULL: any incident_id is fine; else one that is not there is DN_INVALID */
    bool subset;
    bool alone;                                    /* there is one stream only: nothing to compare it with */
    void (*progress)(void *context, int64_t rows); /* NULL: none; now and then, with all rows so far */
    void *context;
    struct dn_inputs inputs; /* of the files so far */
    struct dn_table digests; /* of the rows of the files so far, whatever their order */
    int64_t rows;
};

/* Reads one stream to its end. DN_INVALID: what dn_impact_next refuses, a foreign incident, the same file twice under
 * any name, or a copy of one that was read. */
enum dn_status dn_intake_read(struct dn_intake *intake, const char *path, struct dn_error *err);

/* Frees what it owns. */
void dn_intake_clear(struct dn_intake *intake);

#endif
