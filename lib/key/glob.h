/* Patterns that know only * (any bytes, also none) and ? (one character); everything else is itself; the case of
 * letters (key/fold.h) is ignored. Never more than pattern times text steps: only the last star is tried again. */
#ifndef DN_KEY_GLOB_H
#define DN_KEY_GLOB_H

#include <stdbool.h>

#include "base/text.h"

/* Does the whole text match? */
bool dn_glob_match(struct dn_text pattern, struct dn_text text);

/* Does any pattern of the list match? */
bool dn_glob_any(const struct dn_strings *patterns, struct dn_text text);

#endif
