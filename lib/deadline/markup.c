#include "deadline/markup.h"

#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* U+FFFE or U+FFFF: no character at all, and not allowed in XML. */
static bool is_none(const char *at, size_t size)
{
    return size >= 3 && memcmp(at, "\xEF\xBF", 2) == 0 && (at[2] == '\xBE' || at[2] == '\xBF');
}

static void add_escaped(struct dn_buf *out, struct dn_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char *escaped = entity(text.at[i]);
        if (escaped != NULL) {
            dn_buf_adds(out, escaped);
        } else if (is_none(text.at + i, text.size - i)) {
            dn_buf_adds(out, text.at[i + 2] == '\xBE' ? "\\u{FFFE}" : "\\u{FFFF}");
            i += 2;
        } else {
            dn_buf_addc(out, text.at[i]);
        }
    }
}

void dn_markup_add(struct dn_buf *out, struct dn_text text)
{
    struct dn_buf visible = {0};
    dn_buf_add_visible(&visible, text);
    add_escaped(out, dn_buf_text(&visible));
    dn_buf_clear(&visible);
}

void dn_markup_adds(struct dn_buf *out, const char *text)
{
    dn_markup_add(out, dn_text_of(text));
}

void dn_markup_add_short(struct dn_buf *out, const char *text, size_t most)
{
    struct dn_buf visible = {0};
    dn_buf_add_visible(&visible, dn_text_of(text));
    struct dn_text shown = dn_buf_text(&visible);
    size_t characters = 0, cut = shown.size;
    for (size_t i = 0; i < shown.size; i++)
        if (((unsigned char)shown.at[i] & 0xC0) != 0x80 && ++characters == most)
            cut = i;
    bool whole = characters <= most;
    add_escaped(out, (struct dn_text){shown.at, whole ? shown.size : cut});
    dn_buf_adds(out, whole ? "" : "…");
    dn_buf_clear(&visible);
}

void dn_markup_add_name(struct dn_buf *out, const char *text)
{
    dn_buf_adds(out, "<bdi>");
    dn_markup_adds(out, text);
    dn_buf_adds(out, "</bdi>");
}

void dn_markup_add_count(struct dn_buf *out, size_t count)
{
    if (count >= 1000) {
        dn_markup_add_count(out, count / 1000);
        dn_buf_addf(out, ",%03d", (int)(count % 1000));
    } else {
        dn_buf_addf(out, "%d", (int)count);
    }
}

void dn_markup_add_things(struct dn_buf *out, size_t count, const char *thing)
{
    dn_markup_add_count(out, count);
    dn_buf_addf(out, " %s%s", thing, count == 1 ? "" : "s");
}

void dn_markup_add_span(struct dn_buf *out, int64_t seconds)
{
    static const struct {
        int64_t size;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    const char *between = "";
    int64_t left = seconds < 0 ? -seconds : seconds;
    if (left == 0)
        dn_buf_adds(out, "0 s");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (left < units[i].size)
            continue;
        dn_buf_addf(out, "%s%lld %s", between, (long long)(left / units[i].size), units[i].unit);
        left %= units[i].size;
        between = " ";
    }
}

void dn_markup_add_clock(struct dn_buf *out, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    size_t size = strlen(text);
    if (size == 0)
        return;
    text[10] = ' ';
    bool whole = strcmp(text + 16, ":00Z") == 0;
    dn_buf_add(out, text, whole ? 16 : size - 1);
}

void dn_markup_add_time(struct dn_buf *out, struct dn_instant at)
{
    if (!dn_instant_is(at))
        return;
    dn_buf_adds(out, "<time datetime=\"");
    dn_instant_add_to(out, at);
    dn_buf_adds(out, "\">");
    dn_markup_add_clock(out, at);
    dn_buf_adds(out, " UTC</time>");
}

void dn_markup_add_percent(struct dn_buf *out, int64_t part, int64_t whole)
{
    int64_t hundredths = whole > INT64_MAX / 20000 ? part / (whole / 10000) : part * 10000 / whole;
    dn_buf_addf(out, "%lld.%02d%%", (long long)(hundredths / 100), (int)(hundredths % 100));
}
