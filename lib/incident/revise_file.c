/* Changes that come in files: a partial record, a hold, an exemption. */
#include <stdlib.h>
#include <string.h>

#include "incident/merge.h"

/* The one document of a file; the caller clears the file, also after an error. */
static enum dn_status read_document(const char *path, const char *what, struct dn_yaml_file *file, struct dn_error *err)
{
    enum dn_status status = dn_yaml_read(path, file, err);
    if (status == DN_OK && file->count != 1)
        return dn_error_at(err, file->name, 0, 0, "%s is one document, here are %zu", what, file->count);
    return status;
}

static enum dn_status check_keys(const struct dn_yaml_file *file, struct dn_error *err)
{
    static const char *const keys[] = {"schema", "id",       "title",  "reports", "findings",
                                       "scope",  "distrust", "notice", NULL};
    const struct dn_yaml *node = file->documents[0];
    for (size_t i = 0; node->kind == DN_YAML_MAP && i < node->count; i++) {
        if (dn_word_find(keys, node->keys[i].text) < 0) {
            return dn_yaml_error(file, &node->keys[i], err,
                                 "a revision has no '%s': it changes title, reports, findings, scope, distrust and "
                                 "notice (options change the rest)",
                                 node->keys[i].text.at);
        }
    }
    return DN_OK;
}

static enum dn_status merge_partial(struct dn_revising *revising, const struct dn_yaml_file *file,
                                    struct dn_incident *partial, struct dn_error *err)
{
    const struct dn_record_reading r = {file, revising->notes, err};
    const struct dn_yaml *node = file->documents[0];
    enum dn_status status = check_keys(file, err);
    if (status == DN_OK)
        status = dn_record_read(&r, node, true, partial);
    if (status == DN_OK && partial->id != NULL && strcmp(partial->id, revising->incident->id) != 0) {
        status = dn_yaml_error(file, dn_yaml_find(node, "id"), err, "this revises '%s', the record is '%s'",
                               partial->id, revising->incident->id);
    }
    if (status == DN_OK)
        dn_merge_found(revising, partial);
    return status;
}

enum dn_status dn_revise_file(struct dn_revising *revising, const char *path, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    struct dn_incident partial = {0};
    enum dn_status status = read_document(path, "a revision", &file, err);
    size_t before = revising->change.size;
    if (status == DN_OK)
        status = merge_partial(revising, &file, &partial, err);
    if (status == DN_OK && revising->change.size == before)
        dn_notes_say(revising->notes, NULL, "%s changes nothing: the record says all of it", file.name);
    dn_incident_clear(&partial);
    dn_yaml_clear(&file);
    return status;
}

/* Somebody who will have approved has not approved. */
static enum dn_status check_approvals(const struct dn_revising *revising, const struct dn_yaml_file *file,
                                      const struct dn_approval *approvals, size_t count, struct dn_error *err)
{
    char text[DN_INSTANT_TEXT];
    for (size_t i = 0; i < count; i++) {
        if (dn_instant_is(approvals[i].at) && dn_instant_compare(approvals[i].at, revising->now) > 0) {
            dn_instant_format(approvals[i].at, text);
            return dn_yaml_error(file, dn_yaml_find(file->documents[0], "approvals"), err,
                                 "the approval of %s is in the future", text);
        }
    }
    return DN_OK;
}

static enum dn_status take_hold(struct dn_revising *revising, const struct dn_yaml_file *file, struct dn_hold *hold,
                                struct dn_error *err)
{
    struct dn_notes unsaid = {0}; /* what would be a note in a record is an error here */
    const struct dn_record_reading r = {file, &unsaid, err};
    enum dn_status status = dn_hold_read(&r, file->documents[0], hold);
    if (status == DN_OK && !hold->complete)
        status = dn_yaml_error(file, file->documents[0], err, "the hold is incomplete: %s", dn_hold_gap(hold));
    if (status == DN_OK)
        status = check_approvals(revising, file, hold->approvals, hold->approval_count, err);
    if (status == DN_OK && !dn_merge_hold(revising, hold))
        dn_notes_say(revising->notes, NULL, "%s changes nothing: this hold is in the record", file->name);
    dn_notes_clear(&unsaid);
    return status;
}

enum dn_status dn_revise_hold(struct dn_revising *revising, const char *path, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    struct dn_hold hold = {0};
    enum dn_status status = read_document(path, "a hold", &file, err);
    if (status == DN_OK)
        status = take_hold(revising, &file, &hold, err);
    dn_hold_clear(&hold);
    dn_yaml_clear(&file);
    return status;
}

static enum dn_status take_exemption(struct dn_revising *revising, const struct dn_yaml_file *file,
                                     struct dn_exemption *exemption, struct dn_error *err)
{
    struct dn_notes unsaid = {0};
    const struct dn_record_reading r = {file, &unsaid, err};
    enum dn_status status = dn_exemption_read(&r, file->documents[0], exemption);
    if (status == DN_OK && !exemption->complete) {
        status = dn_yaml_error(file, file->documents[0], err, "the exemption is incomplete: %s",
                               dn_exemption_gap(exemption));
    }
    if (status == DN_OK)
        status = check_approvals(revising, file, exemption->approvals, exemption->approval_count, err);
    if (status == DN_OK && !dn_merge_exemption(revising, exemption))
        dn_notes_say(revising->notes, NULL, "%s changes nothing: this exemption is in the record", file->name);
    dn_notes_clear(&unsaid);
    return status;
}

enum dn_status dn_revise_exemption(struct dn_revising *revising, const char *path, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    struct dn_exemption exemption = {0};
    enum dn_status status = read_document(path, "an exemption", &file, err);
    if (status == DN_OK)
        status = take_exemption(revising, &file, &exemption, err);
    dn_exemption_clear(&exemption);
    dn_yaml_clear(&file);
    return status;
}
