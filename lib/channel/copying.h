/* The internal copies of a run over the network (notice/copies.h): sent behind all notices, through the same relay, and
 * recorded in the same ledger, so that a second run sends none of them again. */
#ifndef DN_CHANNEL_COPYING_H
#define DN_CHANNEL_COPYING_H

#include "base/note.h"
#include "channel/outbound.h"
#include "channel/sending.h"

/* Sends what copies are due after a run of notices (sending, sent, and how its network was opened). None is begun if
 * that run was stopped or its peer was away. What is left over is an attention note ("[copies]"): the notices are what
 * they are. DN_SYSTEM, DN_INVALID: the ledger or the network failed. */
enum dn_status dn_copies_send(const struct dn_sending *sending, const struct dn_sent *sent,
                              const struct dn_outbound_settings *settings, struct dn_notes *notes,
                              struct dn_error *err);

#endif
