#include "channel/copying.h"

#include "channel/standing.h"
#include "notice/copies.h"

static void note(const struct dn_plan *copies, const struct dn_ledger *ledger, struct dn_notes *notes)
{
    struct dn_standing it = dn_standing_of(copies, NULL, ledger);
    dn_notes_say(notes, "copies", "%zu of %zu internal copies accepted", it.accepted, copies->row_count);
    if (it.deferred + it.untried)
        dn_notes_attention(notes, "copies", "%zu internal copies are not sent yet: run the same again",
                           it.deferred + it.untried);
    if (it.rejected)
        dn_notes_attention(notes, "copies", "%zu internal copies were rejected: mend 'copies' in the configuration",
                           it.rejected);
    if (it.unknown)
        dn_notes_attention(notes, "copies", "%zu internal copies may or may not have been taken", it.unknown);
}

static enum dn_status send_copies(const struct dn_sending *sending, const struct dn_plan *copies,
                                  const struct dn_outbound_settings *settings, struct dn_error *err)
{
    struct dn_outbound_settings own = *settings;
    struct dn_sending with = *sending;
    struct dn_sent sent = {0};
    own.plan = with.plan = copies;
    with.outbound = NULL;
    with.reading.add_recipients = true; /* an address that is new in the configuration is no new recipient */
    enum dn_status status = dn_outbound_open(&own, &with.outbound, err);
    if (status == DN_OK)
        status = dn_sending_run(&with, &sent, err);
    dn_sent_clear(&sent);
    dn_outbound_close(with.outbound);
    return status;
}

enum dn_status dn_copies_send(const struct dn_sending *sending, const struct dn_sent *sent,
                              const struct dn_outbound_settings *settings, struct dn_notes *notes, struct dn_error *err)
{
    struct dn_plan copies;
    enum dn_status status = dn_copies_make(sending->plan, sending->ledger, &copies, err);
    if (status == DN_OK && copies.row_count && !sent->away && !sent->stopped)
        status = send_copies(sending, &copies, settings, err);
    if (status == DN_OK && copies.row_count)
        note(&copies, sending->ledger, notes);
    dn_plan_clear(&copies);
    return status;
}
