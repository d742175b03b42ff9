#include "key/glob.h"

#include "key/fold.h"

/* Takes one pattern character that stands for one text character off both. False: they differ. */
static bool step(struct dn_text *pattern, struct dn_text *text)
{
    if (*pattern->at != '?')
        return dn_fold_next(pattern) == dn_fold_next(text);
    pattern->at++;
    pattern->size--;
    dn_fold_next(text);
    return true;
}

/* Greedy: only the last star can still take more, so nothing but it is remembered. */
bool dn_glob_match(struct dn_text pattern, struct dn_text text)
{
    struct dn_text after_star = {NULL, 0}, from = {NULL, 0};
    bool star = false;
    while (text.size > 0) {
        if (pattern.size > 0 && *pattern.at == '*') {
            pattern.at++;
            pattern.size--;
            after_star = pattern;
            from = text;
            star = true;
            if (pattern.size == 0)
                return true;
        } else if (pattern.size == 0 || !step(&pattern, &text)) {
            if (!star)
                return false;
            dn_fold_next(&from);
            pattern = after_star;
            text = from;
        }
    }
    while (pattern.size > 0 && *pattern.at == '*') {
        pattern.at++;
        pattern.size--;
    }
    return pattern.size == 0;
}

bool dn_glob_any(const struct dn_strings *patterns, struct dn_text text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (dn_glob_match(dn_text_of(patterns->at[i]), text))
            return true;
    return false;
}
