/* Mail as a way (channel/way.h): the relay of the configuration, its engine, and the composing. */
#ifndef DN_CHANNEL_WAY_MAIL_H
#define DN_CHANNEL_WAY_MAIL_H

#include "channel/way.h"
#include "notice/config.h"

struct dn_way_mail;

/* Reads the relay's secrets and makes the engine; connects to nobody. config is borrowed. DN_INVALID, DN_SYSTEM: as
 * dn_relay_read and dn_smtp_open. */
enum dn_status dn_way_mail_open(const struct dn_config *config, struct dn_sight sight, struct dn_way_mail **mail,
                                struct dn_error *err);
struct dn_way dn_way_of_mail(struct dn_way_mail *mail);
void dn_way_mail_close(struct dn_way_mail *mail); /* NULL allowed */

#endif
