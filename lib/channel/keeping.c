#include "channel/keeping.h"

enum dn_status dn_keeping_input(struct dn_keeping *keeping, const char *word, const char **path, struct dn_error *err)
{
    struct dn_buf from = {0};
    if (!*path || !keeping->folder)
        return DN_OK;
    enum dn_status status = dn_witness_add(&keeping->witness, word, *path, &from, err);
    dn_strings_add(&keeping->paths, dn_buf_text(&from));
    *path = keeping->paths.at[keeping->paths.count - 1];
    dn_buf_clear(&from);
    return status;
}

enum dn_status dn_keeping_folders(struct dn_keeping *keeping, const char *word, const char *path, struct dn_error *err)
{
    return path && keeping->folder ? dn_witness_add_folders(&keeping->witness, word, path, err) : DN_OK;
}

enum dn_status dn_keeping_begin(struct dn_keeping *keeping, const struct dn_manifest_run *run, struct dn_error *err)
{
    if (!keeping->folder)
        return DN_OK;
    enum dn_status status = dn_archive_open(keeping->folder, &keeping->archive, err);
    return status == DN_OK ? dn_manifest_begin(run, &keeping->witness, keeping->archive, err) : status;
}

struct dn_sight dn_keeping_sight(const struct dn_keeping *keeping)
{
    if (!keeping->archive)
        return (struct dn_sight){0};
    return (struct dn_sight){dn_manifest_see, dn_manifest_settle, keeping->archive};
}

enum dn_status dn_keeping_end(struct dn_keeping *keeping, const struct dn_ledger *ledger, struct dn_instant at,
                              enum dn_status status, struct dn_error *err)
{
    struct dn_error failed = {0};
    if (!keeping->archive || status == DN_SYSTEM || dn_manifest_end(ledger, at, keeping->archive, &failed) == DN_OK)
        return status;
    if (status == DN_OK)
        *err = failed;
    return status == DN_OK ? failed.status : status;
}

void dn_keeping_clear(struct dn_keeping *keeping)
{
    dn_archive_close(keeping->archive);
    dn_witness_clear(&keeping->witness);
    dn_strings_clear(&keeping->paths);
    *keeping = (struct dn_keeping){0};
}
