#include "ledger/ledger.h"

void dn_ledger_key(struct dn_text incident_id, struct dn_text notice, struct dn_text tenant_id, enum dn_channel channel,
                   struct dn_text recipient, char key[DN_SHA256_HEX])
{
    const struct dn_text values[] = {incident_id, notice, tenant_id, dn_text_of(dn_channel_words[channel]), recipient};
    struct dn_sha256 *digest = dn_sha256_begin();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        dn_sha256_feed(digest, values[i]);
        dn_sha256_feed(digest, DN_TEXT("\n"));
    }
    dn_sha256_end(digest, key);
}
