#include "channel/check.h"

#include "base/table.h"
#include "channel/message.h"
#include "ledger/row.h"

static enum dn_status check_cells(const struct dn_plan_row *row, struct dn_error *err)
{
    const char *const cells[] = {row->incident->id, row->tenant->tenant_id, row->recipient, row->reason};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        if (!dn_ledger_cell_bad(dn_text_of(cells[i])))
            continue;
        struct dn_buf seen = {0};
        dn_buf_add_visible(&seen, dn_text_of(cells[i]));
        dn_error_set(err, DN_INVALID, "incident '%s': the ledger can hold no control character: '%.200s'",
                     row->incident->id, seen.at);
        dn_buf_clear(&seen);
        return DN_INVALID;
    }
    return DN_OK;
}

static enum dn_status check_post(const struct dn_plan_row *row, const struct dn_content *content, struct dn_error *err)
{
    if (dn_text_utf8(dn_text_of(content->subject), NULL) && dn_text_utf8(dn_text_of(content->html), NULL))
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "the post for tenant '%s' is not UTF-8", row->tenant->tenant_id);
}

enum dn_status dn_check_notice(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                               struct dn_error *err)
{
    struct dn_check *check = context;
    if (row->channel == DN_CHANNEL_PHONE)
        return DN_OK;
    if (row->channel == DN_CHANNEL_MESSAGE_CENTER)
        return check_post(row, content, err);
    struct dn_message message;
    dn_message_of(row, content, check->config, check->now, &message);
    return dn_message_check(&message, &check->scratch, err);
}

void dn_check_clear(struct dn_check *check)
{
    dn_buf_clear(&check->scratch);
}

enum dn_status dn_check_plan(const struct dn_plan *plan, struct dn_error *err)
{
    struct dn_table keys = {0};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < plan->row_count && status == DN_OK; i++) {
        bool added;
        dn_table_add(&keys, dn_text_of(plan->rows[i].key), &added);
        status = check_cells(&plan->rows[i], err);
        if (status == DN_OK && !added)
            status = dn_error_set(err, DN_INVALID, "tenant '%s' has the same channel and recipient in the plan twice",
                                  plan->rows[i].tenant->tenant_id);
    }
    dn_table_clear(&keys);
    return status;
}
