/* Notices about nobody: what is left of a notice when everything that is one tenant's is taken out. What stands there
 * may stand in every notice, and is not taken for another tenant's by the isolation check. */
#ifndef DN_NOTICE_SAMPLE_H
#define DN_NOTICE_SAMPLE_H

#include "notice/isolation.h"
#include "notice/plan.h"

/* Renders one for every incident and every language that an affected tenant gets, and allows what is in it. The words
 * that people wrote into the record are left out: they are looked at like everything else. DN_INVALID: a body without
 * its sentence. */
enum dn_status dn_sample_allow(const struct dn_plan_source *source, struct dn_isolation *isolation,
                               struct dn_error *err);

#endif
