#include "deadline/ical_late.h"

#include "base/late.h"

static struct dn_ical ical;

static const struct dn_late_name names[] = {
#define ENTRY(name) {"ical" #name, &ical.name},
    DN_ICAL_NAMES(ENTRY){NULL, NULL}};

static struct dn_late late = DN_LATE(DN_LIBICAL, names);

enum dn_status dn_ical_load(const struct dn_ical **loaded, struct dn_error *err)
{
    *loaded = &ical;
    return dn_late_load(&late, err);
}
