/* notify-send as it must not be: its intents come into the ledger only together with their outcomes. The crash test
 * must catch it, or proves nothing. Linked with --wrap=dn_ledger_append. */
#include "ledger/ledger.h"

enum dn_status __real_dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err);
enum dn_status __wrap_dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err);

static bool needs_intent(enum dn_state state)
{
    return state == DN_STATE_ACCEPTED || state == DN_STATE_REJECTED || state == DN_STATE_UNKNOWN;
}

enum dn_status __wrap_dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    struct dn_stand last = {.attempt = 0};
    struct dn_ledger_row outcome = *row;
    bool begun = dn_ledger_stand(ledger, row->key, &last) && last.state == DN_STATE_INTENT;
    enum dn_status status = DN_OK;
    if (row->state == DN_STATE_INTENT)
        return DN_OK;
    if (needs_intent(row->state) && !begun) {
        struct dn_ledger_row intent = *row;
        outcome.attempt = intent.attempt = last.attempt + 1;
        intent.state = DN_STATE_INTENT;
        intent.reference = (struct dn_text){0};
        status = __real_dn_ledger_append(ledger, &intent, err);
    }
    return status == DN_OK ? __real_dn_ledger_append(ledger, &outcome, err) : status;
}
