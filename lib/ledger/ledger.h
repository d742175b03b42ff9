/* The ledger (CONTRACT section 3.6; duenotice-ledger(5)): an append-only CSV file that is the truth about every notice.
 * One writer at a time (lock), every row chained to the one before, nothing is done that is not durable here first. */
#ifndef DN_LEDGER_LEDGER_H
#define DN_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/note.h"
#include "base/sha256.h"
#include "base/text.h"
#include "time/instant.h"

enum dn_state {
    DN_STATE_INTENT,
    DN_STATE_ACCEPTED,
    DN_STATE_DEFERRED,
    DN_STATE_REJECTED,
    DN_STATE_UNKNOWN,
    DN_STATE_DELIVERED,
    DN_STATE_BOUNCED,
    DN_STATE_REACHED,
    DN_STATE_NOT_REACHED,
    DN_STATE_SKIPPED,
    DN_STATE_HELD
};
enum dn_channel {
    DN_CHANNEL_MESSAGE_CENTER,
    DN_CHANNEL_EMAIL_ADMIN,
    DN_CHANNEL_EMAIL_PRIVACY,
    DN_CHANNEL_PHONE,
    DN_CHANNEL_OTHER
};
enum dn_required { DN_REQUIRED_ALL, DN_REQUIRED_ANY, DN_REQUIRED_NO };

/* NULL-ended words, in the order of the enums. */
extern const char *const dn_state_words[];
extern const char *const dn_channel_words[];
extern const char *const dn_required_words[];

/* One row. Views; whoever hands it out says how long they are good. seq 0 and an empty chain until it was appended. */
struct dn_ledger_row {
    int64_t seq;
    struct dn_instant at;
    struct dn_text incident_id, notice, tenant_id;
    enum dn_channel channel;
    enum dn_required required;
    struct dn_text recipient, key;
    int64_t attempt;
    enum dn_state state;
    struct dn_text code, reason, reference, by, approved_by, content_sha256;
    struct dn_instant declared_at, due_at;
    struct dn_text regime;
    struct dn_instant happened_at;
    struct dn_text chain;
};

/* The columns in order, chain last; NULL-ended. */
extern const char *const dn_ledger_columns[];
#define DN_LEDGER_COLUMNS 22

/* The key of a notice: SHA-256 hex over incident, notice, tenant, channel, recipient, each ended by LF. */
void dn_ledger_key(struct dn_text incident_id, struct dn_text notice, struct dn_text tenant_id, enum dn_channel channel,
                   struct dn_text recipient, char key[DN_SHA256_HEX]);

/* May state b follow state a under one key (same attempt, or b an intent of the next one)? resend: a person decided. */
bool dn_state_may_follow(enum dn_state a, enum dn_state b, bool resend);

/* Reading: one ledger file or stdout of notify-send, row by row; no lock, no chain check. */
struct dn_ledger_reader;
enum dn_status dn_ledger_read_open(const char *path, struct dn_ledger_reader **reader, struct dn_error *err);
/* DN_OK, DN_END, DN_INVALID, DN_SYSTEM; the row is good until the next call. */
enum dn_status dn_ledger_read_next(struct dn_ledger_reader *reader, struct dn_ledger_row *row, struct dn_error *err);
int64_t dn_ledger_read_line(const struct dn_ledger_reader *reader);
void dn_ledger_read_close(struct dn_ledger_reader *reader);

/* Verifying a whole file: header, seq without a gap from 1, every chain value, and, if head ("SEQ CHAIN") is not NULL,
 * that this row is there. *rows becomes the number of rows, head_out (NULL allowed) the head found. */
enum dn_status dn_ledger_verify(const char *path, const char *head, int64_t *rows, struct dn_buf *head_out,
                                struct dn_error *err);

/* Writing. A ledger kept in memory only (path NULL: notify-send --outbox without -l) obeys the same rules. */
struct dn_ledger;

/* Opens or creates (0600) the file, takes its lock (DN_BUSY: held), checks every row and chain, cuts a torn last row
 * into PATH.torn-SEQ and notes it ("[torn]", attention). A symbolic link, a second name, a file that is not plain, not
 * ours or writable by others, an empty file (a new ledger appears with its header: an empty one was emptied), a file
 * whose first line is not a ledger's header, anything else broken: DN_INVALID before a byte is written. */
enum dn_status dn_ledger_open(const char *path, struct dn_ledger **ledger, struct dn_notes *notes,
                              struct dn_error *err);

/* All rows so far, oldest first; good until _close. */
size_t dn_ledger_count(const struct dn_ledger *ledger);
const struct dn_ledger_row *dn_ledger_at(const struct dn_ledger *ledger, size_t index);

/* The last row under a key, or NULL. */
const struct dn_ledger_row *dn_ledger_last(const struct dn_ledger *ledger, struct dn_text key);

/* Appends a row in memory (seq and chain are set here, its views copied). DN_INVALID: a cell with a control character,
 * a key that is not the row's, a state that may not follow the last one under it even if a person decides, an attempt
 * that does not. The first row under a key is an intent, deferred, skipped or held; any state for channel other and for
 * reasons "same-message:...". Nothing is on disk before _commit. */
enum dn_status dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err);

/* Writes all appended rows with one write and one fdatasync. DN_SYSTEM: the run must end; never tried again. Intents
 * that a failed write left at the end are taken back, since nothing was done about them. */
enum dn_status dn_ledger_commit(struct dn_ledger *ledger, struct dn_error *err);

/* "SEQ CHAIN" of the last committed row, or "0 " and 64 zeros. */
void dn_ledger_head(const struct dn_ledger *ledger, struct dn_buf *head);

/* Unlocks and frees; rows that were not committed are lost. NULL allowed. */
void dn_ledger_close(struct dn_ledger *ledger);

/* Appends the row as one CSV line with its LF, as in the file. */
void dn_ledger_add_line(const struct dn_ledger_row *row, struct dn_buf *line);

#endif
