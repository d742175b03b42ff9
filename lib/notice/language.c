#include "notice/language.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "data/data.h"
#include "incident/incident.h"
#include "notice/plain.h"
#include "notice/wrap.h"
#include "stream/yaml.h"

#define FILE_CAP ((size_t)1 << 20)
#define EMBEDDED "templates/"
#define LAST_RESORT "en"
#define WORDS_FILE "words.yaml"
#define WORDS_SCHEMA "duenotice/words/1"

#define DN_VARIABLE_NAME(name) #name,
const char *const dn_variable_names[] = {DN_VARIABLES(DN_VARIABLE_NAME) NULL};

/* What there is to a part. A body must hold the sentence. */
static const struct {
    const char *file;
    enum dn_sink sink;
    bool is_body;
} parts[DN_PART_COUNT] = {
    [DN_PART_SUBJECT] = {"subject.txt", DN_SINK_LINE, false},
    [DN_PART_TEXT] = {"notice.txt", DN_SINK_TEXT, true},
    [DN_PART_HTML] = {"notice.html", DN_SINK_HTML, true},
    [DN_PART_SCRIPT] = {"script.txt", DN_SINK_TEXT, true},
    [DN_PART_REFERENCE_SUBJECT] = {"reference-subject.txt", DN_SINK_LINE, false},
    [DN_PART_REFERENCE_TEXT] = {"reference.txt", DN_SINK_TEXT, true},
    [DN_PART_REFERENCE_HTML] = {"reference.html", DN_SINK_HTML, true},
};

static void clear_words(struct dn_words *words)
{
    char *strings[] = {words->no_admission, words->not_yet_known, words->provider, words->drill,
                       words->second_copy,  words->time,          words->comma,    words->and };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t i = 0; i < 5; i++)
        free(words->effects[i]);
    for (size_t i = 0; i < 2; i++)
        free(words->certainty[i]);
}

static void clear_language(struct dn_language *language)
{
    clear_words(&language->words);
    for (size_t i = 0; i < DN_PART_COUNT; i++)
        dn_template_free(language->parts[i]);
    free(language->tag);
    free(language->name);
}

void dn_templates_free(struct dn_templates *templates)
{
    if (!templates)
        return;
    for (size_t i = 0; i < templates->count; i++)
        clear_language(&templates->at[i]);
    free(templates->at);
    free(templates);
}

/* A word that must be there and must be one line. */
static enum dn_status read_word(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                                char **word, struct dn_error *err)
{
    enum dn_status status = dn_yaml_string(file, map, key, word, err);
    if (status == DN_OK && (!*word || !**word))
        return dn_yaml_error(file, map, err, "'%s' is missing", key);
    if (status == DN_OK && dn_text_hostile(dn_text_of(*word)))
        return dn_yaml_error(file, dn_yaml_find(map, key), err, "'%s' must be one line without control characters",
                             key);
    return status;
}

/* A map with exactly these words as keys. */
static enum dn_status read_word_map(const struct dn_yaml_file *file, const struct dn_yaml *root, const char *key,
                                    const char *const *names, size_t count, char **words, struct dn_error *err)
{
    const char *known[8] = {NULL};
    for (size_t i = 0; i < count; i++)
        known[i] = names[i];
    const struct dn_yaml *map = dn_yaml_find(root, key);
    if (!map)
        return dn_yaml_error(file, root, err, "'%s' is missing", key);
    enum dn_status status = dn_yaml_keys(file, map, known, err);
    for (size_t i = 0; i < count && status == DN_OK; i++)
        status = read_word(file, map, names[i], &words[i], err);
    return status;
}

static enum dn_status read_words(const struct dn_yaml_file *file, struct dn_words *words, struct dn_error *err)
{
    static const char *const known[] = {"schema", "no_admission", "not_yet_known", "provider",  "drill",       "time",
                                        "comma",  "and",          "effects",       "certainty", "second_copy", NULL};
    const struct {
        const char *key;
        char **word;
    } wanted[] = {{"no_admission", &words->no_admission},
                  {"not_yet_known", &words->not_yet_known},
                  {"provider", &words->provider},
                  {"drill", &words->drill},
                  {"second_copy", &words->second_copy},
                  {"time", &words->time},
                  {"comma", &words->comma},
                  {"and", &words->and }};
    const struct dn_yaml *root = file->documents[0];
    enum dn_status status = dn_yaml_keys(file, root, known, err);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == DN_OK; i++)
        status = read_word(file, root, wanted[i].key, wanted[i].word, err);
    if (status == DN_OK)
        status = read_word_map(file, root, "effects", dn_effect_words, 5, words->effects, err);
    if (status == DN_OK)
        status = read_word_map(file, root, "certainty", dn_certainty_words, 2, words->certainty, err);
    return status;
}

/* bytes NULL: those of the embedded file of that name. */
static enum dn_status read_yaml(const struct dn_buf *bytes, const char *name, struct dn_yaml_file *file,
                                struct dn_error *err)
{
    if (bytes)
        return dn_yaml_read_bytes(dn_buf_text(bytes), name, file, err);
    dn_yaml_read_data(dn_data_find(name), file);
    return DN_OK;
}

static enum dn_status parse_words(const struct dn_buf *bytes, const char *name, struct dn_words *words,
                                  struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    char *schema = NULL;
    enum dn_status status = read_yaml(bytes, name, &file, err);
    if (status == DN_OK && file.count != 1)
        status = dn_error_at(err, name, 0, 0, "this must be one YAML document");
    if (status == DN_OK)
        status = dn_yaml_string(&file, file.documents[0], "schema", &schema, err);
    if (status == DN_OK && (!schema || strcmp(schema, WORDS_SCHEMA) != 0))
        status = dn_yaml_error(&file, file.documents[0], err, "'schema' must be %s", WORDS_SCHEMA);
    if (status == DN_OK)
        status = read_words(&file, words, err);
    free(schema);
    dn_yaml_clear(&file);
    return status;
}

/* The bytes of one file of a language; folder NULL: the embedded ones. name becomes its name for messages. */
static enum dn_status read_file(const char *folder, const char *tag, const char *file, struct dn_buf *name,
                                struct dn_buf *bytes, struct dn_error *err)
{
    dn_buf_reset(name);
    dn_buf_reset(bytes);
    if (folder) {
        dn_buf_addf(name, "%s/%s/%s", folder, tag, file);
        return dn_file_read(name->at, FILE_CAP, bytes, err);
    }
    dn_buf_addf(name, EMBEDDED "%s/%s", tag, file);
    const struct dn_data_file *found = dn_data_find(name->at);
    if (!found)
        return dn_error_set(err, DN_INVALID, "%s: no such file among the embedded ones", name->at);
    dn_buf_add(bytes, found->bytes, found->size);
    return DN_OK;
}

static enum dn_status missing_sentence(const struct dn_language *language, enum dn_part part, struct dn_error *err)
{
    return dn_error_set(err, DN_INVALID,
                        "%s/%s: the sentence that this is no admission of fault is missing (as %s has it: '%s')",
                        language->name, parts[part].file, WORDS_FILE, language->words.no_admission);
}

/* Is the sentence among what a reader sees? */
static bool has_sentence(const struct dn_words *words, enum dn_sink sink, struct dn_text body)
{
    struct dn_buf decoded = {0}, seen = {0}, sentence = {0};
    if (sink == DN_SINK_HTML)
        dn_plain_add_html(body, false, &decoded);
    else
        dn_buf_addt(&decoded, body);
    dn_plain_add_spaced(dn_buf_text(&decoded), &seen);
    dn_plain_add_spaced(dn_text_of(words->no_admission), &sentence);
    bool is_there = seen.at && sentence.at && strstr(seen.at, sentence.at);
    dn_buf_clear(&decoded);
    dn_buf_clear(&seen);
    dn_buf_clear(&sentence);
    return is_there;
}

/* Takes the line break off that ends a template of one line. */
static void trim_line(struct dn_buf *line)
{
    while (line->size && (line->at[line->size - 1] == '\n' || line->at[line->size - 1] == ' '))
        line->at[--line->size] = '\0';
}

/* Appends what a template gave, as the part has it. */
static void add_part(enum dn_part part, struct dn_buf *raw, struct dn_buf *out)
{
    if (parts[part].sink == DN_SINK_LINE)
        trim_line(raw);
    if (parts[part].sink == DN_SINK_TEXT)
        dn_wrap_add(dn_buf_text(raw), DN_WRAP_WIDTH, out);
    else
        dn_buf_addt(out, dn_buf_text(raw));
}

enum dn_status dn_language_render(const struct dn_language *language, enum dn_part part, const struct dn_text *values,
                                  struct dn_buf *out, struct dn_error *err)
{
    struct dn_buf raw = {0};
    dn_template_render(language->parts[part], values, dn_text_of(language->words.not_yet_known), &raw);
    add_part(part, &raw, out);
    bool is_whole = !parts[part].is_body || has_sentence(&language->words, parts[part].sink, dn_buf_text(&raw));
    dn_buf_clear(&raw);
    return is_whole ? DN_OK : missing_sentence(language, part, err);
}

static void wrap_lines(struct dn_text lines, struct dn_buf *out)
{
    dn_wrap_add_lines(lines, DN_WRAP_WIDTH, out);
}

void dn_language_fill(const struct dn_language *language, const struct dn_text *values, const bool *is_fixed,
                      struct dn_filled *filled)
{
    *filled = (struct dn_filled){.language = language};
    for (int i = 0; i < DN_PART_COUNT; i++)
        filled->parts[i] = dn_template_fill(language->parts[i], values, is_fixed, DN_VARIABLE_COUNT,
                                            dn_text_of(language->words.not_yet_known));
    for (int i = 0; i < DN_PART_COUNT; i++)
        if (parts[i].sink == DN_SINK_TEXT)
            dn_template_map_lines(filled->parts[i], wrap_lines);
}

void dn_filled_clear(struct dn_filled *filled)
{
    for (int i = 0; i < DN_PART_COUNT; i++)
        dn_template_free(filled->parts[i]);
    dn_buf_clear(&filled->raw);
}

_Static_assert(DN_VARIABLE_COUNT <= 64, "a bit for each variable");

/* Which values are known. Sections, and so what a template leaves out, depend on nothing else: where the sentence was
 * found once, it is there again. */
static uint64_t known_of(const struct dn_text *values)
{
    uint64_t known = 0;
    for (size_t i = 0; i < DN_VARIABLE_COUNT; i++)
        known |= (uint64_t)(values[i].size > 0) << i;
    return known;
}

static bool is_checked(const struct dn_filled *filled, enum dn_part part, uint64_t known)
{
    for (size_t i = 0; i < filled->checked[part].count; i++)
        if (filled->checked[part].known[i] == known)
            return true;
    return false;
}

static bool is_whole(struct dn_filled *filled, enum dn_part part, const struct dn_text *values, struct dn_text raw)
{
    uint64_t known = known_of(values);
    if (!parts[part].is_body || is_checked(filled, part, known))
        return true;
    if (!has_sentence(&filled->language->words, parts[part].sink, raw))
        return false;
    size_t most = sizeof filled->checked[part].known / sizeof filled->checked[part].known[0];
    if (filled->checked[part].count < most)
        filled->checked[part].known[filled->checked[part].count++] = known;
    return true;
}

enum dn_status dn_filled_render(struct dn_filled *filled, enum dn_part part, const struct dn_text *values,
                                struct dn_buf *out, struct dn_error *err)
{
    struct dn_buf *raw = &filled->raw;
    dn_buf_reset(raw);
    dn_template_render(filled->parts[part], values, dn_text_of(filled->language->words.not_yet_known), raw);
    add_part(part, raw, out);
    bool whole = is_whole(filled, part, values, dn_buf_text(raw));
    return whole ? DN_OK : missing_sentence(filled->language, part, err);
}

/* Renders all parts with everything known, then with nothing known: the sentence must be there both times, and a
 * subject must be one line that is not empty. */
static enum dn_status check_language(const struct dn_language *language, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (int known = 0; known < 2; known++) {
        struct dn_text values[DN_VARIABLE_COUNT];
        for (size_t i = 0; i < DN_VARIABLE_COUNT; i++)
            values[i] = known ? DN_TEXT("x") : DN_TEXT("");
        values[DN_VARIABLE_no_admission] = dn_text_of(language->words.no_admission);
        for (int part = 0; part < DN_PART_COUNT && status == DN_OK; part++) {
            struct dn_buf out = {0};
            status = dn_language_render(language, (enum dn_part)part, values, &out, err);
            bool is_line = out.size && !memchr(out.at, '\n', out.size);
            if (status == DN_OK && parts[part].sink == DN_SINK_LINE && !is_line)
                status =
                    dn_error_at(err, language->name, 0, 0, "%s must be one line that is not empty", parts[part].file);
            dn_buf_clear(&out);
        }
    }
    return status;
}

static enum dn_status load_files(const char *folder, struct dn_language *language, struct dn_error *err)
{
    struct dn_buf name = {0}, bytes = {0};
    enum dn_status status = read_file(folder, language->tag, WORDS_FILE, &name, &bytes, err);
    if (status == DN_OK)
        status = parse_words(folder ? &bytes : NULL, name.at, &language->words, err);
    for (size_t i = 0; i < DN_PART_COUNT && status == DN_OK; i++) {
        status = read_file(folder, language->tag, parts[i].file, &name, &bytes, err);
        if (status == DN_OK)
            status = dn_template_parse(dn_buf_text(&bytes), name.at, parts[i].sink, dn_variable_names,
                                       &language->parts[i], err);
    }
    dn_buf_clear(&name);
    dn_buf_clear(&bytes);
    return status;
}

static enum dn_status load_language(const char *folder, const char *tag, struct dn_templates *templates,
                                    struct dn_error *err)
{
    templates->at = dn_grow(templates->at, templates->count, &templates->room, sizeof *templates->at);
    struct dn_language *language = &templates->at[templates->count++];
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s%s%s", folder ? folder : EMBEDDED, folder ? "/" : "", tag);
    *language = (struct dn_language){.tag = dn_strdup(tag), .name = dn_buf_take(&name)};
    enum dn_status status = load_files(folder, language, err);
    return status == DN_OK && folder ? check_language(language, err) : status; /* ours were, by the tests */
}

/* Every folder below templates/ among the embedded files. */
static void list_embedded(struct dn_strings *tags)
{
    for (size_t i = 0; i < dn_data_file_count; i++) {
        const char *path = dn_data_files[i].path;
        const char *slash = strchr(path, '/');
        const char *end = slash ? strchr(slash + 1, '/') : NULL;
        if (end && strncmp(path, EMBEDDED, strlen(EMBEDDED)) == 0)
            dn_strings_add_once(tags, (struct dn_text){slash + 1, (size_t)(end - slash - 1)});
    }
}

/* Every folder in `folder` whose name does not begin with a dot. */
static enum dn_status list_folder(const char *folder, struct dn_strings *tags, struct dn_error *err)
{
    DIR *open = opendir(folder);
    if (!open)
        return dn_error_errno(err, folder);
    for (struct dirent *entry = readdir(open); entry; entry = readdir(open)) {
        struct dn_buf path = {0};
        struct stat about;
        dn_buf_addf(&path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && stat(path.at, &about) == 0 && S_ISDIR(about.st_mode))
            dn_strings_add(tags, dn_text_of(entry->d_name));
        dn_buf_clear(&path);
    }
    closedir(open);
    dn_strings_sort(tags);
    return DN_OK;
}

enum dn_status dn_templates_load(const char *folder, struct dn_templates **templates, struct dn_error *err)
{
    struct dn_strings tags = {0};
    struct dn_templates *loaded = dn_alloc(1, sizeof *loaded);
    enum dn_status status = DN_OK;
    if (folder)
        status = list_folder(folder, &tags, err);
    else
        list_embedded(&tags);
    if (status == DN_OK && !dn_strings_has(&tags, DN_TEXT(LAST_RESORT)))
        status = dn_error_set(err, DN_INVALID, "%s: no folder '%s', the language of last resort",
                              folder ? folder : "the embedded templates", LAST_RESORT);
    for (size_t i = 0; i < tags.count && status == DN_OK; i++)
        status = load_language(folder, tags.at[i], loaded, err);
    dn_strings_clear(&tags);
    if (status != DN_OK) {
        dn_templates_free(loaded);
        loaded = NULL;
    }
    *templates = loaded;
    return status;
}

static bool same_tag_byte(char a, char b)
{
    char pair[2] = {a == '_' ? '-' : a, b == '_' ? '-' : b};
    return dn_text_equal_nocase((struct dn_text){pair, 1}, (struct dn_text){pair + 1, 1});
}

size_t dn_language_fit(const char *have, const char *tag)
{
    size_t size = 0;
    while (have[size] && tag[size] && same_tag_byte(have[size], tag[size]))
        size++;
    bool is_border = !tag[size] || tag[size] == '-' || tag[size] == '_';
    return !have[size] && is_border ? size : 0;
}

const struct dn_language *dn_templates_find(const struct dn_templates *templates, const char *tag, bool *exact)
{
    const struct dn_language *found = NULL;
    size_t best = 0;
    for (size_t i = 0; i < templates->count; i++) {
        size_t fit = dn_language_fit(templates->at[i].tag, tag);
        if (fit > best) {
            best = fit;
            found = &templates->at[i];
        }
    }
    if (exact)
        *exact = found;
    for (size_t i = 0; i < templates->count && !found; i++)
        if (strcmp(templates->at[i].tag, LAST_RESORT) == 0)
            found = &templates->at[i];
    return found;
}

const char *dn_templates_language(const struct dn_templates *templates, const char *tag)
{
    return dn_templates_find(templates, tag ? tag : "", NULL)->tag;
}

/* A number with leading zeros to so many digits. */
static void add_digits(int number, int digits, struct dn_buf *out)
{
    char text[16];
    for (int i = digits; i > 0; i--, number /= 10)
        text[i - 1] = (char)('0' + number % 10);
    dn_buf_add(out, text, (size_t)digits);
}

void dn_words_add_time(const struct dn_words *words, struct dn_instant at, struct dn_buf *out)
{
    if (!dn_instant_is(at))
        return;
    struct dn_civil civil = dn_civil_of(at, 0);
    for (const char *c = words->time; *c; c++) {
        if (*c != '%') {
            dn_buf_addc(out, *c);
            continue;
        }
        switch (*++c) {
        case 'Y':
            add_digits(civil.year, 4, out);
            break;
        case 'm':
            add_digits(civil.month, 2, out);
            break;
        case 'd':
            add_digits(civil.day, 2, out);
            break;
        case 'H':
            add_digits(civil.hour, 2, out);
            break;
        case 'M':
            add_digits(civil.minute, 2, out);
            break;
        default:
            dn_buf_addc(out, '%');
            c -= 1;
        }
    }
}

void dn_words_add_list(const struct dn_words *words, const struct dn_strings *list, struct dn_buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            dn_buf_adds(out, i + 1 == list->count ? words->and : words->comma);
        dn_buf_adds(out, list->at[i]);
    }
}
