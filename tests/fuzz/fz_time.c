/* Times from hostile text: what is taken is canonical at the second go, in every parser of time/. */
#include <stdlib.h>
#include <string.h>

#include "time/format.h"
#include "time/period.h"
#include "time/tzrule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void instant_is_stable(struct dn_text text)
{
    struct dn_instant at, back;
    char canonical[DN_INSTANT_TEXT];
    if (!dn_instant_parse(text, &at))
        return;
    dn_instant_format(at, canonical);
    check(dn_instant_parse(dn_text_of(canonical), &back) && dn_instant_compare(at, back) == 0);
    check(dn_instant_in_range(at) && at.ns >= 0 && at.ns < 1000000000);
}

static void period_is_bounded(struct dn_text text)
{
    struct dn_period period;
    if (dn_period_parse(text, &period))
        check(period.months >= 0 && period.months <= 1200 && period.days >= 0 && period.days <= 36525 &&
              period.seconds >= 0 && period.seconds <= 3155760000);
}

static void rule_moves_forward(struct dn_text text, int64_t at)
{
    struct dn_tzrule rule;
    int64_t until = 0;
    if (!dn_tzrule_parse(text, &rule))
        return;
    int32_t offset_s = dn_tzrule_offset(&rule, at, &until);
    check(until > at && (offset_s == rule.standard_s || offset_s == rule.summer_s));
}

/* "PATTERN\nVALUE": a time that was read is in range, and the pattern reads nothing that has bytes behind. */
static void formats_read_whole_values(struct dn_text text)
{
    const char *end = text.size ? memchr(text.at, '\n', text.size) : NULL;
    struct dn_formats formats = {0};
    struct dn_strings patterns = {0};
    struct dn_error err;
    struct dn_zone *zone = NULL;
    struct dn_instant at;
    if (end == NULL)
        return;
    struct dn_text value = {end + 1, (size_t)(text.at + text.size - end - 1)};
    dn_strings_add(&patterns, (struct dn_text){text.at, (size_t)(end - text.at)});
    check(dn_zone_open("+01:30", &zone, &err) == DN_OK);
    if (dn_formats_set(&formats, &patterns, &err) == DN_OK && dn_formats_parse(&formats, zone, value, &at))
        check(dn_instant_in_range(at) && at.ns >= 0 && at.ns < 1000000000);
    dn_zone_free(zone);
    dn_strings_clear(&patterns);
    dn_formats_clear(&formats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* exactly as long as the text, so that a byte too far is seen */
    if (size)
        memcpy(exact, data, size);
    struct dn_text text = {exact, size};
    instant_is_stable(text);
    period_is_bounded(text);
    rule_moves_forward(text, size ? (int64_t)data[0] << 25 : 0);
    formats_read_whole_values(text);
    free(exact);
    return 0;
}
