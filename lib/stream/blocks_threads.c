/* Which cores a process may use is Linux; where CMake did not find it, it is all that there are. */
#ifdef DN_HAVE_AFFINITY
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "stream/blocks.h"

#include <unistd.h>

#include "base/quota.h"

#define MOST_THREADS ((size_t)64)

static size_t visible_cores(void)
{
#ifdef DN_HAVE_AFFINITY
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        return (size_t)CPU_COUNT(&cores);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

/* A container or taskset(1) may leave a process fewer cores than the machine has, or a part of their time; two threads
 * on one core are slower than one. */
static size_t usable_cores(void)
{
    size_t cores = visible_cores(), given = cores > 1 ? dn_quota_cores("") : 0;
    return given > 0 && given < cores ? given : cores;
}

size_t dn_blocks_threads(size_t wanted)
{
    size_t threads = wanted ? wanted : usable_cores();
    return threads < MOST_THREADS ? threads : MOST_THREADS;
}
