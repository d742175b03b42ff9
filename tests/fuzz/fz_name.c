/* Names, addresses and patterns from hostile text: the canonical form is its own canonical form. */
#include <stdlib.h>
#include <string.h>

#include "key/address.h"
#include "key/fold.h"
#include "key/glob.h"
#include "key/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

/* Runs a canonicaliser twice; the second result must be the first. */
static void is_stable(bool (*canonical)(struct dn_text, struct dn_buf *), struct dn_text text)
{
    struct dn_buf once = {0}, twice = {0};
    if (canonical(text, &once)) {
        check(canonical(dn_buf_text(&once), &twice) && dn_text_equal(dn_buf_text(&once), dn_buf_text(&twice)));
        check(!dn_text_hostile(dn_buf_text(&once)) && memchr(once.at, '\0', once.size) == NULL);
    } else {
        check(once.size == 0);
    }
    dn_buf_clear(&once);
    dn_buf_clear(&twice);
}

static void email_fits_the_envelope(struct dn_text text)
{
    struct dn_buf buf = {0};
    if (dn_email_canonical(text, &buf)) {
        check(buf.size <= 254);
        for (size_t i = 0; i < buf.size; i++)
            check((unsigned char)buf.at[i] > ' ' && (unsigned char)buf.at[i] < 0x7F &&
                  strchr("<>,;:\\\"()[]", buf.at[i]) == NULL);
        check(strchr(buf.at, '@') == strrchr(buf.at, '@'));
    }
    dn_buf_clear(&buf);
}

static void resource(struct dn_text text, struct dn_buf *into)
{
    dn_resource_canonical(text, into);
}

/* A resource may hold control characters (it is shown made visible), so only the second go is looked at. */
static void resource_is_stable(struct dn_text text)
{
    struct dn_buf once = {0}, twice = {0}, a = {0}, b = {0};
    resource(text, &once);
    resource(dn_buf_text(&once), &twice);
    check(dn_text_equal(dn_buf_text(&once), dn_buf_text(&twice)));
    check(dn_resource_domain(text, &a) == dn_resource_domain(dn_buf_text(&once), &b));
    check(dn_text_equal(dn_buf_text(&a), dn_buf_text(&b)));
    check(dn_name_kind_of(text) == dn_name_kind_of(dn_buf_text(&once)));
    dn_domain_public(dn_buf_text(&a));
    dn_buf_clear(&once);
    dn_buf_clear(&twice);
    dn_buf_clear(&a);
    dn_buf_clear(&b);
}

static void address_is_stable(struct dn_text text)
{
    struct dn_address address, back;
    struct dn_network network, again;
    char canonical[50];
    if (dn_address_parse(text, &address)) {
        dn_address_format(&address, canonical);
        check(dn_address_parse_strict(dn_text_of(canonical), &back) && memcmp(&address, &back, sizeof back) == 0);
    }
    if (dn_network_parse(text, &network, NULL) == DN_OK) {
        dn_network_format(&network, canonical);
        check(dn_network_parse(dn_text_of(canonical), &again, NULL) == DN_OK && again.bits == network.bits);
        check(memcmp(&network.base, &again.base, sizeof again.base) == 0 && dn_network_has(&network, &network.base));
    }
}

/* A text without stars and question marks matches itself, whatever its case. */
static void glob_matches_itself(struct dn_text text)
{
    struct dn_buf lower = {0};
    dn_fold_add(text, &lower);
    if (text.size && !memchr(text.at, '*', text.size) && !memchr(text.at, '?', text.size))
        check(dn_glob_match(text, dn_buf_text(&lower)) && dn_glob_match(dn_buf_text(&lower), text));
    check(dn_glob_match(DN_TEXT("*"), text));
    const char *end = text.size ? memchr(text.at, '\n', text.size) : NULL;
    if (end)
        dn_glob_match((struct dn_text){text.at, (size_t)(end - text.at)},
                      (struct dn_text){end + 1, (size_t)(text.at + text.size - end - 1)});
    dn_buf_clear(&lower);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1); /* exactly as long as the text, so that a byte too far is seen */
    if (size)
        memcpy(exact, data, size);
    struct dn_text text = {exact, size};
    is_stable(dn_domain_canonical, text);
    is_stable(dn_email_canonical, text);
    email_fits_the_envelope(text);
    resource_is_stable(text);
    address_is_stable(text);
    glob_matches_itself(text);
    check(!dn_host_valid(text) || dn_text_utf8(text, NULL));
    dn_placeholder(text);
    free(exact);
    return 0;
}
