/* How much processor time the control groups of this process give it. */
#ifndef DN_BASE_QUOTA_H
#define DN_BASE_QUOTA_H

#include <stddef.h>

/* The least limit of the process's group and those above it, in cores, rounded up (half a core is 1); 0: none is known,
 * as where there are no control groups. Both kinds are read where they are usually mounted: cpu.max (cgroups(7),
 * version 2) and cpu.cfs_quota_us (version 1). root stands before /proc and /sys: "" but in tests. */
size_t dn_quota_cores(const char *root);

#endif
