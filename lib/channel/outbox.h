/* The outbox (duenotice-outbox(5)): a transport that writes files and contacts nobody. DIR is a Maildir of messages
 * (tmp, new, cur), DIR/posts has one JSON document per Message Center post, DIR/calls.csv is the call sheet. Names
 * derive from keys, a name appears only when its bytes are durable, so a run that was killed is finished by the next
 * one: here nothing is ever unknown. */
#ifndef DN_CHANNEL_OUTBOX_H
#define DN_CHANNEL_OUTBOX_H

#include "base/error.h"
#include "channel/archive.h"
#include "channel/transport.h"
#include "ledger/ledger.h"
#include "notice/config.h"

/* Makes the folders that are not there (0700), locks the outbox (DN_BUSY: another run writes into it), reads the call
 * sheet, removes what a killed run left in tmp. config and ledger are borrowed until close. A DIR that is no folder, a
 * link in place of one of its folders, a calls.csv that is no call sheet: DN_INVALID or DN_SYSTEM, and nothing was
 * written but folders. */
enum dn_status dn_outbox_open(const char *path, const struct dn_config *config, const struct dn_ledger *ledger,
                              struct dn_instant now, struct dn_transport *transport, struct dn_error *err);

/* All messages and posts that are written from now on are kept there, too, before their names appear; borrowed until
 * close. */
void dn_outbox_archive(struct dn_transport *transport, struct dn_archive *archive);

/* How many calls stand on the sheet; good after finish. */
size_t dn_outbox_calls(const struct dn_transport *transport);

#endif
