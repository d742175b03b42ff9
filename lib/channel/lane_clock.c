/* Alone in its file, so that a test can put another clock before it. */
#include <time.h>

#include "channel/lane.h"

int64_t dn_lane_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
