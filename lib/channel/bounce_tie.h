/* Inside lib/channel: whose report is it? The envelope id is the key; a return path and a Message-ID have its first
 * digits. What disagrees ties nothing. */
#ifndef DN_CHANNEL_BOUNCE_TIE_H
#define DN_CHANNEL_BOUNCE_TIE_H

#include "channel/bounce.h"

/* What is found in a message. Starts zeroed. */
struct dn_bounce_tie {
    char key[DN_SHA256_HEX];         /* whole, from an envelope id */
    char head[DN_BOUNCE_PREFIX + 1]; /* first digits, from anywhere */
    bool torn;                       /* two places disagree */
};

/* Takes an envelope id. */
void dn_bounce_tie_envelope(struct dn_bounce_tie *tie, struct dn_text value);

/* Looks for "bounces+DIGITS@" in a field. */
void dn_bounce_tie_path(struct dn_bounce_tie *tie, struct dn_text value);

/* Looks at "<DIGITS@...>". */
void dn_bounce_tie_message_id(struct dn_bounce_tie *tie, struct dn_text value);

/* Writes the key, or "". *half: only its first digits are known. */
void dn_bounce_tie_key(const struct dn_bounce_tie *tie, const struct dn_bounce_keys *keys, char key[DN_SHA256_HEX],
                       bool *half);

#endif
