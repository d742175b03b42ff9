/* The times of one row after the other, read quickly: nearly all are written in one form, and on the same days. */
#ifndef DN_EVIDENCE_MOMENT_H
#define DN_EVIDENCE_MOMENT_H

#include "evidence/profile.h"
#include "time/instant.h"

/* A day that was read before. */
struct dn_moments_day {
    char date[10]; /* "2026-06-15" */
    int64_t s;     /* its first second */
};
#define DN_MOMENTS_DAYS 64

/* How the times of a profile are read, and the days of those that were. */
struct dn_moments {
    const struct dn_profile *profile;
    bool bare; /* "2026-06-15T18:00:00" without an offset is read by the first format, as UTC */
    struct dn_moments_day days[DN_MOMENTS_DAYS];
};

void dn_moments_begin(struct dn_moments *moments, const struct dn_profile *profile);

/* Reads a time in the usual form, of a day that was read before. False: ask _read. */
bool dn_moments_known(const struct dn_moments *moments, struct dn_text text, struct dn_instant *at);

/* As dn_formats_parse by the profile's formats and zone; text has no blanks around it. */
bool dn_moments_read(struct dn_moments *moments, struct dn_text text, struct dn_instant *at);

#endif
