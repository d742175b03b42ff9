/* Stretches of a CSV file whose records have been read by blocks (stream/blocks.h), read once more: who needs a few
 * records again keeps their places, not their cells. */
#ifndef DN_STREAM_AGAIN_H
#define DN_STREAM_AGAIN_H

#include "stream/rows.h"

/* Starts zeroed but for csv, which was opened for the first reading and must stay open. Each thread has its own. */
struct dn_again {
    const struct dn_csv *csv;
    char *bytes; /* with a block in front and behind that can be read */
    size_t room;
    struct dn_rows rows;
};

/* How a file was when it was read. */
struct dn_again_stamp {
    int64_t size, modified_s, modified_ns;
};

/* Can its bytes be read again? Asked before the first record is read: it is no pipe and needs no conversion. */
bool dn_again_can(const struct dn_csv *csv, struct dn_again_stamp *stamp);

/* Is it still so? */
bool dn_again_same(const struct dn_csv *csv, const struct dn_again_stamp *stamp);

/* Turns to the records from one place of the file to another, where one ends (its line end does not matter), the first
 * of them on this line. DN_OK, DN_SYSTEM, or DN_INVALID: the file is shorter than that now. */
enum dn_status dn_again_read(struct dn_again *again, int64_t from, int64_t to, int64_t line, struct dn_error *err);

/* The next record; good until the next _read. False: there is none left that is regular. */
bool dn_again_next(struct dn_again *again, struct dn_row *row);

/* Are there commas between fields? Then a record without quotes has no cell that needs any in CSV. */
bool dn_again_commas(const struct dn_again *again);

/* The error of a file that is not as it was. Returns DN_INVALID. */
enum dn_status dn_again_changed(const struct dn_csv *csv, struct dn_error *err);

/* Frees what it owns and leaves it empty. */
void dn_again_clear(struct dn_again *again);

#endif
