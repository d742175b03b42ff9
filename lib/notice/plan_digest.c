/* The digest of a plan: SHA-256 over its sorted lines. */
#include <stdio.h>
#include <string.h>

#include "base/sorter.h"
#include "ledger/ledger.h"
#include "notice/plan_parts.h"

#define LINE_MOST (2 * DN_SHA256_HEX + 16)

static int compare_lines(const void *a, const void *b)
{
    const struct dn_text *x = a, *y = b;
    return dn_text_compare(*x, *y);
}

static void add_lines(const struct dn_plan *plan, struct dn_sorter *sorter)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct dn_plan_row *row = dn_plan_glance(plan, i);
        char line[LINE_MOST];
        int size =
            snprintf(line, sizeof line, "%s %s %s\n", row->key, row->content_sha256, dn_required_words[row->required]);
        dn_sorter_add(sorter, (struct dn_text){line, (size_t)size});
    }
}

enum dn_status dn_plan_set_digest(struct dn_plan *plan, struct dn_error *err)
{
    struct dn_sorter sorter = {.compare = compare_lines};
    struct dn_sha256 *digest = dn_sha256_begin();
    struct dn_text line;
    char last[DN_SHA256_HEX] = "";
    add_lines(plan, &sorter);
    plan->keys_differ = true;
    while (dn_sorter_next(&sorter, &line)) {
        dn_sha256_feed(digest, line);
        plan->keys_differ = plan->keys_differ && memcmp(line.at, last, DN_SHA256_HEX - 1) != 0;
        memcpy(last, line.at, DN_SHA256_HEX - 1);
    }
    dn_sha256_end(digest, plan->digest);
    enum dn_status status = dn_sorter_check(&sorter, err);
    dn_sorter_clear(&sorter);
    return status;
}
