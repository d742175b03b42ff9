#include "key/name.h"

#include <string.h>

#include "key/fold.h"
#include "key/marks.h"

#define LOCAL_MAX 64
#define EMAIL_MAX 254

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 5321 dot-string: runs of atext with single dots between them. */
static bool local_valid(struct dn_text local)
{
    static const unsigned char kinds[256] = {
        /* 1: atext, 2: the dot; clang-format off */
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['*'] = 1, ['+'] = 1, ['-'] = 1, ['/'] = 1,  ['='] = 1,
        ['?'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1, ['~'] = 1, ['\''] = 1, ['.'] = 2,
        ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1,  ['9'] = 1,
        ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1,  ['j'] = 1,
        ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1,
        ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1,  ['D'] = 1,
        ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1,
        ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1,  ['X'] = 1,
        ['Y'] = 1, ['Z'] = 1,
        /* clang-format on */
    };
    unsigned before = 2;
    if (local.size == 0 || local.size > LOCAL_MAX)
        return false;
    for (size_t i = 0; i < local.size; i++) {
        unsigned kind = kinds[(unsigned char)local.at[i]];
        if (kind == 0 || (kind & before) == 2)
            return false;
        before = kind;
    }
    return before == 1;
}

static const char *last_at(struct dn_text text)
{
    for (size_t i = text.size; i-- > 0;)
        if (text.at[i] == '@')
            return text.at + i;
    return NULL;
}

/* Splits at the last '@'. */
static bool split(struct dn_text text, struct dn_text *local, struct dn_text *domain)
{
    const char *at = last_at(text);
    if (at == NULL)
        return false;
    *local = (struct dn_text){text.at, (size_t)(at - text.at)};
    *domain = (struct dn_text){at + 1, text.size - local->size - 1};
    return true;
}

static bool has_dot(struct dn_text text)
{
    return text.size > 0 && memchr(text.at, '.', text.size) != NULL;
}

/* Appends the canonical form of a domain that has two labels or more. */
static bool wide_domain(struct dn_text text, struct dn_buf *into)
{
    size_t before = into->size;
    if (!dn_domain_canonical(text, into))
        return false;
    if (has_dot((struct dn_text){into->at + before, into->size - before}))
        return true;
    into->size = before;
    into->at[before] = '\0';
    return false;
}

/* Is it a short address of words of small letters and digits, with single hyphens and dots between them? That is nearly
 * every one, and then it is its own canonical form. False says nothing. */
static bool is_plain(struct dn_text text)
{
    if (text.size == 0 || text.size > DN_MARKS_MOST)
        return false;
    struct dn_marks marks = dn_marks_of(text);
    uint64_t between = marks.hyphens | marks.dots | marks.ats, domain = dn_marks_behind(marks.ats);
    return (marks.words | marks.digits | between) == dn_marks_all(text.size) &&
           (between & (between << 1 | 1 | dn_marks_last(text.size))) == 0 && marks.ats != 0 &&
           (marks.ats & (marks.ats - 1)) == 0 && (marks.dots & domain) != 0 &&
           ((marks.words | marks.hyphens) & dn_marks_behind(marks.dots)) != 0;
}

bool dn_email_canonical(struct dn_text text, struct dn_buf *into)
{
    if (into && is_plain(text)) {
        dn_buf_addt(into, text);
        return true;
    }
    struct dn_text local, domain;
    struct dn_buf own = {0}, *made = into ? into : &own;
    if (!split(text, &local, &domain) || !local_valid(local) || dn_text_ends(domain, "."))
        return false;
    size_t before = made->size;
    dn_buf_addt(made, local);
    dn_buf_addc(made, '@');
    bool valid = wide_domain(domain, made) && made->size - before <= EMAIL_MAX;
    if (!valid) {
        made->size = before;
        made->at[before] = '\0';
    }
    dn_buf_clear(&own);
    return valid;
}

bool dn_placeholder(struct dn_text text)
{
    /* by length: most cells are none of them, and that is seen at once */
    static const char *const words[][5] = {
        [1] = {"-", "?", "."},
        [2] = {"\\n", "--"},
        [3] = {"n/a", "nil", "tbd", "---"},
        [4] = {"#n/a", "null", "none"},
        [5] = {"blank", "(n/a)", "empty"},
        [6] = {"(null)", "<null>", "(none)", "<none>", "notset"},
        [7] = {"(blank)", "unknown", "(empty)", "not set"},
        [8] = {"no value"},
        [9] = {"(unknown)", "<unknown>", "undefined", "(not set)", "not known"},
        [11] = {"unspecified"},
        [12] = {"not provided"},
        [13] = {"not available", "not specified"},
        [DN_PLACEHOLDER_MOST] = {"not applicable"},
    };
    bool trimmed = text.size && (unsigned char)text.at[0] > ' ' && (unsigned char)text.at[text.size - 1] > ' ';
    text = trimmed ? text : dn_text_trim(text);
    if (text.size > DN_PLACEHOLDER_MOST)
        return false;
    for (size_t i = 0; i < sizeof *words / sizeof **words && words[text.size][i]; i++)
        if ((text.at[0] | 0x20) == (words[text.size][i][0] | 0x20) &&
            dn_text_equal_nocase(text, (struct dn_text){words[text.size][i], text.size}))
            return true;
    return false;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Are all of the eight bytes hexadecimal digits? Those of GUIDs are as good as random: no branch is taken on one. */
static inline bool all_hex(uint64_t word)
{
    uint64_t small = word | EACH(0x20);
    uint64_t digit = (word + EACH(0x80 - '0')) & ~(word + EACH(0x80 - '9' - 1));
    uint64_t letter = (small + EACH(0x80 - 'a')) & ~(small + EACH(0x80 - 'f' - 1));
    return (word & EACH(0x80)) == 0 && ((digit | letter) & EACH(0x80)) == EACH(0x80);
}

static inline bool hex_at(const char *at, size_t first, size_t second)
{
    char eight[8];
    uint64_t word;
    memcpy(eight, at + first, 4);
    memcpy(eight + 4, at + second, 4);
    memcpy(&word, eight, 8);
    return all_hex(word);
}

bool dn_guid_valid(struct dn_text text)
{
    if (text.size == 38 && text.at[0] == '{' && text.at[37] == '}')
        text = (struct dn_text){text.at + 1, 36};
    if (text.size != 36 || text.at[8] != '-' || text.at[13] != '-' || text.at[18] != '-' || text.at[23] != '-')
        return false;
    return hex_at(text.at, 0, 4) && hex_at(text.at, 9, 14) && hex_at(text.at, 19, 24) && hex_at(text.at, 28, 32);
}

bool dn_guid_canonical(struct dn_text text, struct dn_buf *into)
{
    char small[36];
    if (!dn_guid_valid(text))
        return false;
    if (text.size == 38)
        text = (struct dn_text){text.at + 1, 36};
    for (size_t i = 0; i < sizeof small; i += 4) {
        uint32_t word;
        memcpy(&word, text.at + i, 4);
        word |= (word & 0x40404040u) >> 1; /* letters have this bit, digits and hyphens do not */
        memcpy(small + i, &word, 4);
    }
    dn_buf_add(into, small, sizeof small);
    return true;
}

static bool in_scheme(char c, bool first)
{
    return is_letter(c) || (!first && (is_digit(c) || c == '+' || c == '-' || c == '.'));
}

/* The size of "scheme" before "://"; 0: no URL. RFC 3986 section 3.1. */
static size_t scheme_size(struct dn_text text)
{
    size_t i = 0;
    if (text.size == 0 || memchr(text.at, ':', text.size) == NULL)
        return 0;
    while (i < text.size && in_scheme(text.at[i], i == 0))
        i++;
    return i > 0 && dn_text_starts((struct dn_text){text.at + i, text.size - i}, "://") ? i : 0;
}

/* Schemes whose host is a bucket: anybody may call one contoso.com. */
static bool names_bucket(struct dn_text scheme)
{
    return dn_text_equal_nocase(scheme, DN_TEXT("s3")) || dn_text_equal_nocase(scheme, DN_TEXT("s3a")) ||
           dn_text_equal_nocase(scheme, DN_TEXT("s3n")) || dn_text_equal_nocase(scheme, DN_TEXT("gs"));
}

static bool ends_authority(char c)
{
    return c == '/' || c == '\\' || c == '?' || c == '#';
}

struct dn_text dn_url_host(struct dn_text text)
{
    text = dn_text_trim(text);
    size_t scheme = scheme_size(text);
    if (scheme == 0)
        return (struct dn_text){NULL, 0};
    struct dn_text host = {text.at + scheme + 3, 0};
    while (scheme + 3 + host.size < text.size && !ends_authority(host.at[host.size]))
        host.size++;
    struct dn_text user, after;
    if (split(host, &user, &after))
        host = after;
    const char *end = dn_text_starts(host, "[") ? memchr(host.at, ']', host.size) : NULL;
    if (end)
        return (struct dn_text){host.at + 1, (size_t)(end - host.at - 1)};
    const char *colon = host.size > 0 ? memchr(host.at, ':', host.size) : NULL;
    return (struct dn_text){host.at, colon ? (size_t)(colon - host.at) : host.size};
}

/* "smtp:bob@x.example", "i:0#.f|membership|bob@x.example": the address alone. */
static struct dn_text strip_address_prefix(struct dn_text text)
{
    static const char *const prefixes[] = {"mailto:", "smtp:", "sip:", "acct:"};
    bool claim = text.size > 4 && text.at[1] == ':' && text.at[2] == '0';
    for (size_t i = text.size; claim && i-- > 0;)
        if (text.at[i] == '|')
            return (struct dn_text){text.at + i + 1, text.size - i - 1};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t size = strlen(prefixes[i]);
        if (text.size > size && dn_text_equal_nocase((struct dn_text){text.at, size}, dn_text_of(prefixes[i])))
            return (struct dn_text){text.at + size, text.size - size};
    }
    return text;
}

/* Splits what is an address in the wide sense; its domain's canonical form is appended. A path, an ARN or a list of
 * several addresses is none. */
static bool address_domain(struct dn_text text, struct dn_buf *into)
{
    struct dn_text local, domain;
    if (!split(strip_address_prefix(text), &local, &domain) || local.size == 0)
        return false;
    for (size_t i = 0; i < local.size; i++)
        if ((unsigned char)local.at[i] <= ' ' || strchr("/\\:;,<>", local.at[i]) != NULL)
            return false;
    return wide_domain(domain, into);
}

/* What kind it is; its domain, if it has one, appended. */
static enum dn_name_kind kind_and_domain(struct dn_text text, struct dn_buf *domain)
{
    size_t scheme = scheme_size(text);
    if (dn_guid_valid(text))
        return DN_NAME_GUID;
    if (scheme > 0) {
        struct dn_text host = dn_url_host(text);
        if (!names_bucket((struct dn_text){text.at, scheme}))
            wide_domain(host, domain);
        return host.size > 0 ? DN_NAME_URL : DN_NAME_OTHER;
    }
    if (address_domain(text, domain))
        return DN_NAME_EMAIL;
    return wide_domain(text, domain) ? DN_NAME_HOST : DN_NAME_OTHER;
}

enum dn_name_kind dn_name_kind_of(struct dn_text text)
{
    struct dn_buf domain = {0};
    enum dn_name_kind kind = kind_and_domain(dn_text_trim(text), &domain);
    dn_buf_clear(&domain);
    return kind;
}

static void add_url(struct dn_text text, struct dn_buf *into)
{
    struct dn_text host = dn_url_host(text);
    size_t before = (size_t)(host.at - text.at);
    dn_buf_add(into, text.at, before);
    dn_fold_add(host, into);
    dn_buf_add(into, host.at + host.size, text.size - before - host.size);
}

static void add_canonical(struct dn_text text, enum dn_name_kind kind, struct dn_buf *into)
{
    if (kind == DN_NAME_URL)
        add_url(text, into);
    else if (kind == DN_NAME_EMAIL || kind == DN_NAME_GUID)
        dn_fold_add(text, into);
    else
        dn_buf_addt(into, text);
}

void dn_resource_canonical(struct dn_text text, struct dn_buf *into)
{
    text = dn_text_trim(text);
    add_canonical(text, dn_name_kind_of(text), into);
}

#ifdef __SSE2__

static inline unsigned any(__m128i found)
{
    return _mm_movemask_epi8(found) != 0;
}

static unsigned marks_of(struct dn_text text)
{
    char few[16] = {0};
    __m128i ats = _mm_setzero_si128(), colons = ats, slashes = ats, all = ats;
    if (text.size && text.size < sizeof few) {
        memcpy(few, text.at, text.size);
        text = (struct dn_text){few, sizeof few};
    }
    for (size_t i = 0; i < text.size; i += 16) { /* the last sixteen bytes may overlap those before */
        size_t from = i + 16 <= text.size ? i : text.size - 16;
        __m128i bytes = _mm_loadu_si128((const void *)(text.at + from));
        ats = _mm_or_si128(ats, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('@')));
        colons = _mm_or_si128(colons, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')));
        slashes = _mm_or_si128(slashes, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/')));
        all = _mm_or_si128(all, bytes);
    }
    return any(ats) * DN_HAS_AT | any(colons) * DN_HAS_COLON | any(slashes) * DN_HAS_SLASH | any(all) * DN_HAS_OTHER;
}

#else

static unsigned marks_of(struct dn_text text)
{
    unsigned marks = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        marks |= (c == '@') * DN_HAS_AT | (c == ':') * DN_HAS_COLON | (c == '/') * DN_HAS_SLASH |
                 (c & 0x80 ? DN_HAS_OTHER : 0);
    }
    return marks;
}

#endif

/* What is added to a buffer from here on. */
static struct dn_text added(const struct dn_buf *buf, size_t before)
{
    return (struct dn_text){buf->at + before, buf->size - before};
}

static void look_closely(struct dn_text text, struct dn_buf *canonical, struct dn_buf *domain,
                         struct dn_resource_names *names)
{
    size_t before = canonical->size, before_domain = domain->size;
    dn_buf_reserve(canonical, 0);
    dn_buf_reserve(domain, 0);
    if (!(names->marks & DN_HAS_OTHER)) { /* case is all that the canonical form changes: the domain is the same */
        add_canonical(text, kind_and_domain(text, domain), canonical);
        names->canonical = added(canonical, before);
    } else {
        dn_resource_canonical(text, canonical);
        names->canonical = added(canonical, before);
        kind_and_domain(names->canonical, domain);
        names->marks = DN_HAS_AT | DN_HAS_COLON | DN_HAS_SLASH | DN_HAS_OTHER;
    }
    names->domain = added(domain, before_domain);
}

void dn_resource_look(struct dn_text text, struct dn_buf *canonical, struct dn_buf *domain,
                      struct dn_resource_names *names)
{
    text = dn_text_trim(text);
    *names = (struct dn_resource_names){text, {NULL, 0}, marks_of(text)};
    if (names->marks == DN_HAS_SLASH) /* a path: no address, no URL, no host */
        return;
    if (names->marks || dn_guid_valid(text)) {
        look_closely(text, canonical, domain, names);
        return;
    }
    names->domain = dn_domain_view(text, domain); /* a host, or nothing of the kind */
    if (!has_dot(names->domain))
        names->domain = (struct dn_text){NULL, 0};
}

bool dn_resource_domain(struct dn_text text, struct dn_buf *into)
{
    size_t before = into->size;
    kind_and_domain(dn_text_trim(text), into);
    return into->size > before;
}
