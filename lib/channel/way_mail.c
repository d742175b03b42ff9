#include "channel/way_mail.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "channel/load.h"
#include "channel/message.h"
#include "channel/relay.h"
#include "channel/second_copy.h"
#include "channel/smtp_wire.h"

struct dn_way_mail {
    const struct dn_config *config;
    struct dn_sight sight;
    struct dn_composer *composer;
    struct dn_relay relay;
    struct dn_smtp *engine;
    struct dn_load load;
};

static enum dn_status compose(struct dn_way_mail *mail, const struct dn_dispatch *dispatch, struct dn_carried *carried,
                              struct dn_error *err)
{
    struct dn_message message;
    struct dn_buf text = {0}, html = {0};
    dn_message_of(dispatch->row, dispatch->content, mail->config, dispatch->intent_at, &message);
    if (dispatch->resend)
        dn_second_copy_mark(dispatch->content, &message, &text, &html);
    enum dn_status status = dn_message_compose(mail->composer, &message, &carried->bytes, err);
    dn_smtp_return_path(dispatch->row->key, mail->config->message_id_domain, &carried->return_path);
    dn_buf_clear(&text);
    dn_buf_clear(&html);
    if (status == DN_OK && mail->sight.see)
        status = mail->sight.see(mail->sight.context, dispatch->row, dn_buf_text(&carried->bytes), err);
    return status;
}

static enum dn_status mail_take(void *self, size_t number, const struct dn_dispatch *dispatch, struct dn_error *err)
{
    struct dn_way_mail *mail = self;
    size_t place = dn_load_place(&mail->load);
    struct dn_carried *carried = &mail->load.at[place];
    enum dn_status status = compose(mail, dispatch, carried, err);
    carried->number = number;
    carried->taken = true;
    dn_buf_adds(&carried->recipient, dn_plan_row_to(dispatch->row));
    dn_buf_adds(&carried->key, dispatch->row->key);
    const struct dn_smtp_letter letter = {.number = place,
                                          .return_path = carried->return_path.at,
                                          .recipient = carried->recipient.at,
                                          .envid = carried->key.at,
                                          .message = dn_buf_text(&carried->bytes),
                                          .is_clean = true}; /* it has passed dn_message_gate */
    if (status == DN_OK)
        status = dn_smtp_submit(mail->engine, &letter, err);
    if (status != DN_OK)
        dn_load_drop(&mail->load, place);
    return status;
}

static struct dn_way_state mail_state(void *self)
{
    const struct dn_way_mail *mail = self;
    return (struct dn_way_state){dn_smtp_room(mail->engine), dn_smtp_letters(mail->engine),
                                 dn_smtp_in_flight(mail->engine), dn_smtp_relay(mail->engine)};
}

static int mail_descriptor(void *self, int64_t *wait_ms)
{
    const struct dn_way_mail *mail = self;
    *wait_ms = dn_smtp_wait(mail->engine, *wait_ms);
    return dn_smtp_descriptor(mail->engine);
}

static enum dn_status mail_turn(void *self, int64_t timeout_ms, struct dn_error *err)
{
    return dn_smtp_turn(((struct dn_way_mail *)self)->engine, timeout_ms, err);
}

static bool mail_ready(void *self, size_t *number)
{
    struct dn_way_mail *mail = self;
    size_t place;
    if (!dn_smtp_ready(mail->engine, &place))
        return false;
    mail->load.at[place].told = true;
    *number = mail->load.at[place].number;
    return true;
}

static bool mail_gather(void *self)
{
    return dn_smtp_gather(((struct dn_way_mail *)self)->engine);
}

static size_t mail_waiting(void *self)
{
    return dn_smtp_waiting(((struct dn_way_mail *)self)->engine);
}

static void mail_hold(void *self)
{
    struct dn_way_mail *mail = self;
    dn_smtp_hold(mail->engine);
    dn_load_hold(&mail->load);
}

static void mail_release(void *self)
{
    struct dn_way_mail *mail = self;
    dn_smtp_release(mail->engine);
    dn_load_lighten(&mail->load);
}

static bool mail_result(void *self, struct dn_smtp_result *result)
{
    struct dn_way_mail *mail = self;
    if (!dn_smtp_result(mail->engine, result))
        return false;
    result->number = dn_load_drop(&mail->load, result->number);
    return true;
}

static void mail_recall(void *self, bool abandon, const char *reason)
{
    struct dn_way_mail *mail = self;
    if (abandon)
        dn_smtp_abandon(mail->engine, reason);
    else
        dn_smtp_recall(mail->engine, reason);
}

enum dn_status dn_way_mail_open(const struct dn_config *config, struct dn_sight sight, struct dn_way_mail **mail,
                                struct dn_error *err)
{
    struct dn_way_mail *it = dn_alloc(1, sizeof *it);
    it->config = config;
    it->sight = sight;
    it->composer = dn_composer_open();
    enum dn_status status = dn_relay_read(config, &it->relay, err);
    if (status == DN_OK)
        status = dn_composer_ready(it->composer, err);
    if (status == DN_OK)
        status = dn_smtp_open(&it->relay.settings, &it->engine, err);
    dn_load_make(&it->load, it->relay.settings.connections);
    *mail = status == DN_OK ? it : NULL;
    if (status != DN_OK)
        dn_way_mail_close(it);
    return status;
}

struct dn_way dn_way_of_mail(struct dn_way_mail *mail)
{
    return (struct dn_way){.self = mail,
                           .name = "mail relay",
                           .rate = mail->relay.settings.rate,
                           .rate_ms = mail->relay.settings.rate_ms,
                           .state = mail_state,
                           .take = mail_take,
                           .descriptor = mail_descriptor,
                           .turn = mail_turn,
                           .ready = mail_ready,
                           .gather = mail_gather,
                           .waiting = mail_waiting,
                           .hold = mail_hold,
                           .release = mail_release,
                           .result = mail_result,
                           .recall = mail_recall};
}

void dn_way_mail_close(struct dn_way_mail *mail)
{
    if (!mail)
        return;
    dn_smtp_close(mail->engine);
    dn_relay_clear(&mail->relay);
    dn_composer_free(mail->composer);
    dn_load_clear(&mail->load);
    free(mail);
}
