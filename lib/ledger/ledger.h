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
#include "stream/rows.h"
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

/* Codes that mean something: a file in an outbox; a person's decisions on what was unknown. */
#define DN_CODE_OUTBOX "outbox"
#define DN_CODE_RESEND "resend"
#define DN_CODE_RESOLVED "resolved"

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

/* Reading all rows by several threads: the reader's records (stream/blocks.h), borrowed, and one of them as a row, good
 * as long as the record. DN_OK, DN_INVALID. */
struct dn_csv *dn_ledger_read_csv(const struct dn_ledger_reader *reader);
enum dn_status dn_ledger_read_row(const struct dn_ledger_reader *reader, const struct dn_row *record,
                                  struct dn_ledger_row *row, struct dn_error *err);
/* Do the columns stand in the ledger's own order, so that a row's bytes are those its chain value was made of? */
bool dn_ledger_read_is_plain(const struct dn_ledger_reader *reader);
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

/* The file is the truth and stays where it is: in memory there are 48 bytes or so for each key, and a row is read back
 * when somebody wants it. A row has a place, which grows with its seq; the first one's is larger than or equal to 0. */

/* One row read back. Starts zeroed; its views are good until it is used again or cleared. */
struct dn_ledger_line {
    struct dn_ledger_row row;
    int64_t place;
    struct dn_buf bytes;
};
void dn_ledger_line_clear(struct dn_ledger_line *line);

/* How many rows there are, and the place behind the last of them. */
size_t dn_ledger_count(const struct dn_ledger *ledger);
int64_t dn_ledger_end(const struct dn_ledger *ledger);

/* Reads the row at a place. DN_SYSTEM, DN_INVALID: the file cannot be read any more, or was changed behind our back. */
enum dn_status dn_ledger_at(const struct dn_ledger *ledger, int64_t place, struct dn_ledger_line *line,
                            struct dn_error *err);

/* Reads the last row under a key. DN_END: there is none; else as _at. */
enum dn_status dn_ledger_last(const struct dn_ledger *ledger, struct dn_text key, struct dn_ledger_line *line,
                              struct dn_error *err);

/* What is known of a key without reading: of its last row, but for resend. */
struct dn_stand {
    enum dn_state state;
    int64_t attempt;
    int64_t place;
    bool outbox; /* its code says so */
    bool resend; /* a person once decided that it be sent again */
};
bool dn_ledger_stand(const struct dn_ledger *ledger, struct dn_text key, struct dn_stand *stand);

/* The keys whose last row has a state: *from starts with 0 and goes on; false: no more. */
bool dn_ledger_in_state(const struct dn_ledger *ledger, enum dn_state state, size_t *from, struct dn_stand *stand);

/* Did a person ever decide that a key be sent again? */
bool dn_ledger_has_resends(const struct dn_ledger *ledger);

/* What the ledger is about: the places of the rows that were the first with their incident, notice and declared_at. */
size_t dn_ledger_subject_count(const struct dn_ledger *ledger);
int64_t dn_ledger_subject(const struct dn_ledger *ledger, size_t index);

/* Row after row, from a place on (0: all); rows that are appended meanwhile come, too. */
struct dn_ledger_cursor {
    const struct dn_ledger *ledger;
    int64_t place; /* of the row that was given last */
    struct dn_lines *lines;
    int64_t seq;        /* of the last line */
    struct dn_buf copy; /* of one that had to be taken apart */
};
void dn_ledger_cursor_open(const struct dn_ledger *ledger, int64_t from, struct dn_ledger_cursor *cursor);
/* DN_OK, DN_END or as _at. The row is good until the next call. */
enum dn_status dn_ledger_cursor_next(struct dn_ledger_cursor *cursor, struct dn_ledger_row *row, struct dn_error *err);
/* The same, but the row as it stands in the file, its LF included, and its incident: to be handed on as it is. One
 * cursor gives either these or rows. */
enum dn_status dn_ledger_cursor_line(struct dn_ledger_cursor *cursor, struct dn_text *line, struct dn_text *incident_id,
                                     struct dn_error *err);
/* Is the row that it gave last the last one under its key? */
bool dn_ledger_cursor_is_last(const struct dn_ledger_cursor *cursor, const struct dn_ledger_row *row);
void dn_ledger_cursor_close(struct dn_ledger_cursor *cursor);

/* Appends a row in memory (seq and chain are set here, its views copied). DN_INVALID: a cell with a control character,
 * a key that is not the row's, a state that may not follow the last one under it even if a person decides, an attempt
 * that does not. The first row under a key is an intent, deferred, skipped or held; any state for channel other and for
 * reasons "same-message:...". Nothing is on disk before _commit. */
enum dn_status dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err);

/* Writes all appended rows with one write and one fdatasync. DN_SYSTEM: the run must end; never tried again. Intents
 * that a failed write left at the end are taken back, since nothing was done about them. */
enum dn_status dn_ledger_commit(struct dn_ledger *ledger, struct dn_error *err);

/* The same beside other work: _begin writes and returns while a thread syncs (waits first for what was begun before);
 * what was appended is durable when _end has returned DN_OK, which waits until it is. Rows may be appended meanwhile:
 * the next commit takes them. Where no thread can be had, _begin syncs. DN_SYSTEM: as _commit. */
enum dn_status dn_ledger_commit_begin(struct dn_ledger *ledger, struct dn_error *err);
enum dn_status dn_ledger_commit_end(struct dn_ledger *ledger, struct dn_error *err);

/* Was one begun, and not ended? */
bool dn_ledger_commits(const struct dn_ledger *ledger);

/* How many microseconds the disk took for the commit that was ended last; 0: none was. */
int64_t dn_ledger_sync_us(const struct dn_ledger *ledger);

/* Waits until what was begun can be ended (*over), or one of count descriptors (at most DN_LEDGER_WAITS; below 0: none)
 * can be read, or a signal came. DN_OK, DN_SYSTEM. */
#define DN_LEDGER_WAITS 2
enum dn_status dn_ledger_commit_wait(const struct dn_ledger *ledger, const int fds[], size_t count, bool *over,
                                     struct dn_error *err);

/* "SEQ CHAIN" of the last committed row, or "0 " and 64 zeros. */
void dn_ledger_head(const struct dn_ledger *ledger, struct dn_buf *head);

/* Unlocks and frees; rows that were not committed are lost. NULL allowed. */
void dn_ledger_close(struct dn_ledger *ledger);

/* Appends the row as one CSV line with its LF, as in the file. */
void dn_ledger_add_line(const struct dn_ledger_row *row, struct dn_buf *line);

#endif
