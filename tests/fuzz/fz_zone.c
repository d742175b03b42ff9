/* TZif files from a hostile folder: refused, or a zone whose stretches follow each other. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "time/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/fz-zone-XXXXXX";
static char path[64];

static void clean(void)
{
    unlink(path);
    rmdir(folder);
}

static void write_zone(const uint8_t *data, size_t size)
{
    if (*path == '\0') {
        if (mkdtemp(folder) == NULL)
            abort();
        setenv("TZDIR", folder, 1);
        snprintf(path, sizeof path, "%s/X", folder);
        atexit(clean);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dn_zone *zone = NULL;
    struct dn_error err;
    write_zone(data, size);
    if (dn_zone_open("X", &zone, &err) != DN_OK)
        return 0;
    for (int64_t s = -3000000000; s < 8000000000; s += 98765432) {
        struct dn_instant at = {s, 0}, back;
        struct dn_civil civil = dn_civil_of(at, dn_zone_offset(zone, at));
        enum dn_zone_fit fit = dn_zone_instant(zone, &civil, &back);
        if (fit == DN_ZONE_GAP || (fit == DN_ZONE_ONE && back.s != s) || back.s > s)
            abort();
    }
    dn_zone_free(zone);
    return 0;
}
