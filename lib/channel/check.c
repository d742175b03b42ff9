#include "channel/check.h"

#include <string.h>

#include "base/sorter.h"
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
    const struct dn_text *x = a, *y = b;
    return dn_text_compare(*x, *y);
}

static enum dn_status twice(const struct dn_plan_row *row, struct dn_error *err)
{
    return dn_error_set(err, DN_INVALID, "tenant '%s' has the same channel and recipient in the plan twice",
                        row->tenant->tenant_id);
}

/* Keys, each with its row's index behind it, so that the first one that is there twice can be named. */
static enum dn_status check_keys(const struct dn_plan *plan, struct dn_error *err)
{
    struct dn_sorter sorter = {.compare = compare_keys};
    char pair[DN_SHA256_HEX + sizeof(size_t)], last[DN_SHA256_HEX] = "";
    struct dn_text next;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < plan->row_count; i++) {
        memcpy(pair, dn_plan_glance(plan, i)->key, DN_SHA256_HEX);
        memcpy(pair + DN_SHA256_HEX, &i, sizeof i);
        dn_sorter_add(&sorter, (struct dn_text){pair, sizeof pair});
    }
    while (status == DN_OK && dn_sorter_next(&sorter, &next)) {
        size_t index;
        memcpy(&index, next.at + DN_SHA256_HEX, sizeof index);
        if (memcmp(next.at, last, DN_SHA256_HEX) == 0)
            status = twice(dn_plan_at(plan, index), err);
        memcpy(last, next.at, DN_SHA256_HEX);
    }
    if (status == DN_OK)
        status = dn_sorter_check(&sorter, err);
    dn_sorter_clear(&sorter);
    return status;
}

enum dn_status dn_check_plan(const struct dn_plan *plan, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < plan->row_count && status == DN_OK; i++)
        status = check_cells(dn_plan_at(plan, i), err);
    return status == DN_OK && !plan->keys_differ ? check_keys(plan, err) : status;
}
