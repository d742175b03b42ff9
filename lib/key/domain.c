#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "key/fold.h"
#include "key/label.h"
#include "key/marks.h"
#include "key/name.h"

#define LABEL_MAX 63
#define INPUT_MAX 1024 /* bytes of a name in UTF-8 that are looked at */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool label_valid(struct dn_text label)
{
    if (label.size == 0 || label.size > LABEL_MAX || !is_alnum(label.at[0]) || !is_alnum(label.at[label.size - 1]))
        return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_alnum(label.at[i]) && label.at[i] != '-')
            return false;
    return true;
}

static bool all_digits(struct dn_text label)
{
    for (size_t i = 0; i < label.size; i++)
        if (label.at[i] < '0' || label.at[i] > '9')
            return false;
    return true;
}

/* Letters, digits and hyphens; the lengths; the last label a name (RFC 1123 section 2.1). */
static bool ldh_valid(struct dn_text text)
{
    bool last = false;
    if (text.size == 0 || text.size > DN_DOMAIN_MAX)
        return false;
    while (!last) {
        struct dn_text label = dn_label_take(&text, &last);
        if (!label_valid(label) || (last && all_digits(label)))
            return false;
    }
    return true;
}

static bool is_ascii(struct dn_text text)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= text.size; i += sizeof word) {
        memcpy(&word, text.at + i, sizeof word);
        if (word & 0x8080808080808080u)
            return false;
    }
    for (; i < text.size; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return false;
    return true;
}

/* May this A-label be registered? Looking names up is laxer: it leaves out the rules of RFC 5892 appendix A on what may
 * stand beside a middle dot, a geresh and the like. */
static bool a_label_valid(struct dn_text label)
{
    uint8_t one[LABEL_MAX + 1], *result = NULL;
    if (label.size > LABEL_MAX)
        return false;
    memcpy(one, label.at, label.size);
    one[label.size] = '\0';
    bool valid = idn2_register_u8(NULL, one, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK;
    idn2_free(result);
    return valid;
}

static bool a_labels_valid(struct dn_text name)
{
    bool last = false, valid = true;
    while (valid && !last) {
        struct dn_text label = dn_label_take(&name, &last);
        valid = !dn_text_starts(label, "xn--") || a_label_valid(label);
    }
    return valid;
}

/* The name in A-labels, lower case; NULL: not a name. To be given to idn2_free. */
static char *to_ascii(struct dn_text text)
{
    char name[INPUT_MAX + 1];
    uint8_t *result = NULL;
    if (text.size == 0 || text.size > INPUT_MAX || memchr(text.at, '\0', text.size) != NULL ||
        !dn_text_utf8(text, NULL))
        return NULL;
    memcpy(name, text.at, text.size);
    name[text.size] = '\0';
    if (idn2_lookup_u8((const uint8_t *)name, &result, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    if (a_labels_valid(dn_text_of((char *)result)))
        return (char *)result;
    idn2_free(result);
    return NULL;
}

static struct dn_text strip_dot(struct dn_text text)
{
    text.size -= text.size && text.at[text.size - 1] == '.';
    return text;
}

/* What a first look at a name says. */
enum look { LOOK_NO, LOOK_YES, LOOK_CLOSER };

/* What a character may be in a name; 0: nothing. */
enum { SMALL = 2, CAPITAL = 4, DIGIT = 8, HYPHEN = 16, DOT = 32 };

static const unsigned char classes[256] = {
    /* clang-format off */
    ['a'] = SMALL, ['b'] = SMALL, ['c'] = SMALL, ['d'] = SMALL, ['e'] = SMALL, ['f'] = SMALL, ['g'] = SMALL,
    ['h'] = SMALL, ['i'] = SMALL, ['j'] = SMALL, ['k'] = SMALL, ['l'] = SMALL, ['m'] = SMALL, ['n'] = SMALL,
    ['o'] = SMALL, ['p'] = SMALL, ['q'] = SMALL, ['r'] = SMALL, ['s'] = SMALL, ['t'] = SMALL, ['u'] = SMALL,
    ['v'] = SMALL, ['w'] = SMALL, ['x'] = SMALL, ['y'] = SMALL, ['z'] = SMALL,
    ['A'] = CAPITAL, ['B'] = CAPITAL, ['C'] = CAPITAL, ['D'] = CAPITAL, ['E'] = CAPITAL, ['F'] = CAPITAL,
    ['G'] = CAPITAL, ['H'] = CAPITAL, ['I'] = CAPITAL, ['J'] = CAPITAL, ['K'] = CAPITAL, ['L'] = CAPITAL,
    ['M'] = CAPITAL, ['N'] = CAPITAL, ['O'] = CAPITAL, ['P'] = CAPITAL, ['Q'] = CAPITAL, ['R'] = CAPITAL,
    ['S'] = CAPITAL, ['T'] = CAPITAL, ['U'] = CAPITAL, ['V'] = CAPITAL, ['W'] = CAPITAL, ['X'] = CAPITAL,
    ['Y'] = CAPITAL, ['Z'] = CAPITAL,
    ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT,
    ['7'] = DIGIT, ['8'] = DIGIT, ['9'] = DIGIT, ['-'] = HYPHEN, ['.'] = DOT,
    /* clang-format on */
};

/* Length and hyphens of a label; *reserved: only IDNA may have made it. */
static inline bool label_fine(const char *at, size_t size, bool *reserved)
{
    *reserved |= size >= 4 && at[2] == '-' && at[3] == '-';
    return size > 0 && size <= LABEL_MAX && at[0] != '-' && at[size - 1] != '-';
}

/* Letters, digits and hyphens with the lengths and the last label of ldh_valid are a name as they are; other ASCII is
 * none. What has other characters, or a label that only IDNA may have made, needs a closer look. One walk. */
static enum look first_look(struct dn_text name, bool *capital)
{
    size_t i = 0, label = 0; /* where it begins */
    unsigned all = 0, of_label = 0;
    bool fine = name.size > 0 && name.size <= DN_DOMAIN_MAX, reserved = false;
    for (; fine; label = ++i) {
        unsigned class = 0;
        of_label = 0;
        while (i < name.size && (class = classes[(unsigned char)name.at[i]]) != DOT && class != 0) {
            of_label |= class;
            i++;
        }
        all |= of_label;
        fine = label_fine(name.at + label, i - label, &reserved) && (i == name.size || class == DOT);
        if (i == name.size)
            break;
    }
    fine = fine && of_label != DIGIT;
    *capital = all & CAPITAL;
    if (fine)
        return reserved ? LOOK_CLOSER : LOOK_YES;
    return is_ascii(name) ? LOOK_NO : LOOK_CLOSER;
}

/* What first_look would say of a name of one label's size in small letters, digits and hyphens, as nearly all are; of
 * another, that it needs to be asked. */
static enum look look_at_marks(struct dn_text name)
{
    if (name.size == 0 || name.size > LABEL_MAX)
        return LOOK_CLOSER;
    struct dn_marks marks = dn_marks_of(name);
    if ((marks.words | marks.digits | marks.hyphens | marks.dots) != dn_marks_all(name.size))
        return LOOK_CLOSER;
    uint64_t last = dn_marks_last(name.size), begins = 1 | marks.dots << 1, ends = marks.dots >> 1 | last;
    uint64_t wrong = (marks.dots & (begins | last)) | (marks.hyphens & (begins | ends));
    if (wrong || !((marks.words | marks.hyphens) & dn_marks_behind(marks.dots)))
        return LOOK_NO;
    return begins << 2 & marks.hyphens & marks.hyphens >> 1 ? LOOK_CLOSER : LOOK_YES;
}

bool dn_domain_canonical(struct dn_text text, struct dn_buf *into)
{
    if (text.size == 0)
        return false;
    struct dn_text name = strip_dot(text);
    bool capital = false;
    enum look look = look_at_marks(name);
    look = look == LOOK_CLOSER ? first_look(name, &capital) : look;
    if (look == LOOK_YES && !capital)
        dn_buf_addt(into, name);
    if (look == LOOK_NO || (look == LOOK_YES && !capital))
        return look == LOOK_YES;
    char *made = NULL;
    if (look == LOOK_CLOSER) {
        made = to_ascii(name);
        struct dn_text result = dn_text_of(made);
        name = name.size == text.size ? strip_dot(result) : result;
    }
    bool valid = ldh_valid(name);
    if (valid)
        dn_fold_add(name, into);
    idn2_free(made);
    return valid;
}

struct dn_text dn_domain_view(struct dn_text text, struct dn_buf *into)
{
    struct dn_text name = strip_dot(text);
    size_t before = into->size;
    enum look look = look_at_marks(name);
    if (look == LOOK_YES)
        return name;
    if (look == LOOK_NO || !dn_domain_canonical(text, into))
        return (struct dn_text){NULL, 0};
    return (struct dn_text){into->at + before, into->size - before};
}

bool dn_host_valid(struct dn_text text)
{
    if (!ldh_valid(text))
        return false;
    if (!dn_label_reserved(text))
        return true;
    char *made = to_ascii(text);
    bool same = made != NULL && dn_text_equal_nocase(dn_text_of(made), text);
    idn2_free(made);
    return same;
}
