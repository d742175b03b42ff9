#include "notice/plan.h"

enum dn_channel dn_plan_row_by(const struct dn_plan_row *row)
{
    return row->goes_to || row->channel == DN_CHANNEL_OTHER ? DN_CHANNEL_EMAIL_ADMIN : row->channel;
}

const char *dn_plan_row_to(const struct dn_plan_row *row)
{
    return row->goes_to ? row->goes_to : row->recipient;
}
