#include "channel/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
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

static int compare_keys(const void *a, const void *b)
{
    const struct dn_plan_row *x = *(const struct dn_plan_row *const *)a, *y = *(const struct dn_plan_row *const *)b;
    return strcmp(x->key, y->key);
}

static enum dn_status check_keys(const struct dn_plan *plan, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    const struct dn_plan_row **sorted = dn_alloc(plan->row_count, sizeof *sorted);
    for (size_t i = 0; i < plan->row_count; i++)
        sorted[i] = &plan->rows[i];
    if (plan->row_count)
        qsort(sorted, plan->row_count, sizeof *sorted, compare_keys);
    for (size_t i = 1; i < plan->row_count && status == DN_OK; i++)
        if (strcmp(sorted[i]->key, sorted[i - 1]->key) == 0)
            status = dn_error_set(err, DN_INVALID, "tenant '%s' has the same channel and recipient in the plan twice",
                                  sorted[i]->tenant->tenant_id);
    free(sorted);
    return status;
}

enum dn_status dn_check_plan(const struct dn_plan *plan, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < plan->row_count && status == DN_OK; i++)
        status = check_cells(&plan->rows[i], err);
    return status == DN_OK ? check_keys(plan, err) : status;
}
