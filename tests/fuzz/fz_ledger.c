/* Any bytes behind a ledger's header, each line with a good chain put to it: what is opened goes on, and is whole
 * afterwards; what is refused is left as it was. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/ledger.h"

static const char path[] = "/dev/shm/dn-fz-ledger";

static void put(struct dn_text text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text.at, text.size) != (ssize_t)text.size)
        abort();
    close(fd);
}

/* The header, then the input's lines, each with its chain. */
static size_t make_file(struct dn_text rest, struct dn_buf *file)
{
    char chain[DN_SHA256_HEX];
    size_t lines = 0;
    memset(chain, '0', sizeof chain - 1);
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        dn_buf_addf(file, "%s%s", i > 0 ? "," : "", dn_ledger_columns[i]);
    dn_buf_addc(file, '\n');
    while (rest.size > 0) {
        const char *lf = memchr(rest.at, '\n', rest.size);
        size_t size = lf != NULL ? (size_t)(lf - rest.at) : rest.size;
        struct dn_buf digest = {0};
        dn_buf_add(&digest, chain, sizeof chain - 1);
        dn_buf_addc(&digest, '\n');
        dn_buf_add(&digest, rest.at, size);
        dn_sha256_hex(dn_buf_text(&digest), chain);
        dn_buf_clear(&digest);
        dn_buf_add(file, rest.at, size);
        dn_buf_addc(file, ',');
        dn_buf_add(file, chain, sizeof chain - 1);
        if (lf != NULL)
            dn_buf_addc(file, '\n');
        rest = (struct dn_text){rest.at + size + (lf != NULL), rest.size - size - (lf != NULL)};
        lines++;
    }
    return lines;
}

static void go_on(struct dn_ledger *ledger)
{
    struct dn_error err = {0};
    char key[DN_SHA256_HEX];
    struct dn_ledger_row row = {.at = {0, 0},
                                .incident_id = DN_TEXT("\x7e never in the input"),
                                .notice = DN_TEXT("initial"),
                                .declared_at = DN_INSTANT_NONE,
                                .due_at = DN_INSTANT_NONE,
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, row.channel, row.recipient, key);
    row.key = dn_text_of(key);
    row.attempt = 1;
    if (dn_ledger_append(ledger, &row, &err) != DN_OK || dn_ledger_commit(ledger, &err) != DN_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dn_buf file = {0}, after = {0};
    struct dn_ledger *ledger = NULL;
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    size_t lines = make_file((struct dn_text){(const char *)data, size}, &file);
    int64_t rows = 0;
    put(dn_buf_text(&file));
    if (dn_ledger_open(path, &ledger, &notes, &err) == DN_OK) {
        if (dn_ledger_count(ledger) > lines)
            abort();
        go_on(ledger);
        dn_ledger_close(ledger);
        if (dn_ledger_verify(path, NULL, &rows, NULL, &err) != DN_OK || rows < 1)
            abort();
    } else if (dn_file_read(path, SIZE_MAX / 2, &after, &err) != DN_OK ||
               !dn_text_equal(dn_buf_text(&file), dn_buf_text(&after))) {
        abort();
    }
    for (size_t i = 0; i < notes.count; i++) /* a torn row was put aside: PATH.torn-N behind its last blank */
        unlink(strrchr(notes.at[i].text, ' ') + 1);
    dn_notes_clear(&notes);
    dn_buf_clear(&file);
    dn_buf_clear(&after);
    return 0;
}
