/* Linked in front of lib/stream: a machine without AVX-512. What the commands then choose is what they choose on the
 * many that have AVX2 alone. */
#include "stream/scan.h"

const struct dn_scan_machine *dn_scan_avx512(void)
{
    return NULL;
}
