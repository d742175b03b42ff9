/* Linked in front of lib/stream, beside no-avx512.c: a machine without AVX2, which has the portable kernels alone. */
#include "stream/scan.h"

const struct dn_scan_machine *dn_scan_avx2(void)
{
    return NULL;
}
