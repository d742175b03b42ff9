/* Posts as a way (channel/way.h): the endpoint of the configuration, its engine, and the composing. */
#ifndef DN_CHANNEL_WAY_POST_H
#define DN_CHANNEL_WAY_POST_H

#include "channel/way.h"
#include "notice/config.h"

struct dn_way_post;

/* Reads the endpoint's secret and template and makes the engine; connects to nobody. config is borrowed. DN_INVALID,
 * DN_SYSTEM: as dn_http_endpoint_read and dn_http_open. */
enum dn_status dn_way_post_open(const struct dn_config *config, struct dn_sight sight, struct dn_way_post **posts,
                                struct dn_error *err);
struct dn_way dn_way_of_posts(struct dn_way_post *posts);
void dn_way_post_close(struct dn_way_post *posts); /* NULL allowed */

#endif
