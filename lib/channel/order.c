#include "channel/order.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dn_status wrong(struct dn_error *err, const char *text)
{
    return dn_error_set(err, DN_INVALID, "%s", text);
}

static enum dn_status check_notice(const struct dn_order *order, struct dn_error *err)
{
    static const char *const later[] = {"update-", "correction-", "retraction", "final"};
    const char *notice = order->notice;
    if (strcmp(notice, "initial") == 0)
        return DN_OK;
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strncmp(notice, later[i], strlen(later[i])) == 0)
            return dn_error_set(err, DN_INVALID, "--notice: '%s' is not in this version: only initial", notice);
    return dn_error_set(err, DN_INVALID, "--notice: '%s' is no kind of notice", notice);
}

static enum dn_status check_approvers(const struct dn_order *order, struct dn_error *err)
{
    if (!order->approve != !order->approved_by)
        return wrong(err, "--approve DIGEST and --approved-by NAME belong together");
    if (!order->approved_by)
        return DN_OK;
    if (!dn_text_trim(dn_text_of(order->approved_by)).size || dn_text_hostile(dn_text_of(order->approved_by)))
        return wrong(err, "--approved-by: not a name");
    if (dn_text_same_name(dn_text_of(order->approved_by), dn_text_of(order->by)))
        return dn_error_set(err, DN_INVALID, "--approved-by: '%s' is who sends (--by): approval takes a second person",
                            order->approved_by);
    return DN_OK;
}

static enum dn_status check_format(const struct dn_order *order, struct dn_error *err)
{
    if (!order->format)
        return DN_OK;
    if (strcmp(order->format, "csv") != 0 && strcmp(order->format, "table") != 0)
        return dn_error_set(err, DN_INVALID, "--format: csv or table, not '%s'", order->format);
    return order->dry_run ? DN_OK : wrong(err, "--format goes with -n");
}

static enum dn_status check_way_out(const struct dn_order *order, struct dn_error *err)
{
    if (order->outbox)
        return *order->outbox ? DN_OK : wrong(err, "--outbox: no folder is named");
    if (!order->dry_run && !order->ledger)
        return wrong(err, "delivery without a ledger (-l FILE) is refused: nobody could say later who was told");
    if (!order->dry_run && order->now_given)
        return wrong(err, "--now is refused where notices leave: their times are the clock's");
    return order->config ? DN_OK : wrong(err, "-c FILE is needed: only with --outbox DIR may it be absent");
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one, other;
    return strcmp(a, b) == 0 ||
           (stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* An outbox and an archive both have a folder tmp, and each empties its own. */
static enum dn_status check_archive(const struct dn_order *order, struct dn_error *err)
{
    if (order->archive && !*order->archive)
        return wrong(err, "--archive: no folder is named");
    if (order->profiles.count && !order->archive)
        return wrong(err, "--profile is for the manifest of --archive");
    if (order->archive && order->outbox && same_folder(order->archive, order->outbox))
        return wrong(err, "--archive and --outbox: not the same folder");
    return DN_OK;
}

static bool reads_stdin(const struct dn_order *order)
{
    return !order->operands || dn_strings_has(order->operands, DN_TEXT("-"));
}

static enum dn_status check_inputs(const struct dn_order *order, struct dn_error *err)
{
    const char *const files[] = {order->incident, order->config, order->resources, order->ledger};
    size_t taken = reads_stdin(order);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        taken += files[i] && strcmp(files[i], "-") == 0;
    if (order->ledger && (strcmp(order->ledger, "-") == 0 || !*order->ledger))
        return wrong(err, "-l: a ledger is a file");
    return taken > 1 ? wrong(err, "two inputs cannot both be standard input") : DN_OK;
}

enum dn_status dn_order_check(const struct dn_order *order, struct dn_error *err)
{
    if (!order->incident)
        return wrong(err, "-i FILE is needed: the incident record");
    enum dn_status status = check_notice(order, err);
    if (status == DN_OK)
        status = check_format(order, err);
    if (status == DN_OK)
        status = check_approvers(order, err);
    if (status == DN_OK)
        status = check_way_out(order, err);
    if (status == DN_OK)
        status = check_archive(order, err);
    return status == DN_OK ? check_inputs(order, err) : status;
}

bool dn_desktop_order(const struct dn_order *order)
{
    const struct dn_strings *operands = order->operands;
    if (!operands || (order->incident && access(order->incident, F_OK) == 0))
        return false;
    for (size_t i = 0; i < operands->count; i++)
        if (strcmp(operands->at[i], "-") == 0 || access(operands->at[i], F_OK) == 0)
            return false;
    return true;
}
