#include "channel/way_post.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "channel/http.h"
#include "channel/http_endpoint.h"
#include "channel/load.h"

struct dn_way_post {
    struct dn_sight sight;
    struct dn_http_endpoint endpoint;
    struct dn_http *engine;
    struct dn_load load;
};

static enum dn_status compose(struct dn_way_post *posts, const struct dn_dispatch *dispatch, struct dn_buf *bytes,
                              struct dn_error *err)
{
    enum dn_status status = dn_http_endpoint_compose(&posts->endpoint, dispatch, bytes, err);
    if (status == DN_OK && posts->sight.see)
        status = posts->sight.see(posts->sight.context, dispatch->row, dn_buf_text(bytes), err);
    return status;
}

static enum dn_status post_take(void *self, size_t number, const struct dn_dispatch *dispatch, struct dn_error *err)
{
    struct dn_way_post *posts = self;
    size_t place = dn_load_place(&posts->load);
    struct dn_carried *carried = &posts->load.at[place];
    enum dn_status status = compose(posts, dispatch, &carried->bytes, err);
    carried->number = number;
    carried->taken = true;
    dn_buf_adds(&carried->key, dispatch->row->key);
    const struct dn_http_letter letter = {.number = place,
                                          .key = carried->key.at,
                                          .again = dispatch->resend ? dispatch->attempt : 0,
                                          .body = dn_buf_text(&carried->bytes)};
    if (status == DN_OK)
        status = dn_http_submit(posts->engine, &letter, err);
    if (status != DN_OK)
        dn_load_drop(&posts->load, place);
    return status;
}

static struct dn_way_state post_state(void *self)
{
    const struct dn_way_post *posts = self;
    return (struct dn_way_state){dn_http_room(posts->engine), dn_http_letters(posts->engine),
                                 dn_http_in_flight(posts->engine), dn_http_relay(posts->engine)};
}

static int post_descriptor(void *self, int64_t *wait_ms)
{
    const struct dn_way_post *posts = self;
    *wait_ms = dn_http_wait(posts->engine, *wait_ms);
    return dn_http_descriptor(posts->engine);
}

static enum dn_status post_turn(void *self, int64_t timeout_ms, struct dn_error *err)
{
    return dn_http_turn(((struct dn_way_post *)self)->engine, timeout_ms, err);
}

static bool post_ready(void *self, size_t *number)
{
    struct dn_way_post *posts = self;
    size_t place;
    if (!dn_http_ready(posts->engine, &place))
        return false;
    *number = posts->load.at[place].number;
    return true;
}

/* A post is ready as soon as there is a place for it: others come with it anyway. */
static bool post_gather(void *self)
{
    (void)self;
    return false;
}

static size_t post_waiting(void *self)
{
    return dn_http_waiting(((struct dn_way_post *)self)->engine);
}

static void post_hold(void *self)
{
    dn_http_hold(((struct dn_way_post *)self)->engine);
}

static void post_release(void *self)
{
    dn_http_release(((struct dn_way_post *)self)->engine);
}

static bool post_result(void *self, struct dn_smtp_result *result)
{
    struct dn_way_post *posts = self;
    if (!dn_http_result(posts->engine, result))
        return false;
    result->number = dn_load_drop(&posts->load, result->number);
    return true;
}

static void post_recall(void *self, bool abandon, const char *reason)
{
    struct dn_way_post *posts = self;
    if (abandon)
        dn_http_abandon(posts->engine, reason);
    else
        dn_http_recall(posts->engine, reason);
}

enum dn_status dn_way_post_open(const struct dn_config *config, struct dn_sight sight, struct dn_way_post **posts,
                                struct dn_error *err)
{
    struct dn_way_post *it = dn_alloc(1, sizeof *it);
    it->sight = sight;
    enum dn_status status = dn_http_endpoint_read(config, &it->endpoint, err);
    if (status == DN_OK)
        status = dn_http_open(&it->endpoint.settings, &it->engine, err);
    dn_load_make(&it->load, it->endpoint.settings.connections);
    *posts = status == DN_OK ? it : NULL;
    if (status != DN_OK)
        dn_way_post_close(it);
    return status;
}

struct dn_way dn_way_of_posts(struct dn_way_post *posts)
{
    return (struct dn_way){.self = posts,
                           .name = "Message Center",
                           .rate = posts->endpoint.settings.rate,
                           .rate_ms = posts->endpoint.settings.rate_ms,
                           .state = post_state,
                           .take = post_take,
                           .descriptor = post_descriptor,
                           .turn = post_turn,
                           .ready = post_ready,
                           .gather = post_gather,
                           .waiting = post_waiting,
                           .hold = post_hold,
                           .beside = true,
                           .release = post_release,
                           .result = post_result,
                           .recall = post_recall};
}

void dn_way_post_close(struct dn_way_post *posts)
{
    if (!posts)
        return;
    dn_http_close(posts->engine);
    dn_http_endpoint_clear(&posts->endpoint);
    dn_load_clear(&posts->load);
    free(posts);
}
