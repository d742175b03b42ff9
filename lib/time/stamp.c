#include "time/stamp.h"

bool dn_stamps_read_new(struct dn_stamps *stamps, const char *at, int64_t *s)
{
    uint64_t text = dn_stamp_load(at), digits = text ^ UINT64_C(0x2D30302D30303030);
    unsigned year = 100 * dn_stamp_pair(digits, 0) + dn_stamp_pair(digits, 2), month = dn_stamp_pair(digits, 5);
    if (!dn_stamp_read(at, s))
        return false;
    *dn_stamps_month(stamps, text) = (struct dn_stamps_month){
        .text = text, .s = dn_stamp_days(year, month, 0) * 86400, .last_day = dn_stamp_last_day(year, month)};
    return true;
}
