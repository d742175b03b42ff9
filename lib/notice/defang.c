#include "notice/defang.h"

#include <string.h>

#include "key/fold.h"
#include "notice/plain.h"

/* A place in the text that is looked at. */
struct spot {
    struct dn_text text;
    size_t at;
    const struct dn_strings *own;
    struct dn_buf *out;
};

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* An ASCII letter, digit or '_'. */
static bool is_ascii_word(unsigned char c)
{
    return c < 0x80 && dn_plain_is_word(c);
}

/* The byte at an offset; 0 outside the text. */
static unsigned char byte_at(const struct spot *s, size_t at)
{
    return at < s->text.size ? (unsigned char)s->text.at[at] : 0;
}

static unsigned char before(const struct spot *s, size_t distance)
{
    return s->at >= distance ? byte_at(s, s->at - distance) : 0;
}

/* The character that begins at an offset; 0 outside the text. */
static uint32_t character_at(const struct spot *s, size_t at)
{
    if (at >= s->text.size)
        return 0;
    struct dn_text rest = {s->text.at + at, s->text.size - at};
    return dn_fold_next(&rest);
}

/* Does a word end right before the offset? */
static bool word_before(const struct spot *s, size_t at)
{
    size_t from = at;
    while (from > 0 && at - from < 4) {
        from--;
        if (((unsigned char)s->text.at[from] & 0xC0) != 0x80)
            break;
    }
    return from < at && dn_plain_is_word(character_at(s, from));
}

/* Does a word begin at the offset? */
static bool word_at(const struct spot *s, size_t at)
{
    return at < s->text.size && dn_plain_is_word(character_at(s, at));
}

/* Looked at first, since it is asked for a score of words at every byte: letters of one case differ in bit 5 at most.
 */
static bool may_stand_here(const struct spot *s, struct dn_text what)
{
    return s->text.size - s->at >= what.size &&
           (((unsigned char)s->text.at[s->at] ^ (unsigned char)*what.at) & 0xDF) == 0;
}

static bool stands_here(const struct spot *s, struct dn_text what)
{
    return may_stand_here(s, what) && dn_text_equal_nocase((struct dn_text){s->text.at + s->at, what.size}, what);
}

/* What holds the parts of one address or URL together. */
static bool is_joint(unsigned char c)
{
    return c && strchr("@.-/:+?=&#%~", c);
}

/* Has the word that begins here begun before, has the one that ends at `end` not ended there? */
static bool goes_on_before(const struct spot *s)
{
    return word_before(s, s->at) || (is_joint(before(s, 1)) && word_before(s, s->at - 1));
}

static bool goes_on_behind(const struct spot *s, size_t end)
{
    return word_at(s, end) || (is_joint(byte_at(s, end)) && word_at(s, end + 1));
}

/* One of the provider's own contacts as a whole word: its size, or 0. */
static size_t own_size(const struct spot *s)
{
    if (goes_on_before(s))
        return 0;
    for (size_t i = 0; i < s->own->count; i++) {
        struct dn_text own = dn_text_of(s->own->at[i]);
        if (own.size && stands_here(s, own) && !goes_on_behind(s, s->at + own.size))
            return own.size;
    }
    return 0;
}

static size_t digits_at(const struct spot *s, size_t at)
{
    size_t count = 0;
    while (is_digit(byte_at(s, at + count)))
        count++;
    return count;
}

/* Digits, a separator, digits, the same separator, digits: their counts and the size of it all; 0: not such a triple.
 */
static size_t triple_at(const struct spot *s, size_t at, unsigned char *separator, size_t counts[3])
{
    size_t from = at;
    for (int i = 0; i < 3; i++) {
        counts[i] = digits_at(s, at);
        if (!counts[i])
            return 0;
        at += counts[i];
        if (i == 2)
            break;
        if (i == 0)
            *separator = byte_at(s, at);
        if (byte_at(s, at) != *separator || !*separator || !strchr("-/.", *separator))
            return 0;
        at++;
    }
    return at - from;
}

/* A date with its time of day, if one begins here: the size of it. */
static size_t date_size(const struct spot *s)
{
    unsigned char separator = 0;
    size_t counts[3];
    size_t size = triple_at(s, s->at, &separator, counts);
    bool is_iso = size && separator == '-' && counts[0] == 4 && counts[1] == 2 && counts[2] == 2;
    bool is_civil = size && separator != '-' && counts[0] <= 2 && counts[1] <= 2 && counts[2] == 4;
    if (!is_iso && !is_civil)
        return 0;
    size_t clock = s->at + size + 1;
    bool has_clock = digits_at(s, clock) == 2 && byte_at(s, clock + 2) == ':';
    return has_clock ? size + 3 : size;
}

/* A dotted IPv4 address, if one begins here: the size of it. */
static size_t quad_size(const struct spot *s)
{
    size_t at = s->at;
    for (int i = 0; i < 4; i++) {
        size_t digits = digits_at(s, at);
        if (digits == 0 || digits > 3)
            return 0;
        at += digits;
        if (i < 3 && byte_at(s, at++) != '.')
            return 0;
    }
    return word_at(s, at) ? 0 : at - s->at;
}

/* The size of a blank or punctuation that telephone numbers are grouped with; 0: none. */
static size_t group_mark(const struct spot *s, size_t at)
{
    unsigned char c = byte_at(s, at);
    if (c && strchr(" -./()\t", c))
        return 1;
    if (c == 0xC2 && byte_at(s, at + 1) == 0xA0)
        return 2;
    return c == 0xE2 && byte_at(s, at + 1) == 0x80 && (byte_at(s, at + 2) == 0xAF || byte_at(s, at + 2) == 0x91) ? 3
                                                                                                                 : 0;
}

/* What may be a telephone number. */
struct number {
    size_t end;
    size_t digits, groups;
    size_t first_group;
    bool thousands; /* every group behind the first one has three digits */
    bool plus;
};

static struct number number_at(const struct spot *s)
{
    struct number number = {.end = s->at, .thousands = true};
    size_t at = s->at;
    number.plus = byte_at(s, at) == '+';
    at += number.plus;
    for (size_t marks = 0; marks <= 3;) {
        size_t digits = digits_at(s, at), mark = digits ? 0 : group_mark(s, at);
        if (!digits && !mark)
            break;
        at += digits + mark;
        marks = digits ? 0 : marks + 1;
        if (!digits)
            continue;
        number.digits += digits;
        if (number.groups++ == 0)
            number.first_group = digits;
        else
            number.thousands = number.thousands && digits == 3;
        number.end = at;
    }
    return number;
}

static bool is_telephone(const struct spot *s, const struct number *number)
{
    if (number->digits < 7)
        return false;
    bool is_amount = !number->plus && byte_at(s, s->at) != '0' && number->digits <= 8 && number->thousands &&
                     (number->groups == 1 || number->first_group <= 3);
    return !is_amount;
}

static void add_byte(struct spot *s)
{
    dn_buf_addc(s->out, s->text.at[s->at++]);
}

/* Copies up to end with every fourth digit in brackets. */
static void add_telephone(struct spot *s, size_t end)
{
    for (size_t digits = 0; s->at < end;) {
        bool is_fourth = is_digit(byte_at(s, s->at)) && ++digits % 4 == 0;
        if (is_fourth)
            dn_buf_addc(s->out, '[');
        add_byte(s);
        if (is_fourth)
            dn_buf_addc(s->out, ']');
    }
}

static void add_quad(struct spot *s, size_t size)
{
    for (size_t end = s->at + size; s->at < end;) {
        if (byte_at(s, s->at) == '.') {
            dn_buf_adds(s->out, "[.]");
            s->at++;
        } else {
            add_byte(s);
        }
    }
}

/* Digits at the beginning of a word, or a '+' or '(' before them. */
static bool add_number(struct spot *s)
{
    unsigned char c = byte_at(s, s->at), previous = before(s, 1);
    bool begins = is_digit(c) || ((c == '+' || c == '(') && (is_digit(byte_at(s, s->at + 1)) || c == '('));
    if (!begins || is_ascii_word(previous) || (previous == '-' && is_ascii_word(before(s, 2))))
        return false;
    size_t size = date_size(s);
    if (size) {
        dn_buf_add(s->out, s->text.at + s->at, size);
        s->at += size;
        return true;
    }
    size = quad_size(s);
    if (size) {
        add_quad(s, size);
        return true;
    }
    struct number number = number_at(s);
    if (!is_telephone(s, &number) || is_ascii_word(byte_at(s, number.end)))
        return false;
    add_telephone(s, number.end);
    return true;
}

/* Schemes that work without "//". */
static bool add_scheme(struct spot *s)
{
    static const char *const schemes[] = {"mailto",   "tel",        "sms",      "sip",  "sips", "callto", "skype",
                                          "facetime", "javascript", "vbscript", "data", "file", NULL};
    if (is_ascii_word(before(s, 1)))
        return false;
    for (size_t i = 0; schemes[i]; i++) {
        struct dn_text scheme = dn_text_of(schemes[i]);
        if (!stands_here(s, scheme) || byte_at(s, s->at + scheme.size) != ':')
            continue;
        dn_buf_add(s->out, s->text.at + s->at, scheme.size);
        s->at += scheme.size + 1;
        dn_buf_adds(s->out, "[:]");
        return true;
    }
    return false;
}

static bool add_http(struct spot *s)
{
    if (!stands_here(s, DN_TEXT("http:")) && !stands_here(s, DN_TEXT("https:")))
        return false;
    dn_buf_adds(s->out, "hxxp");
    s->at += 4;
    if (byte_at(s, s->at) != ':')
        add_byte(s);
    if (stands_here(s, DN_TEXT("://"))) {
        dn_buf_adds(s->out, "://");
        s->at += 3;
    }
    return true;
}

static bool add_slashes(struct spot *s)
{
    if (!stands_here(s, DN_TEXT("://")))
        return false;
    dn_buf_adds(s->out, "[://]");
    s->at += 3;
    return true;
}

static bool add_at_sign(struct spot *s)
{
    if (byte_at(s, s->at) != '@' || (!word_before(s, s->at) && !word_at(s, s->at + 1)))
        return false;
    dn_buf_adds(s->out, "[@]");
    s->at++;
    return true;
}

/* The size of a dot: ASCII or one of those that IDNA takes for it; 0: none. */
static size_t dot_size(const struct spot *s)
{
    static const char *const dots[] = {".", "\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"};
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
        if (stands_here(s, dn_text_of(dots[i])))
            return strlen(dots[i]);
    return 0;
}

/* The bytes of the character at an offset. */
static size_t character_size(const struct spot *s, size_t at)
{
    size_t size = 1;
    while (size < 4 && (byte_at(s, at + size) & 0xC0) == 0x80)
        size++;
    return size;
}

/* Is the dot between two labels of a name? Then the next one begins with a letter and has at least two characters. The
 * other dots of IDNA end sentences, too: they count between ASCII letters only. */
static bool add_dot(struct spot *s)
{
    size_t size = dot_size(s), next = s->at + size;
    if (!size || !(word_before(s, s->at) || before(s, 1) == ']') || !word_at(s, next) || is_digit(byte_at(s, next)) ||
        !word_at(s, next + character_size(s, next)))
        return false;
    if (size > 1 && (before(s, 1) >= 0x80 || byte_at(s, next) >= 0x80))
        return false;
    dn_buf_adds(s->out, "[.]");
    s->at += size;
    return true;
}

void dn_defang_add(struct dn_text text, const struct dn_strings *own, struct dn_buf *out)
{
    struct spot s = {text, 0, own, out};
    while (s.at < text.size) {
        size_t size = own_size(&s);
        if (size) {
            dn_buf_add(out, text.at + s.at, size);
            s.at += size;
        } else if (!add_number(&s) && !add_http(&s) && !add_slashes(&s) && !add_scheme(&s) && !add_at_sign(&s) &&
                   !add_dot(&s)) {
            add_byte(&s);
        }
    }
}
