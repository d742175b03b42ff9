/* The candidates of a run, and the choice among them by header. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/data.h"
#include "evidence/profile.h"

#define FOLDER "profiles/"
#define ENDING ".yaml"

static bool is_stock(const struct dn_data_file *file)
{
    struct dn_text path = dn_text_of(file->path);
    return dn_text_starts(path, FOLDER) && dn_text_ends(path, ENDING);
}

static struct dn_profile *add_empty(struct dn_profiles *profiles)
{
    profiles->at = dn_grow(profiles->at, profiles->count, &profiles->room, sizeof *profiles->at);
    profiles->at[profiles->count] = (struct dn_profile){0};
    return &profiles->at[profiles->count++];
}

static enum dn_status add_stock_file(struct dn_profiles *profiles, const struct dn_data_file *file,
                                     struct dn_error *err)
{
    struct dn_profile *profile = add_empty(profiles);
    enum dn_status status = dn_profile_read_data(file, profile, err);
    profile->native = profile->name && strcmp(profile->name, "native") == 0;
    return status;
}

enum dn_status dn_profiles_add_stock(struct dn_profiles *profiles, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    profiles->stock = true;
    for (size_t i = 0; i < dn_data_file_count && status == DN_OK; i++)
        if (is_stock(&dn_data_files[i]))
            status = add_stock_file(profiles, &dn_data_files[i], err);
    return status;
}

const struct dn_data_file *dn_profile_stock(const char *name)
{
    struct dn_buf path = {0};
    dn_buf_addf(&path, FOLDER "%s" ENDING, name);
    const struct dn_data_file *file = dn_data_find(path.at);
    dn_buf_clear(&path);
    return file;
}

/* A name without a slash or ending that is no stock profile was probably meant as one. */
static enum dn_status no_such_profile(const char *name, struct dn_error *err)
{
    struct dn_buf names = {0};
    for (size_t i = 0; i < dn_data_file_count; i++) {
        struct dn_text path = dn_text_of(dn_data_files[i].path);
        if (is_stock(&dn_data_files[i]))
            dn_buf_addf(&names, "%s%.*s", names.size > 0 ? ", " : "",
                        (int)(path.size - strlen(FOLDER) - strlen(ENDING)), path.at + strlen(FOLDER));
    }
    dn_error_set(err, DN_INVALID, "profile '%s': there is no such stock profile and no such file; stock profiles: %s",
                 name, names.at ? names.at : "none");
    dn_buf_clear(&names);
    return DN_INVALID;
}

static enum dn_status refuse_double(const struct dn_profiles *profiles, struct dn_error *err)
{
    const struct dn_profile *last = &profiles->at[profiles->count - 1];
    for (size_t i = 0; i + 1 < profiles->count; i++)
        if (strcmp(profiles->at[i].name, last->name) == 0)
            return dn_error_set(err, DN_INVALID, "profile '%s' is given twice", last->name);
    return DN_OK;
}

enum dn_status dn_profiles_add(struct dn_profiles *profiles, const char *name, struct dn_error *err)
{
    const struct dn_data_file *file = dn_profile_stock(name);
    enum dn_status status = DN_OK;
    if (file)
        status = add_stock_file(profiles, file, err);
    else
        status = dn_profile_read(name, add_empty(profiles), err);
    if (status == DN_SYSTEM && !strpbrk(name, "/."))
        return no_such_profile(name, err);
    return status == DN_OK ? refuse_double(profiles, err) : status;
}

static bool has_column(const struct dn_header *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++)
        if (dn_text_is(header->names[i], name))
            return true;
    return false;
}

static size_t count_found(const struct dn_profile *profile, const struct dn_header *header)
{
    size_t found = 0;
    for (size_t i = 0; i < profile->requires.count; i++)
        found += has_column(header, profile->requires.at[i]);
    return found;
}

/* "m365-audit lacks 'AuditData'" */
static void add_near_miss(struct dn_buf *text, const struct dn_profile *profile, const struct dn_header *header)
{
    const char *before = " lacks";
    dn_buf_addf(text, "%s%s", text->size > 0 ? "; " : "", profile->name);
    for (size_t i = 0; i < profile->requires.count; i++) {
        if (has_column(header, profile->requires.at[i]))
            continue;
        dn_buf_addf(text, "%s '%s'", before, profile->requires.at[i]);
        before = ",";
    }
}

/* The near misses: of the candidates that have at least one column, those that miss fewest; when the candidates were
 * named, all of them. */
static void add_near_misses(struct dn_buf *text, const struct dn_profiles *profiles, const struct dn_header *header)
{
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < profiles->count; i++) {
        size_t found = count_found(&profiles->at[i], header), missing = profiles->at[i].requires.count - found;
        if (found > 0 && missing < fewest)
            fewest = missing;
    }
    for (size_t i = 0; i < profiles->count; i++) {
        size_t found = count_found(&profiles->at[i], header), missing = profiles->at[i].requires.count - found;
        if (!profiles->stock || (found > 0 && missing == fewest))
            add_near_miss(text, &profiles->at[i], header);
    }
}

static void add_header(struct dn_buf *text, const struct dn_header *header)
{
    for (size_t i = 0; i < header->count && text->size < 400; i++)
        dn_buf_addf(text, "%s%.*s", i > 0 ? "," : "", (int)header->names[i].size, header->names[i].at);
    if (text->size >= 400)
        dn_buf_adds(text, "...");
}

static enum dn_status none_fits(const struct dn_profiles *profiles, const struct dn_header *header,
                                struct dn_error *err)
{
    struct dn_buf near = {0}, names = {0};
    add_near_misses(&near, profiles, header);
    add_header(&names, header);
    enum dn_status status =
        near.size > 0
            ? dn_error_at(err, header->file, header->line, 0,
                          "no profile fits this header: missing column: %s; the header is: %s", near.at, names.at)
            : dn_error_at(err, header->file, header->line, 0,
                          "no profile fits this header: write one (duenotice-profile(5)) and give it with "
                          "-p; the header is: %s",
                          names.at ? names.at : "");
    dn_buf_clear(&near);
    dn_buf_clear(&names);
    return status;
}

static enum dn_status tie(const struct dn_profile *a, const struct dn_profile *b, const struct dn_header *header,
                          struct dn_error *err)
{
    struct dn_buf names = {0};
    add_header(&names, header);
    enum dn_status status = dn_error_at(err, header->file, header->line, 0,
                                        "profiles '%s' and '%s' fit this header equally well: name one with -p; the "
                                        "header is: %s",
                                        a->name, b->name, names.at ? names.at : "");
    dn_buf_clear(&names);
    return status;
}

enum dn_status dn_profiles_choose(const struct dn_profiles *profiles, const struct dn_header *header,
                                  const struct dn_profile **chosen, struct dn_error *err)
{
    const struct dn_profile *best = NULL, *rival = NULL;
    for (size_t i = 0; i < profiles->count; i++) {
        const struct dn_profile *profile = &profiles->at[i];
        if (count_found(profile, header) < profile->requires.count)
            continue;
        if (!best || profile->requires.count > best->requires.count) {
            best = profile;
            rival = NULL;
        } else if (profile->requires.count == best->requires.count) {
            rival = profile;
        }
    }
    if (!best)
        return none_fits(profiles, header, err);
    if (rival)
        return tie(best, rival, header, err);
    *chosen = best;
    return DN_OK;
}

void dn_profiles_clear(struct dn_profiles *profiles)
{
    for (size_t i = 0; i < profiles->count; i++)
        dn_profile_clear(&profiles->at[i]);
    free(profiles->at);
    *profiles = (struct dn_profiles){0};
}
