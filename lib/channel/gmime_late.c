#include "channel/gmime_late.h"

#include "base/late.h"

static struct dn_gmime gmime;

static const struct dn_late_name names[] = {{"gmime_major_version", &gmime.major},
                                            {"gmime_minor_version", &gmime.minor},
                                            {"gmime_micro_version", &gmime.micro},
#define ENTRY(name) {"g_" #name, &gmime.name},
                                            DN_GMIME_NAMES(ENTRY){NULL, NULL}};

static struct dn_late late = DN_LATE(DN_LIBGMIME, names);

enum dn_status dn_gmime_load(const struct dn_gmime **loaded, struct dn_error *err)
{
    *loaded = &gmime;
    return dn_late_load(&late, err);
}
