/* What a kernel of the scan finds in a block (scan_kernel.h). */
#ifndef DN_STREAM_SCAN_FOUND_H
#define DN_STREAM_SCAN_FOUND_H

#include <stdint.h>

/* A bit for each byte; bit 0 is the first. */
struct dn_scan_found {
    uint64_t ends, lf; /* delimiters and LFs; first all, then those that are not in quotes */
    uint64_t quotes;
    uint64_t rare; /* all other bytes that are no plain text: below 14, or no ASCII */
};

#endif
