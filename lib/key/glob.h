/* Patterns that know only * (any bytes, also none) and ? (one character); everything else is itself; ASCII and simple
 * Unicode case ignored. Linear time whatever the pattern. */
#ifndef DN_KEY_GLOB_H
#define DN_KEY_GLOB_H

#include <stdbool.h>

#include "base/text.h"

/* Does the whole text match? */
bool dn_glob_match(struct dn_text pattern, struct dn_text text);

/* Does any pattern of the list match? */
bool dn_glob_any(const struct dn_strings *patterns, struct dn_text text);

#endif
