/* key/address: addresses, networks, longest prefix. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "key/address.h"
#include "vectors.h"

/* The canonical text of an address as evidence writes it; "" for none. */
static const char *seen(const char *text)
{
    static char canonical[DN_ADDRESS_TEXT];
    struct dn_address address;
    *canonical = '\0';
    if (dn_address_parse(dn_text_of(text), &address))
        dn_address_format(&address, canonical);
    return canonical;
}

static struct dn_address address(const char *text)
{
    struct dn_address parsed;
    ck_assert_msg(dn_address_parse_strict(dn_text_of(text), &parsed), "%s", text);
    return parsed;
}

static struct dn_network network(const char *text)
{
    struct dn_network parsed;
    struct dn_error err = {0};
    ck_assert_msg(dn_network_parse(dn_text_of(text), &parsed, &err) == DN_OK, "%s", err.text);
    return parsed;
}

START_TEST(every_spelling_of_the_field_is_one_address)
{
    ck_assert_str_eq(seen("1.2.3.4"), "1.2.3.4");
    ck_assert_str_eq(seen(" 1.2.3.4:567\t"), "1.2.3.4");
    ck_assert_str_eq(seen("::ffff:1.2.3.4"), "1.2.3.4");
    ck_assert_str_eq(seen("::FFFF:102:304"), "1.2.3.4");
    ck_assert_str_eq(seen("[::ffff:1.2.3.4]:80"), "1.2.3.4");
    ck_assert_str_eq(seen("::ffff:1.2.3.4:5678"), "1.2.3.4");
    ck_assert_str_eq(seen("[1.2.3.4]:443"), "1.2.3.4");
    ck_assert_str_eq(seen("[2603::1]:443"), "2603::1");
    ck_assert_str_eq(seen("[2603::1]"), "2603::1");
    ck_assert_str_eq(seen("2001:0DB8::0001"), "2001:db8::1");
    ck_assert_str_eq(seen("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    ck_assert_str_eq(seen("fe80::1%eth0"), "fe80::1");
    ck_assert_str_eq(seen("[fe80::1%25eth0]:22"), "fe80::1");
}
END_TEST

START_TEST(what_is_no_address_matches_nothing)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "AWS Internal",
                                      "host.example.com",
                                      "localhost",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "010.0.0.1",
                                      "10.1",
                                      "0x0a.1.1.1",
                                      "1.2.3.4:",
                                      "1.2.3.4:65536",
                                      "1.2.3.4:-1",
                                      "1.2.3.4:123456",
                                      "1.2.3.4:80:90",
                                      "[1.2.3.4",
                                      "1.2.3.4]",
                                      "[::1]x",
                                      "[::1]:",
                                      "[::1]:x",
                                      "[]",
                                      "[",
                                      "]",
                                      ":",
                                      "::1%",
                                      "1.2.3.4%eth0",
                                      "1.2.3.4/32",
                                      "::1/128",
                                      "1.2.3.4, 5.6.7.8",
                                      "2001:db8::1::2",
                                      "12345::",
                                      "%eth0",
                                      "1.2.3.4 x",
                                      "-",
                                      "::ffff:1.2.3.04",
                                      "[[::1]]",
                                      "4294967295",
                                      "\xef\xbc\x91.2.3.4"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(*seen(bad[i]) == '\0', "'%s' became %s", bad[i], seen(bad[i]));
    struct dn_address at;
    ck_assert(!dn_address_parse((struct dn_text){"1.2.3.4\0x", 9}, &at));
    ck_assert(!dn_address_parse((struct dn_text){NULL, 0}, &at));
}
END_TEST

START_TEST(the_strict_form_knows_no_port_bracket_or_zone)
{
    static const char *const bad[] = {"1.2.3.4:567", "[::1]", "fe80::1%eth0", " 1.2.3.4", "1.2.3.4 ", "01.2.3.4"};
    struct dn_address at;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_address_parse_strict(dn_text_of(bad[i]), &at), "%s", bad[i]);
}
END_TEST

static void check_vector(const struct vector *vector, bool v6)
{
    struct dn_address at;
    bool colon = memchr(vector->bytes, ':', vector->text.size) != NULL;
    bool got = dn_address_parse_strict(vector->text, &at) && colon == v6;
    ck_assert_msg(got == (strcmp(vector->mark, "valid") == 0), "%s (%s)", vector->bytes, vector->note);
}

static void check_v4(const struct vector *vector)
{
    check_vector(vector, false);
}

static void check_v6(const struct vector *vector)
{
    check_vector(vector, true);
}

START_TEST(four_numbers_are_an_address_where_the_system_says_so)
{
    static const char *const octets[] = {"0",   "00",  "1",   "01",   "9",    "10", "99", "100", "199",
                                         "255", "256", "999", "0255", "1000", "",   "-1", "x"};
    struct dn_address parsed;
    struct in_addr system;
    size_t valid = 0;
    for (unsigned k = 0; k < 17 * 17 * 17 * 17; k++) {
        char text[40];
        snprintf(text, sizeof text, "%s.%s.%s.%s%s", octets[k % 17], octets[k / 17 % 17], octets[k / 289 % 17],
                 octets[k / 4913],
                 k % 7   ? ""
                 : k % 2 ? "."
                         : ".1");
        bool is = inet_pton(AF_INET, text, &system) == 1;
        ck_assert_msg(dn_address_parse_strict(dn_text_of(text), &parsed) == is, "%s", text);
        ck_assert(!is || memcmp(parsed.at + 12, &system, 4) == 0);
        valid += is;
    }
    ck_assert_uint_gt(valid, 1000);
}
END_TEST

START_TEST(json_schema_addresses_are_as_marked)
{
    size_t v4 = vectors_each("jsonschema-ipv4.tsv", check_v4), v6 = vectors_each("jsonschema-ipv6.tsv", check_v6);
    ck_assert((v4 == 0 || v4 == 35) && (v6 == 0 || v6 == 36));
}
END_TEST

static void ck_network(const char *text, const char *canonical)
{
    char got[50];
    struct dn_network parsed = network(text);
    dn_network_format(&parsed, got);
    ck_assert_str_eq(got, canonical);
}

START_TEST(networks_have_one_spelling)
{
    ck_network("10.0.0.0/8", "10.0.0.0/8");
    ck_network(" 10.1.2.3 ", "10.1.2.3/32");
    ck_network("2001:0db8::/32", "2001:db8::/32");
    ck_network("2001:db8::1", "2001:db8::1/128");
    ck_network("::ffff:10.0.0.0/104", "10.0.0.0/8");
    ck_network("0.0.0.0/0", "0.0.0.0/0");
    ck_network("::/0", "::/0");
    ck_network("::/80", "::/80");
    ck_network("255.255.255.255/32", "255.255.255.255/32");
    ck_network("10.0.0.128/25", "10.0.0.128/25");
}
END_TEST

START_TEST(wrong_networks_are_refused_with_the_mend)
{
    static const struct {
        const char *text, *mend;
    } bad[] = {{"10.1.0.0/8", "did you mean 10.0.0.0/8?"},
               {"10.0.0.1/31", "did you mean 10.0.0.0/31?"},
               {"2001:db8::1/32", "did you mean 2001:db8::/32?"},
               {"10.0.0.0/33", "length of 0 to 32"},
               {"::/129", "length of 0 to 128"},
               {"10.0.0.0/", "length of 0 to 32"},
               {"10.0.0.0/08", "length of 0 to 32"},
               {"10.0.0.0/-1", "length of 0 to 32"},
               {"10.0.0.0/+8", "length of 0 to 32"},
               {"10.0.0.0/255.0.0.0", "length of 0 to 32"},
               {"10.0.0.0/99999999999999999999", "length of 0 to 32"},
               {"010.0.0.0/8", "leading zero"},
               {"10.0.00.0/8", "leading zero"},
               {"10.0.0.0/8/8", "not an address"},
               {"10/8", "not an address"},
               {"corp", "not an address"},
               {"", "not an address"},
               {"/8", "not an address"},
               {"10.0.0.0 /8", "not an address"},
               {"1.2.3.4:80", "not an address"},
               {"\x1b[31m", "\\x1B[31m"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dn_network parsed = {.bits = -7};
        struct dn_error err = {0};
        ck_assert_msg(dn_network_parse(dn_text_of(bad[i].text), &parsed, &err) == DN_INVALID, "%s", bad[i].text);
        ck_assert_msg(strstr(err.text, bad[i].mend), "%s: %s", bad[i].text, err.text);
        ck_assert_int_eq(parsed.bits, -7);
    }
}
END_TEST

static bool is_whole(const char *text)
{
    struct dn_network parsed = network(text);
    return dn_network_whole(&parsed);
}

START_TEST(networks_that_hold_everything_are_known)
{
    static const char *const whole[] = {"0.0.0.0/0", "::/0", "::/64", "::ffff:0:0/96"};
    static const char *const part[] = {"0.0.0.0/1", "2000::/3", "::/97", "::1", "10.0.0.0/8", "128.0.0.0/1"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        ck_assert_msg(is_whole(whole[i]), "%s", whole[i]);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        ck_assert_msg(!is_whole(part[i]), "%s", part[i]);
}
END_TEST

START_TEST(the_longest_network_answers_with_all_its_numbers)
{
    struct dn_networks set = {0};
    static const char *const texts[] = {"10.0.0.0/8",  "10.1.0.0/16", "10.1.2.0/24",
                                        "10.1.0.0/16", "10.1.0.0/16", "2001:db8::/32"};
    static const size_t numbers[] = {5, 9, 1, 2, 9, 7};
    struct dn_address at = address("10.1.9.9");
    const size_t *found;
    int bits = -1;
    ck_assert_uint_eq(dn_networks_find(&set, &at, &found, &bits), 0);
    for (size_t i = 0; i < 6; i++) {
        struct dn_network one = network(texts[i]);
        dn_networks_add(&set, &one, numbers[i]);
    }
    ck_assert_uint_eq(dn_networks_find(&set, &at, &found, &bits), 2); /* 9 twice is once */
    ck_assert(found[0] == 2 && found[1] == 9 && bits == 112);
    at = address("10.1.2.255");
    ck_assert(dn_networks_find(&set, &at, &found, NULL) == 1 && *found == 1);
    at = address("10.255.0.0");
    ck_assert(dn_networks_find(&set, &at, &found, NULL) == 1 && *found == 5);
    at = address("2001:db8:1::");
    ck_assert(dn_networks_find(&set, &at, &found, NULL) == 1 && *found == 7);
    at = address("2001:db9::");
    ck_assert_uint_eq(dn_networks_find(&set, &at, &found, NULL), 0);
    ck_assert_ptr_null(found);
    struct dn_network one = network("10.255.0.0/32");
    dn_networks_add(&set, &one, 11);
    at = address("10.255.0.0");
    ck_assert(dn_networks_find(&set, &at, &found, &bits) == 1 && *found == 11 && bits == 128);
    dn_networks_clear(&set);
    ck_assert_uint_eq(dn_networks_find(&set, &at, &found, &bits), 0);
    dn_networks_clear(&set);
}
END_TEST

static uint64_t seed = 7;

static unsigned chance(unsigned of)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % of;
}

/* An address near a few others, of either family. */
static struct dn_address some_address(void)
{
    struct dn_address at = address(chance(2) ? "10.0.0.0" : "2001:db8::");
    for (int i = 0; i < 4; i++)
        at.at[chance(2) ? 15 : 12 + chance(4)] ^= (unsigned char)(1u << chance(8));
    return at;
}

/* Bit by bit, without a mask. */
static bool naive_has(const struct dn_network *net, const struct dn_address *at)
{
    for (int i = 0; i < net->bits; i++)
        if ((net->base.at[i / 8] >> (7 - i % 8) & 1) != (at->at[i / 8] >> (7 - i % 8) & 1))
            return false;
    return true;
}

static struct dn_network some_network(void)
{
    struct dn_network net = {some_address(), 90 + (int)chance(39)};
    for (int i = net.bits; i < 128; i++)
        net.base.at[i / 8] &= (unsigned char)~(1u << (7 - i % 8));
    return net;
}

START_TEST(random_sets_agree_with_a_naive_search)
{
    struct dn_network nets[200];
    size_t hits = 0, wrong = 0;
    for (int round = 0; round < 30; round++) {
        struct dn_networks set = {0};
        size_t count = 1 + chance(200);
        for (size_t i = 0; i < count; i++) {
            nets[i] = some_network();
            dn_networks_add(&set, &nets[i], i);
        }
        for (int k = 0; k < 1000; k++) {
            struct dn_address at = some_address();
            int best = -1, bits = -1;
            size_t expected = 0;
            for (size_t i = 0; i < count; i++) {
                bool has = naive_has(&nets[i], &at);
                wrong += has != dn_network_has(&nets[i], &at);
                if (has && nets[i].bits >= best) {
                    expected = nets[i].bits > best ? 1 : expected + 1;
                    best = nets[i].bits;
                }
            }
            const size_t *numbers;
            ck_assert_uint_eq(dn_networks_find(&set, &at, &numbers, &bits), expected);
            ck_assert_int_eq(bits, best);
            for (size_t i = 0; i < expected; i++)
                wrong += nets[numbers[i]].bits != best || !naive_has(&nets[numbers[i]], &at);
            hits += expected;
        }
        dn_networks_clear(&set);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(hits, 1000);
}
END_TEST

START_TEST(every_network_comes_back_from_its_text)
{
    for (int k = 0; k < 20000; k++) {
        struct dn_network net = some_network(), back;
        char text[50];
        dn_network_format(&net, text);
        ck_assert_msg(dn_network_parse(dn_text_of(text), &back, NULL) == DN_OK && back.bits == net.bits &&
                          memcmp(back.base.at, net.base.at, 16) == 0,
                      "%s", text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_spelling_of_the_field_is_one_address);
    tcase_add_test(tcase, what_is_no_address_matches_nothing);
    tcase_add_test(tcase, the_strict_form_knows_no_port_bracket_or_zone);
    tcase_add_test(tcase, four_numbers_are_an_address_where_the_system_says_so);
    tcase_add_test(tcase, json_schema_addresses_are_as_marked);
    tcase_add_test(tcase, networks_have_one_spelling);
    tcase_add_test(tcase, wrong_networks_are_refused_with_the_mend);
    tcase_add_test(tcase, networks_that_hold_everything_are_known);
    tcase_add_test(tcase, the_longest_network_answers_with_all_its_numbers);
    tcase_add_test(tcase, random_sets_agree_with_a_naive_search);
    tcase_add_test(tcase, every_network_comes_back_from_its_text);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
