/* The seal: where a ledger stands at the end of a run is mailed out of the house that holds the ledger, through the
 * same relay, so that a ledger that is cut or written anew can be told. It is no notice and has no row: the head that
 * is mailed is the one that is printed. What is owed is a file beside the ledger, so a run that was killed, or whose
 * seal was not taken, leaves it to the next. */
#ifndef DN_CHANNEL_SEAL_H
#define DN_CHANNEL_SEAL_H

#include <signal.h>

#include "base/note.h"
#include "channel/archive.h"
#include "ledger/ledger.h"
#include "notice/config.h"

struct dn_seal;

/* What the mail says; all borrowed. */
struct dn_seal_words {
    const char *incidents, *by; /* "INC-1, INC-2" */
    size_t accepted, deferred, rejected, unknown;
    struct dn_instant at;
};

/* Reads the relay's secrets, looks at the ledger's head and at what is owed; contacts nobody. Without `seal` in the
 * configuration *seal is NULL, which the other functions take. DN_INVALID, DN_SYSTEM: as dn_relay_read. */
enum dn_status dn_seal_open(const struct dn_config *config, const char *ledger_path, const struct dn_ledger *ledger,
                            struct dn_seal **seal, struct dn_error *err);

/* Writes down, durably, that a seal is owed: before the first notice of the run. */
enum dn_status dn_seal_owe(struct dn_seal *seal, struct dn_error *err);

/* Mails the head if the run has added rows, or an earlier one owes it. archive NULL: none. What keeps it from being
 * taken is an attention note ("[seal]"), and it stays owed; so does one that signals put a stop to: the second of the
 * run, or one that comes before it is under way (signals: how many came, NULL: none). DN_SYSTEM: the archive or the
 * file beside the ledger failed. */
enum dn_status dn_seal_mail(struct dn_seal *seal, const struct dn_ledger *ledger, const struct dn_seal_words *words,
                            struct dn_archive *archive, const volatile sig_atomic_t *signals, struct dn_notes *notes,
                            struct dn_error *err);

void dn_seal_close(struct dn_seal *seal);

#endif
