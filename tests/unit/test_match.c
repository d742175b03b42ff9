/* tenant: who a row belongs to, held against a matcher that looks at every key of every tenant. */
#include <check.h>
#include <stdio.h>

#include "key/name.h"
#include "tenant/match.h"
#include "text_file.h"

static struct dn_directory directory;
static struct dn_ownership ownership;
static struct dn_matcher matcher;
static struct dn_match match;
static struct dn_error err;

static void read_directory(const char *text)
{
    const char *path = text_file(dn_text_of(text));
    directory.hold = DN_HOLD_IDS;
    ck_assert_msg(dn_directory_read(path, &directory, &err) == DN_OK, "%s", err.text);
    unlink(path);
    matcher.directory = &directory;
}

static void read_ownership(const char *text)
{
    const char *path = text_file(dn_text_of(text));
    ck_assert_msg(dn_ownership_read(path, &ownership, &err) == DN_OK, "%s", err.text);
    unlink(path);
    matcher.ownership = &ownership;
}

static void setup(void)
{
    directory = (struct dn_directory){0};
    ownership = (struct dn_ownership){0};
    matcher = (struct dn_matcher){0};
    match = (struct dn_match){0};
}

static void teardown(void)
{
    dn_match_clear(&match);
    dn_matcher_clear(&matcher);
    dn_ownership_clear(&ownership);
    dn_directory_clear(&directory);
}

static struct dn_instant at(int64_t s)
{
    return (struct dn_instant){s, 0};
}

/* "TENANT by KINDS" or "REASON CANDIDATES", seconds from..until being when it happened. */
static const char *ask_span(const char *tenant, const char *resource, int64_t from, int64_t until)
{
    static char answer[256];
    struct dn_buf text = {0};
    struct dn_impact row = {.tenant = dn_text_of(tenant),
                            .resource = dn_text_of(resource),
                            .effect = DN_EFFECT_ACCESS,
                            .first_seen = from < 0 ? DN_INSTANT_NONE : at(from),
                            .last_seen = from < 0 ? DN_INSTANT_NONE : at(until)};
    dn_matcher_ask(&matcher, &row, &match);
    if (match.reason == DN_MATCHED) {
        dn_buf_addt(&text, dn_tenant_cell(&directory.at[match.tenant], DN_TENANT_ID));
        dn_buf_adds(&text, " by ");
        dn_kinds_add_to(&text, match.kinds);
    } else {
        dn_buf_addf(&text, "%s ", dn_reason_words[match.reason]);
        dn_strings_join(&match.candidates, ';', &text);
    }
    snprintf(answer, sizeof answer, "%s", text.at);
    dn_buf_clear(&text);
    return answer;
}

static const char *ask(const char *tenant, const char *resource)
{
    return ask_span(tenant, resource, 100, 200);
}

#define GUID "7c9e6679-7425-40de-944b-e07fc1f90ae7"

START_TEST(the_highest_rank_that_answers_decides)
{
    read_directory("tenant_id,name,domains,subscriptions,resource_prefixes,networks\n"
                   "id,I,,,,\nsub,S,," GUID ",,\nfix,P,,,https://files.example.com/p/,\ndom,D,example.com,,,\n"
                   "net,N,,,,10.0.0.0/8\nany,A,,,/subscriptions/,\n");
    ck_assert_str_eq(ask("id", "a@example.com"), "id by tenant");
    ck_assert(match.disagrees);
    ck_assert_uint_eq(match.other_kinds, 1U << DN_MATCH_DOMAIN);
    ck_assert_str_eq(match.others.at[0], "dom");
    ck_assert_str_eq(ask("dom", "a@example.com"), "dom by tenant");
    ck_assert(!match.disagrees);
    ck_assert_str_eq(ask("", "https://files.example.com/p/x"), "fix by resource-prefix");
    ck_assert(match.disagrees);
    ck_assert_str_eq(ask("", "https://files.example.com/q"), "dom by domain");
    ck_assert_str_eq(ask("", "10.1.1.1:80"), "net by network");
    ck_assert_str_eq(ask("", "/subscriptions/" GUID "/x"), "ambiguous-kind any;sub");
    ck_assert_str_eq(ask("any", "/subscriptions/x"), "any by tenant;resource-prefix");
    ck_assert_str_eq(ask("fix", "/subscriptions/" GUID "/x"), "ambiguous-kind any;fix;sub");
}
END_TEST

START_TEST(an_unknown_tenant_stops_every_lower_rank)
{
    read_directory("tenant_id,name,domains,subscriptions\ndom,D,example.com,\nsub,S,," GUID "\n");
    ck_assert_str_eq(ask("who", "a@example.com"), "tenant-unknown dom");
    ck_assert_str_eq(ask("who", "/subscriptions/" GUID), "tenant-unknown sub");
    ck_assert_str_eq(ask("who", ""), "tenant-unknown ");
    ck_assert_str_eq(ask(GUID, "x"), "sub by subscription");
    ck_assert_str_eq(ask("", ""), "empty-resource ");
    ck_assert_str_eq(ask("", "x"), "no-match ");
    ck_assert_str_eq(ask("dom", ""), "dom by tenant");
}
END_TEST

START_TEST(unresolved_rows_and_consumers_are_nobodys)
{
    read_directory("tenant_id,name,domains,segment\na,A,a.example,\np,P,p.example,CONSUMER\n");
    ck_assert_str_eq(ask("", "x@p.example"), "consumer p");
    ck_assert_str_eq(ask("p", "x@a.example"), "consumer p");
    struct dn_impact row = {.tenant = DN_TEXT("a"), .effect = DN_EFFECT_UNRESOLVED};
    dn_matcher_ask(&matcher, &row, &match);
    ck_assert_int_eq(match.reason, DN_REASON_UNRESOLVED);
    ck_assert_uint_eq(match.candidates.count, 0);
}
END_TEST

START_TEST(ownership_needs_one_period_of_one_tenant_over_the_whole_span)
{
    read_directory("tenant_id,name,domains\na,A,\nb,B,k.example\n");
    read_ownership("key,tenant_id,from,until\n"
                   "k.example,a,1970-01-01T00:00:00Z,1970-01-01T00:10:00Z\n"
                   "k.example,b,1970-01-01T00:10:00Z,1970-01-01T00:20:00Z\n"
                   "k.example,b,1970-01-01T00:20:00Z,1970-01-01T00:30:00Z\n");
    ck_assert_str_eq(ask_span("", "x@k.example", 0, 599), "a by ownership");
    ck_assert_str_eq(ask_span("", "x@k.example", 0, 600), "ambiguous-ownership a;b");
    ck_assert_str_eq(ask_span("", "x@k.example", 600, 600), "b by ownership");
    ck_assert_str_eq(ask_span("", "x@k.example", 1100, 1300), "ambiguous-ownership b");
    ck_assert_str_eq(ask_span("", "x@k.example", 1700, 1900), "ambiguous-ownership b");
    ck_assert_str_eq(ask_span("b", "x@k.example", 5000, 5000), "ambiguous-ownership ");
    ck_assert_str_eq(ask_span("", "x@k.example", -1, -1), "ambiguous-ownership a;b");
    ck_assert_str_eq(ask_span("", "x@other.example", 0, 1), "no-match ");
    ck_assert_str_eq(ask_span("b", "x@other.example", 0, 1), "b by tenant");
}
END_TEST

START_TEST(every_one_of_a_thousand_periods_is_looked_at)
{
    struct dn_buf text = {0};
    char from[DN_INSTANT_TEXT], until[DN_INSTANT_TEXT];
    read_directory("tenant_id,name\na,A\nb,B\n");
    dn_buf_adds(&text, "key,tenant_id,from,until\n");
    for (int64_t i = 1000; i-- > 0;) {
        dn_instant_format(at(i * 60), from);
        dn_instant_format(at(i * 60 + 60), until);
        dn_buf_addf(&text, "10.0.0.7,%s,%s,%s\n", i % 2 ? "a" : "b", from, until);
    }
    read_ownership(text.at);
    ck_assert_str_eq(ask_span("", "10.0.0.7", 60 * 17, 60 * 17 + 59), "a by ownership");
    ck_assert_str_eq(ask_span("", "10.0.0.7", 60 * 990, 60 * 990 + 59), "b by ownership");
    ck_assert_str_eq(ask_span("", "10.0.0.7", 60 * 1000, 60 * 1000), "ambiguous-ownership ");
    dn_buf_clear(&text);
}
END_TEST

START_TEST(kinds_of_ownership_must_agree_and_a_whole_resource_decides_alone)
{
    read_directory("tenant_id,name\na,A\nb,B\nc,C\n");
    read_ownership("key,tenant_id,from,until\n"
                   "https://k.example/subscriptions/" GUID ",c,,\n"
                   "k.example,a,,\n" GUID ",b,,\n");
    ck_assert_str_eq(ask("", "https://k.example/subscriptions/" GUID), "c by ownership");
    ck_assert_str_eq(ask("", "https://k.example/subscriptions/" GUID "/x"), "ambiguous-ownership a;b");
    ck_assert_str_eq(ask("", "/subscriptions/" GUID "/x"), "b by ownership");
    ck_assert_str_eq(ask("", "https://k.example/x"), "a by ownership");
}
END_TEST

/* --- against a naive matcher, on random directories of few keys, so that they meet often --- */

static unsigned seed = 20260615;

static unsigned draw(unsigned below)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

#define TENANTS 12

static char domains[TENANTS][3][64], networks[TENANTS][2][64], prefixes[TENANTS][2][64];

static void draw_domain(char text[64])
{
    static const char *const labels[] = {"a", "b", "ab", "ba"};
    size_t size = 0;
    for (unsigned i = draw(3); i-- > 0;)
        size += (size_t)snprintf(text + size, 64 - size, "%s.", labels[draw(4)]);
    snprintf(text + size, 64 - size, "%s.example", labels[draw(4)]);
}

static void draw_network(char text[64])
{
    unsigned bits = 8 + draw(4) * 8;
    unsigned octets[4] = {10, draw(2), draw(2), draw(4)};
    for (unsigned i = bits / 8; i < 4; i++)
        octets[i] = 0;
    snprintf(text, 64, "%u.%u.%u.%u/%u", octets[0], octets[1], octets[2], octets[3], bits);
}

static void draw_prefix(char text[64])
{
    size_t size = 1 + draw(5);
    memcpy(text, "k:", 2);
    for (size_t i = 0; i < size; i++)
        text[2 + i] = (char)('x' + draw(2));
    text[2 + size] = '\0';
}

static void draw_directory(void)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "tenant_id,name,domains,networks,resource_prefixes\n");
    for (unsigned t = 0; t < TENANTS; t++) {
        for (unsigned i = 0; i < 3; i++)
            draw_domain(domains[t][i]);
        for (unsigned i = 0; i < 2; i++) {
            draw_network(networks[t][i]);
            draw_prefix(prefixes[t][i]);
        }
        dn_buf_addf(&text, "t%02u,T,%s;%s;%s,%s;%s,%s;%s\n", t, domains[t][0], domains[t][1], domains[t][2],
                    networks[t][0], networks[t][1], prefixes[t][0], prefixes[t][1]);
    }
    read_directory(text.at);
    dn_buf_clear(&text);
}

/* How long a match of this key is; -1: none. */
typedef int naive_size(const char *key, const char *resource);

static int domain_size(const char *key, const char *resource)
{
    const char *host = strchr(resource, '@') ? strchr(resource, '@') + 1 : resource;
    size_t k = strlen(key), h = strlen(host);
    if (k > h || strcmp(host + h - k, key) != 0 || (k < h && host[h - k - 1] != '.'))
        return -1;
    return (int)k;
}

static int network_size(const char *key, const char *resource)
{
    unsigned a[5], b[4];
    if (sscanf(key, "%u.%u.%u.%u/%u", a, a + 1, a + 2, a + 3, a + 4) != 5 ||
        sscanf(resource, "%u.%u.%u.%u", b, b + 1, b + 2, b + 3) != 4)
        return -1;
    for (unsigned i = 0; i < a[4] / 8; i++)
        if (a[i] != b[i])
            return -1;
    return (int)a[4];
}

static int prefix_size(const char *key, const char *resource)
{
    return strncmp(resource, key, strlen(key)) == 0 ? (int)strlen(key) : -1;
}

/* Looks at every key of every tenant; the answer in the words of ask(). */
static void naive(char answer[256], const char *resource, const char *keys, size_t each, naive_size *size,
                  const char *kind)
{
    int best = -1;
    size_t named = 0, used = 0;
    char ids[256] = "";
    for (unsigned t = 0; t < TENANTS; t++)
        for (size_t i = 0; i < each; i++) {
            int found = size(keys + (t * each + i) * 64, resource);
            best = found > best ? found : best;
        }
    for (unsigned t = 0; t < TENANTS; t++) {
        bool has = false;
        for (size_t i = 0; i < each; i++)
            has = has || (best >= 0 && size(keys + (t * each + i) * 64, resource) == best);
        if (has)
            used += (size_t)snprintf(ids + used, sizeof ids - used, "%st%02u", named++ ? ";" : "", t);
    }
    if (named == 0)
        snprintf(answer, 256, "no-match ");
    else if (named == 1)
        snprintf(answer, 256, "%.200s by %s", ids, kind);
    else
        snprintf(answer, 256, "ambiguous-key %.200s", ids);
}

START_TEST(every_key_kind_answers_as_a_naive_matcher_does)
{
    char resource[128], want[256];
    for (int round = 0; round < 60; round++) {
        draw_directory();
        for (int i = 0; i < 60; i++) {
            char domain[64];
            draw_domain(domain);
            snprintf(resource, sizeof resource, draw(2) ? "u@%s" : "%s", domain);
            naive(want, resource, domains[0][0], 3, domain_size, "domain");
            ck_assert_str_eq(ask("", resource), want);
            snprintf(resource, sizeof resource, "10.%u.%u.%u", draw(3), draw(3), draw(5));
            naive(want, resource, networks[0][0], 2, network_size, "network");
            ck_assert_str_eq(ask("", resource), want);
            draw_prefix(resource);
            naive(want, resource, prefixes[0][0], 2, prefix_size, "resource-prefix");
            ck_assert_str_eq(ask("", resource), want);
        }
        dn_matcher_clear(&matcher);
        dn_directory_clear(&directory);
    }
}
END_TEST

START_TEST(what_a_resource_can_be_found_by)
{
    static const struct {
        const char *resource, *subscription, *domain;
        bool address;
    } targets[] = {
        {"Alice@Contoso.com", "", "contoso.com", false},
        {"https://Contoso.sharepoint.com:443/sites/x", "", "contoso.sharepoint.com", false},
        {"https://10.0.0.1:8443/x", "", "", true},
        {"[2001:db8::1]:443", "", "", true},
        {"/SUBSCRIPTIONS/7C9E6679-7425-40DE-944B-E07FC1F90AE7?x", GUID, "", false},
        {"/subscriptions/7C9E6679-7425-40DE-944B-E07FC1F90AE7x", "", "", false},
        {"/subscriptions/7c9e6679", "", "", false},
        {"arn:aws:iam::123456789012:role/r", "123456789012", "", false},
        {"arn:aws:s3:::bucket", "", "", false},
        {"arn:aws:iam::12345678901x:role/r", "", "", false},
        {"arn:aws:iam", "", "", false},
        {"", "", "", false},
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct dn_target target = {0};
        dn_target_set(&target, dn_text_of(targets[i].resource));
        ck_assert_msg(dn_text_is(dn_buf_text(&target.subscription), targets[i].subscription), "%s",
                      targets[i].resource);
        ck_assert_msg(dn_text_is(target.names.domain, targets[i].domain), "%s", targets[i].resource);
        ck_assert_int_eq(target.has_address, targets[i].address);
        dn_target_clear(&target);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_highest_rank_that_answers_decides);
    tcase_add_test(cases, an_unknown_tenant_stops_every_lower_rank);
    tcase_add_test(cases, unresolved_rows_and_consumers_are_nobodys);
    tcase_add_test(cases, ownership_needs_one_period_of_one_tenant_over_the_whole_span);
    tcase_add_test(cases, every_one_of_a_thousand_periods_is_looked_at);
    tcase_add_test(cases, kinds_of_ownership_must_agree_and_a_whole_resource_decides_alone);
    tcase_add_test(cases, every_key_kind_answers_as_a_naive_matcher_does);
    tcase_add_test(cases, what_a_resource_can_be_found_by);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
