/* Inside lib/ledger: the ledger while it is open. Rows stay in the file, and those that are not there yet in the tail
 * behind it; of each key one compact entry is in memory. */
#ifndef DN_LEDGER_STORE_H
#define DN_LEDGER_STORE_H

#include "base/index.h"
#include "base/table.h"
#include "ledger/chain.h"

/* What is kept of a key: its hash (nobody can make two that are the same) and its last row. */
struct dn_ledger_entry {
    struct dn_hash128 key;
    int64_t place;
    int32_t attempt;
    uint8_t state, flags;
};

struct dn_ledger {
    char *path; /* NULL: in memory only */
    int fd;     /* -1: none */
    bool failed, unreservable;
    int64_t first;  /* the place of the first row, behind the header */
    int64_t stored; /* bytes of the file that are known to be durable; the tail goes there */
    struct dn_buf tail;
    size_t written;      /* bytes of the tail that are in the file, and not known to be durable */
    int64_t written_seq; /* the last row of these */
    char written_chain[DN_SHA256_HEX];
    struct dn_syncer *syncer; /* NULL: none was needed yet */
    bool syncs;               /* it is at work */
    int64_t sync_us;          /* what the disk took for the last commit */
    struct dn_index index;    /* to entries */
    struct dn_ledger_entry *entries;
    size_t entry_count, entry_room, resends;
    size_t open_intents;      /* keys whose last row is an intent: each will need room for an outcome */
    int64_t reserved;         /* how far the file has room on the disk; 0: nobody knows */
    struct dn_table subjects; /* (incident, notice, declared_at) */
    int64_t *subject_places;
    size_t subject_room;
    struct dn_buf subject, scratch; /* the last row's subject; a line */
    struct dn_chain chain;          /* over all rows */
    int64_t committed_seq;
    char committed_chain[DN_SHA256_HEX];
};

/* Takes note of the row at a place. */
void dn_ledger_keep(struct dn_ledger *ledger, const struct dn_ledger_row *row, int64_t place);

/* Says that all rows so far are committed, and that the file is `stored` bytes long. */
void dn_ledger_settle(struct dn_ledger *ledger, int64_t stored);

/* Reads up to room bytes from a place on, out of the file or the tail; *got 0: there are none. */
enum dn_status dn_ledger_bytes(const struct dn_ledger *ledger, int64_t place, char *into, size_t room, size_t *got,
                               struct dn_error *err);

/* Its name in messages. */
const char *dn_ledger_name(const struct dn_ledger *ledger);

/* Reads the file behind ledger->fd, checks it, takes note of its rows and cuts a torn last one. */
enum dn_status dn_ledger_load(struct dn_ledger *ledger, struct dn_notes *notes, struct dn_error *err);

/* Opens or creates the file and takes its lock: sets ledger->fd. Nothing of an existing file is changed. */
enum dn_status dn_ledger_open_file(struct dn_ledger *ledger, struct dn_error *err);

/* Makes sure, where the system can, that the tail has room on the disk and after it an outcome for each open intent: a
 * full disk is to be noticed before anything leaves, not when it is to be said what came of it. */
enum dn_status dn_ledger_reserve(struct dn_ledger *ledger, struct dn_error *err);

/* What is said when more is asked of a ledger that could not be written. */
enum dn_status dn_ledger_spoilt(const struct dn_ledger *ledger, struct dn_error *err);

/* Gives back what was reserved and not used. */
void dn_ledger_give_back(struct dn_ledger *ledger);

/* fsyncs the folder that holds path. */
enum dn_status dn_ledger_sync_folder(const char *path, struct dn_error *err);

#endif
