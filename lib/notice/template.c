#include "notice/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define DEPTH_CAP 32

/* A compiled template is a list of steps; a section's step knows the step behind its end. */
enum step_kind { STEP_LITERAL, STEP_VALUE, STEP_SECTION, STEP_INVERTED };

struct step {
    enum step_kind kind;
    size_t from, size; /* LITERAL: where in literals */
    size_t name;       /* the others: index of the variable */
    size_t behind;     /* SECTION, INVERTED: where to go on when it is left out */
};

struct dn_template {
    enum dn_sink sink;
    struct dn_buf literals;
    struct step *steps;
    size_t step_count, step_room;
};

/* The state of compiling. */
struct parser {
    struct dn_text bytes;
    const char *name;
    const char *const *names;
    struct dn_template *made;
    size_t open[DEPTH_CAP]; /* steps of the sections that are open */
    size_t depth;
    struct dn_error *err;
};

/* One tag: its kind ('#', '^', '/', '!', or 0 for a value), the name, and where it stands. */
struct tag {
    char kind;
    struct dn_text name;
    size_t from, end;
};

static enum dn_status wrong(const struct parser *p, size_t at, const char *what, struct dn_text name)
{
    int64_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        bool is_end = p->bytes.at[i] == '\n';
        line += is_end;
        column = is_end ? 1 : column + (((unsigned char)p->bytes.at[i] & 0xC0) != 0x80);
    }
    if (!name.size)
        return dn_error_at(p->err, p->name, line, column, "%s", what);
    return dn_error_at(p->err, p->name, line, column, "%s '%.*s'", what, (int)name.size, name.at);
}

static struct step *add_step(struct parser *p, enum step_kind kind)
{
    struct dn_template *made = p->made;
    made->steps = dn_grow(made->steps, made->step_count, &made->step_room, sizeof *made->steps);
    struct step *step = &made->steps[made->step_count++];
    *step = (struct step){.kind = kind};
    return step;
}

static void add_literal(struct parser *p, size_t from, size_t end)
{
    if (from >= end)
        return;
    struct step *step = add_step(p, STEP_LITERAL);
    step->from = p->made->literals.size;
    step->size = end - from;
    dn_buf_add(&p->made->literals, p->bytes.at + from, end - from);
}

/* The next "{{" at or behind from; the end of the text if there is none. */
static size_t find_open(const struct parser *p, size_t from)
{
    for (size_t i = from; i + 1 < p->bytes.size; i++)
        if (p->bytes.at[i] == '{' && p->bytes.at[i + 1] == '{')
            return i;
    return p->bytes.size;
}

static enum dn_status find_close(const struct parser *p, size_t open, size_t *close)
{
    for (size_t i = open + 2; i + 1 < p->bytes.size; i++) {
        if (p->bytes.at[i] == '}' && p->bytes.at[i + 1] == '}') {
            *close = i;
            return DN_OK;
        }
        if (p->bytes.at[i] == '\n')
            break;
    }
    return wrong(p, open, "a tag that does not end on its line", DN_TEXT(""));
}

static enum dn_status read_tag(const struct parser *p, size_t open, struct tag *tag)
{
    size_t close = 0;
    enum dn_status status = find_close(p, open, &close);
    if (status != DN_OK)
        return status;
    struct dn_text inside = {p->bytes.at + open + 2, close - open - 2};
    *tag = (struct tag){0, dn_text_trim(inside), open, close + 2};
    if (tag->name.size && strchr("#^/!{&>=", tag->name.at[0])) {
        tag->kind = tag->name.at[0];
        tag->name = dn_text_trim((struct dn_text){tag->name.at + 1, tag->name.size - 1});
    }
    if (tag->kind && strchr("{&>=", tag->kind))
        return wrong(p, open, "a tag of a kind that there is not (values, #, ^, / and ! are all)", tag->name);
    return DN_OK;
}

static enum dn_status find_name(const struct parser *p, const struct tag *tag, size_t *index)
{
    for (*index = 0; p->names[*index]; ++*index)
        if (dn_text_is(tag->name, p->names[*index]))
            return DN_OK;
    return wrong(p, tag->from, "unknown variable", tag->name);
}

/* A section's tag or a remark alone on its line takes the whole line with it: moves *from and *end to the line's
 * borders. */
static void widen(const struct parser *p, size_t *from, size_t *end)
{
    size_t begin = *from, behind = *end;
    while (begin > 0 && (p->bytes.at[begin - 1] == ' ' || p->bytes.at[begin - 1] == '\t'))
        begin--;
    while (behind < p->bytes.size && (p->bytes.at[behind] == ' ' || p->bytes.at[behind] == '\t'))
        behind++;
    bool alone_before = begin == 0 || p->bytes.at[begin - 1] == '\n';
    bool alone_behind = behind == p->bytes.size || p->bytes.at[behind] == '\n';
    if (!alone_before || !alone_behind)
        return;
    *from = begin;
    *end = behind < p->bytes.size ? behind + 1 : behind;
}

static enum dn_status open_section(struct parser *p, const struct tag *tag)
{
    size_t name = 0;
    enum dn_status status = find_name(p, tag, &name);
    if (status != DN_OK)
        return status;
    if (p->depth == DEPTH_CAP)
        return wrong(p, tag->from, "too many sections inside each other", DN_TEXT(""));
    p->open[p->depth++] = p->made->step_count;
    add_step(p, tag->kind == '#' ? STEP_SECTION : STEP_INVERTED)->name = name;
    return DN_OK;
}

static enum dn_status close_section(struct parser *p, const struct tag *tag)
{
    if (p->depth == 0)
        return wrong(p, tag->from, "the end of a section that did not begin:", tag->name);
    struct step *begun = &p->made->steps[p->open[p->depth - 1]];
    if (!dn_text_is(tag->name, p->names[begun->name]))
        return wrong(p, tag->from, "the end of another section than the innermost one:", tag->name);
    begun->behind = p->made->step_count;
    p->depth--;
    return DN_OK;
}

static enum dn_status add_value(struct parser *p, const struct tag *tag)
{
    size_t name = 0;
    enum dn_status status = find_name(p, tag, &name);
    if (status == DN_OK)
        add_step(p, STEP_VALUE)->name = name;
    return status;
}

static enum dn_status add_tag(struct parser *p, const struct tag *tag)
{
    switch (tag->kind) {
    case '#':
    case '^':
        return open_section(p, tag);
    case '/':
        return close_section(p, tag);
    case '!':
        return DN_OK;
    default:
        return add_value(p, tag);
    }
}

static enum dn_status compile(struct parser *p)
{
    size_t at = 0;
    for (;;) {
        size_t open = find_open(p, at);
        if (open == p->bytes.size)
            break;
        struct tag tag;
        enum dn_status status = read_tag(p, open, &tag);
        if (status != DN_OK)
            return status;
        size_t from = tag.from, end = tag.end;
        if (tag.kind)
            widen(p, &from, &end);
        add_literal(p, at, from > at ? from : at);
        status = add_tag(p, &tag);
        if (status != DN_OK)
            return status;
        at = end;
    }
    add_literal(p, at, p->bytes.size);
    return DN_OK;
}

static enum dn_status check_bytes(const struct parser *p)
{
    size_t bad = 0;
    if (!dn_text_utf8(p->bytes, &bad))
        return wrong(p, bad, "not UTF-8", DN_TEXT(""));
    size_t from = 0;
    for (size_t i = 0; p->bytes.size && i <= p->bytes.size; i++) {
        if (i < p->bytes.size && p->bytes.at[i] != '\n')
            continue;
        if (dn_text_hostile((struct dn_text){p->bytes.at + from, i - from}))
            return wrong(p, from, "a control or bidi character in this line (a tab or a CR, too)", DN_TEXT(""));
        from = i + 1;
    }
    return DN_OK;
}

static enum dn_status check_closed(const struct parser *p)
{
    if (p->depth == 0)
        return DN_OK;
    const struct step *begun = &p->made->steps[p->open[p->depth - 1]];
    return wrong(p, p->bytes.size, "a section that does not end:", dn_text_of(p->names[begun->name]));
}

enum dn_status dn_template_parse(struct dn_text bytes, const char *name, enum dn_sink sink, const char *const *names,
                                 struct dn_template **made, struct dn_error *err)
{
    struct dn_template *template = dn_alloc(1, sizeof *template);
    template->sink = sink;
    struct parser p = {.bytes = bytes, .name = name, .names = names, .made = template, .err = err};
    enum dn_status status = check_bytes(&p);
    if (status == DN_OK)
        status = compile(&p);
    if (status == DN_OK)
        status = check_closed(&p);
    if (status != DN_OK) {
        dn_template_free(template);
        template = NULL;
    }
    *made = template;
    return status;
}

/* Appends one line of a value, made safe for the sink. */
static void add_safe(enum dn_sink sink, struct dn_text line, struct dn_buf *out)
{
    size_t from = out->size;
    dn_buf_add_visible(out, line);
    if (sink != DN_SINK_HTML || out->size == from)
        return;
    struct dn_buf safe = {0};
    dn_buf_add(&safe, out->at + from, out->size - from);
    out->size = from;
    for (size_t i = 0; i < safe.size; i++) {
        static const char specials[] = "&<>\"'";
        static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
        const char *special = memchr(specials, safe.at[i], sizeof specials - 1);
        if (special)
            dn_buf_adds(out, names[special - specials]);
        else
            dn_buf_addc(out, safe.at[i]);
    }
    dn_buf_clear(&safe);
}

/* Takes the first line off *rest; CR LF, CR and LF end one. */
static struct dn_text take_line(struct dn_text *rest)
{
    size_t end = 0;
    while (end < rest->size && rest->at[end] != '\n' && rest->at[end] != '\r')
        end++;
    struct dn_text line = {rest->at, end};
    size_t next = end + (end < rest->size);
    if (next < rest->size && rest->at[end] == '\r' && rest->at[next] == '\n')
        next++;
    *rest = (struct dn_text){rest->at + next, rest->size - next};
    return line;
}

static void add_filled(enum dn_sink sink, struct dn_text value, struct dn_buf *out)
{
    static const char *const breaks[] = {[DN_SINK_LINE] = " ", [DN_SINK_TEXT] = "\n", [DN_SINK_HTML] = "<br>\n"};
    while (value.size && (value.at[value.size - 1] == '\n' || value.at[value.size - 1] == '\r'))
        value.size--;
    while (value.size) {
        struct dn_text line = take_line(&value);
        add_safe(sink, line, out);
        if (value.size)
            dn_buf_adds(out, breaks[sink]);
    }
}

void dn_template_render(const struct dn_template *template, const struct dn_text *values, struct dn_text unknown,
                        struct dn_buf *out)
{
    for (size_t i = 0; i < template->step_count;) {
        const struct step *step = &template->steps[i++];
        if (step->kind == STEP_LITERAL)
            dn_buf_add(out, template->literals.at + step->from, step->size);
        else if (step->kind == STEP_VALUE)
            add_filled(template->sink, values[step->name].size ? values[step->name] : unknown, out);
        else if ((values[step->name].size > 0) != (step->kind == STEP_SECTION))
            i = step->behind;
    }
}

/* A template while it is filled in. */
struct filler {
    const struct dn_template *from;
    struct dn_template *made;
    size_t open[DEPTH_CAP]; /* steps of made: sections that are open there */
    size_t depth;
    size_t joinable; /* steps of made before this one take no more text: a section ends behind them */
};

/* Where text goes on: the last step if it is text and no section ends behind it, else a new one. */
static struct step *open_literal(struct filler *f)
{
    struct dn_template *made = f->made;
    if (made->step_count > f->joinable && made->steps[made->step_count - 1].kind == STEP_LITERAL)
        return &made->steps[made->step_count - 1];
    made->steps = dn_grow(made->steps, made->step_count, &made->step_room, sizeof *made->steps);
    made->steps[made->step_count] = (struct step){.kind = STEP_LITERAL, .from = made->literals.size};
    return &made->steps[made->step_count++];
}

static void close_sections(struct filler *f, size_t at)
{
    for (; f->depth && f->made->steps[f->open[f->depth - 1]].behind == at; f->depth--) {
        f->made->steps[f->open[f->depth - 1]].behind = f->made->step_count;
        f->joinable = f->made->step_count;
    }
}

/* Copies a step that cannot be filled in; a section's end is the one of `from` until it is reached. */
static void copy_step(struct filler *f, const struct step *step)
{
    struct dn_template *made = f->made;
    made->steps = dn_grow(made->steps, made->step_count, &made->step_room, sizeof *made->steps);
    made->steps[made->step_count] = *step;
    if (step->kind != STEP_VALUE)
        f->open[f->depth++] = made->step_count;
    made->step_count++;
}

static void fill_literal(struct filler *f, const struct step *step, struct dn_text value)
{
    struct step *literal = open_literal(f);
    if (step->kind == STEP_LITERAL)
        dn_buf_add(&f->made->literals, f->from->literals.at + step->from, step->size);
    else
        add_filled(f->made->sink, value, &f->made->literals);
    literal->size = f->made->literals.size - literal->from;
}

struct dn_template *dn_template_fill(const struct dn_template *template, const struct dn_text *values,
                                     const bool *is_fixed, size_t count, struct dn_text unknown)
{
    struct filler f = {.from = template, .made = dn_alloc(1, sizeof *f.made)};
    f.made->sink = template->sink;
    for (size_t i = 0; i < template->step_count;) {
        close_sections(&f, i);
        const struct step *step = &template->steps[i++];
        bool is_literal = step->kind == STEP_LITERAL, fixed = !is_literal && step->name < count && is_fixed[step->name];
        struct dn_text value = fixed ? values[step->name] : (struct dn_text){NULL, 0};
        if (is_literal || (fixed && step->kind == STEP_VALUE))
            fill_literal(&f, step, value.size ? value : unknown);
        else if (!fixed)
            copy_step(&f, step);
        else if ((value.size > 0) != (step->kind == STEP_SECTION))
            i = step->behind;
    }
    close_sections(&f, template->step_count);
    return f.made;
}

/* Takes the lines that are whole off the text: those between its first and its last line break. */
static struct dn_text whole_lines(struct dn_text text)
{
    const char *first = memchr(text.at, '\n', text.size);
    if (!first)
        return (struct dn_text){text.at + text.size, 0};
    const char *last = text.at + text.size;
    while (last[-1] != '\n')
        last--;
    return (struct dn_text){first + 1, (size_t)(last - first - 1)};
}

void dn_template_map_lines(struct dn_template *template, void (*map)(struct dn_text lines, struct dn_buf *out))
{
    struct dn_buf mapped = {0};
    for (size_t i = 0; i < template->step_count; i++) {
        struct step *step = &template->steps[i];
        if (step->kind != STEP_LITERAL)
            continue;
        struct dn_text text = {template->literals.at + step->from, step->size}, lines = whole_lines(text);
        size_t before = (size_t)(lines.at - text.at), from = mapped.size;
        dn_buf_add(&mapped, text.at, before);
        if (lines.size)
            map(lines, &mapped);
        dn_buf_add(&mapped, lines.at + lines.size, text.size - before - lines.size);
        step->from = from;
        step->size = mapped.size - from;
    }
    dn_buf_clear(&template->literals);
    template->literals = mapped;
}

void dn_template_free(struct dn_template *template)
{
    if (!template)
        return;
    dn_buf_clear(&template->literals);
    free(template->steps);
    free(template);
}
