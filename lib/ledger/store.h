/* Inside lib/ledger: the ledger in memory. Bytes of rows are stored once and never move; rows are views into them. */
#ifndef DN_LEDGER_STORE_H
#define DN_LEDGER_STORE_H

#include "base/table.h"
#include "ledger/chain.h"

#define DN_LEDGER_CHUNK 1024 /* rows that are allocated together */

struct dn_ledger_block; /* bytes of appended rows */

struct dn_ledger {
    char *path; /* NULL: in memory only */
    int fd;     /* -1: none */
    bool failed;
    char *loaded; /* the file as it was opened */
    struct dn_ledger_block *blocks;
    struct dn_ledger_row **chunks;
    size_t count, chunk_count, chunk_room;
    struct dn_table keys;
    size_t *last; /* by entry of keys: the index of the last row */
    size_t last_room;
    struct dn_chain chain;  /* over all rows */
    struct dn_buf pending;  /* lines that are not in the file yet */
    size_t committed_count; /* rows that are */
    int64_t committed_size; /* bytes of the file that are known to be durable */
    char committed_chain[DN_SHA256_HEX];
};

/* Adds a row whose views stay good until _close. */
void dn_ledger_keep(struct dn_ledger *ledger, const struct dn_ledger_row *row);

/* Copies bytes to where they stay. */
char *dn_ledger_store(struct dn_ledger *ledger, struct dn_text bytes);

/* Says that all rows so far are in the file, which is size bytes long. */
void dn_ledger_settle(struct dn_ledger *ledger, int64_t size);

/* Reads the file behind ledger->fd, checks it, keeps its rows and cuts a torn last one. */
enum dn_status dn_ledger_load(struct dn_ledger *ledger, struct dn_notes *notes, struct dn_error *err);

/* Opens or creates the file and takes its lock: sets ledger->fd. Nothing of an existing file is changed. */
enum dn_status dn_ledger_open_file(struct dn_ledger *ledger, struct dn_error *err);

/* fsyncs the folder that holds path. */
enum dn_status dn_ledger_sync_folder(const char *path, struct dn_error *err);

#endif
