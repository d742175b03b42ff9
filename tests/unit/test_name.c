/* key/name: mail addresses, domains, URLs, the public-suffix guard. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key/marks.h"
#include "key/name.h"
#include "vectors.h"

static struct dn_buf buf;

/* The canonical form of an address, a domain, a resource, a resource's domain; "-" when there is none. */
static const char *taken(bool is)
{
    return is && buf.at ? buf.at : "-";
}

static const char *email(const char *text)
{
    dn_buf_reset(&buf);
    return taken(dn_email_canonical(dn_text_of(text), &buf));
}

static const char *domain(const char *text)
{
    dn_buf_reset(&buf);
    return taken(dn_domain_canonical(dn_text_of(text), &buf));
}

static const char *domain_view(const char *text)
{
    static char view[256];
    dn_buf_reset(&buf);
    struct dn_text name = dn_domain_view(dn_text_of(text), &buf);
    snprintf(view, sizeof view, "%.*s", (int)name.size, name.size ? name.at : "");
    return name.size ? view : "-";
}

static const char *resource(const char *text)
{
    dn_buf_reset(&buf);
    dn_resource_canonical(dn_text_of(text), &buf);
    return buf.at ? buf.at : "";
}

static const char *resource_domain(const char *text)
{
    dn_buf_reset(&buf);
    return taken(dn_resource_domain(dn_text_of(text), &buf));
}

START_TEST(ordinary_addresses_keep_their_local_part)
{
    ck_assert_str_eq(email("Bob.Smith+x@Contoso.COM"), "Bob.Smith+x@contoso.com");
    ck_assert_str_eq(email("user_gmail.com#EXT#@contoso.onmicrosoft.com"),
                     "user_gmail.com#EXT#@contoso.onmicrosoft.com");
    ck_assert_str_eq(email("info@B\303\274cher.example"), "info@xn--bcher-kva.example");
    ck_assert_str_eq(email("info@XN--BCHER-KVA.example"), "info@xn--bcher-kva.example");
    ck_assert_str_eq(email("o'brien@x.ie"), "o'brien@x.ie");
    ck_assert(dn_email_canonical(DN_TEXT("a@b.cd"), NULL));
}
END_TEST

START_TEST(nothing_that_could_leave_the_envelope_is_an_address)
{
    static const char *const bad[] = {"",
                                      "@",
                                      "a@",
                                      "@b.com",
                                      "a",
                                      "a@b",
                                      "a@b@c.com",
                                      "a@b.com\r\nRCPT TO:<evil@z.example>",
                                      "a@b.com\n",
                                      "a@b.com\r",
                                      "\na@b.com",
                                      "a\r\nb@c.com",
                                      "a@b.com>",
                                      "<a@b.com>",
                                      "a@b.com> NOTIFY=NEVER",
                                      "\"b@y> NOTIFY=NEVER\"@x.com",
                                      "\"b@y\"@x.com",
                                      "\"<b@y> NOTIFY=NEVER\"",
                                      "Bob <a@b.com>",
                                      "a@b.com ",
                                      " a@b.com",
                                      "a b@c.com",
                                      "a@b .com",
                                      "a@ b.com",
                                      "a\t@b.com",
                                      "a@b.com\t",
                                      "a,b@c.com",
                                      "a@b.com,c@d.com",
                                      "a@b.com;c@d.com",
                                      "a;b@c.com",
                                      "a:b@c.com",
                                      "a@b:c.com",
                                      "@x.com:a@b.com",
                                      "a\\b@c.com",
                                      "a(b)@c.com",
                                      "a@b.com(c)",
                                      "(c)a@b.com",
                                      "a[b@c.com",
                                      "a@[1.2.3.4]",
                                      "a@[IPv6:::1]",
                                      "a@1.2.3.4",
                                      "a@b.123",
                                      "a@b.com.",
                                      ".a@b.com",
                                      "a.@b.com",
                                      "a..b@c.com",
                                      "a@.b.com",
                                      "a@b..com",
                                      "a@-b.com",
                                      "a@b-.com",
                                      "a@b_c.com",
                                      "a@_b.com",
                                      "a@b/c.com",
                                      "a@b%c.com",
                                      "a@b!c.com",
                                      "a@b*c.com",
                                      "a@*.com",
                                      "a@b.com?subject=x",
                                      "mailto:a@b.com",
                                      "a@b.com/x",
                                      "a@b.com#x",
                                      "\xc3\xa4@b.com",
                                      "a\x7f@b.com",
                                      "a\x01@b.com",
                                      "a\x1b[31m@b.com",
                                      "a\xff@b.com",
                                      "a@b\xff.com",
                                      "a@\xc3\xa4\xff.com",
                                      "a\xc2\x85@b.com",
                                      "a\xe2\x80\xae@b.com",
                                      "a@b\xe2\x80\xae.com",
                                      "a@b\xe2\x80\xa8.com",
                                      "a@b\xc2\xa0.com",
                                      "a@b\xe2\x84\x80.com",
                                      "a\357\274\240b.com",
                                      "a@b\357\274\240c.com",
                                      "a@xn--.com",
                                      "a@xn--X.com",
                                      "a@ab--cd.com",
                                      "a@b.c\xc2\xad\x01m",
                                      "(blank)",
                                      "N/A",
                                      "n/a@",
                                      "none",
                                      "a@localhost",
                                      "a@com",
                                      "postmaster",
                                      "a@b\"c.com",
                                      "a@b'c.com",
                                      "a@b;c.com",
                                      "a@b,c.com",
                                      "a@b<c.com",
                                      "a@b\\c.com",
                                      "a@b(c.com",
                                      "a@b=c.com",
                                      "a@b+c.com",
                                      "a@b&c.com",
                                      "a@b|c.com",
                                      "a@{b}.com",
                                      "a@b~c.com",
                                      "a@b^c.com",
                                      "a@b`id`.com",
                                      "$(id)@b.com",
                                      "a@$(id).com",
                                      "a@b$c.com"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(strcmp(email(bad[i]), "-") == 0, "'%s' became %s", bad[i], buf.at);
}
END_TEST

START_TEST(every_byte_but_letters_digits_and_a_few_signs_is_refused_anywhere)
{
    static const char good[] = "!#$%&'*+-/=?^_`{|}~";
    for (int byte = 0; byte < 256; byte++) {
        char local[] = "axb@example.com", host[] = "ab@exxmple.com", around[] = "ab@example.comx";
        bool alnum = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
        local[1] = host[5] = around[14] = (char)byte;
        bool in_local = alnum || byte == '.' || (byte && strchr(good, byte));
        ck_assert_msg(dn_email_canonical((struct dn_text){local, 15}, NULL) == in_local, "%02x in the local part",
                      byte);
        ck_assert_msg(dn_email_canonical((struct dn_text){host, 14}, NULL) == (alnum || byte == '-' || byte == '.'),
                      "%02x in the domain", byte);
        ck_assert_msg(dn_email_canonical((struct dn_text){around, 15}, NULL) == alnum, "%02x behind", byte);
    }
}
END_TEST

/* `count` letters. */
static void letters(char *at, size_t count)
{
    memset(at, 'a', count);
    at[count] = '\0';
}

START_TEST(lengths_are_64_63_253_and_254)
{
    char text[600], label[128];
    for (size_t size = 64; size <= 65; size++) {
        letters(text, size);
        strcat(text, "@b.com");
        ck_assert(dn_email_canonical(dn_text_of(text), NULL) == (size == 64));
    }
    for (size_t size = 63; size <= 64; size++) {
        letters(label, size);
        snprintf(text, sizeof text, "%s.com", label);
        ck_assert(dn_host_valid(dn_text_of(text)) == (size == 63));
    }
    letters(label, 63);
    for (size_t size = 60; size <= 62; size++) {
        snprintf(text, sizeof text, "%s.%s.%s.%.*s", label, label, label, (int)size, label); /* 192 + size */
        ck_assert(dn_host_valid(dn_text_of(text)) == (size <= 61));
        snprintf(text, sizeof text, "a@%s.%s.%s.%.*s", label, label, label, (int)size, label);
        ck_assert(dn_email_canonical(dn_text_of(text), NULL) == (size <= 60));
    }
    char huge[5000];
    letters(huge, 4999);
    ck_assert(!dn_email_canonical(dn_text_of(huge), NULL) && strcmp(domain(huge), "-") == 0);
    memset(huge, '.', 4999);
    ck_assert_str_eq(domain(huge), "-");
}
END_TEST

START_TEST(a_domain_has_one_spelling)
{
    ck_assert_str_eq(domain("Contoso.COM"), "contoso.com");
    ck_assert_str_eq(domain("contoso.com."), "contoso.com");
    ck_assert_str_eq(domain("contoso.com.."), "-");
    ck_assert_str_eq(domain("."), "-");
    ck_assert_str_eq(domain(""), "-");
    ck_assert_str_eq(domain("corp"), "corp");
    ck_assert_str_eq(domain("b\303\274cher.example"), "xn--bcher-kva.example");
    ck_assert_str_eq(domain("BU\314\210CHER.example"), "xn--bcher-kva.example"); /* not in NFC */
    ck_assert_str_eq(domain("fa\xc3\x9f.de"), "xn--fa-hia.de");                  /* not fass.de */
    ck_assert_str_eq(domain("a\343\200\202b"), "a.b");                           /* ideographic full stop */
    ck_assert_str_eq(domain("1.2.3.4"), "-");
    ck_assert_str_eq(domain("a_b.com"), "-");
    ck_assert_str_eq(domain("contoso .com"), "-");
    ck_assert_str_eq(domain("xn--bcher-kva.example"), "xn--bcher-kva.example");
    ck_assert_str_eq(domain("XN--L-FDA.com"), "-"); /* a middle dot with nothing before it */
    ck_assert_str_eq(domain("c--n.com"), "c--n.com");
    ck_assert(!dn_domain_canonical((struct dn_text){"a\0b.com", 7}, &buf) &&
              !dn_domain_canonical((struct dn_text){NULL, 0}, &buf));
}
END_TEST

static unsigned draw(unsigned most)
{
    static uint64_t state = 42;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % most;
}

/* Small letters, digits and what stands between them: one of `alphabet`, at most `most` bytes. */
static struct dn_text some_name(char *text, const char *alphabet, unsigned most)
{
    size_t size = draw(most + 1), signs = strlen(alphabet);
    for (size_t i = 0; i < size; i++)
        text[i] = draw(3) ? "abcxyz019"[draw(9)] : alphabet[draw((unsigned)signs)];
    text[size] = '\0';
    return (struct dn_text){text, size};
}

START_TEST(marks_are_those_of_each_byte)
{
    char text[DN_MARKS_MOST + 1];
    for (int k = 0; k < 20000; k++) {
        struct dn_text name = some_name(text, "-.@`{/:A_\x7F\xE9", DN_MARKS_MOST);
        struct dn_marks marks = dn_marks_of(name), slowly = dn_marks_slowly(name);
        ck_assert_msg(memcmp(&marks, &slowly, sizeof marks) == 0, "'%s'", text);
    }
}
END_TEST

/* Names in capitals go another way, to the same end. */
START_TEST(a_short_name_is_judged_as_its_capitals_are)
{
    char text[71], capitals[71], small[71];
    size_t valid = 0;
    for (int k = 0; k < 200000; k++) {
        struct dn_text name = some_name(text, "..--", 70);
        name.size = k % 4 && name.size > 12 ? 12 : name.size;
        text[name.size] = capitals[name.size] = '\0';
        for (size_t i = 0; i < name.size; i++)
            capitals[i] = (char)(text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);
        strcpy(small, domain(text));
        ck_assert_str_eq(domain(capitals), small);
        ck_assert_str_eq(domain_view(k % 2 ? capitals : text), small);
        valid += small[0] != '-';
    }
    ck_assert_uint_gt(valid, 10000);
}
END_TEST

START_TEST(a_short_address_is_judged_as_the_capitals_of_its_domain_are)
{
    char text[71], capitals[71], small[71];
    size_t valid = 0;
    for (int k = 0; k < 200000; k++) {
        struct dn_text name = some_name(text, "..-@@", 70);
        name.size = k % 4 && name.size > 12 ? 12 : name.size;
        text[name.size] = capitals[name.size] = '\0';
        bool behind = false;
        for (size_t i = 0; i < name.size; i++) {
            capitals[i] = (char)(behind && text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);
            behind |= text[i] == '@';
        }
        strcpy(small, email(text));
        ck_assert_str_eq(email(capitals), small);
        valid += small[0] != '-';
    }
    ck_assert_uint_gt(valid, 1000);
}
END_TEST

START_TEST(a_refused_name_appends_nothing)
{
    static const char *const bad[] = {"a..b",     "com", "x@y", "b\303\274cher..x", "http://", "s3://contoso.com/x",
                                      "xn--X.com"};
    dn_buf_reset(&buf);
    dn_buf_adds(&buf, "kept");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert(!dn_email_canonical(dn_text_of(bad[i]), &buf) && !dn_resource_domain(dn_text_of(bad[i]), &buf));
        ck_assert_str_eq(buf.at, "kept");
        ck_assert_uint_eq(buf.size, 4);
    }
}
END_TEST

START_TEST(look_alikes_are_other_domains)
{
    ck_assert_str_ne(domain("\320\260cme.com"), "acme.com"); /* Cyrillic a */
    ck_assert_str_eq(resource_domain("bob@evil-acme.com"), "evil-acme.com");
    ck_assert_str_eq(resource_domain("https://acme.com.evil.tld/"), "acme.com.evil.tld");
    ck_assert_str_eq(resource_domain("https://acme.com@evil.tld/"), "evil.tld");
    ck_assert_str_eq(resource_domain("https://evil.tld\\@acme.com/"), "evil.tld");
    ck_assert_str_eq(resource_domain("https://evil.tld?@acme.com"), "evil.tld");
    ck_assert_str_eq(resource_domain("https://evil.tld#@acme.com"), "evil.tld");
}
END_TEST

START_TEST(placeholders_are_known_in_any_case)
{
    static const char *const yes[] = {"(blank)", "N/A",    "n/a", "\\N",    "unknown",
                                      "NULL",    " None ", "-",   "<null>", "#N/A"};
    static const char *const no[] = {"", " ", "NA", "no", "none@x.com", "0", "nullable", "DE"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(dn_placeholder(dn_text_of(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!dn_placeholder(dn_text_of(no[i])), "%s", no[i]);
}
END_TEST

START_TEST(guids_have_their_shape)
{
    ck_assert(dn_guid_valid(DN_TEXT("0b5A6e1c-0000-4f9d-8e2b-1234567890AB")));
    ck_assert(dn_guid_valid(DN_TEXT("{0b5a6e1c-0000-4f9d-8e2b-1234567890ab}")));
    ck_assert(!dn_guid_valid(DN_TEXT("{0b5a6e1c-0000-4f9d-8e2b-1234567890ab")));
    ck_assert(!dn_guid_valid(DN_TEXT("0b5a6e1c-0000-4f9d-8e2b-1234567890a")));
    ck_assert(!dn_guid_valid(DN_TEXT("0b5a6e1c00000-4f9d-8e2b-1234567890ab")));
    ck_assert(!dn_guid_valid(DN_TEXT("0b5a6e1g-0000-4f9d-8e2b-1234567890ab")));
    ck_assert(!dn_guid_valid((struct dn_text){NULL, 0}));
}
END_TEST

START_TEST(resources_have_a_kind_and_one_spelling)
{
    static const struct {
        const char *text;
        enum dn_name_kind kind;
        const char *canonical, *domain;
    } all[] = {{" Bob@Contoso.COM ", DN_NAME_EMAIL, "bob@contoso.com", "contoso.com"},
               {"J\xc3\x96RG@contoso.com", DN_NAME_EMAIL, "j\xc3\xb6rg@contoso.com", "contoso.com"},
               {"\"Bob\"@contoso.com", DN_NAME_EMAIL, "\"bob\"@contoso.com", "contoso.com"},
               {"SMTP:Bob@contoso.com", DN_NAME_EMAIL, "smtp:bob@contoso.com", "contoso.com"},
               {"i:0#.f|membership|Bob@contoso.com", DN_NAME_EMAIL, "i:0#.f|membership|bob@contoso.com", "contoso.com"},
               {"0B5A6E1C-0000-4F9D-8E2B-1234567890AB", DN_NAME_GUID, "0b5a6e1c-0000-4f9d-8e2b-1234567890ab", "-"},
               {"https://Contoso.SharePoint.com/Sites/X", DN_NAME_URL, "https://contoso.sharepoint.com/Sites/X",
                "contoso.sharepoint.com"},
               {"https://U:P@Contoso.com:443/X?Q#F", DN_NAME_URL, "https://U:P@contoso.com:443/X?Q#F", "contoso.com"},
               {"https://contoso.com", DN_NAME_URL, "https://contoso.com", "contoso.com"},
               {"https://contoso.com./x", DN_NAME_URL, "https://contoso.com./x", "contoso.com"},
               {"https://[2001:DB8::1]:443/X", DN_NAME_URL, "https://[2001:db8::1]:443/X", "-"},
               {"https://10.0.0.1/X", DN_NAME_URL, "https://10.0.0.1/X", "-"},
               {"https://intranet/X", DN_NAME_URL, "https://intranet/X", "-"},
               {"https:///X", DN_NAME_OTHER, "https:///X", "-"},
               {"S3://Contoso.com/Key", DN_NAME_URL, "S3://contoso.com/Key", "-"},
               {"gs://contoso.com/key", DN_NAME_URL, "gs://contoso.com/key", "-"},
               {"abfss://Data@Acct.dfs.core.windows.net/p", DN_NAME_URL, "abfss://Data@acct.dfs.core.windows.net/p",
                "acct.dfs.core.windows.net"},
               {"Mail.Contoso.com", DN_NAME_HOST, "Mail.Contoso.com", "mail.contoso.com"},
               {"Report.docx", DN_NAME_HOST, "Report.docx", "report.docx"},
               {"server01", DN_NAME_OTHER, "server01", "-"},
               {"10.0.0.1", DN_NAME_OTHER, "10.0.0.1", "-"},
               {"arn:aws:iam::123:user/Bob@contoso.com", DN_NAME_OTHER, "arn:aws:iam::123:user/Bob@contoso.com", "-"},
               {"arn:aws:s3:::contoso.com", DN_NAME_OTHER, "arn:aws:s3:::contoso.com", "-"},
               {"/subscriptions/0B5A6E1C-0000-4F9D-8E2B-1234567890AB/X", DN_NAME_OTHER,
                "/subscriptions/0B5A6E1C-0000-4F9D-8E2B-1234567890AB/X", "-"},
               {"a@x.com;b@y.com", DN_NAME_OTHER, "a@x.com;b@y.com", "-"},
               {"Bob Smith <bob@y.com>", DN_NAME_OTHER, "Bob Smith <bob@y.com>", "-"},
               {"CORP\\bob@y.com", DN_NAME_OTHER, "CORP\\bob@y.com", "-"},
               {"bob@server", DN_NAME_OTHER, "bob@server", "-"},
               {"@contoso.com", DN_NAME_OTHER, "@contoso.com", "-"},
               {"", DN_NAME_OTHER, "", "-"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ck_assert_msg(dn_name_kind_of(dn_text_of(all[i].text)) == all[i].kind, "kind of '%s'", all[i].text);
        ck_assert_str_eq(resource(all[i].text), all[i].canonical);
        ck_assert_str_eq(resource_domain(all[i].text), all[i].domain);
    }
}
END_TEST

START_TEST(public_suffixes_and_provider_names_are_public)
{
    static const char *const yes[] = {"com",
                                      "corp",
                                      "co.uk",
                                      "gov.uk",
                                      "onmicrosoft.com",
                                      "mail.onmicrosoft.com",
                                      "sharepoint.com",
                                      "amazonaws.com",
                                      "eu-west-1.amazonaws.com",
                                      "s3.amazonaws.com",
                                      "blob.core.windows.net",
                                      "core.windows.net",
                                      "windows.net",
                                      "azurewebsites.net",
                                      "westeurope.cloudapp.azure.com",
                                      "herokuapp.com",
                                      "googleapis.com",
                                      "googleusercontent.com",
                                      "appspot.com",
                                      "my.salesforce.com",
                                      "force.com",
                                      "okta.com",
                                      "github.io",
                                      "iam.gserviceaccount.com",
                                      "k12.ak.us",
                                      "kyoto.jp",
                                      "xn--55qx5d.cn",
                                      "",
                                      "nosuchtld"};
    static const char *const no[] = {"contoso.com",
                                     "contoso.onmicrosoft.com",
                                     "contoso.mail.onmicrosoft.com",
                                     "contoso.sharepoint.com",
                                     "bbc.co.uk",
                                     "bucket.s3.amazonaws.com",
                                     "acct.blob.core.windows.net",
                                     "contoso.my.salesforce.com",
                                     "contoso.azurewebsites.net",
                                     "contoso.okta.com",
                                     "project.appspot.com",
                                     "gmail.com",
                                     "outlook.com",
                                     "p1.iam.gserviceaccount.com",
                                     "kansas.gov",
                                     "city.kobe.jp",
                                     "microsoft.com",
                                     "myonmicrosoft.com"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(dn_domain_public(dn_text_of(yes[i])), "%s is public", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!dn_domain_public(dn_text_of(no[i])), "%s is not", no[i]);
}
END_TEST

static size_t guarded;

/* The vectors give the registrable domain: none means a public suffix (or no name at all), the name itself that it is
 * none. */
static void check_psl(const struct vector *vector)
{
    dn_buf_reset(&buf);
    if (!dn_domain_canonical(vector->text, &buf))
        return;
    guarded++;
    ck_assert_msg(dn_domain_public(dn_buf_text(&buf)) == (strcmp(vector->extra, "null") == 0), "%s", vector->bytes);
}

START_TEST(the_vectors_of_the_public_suffix_list_hold)
{
    size_t count = vectors_each("psl.tsv", check_psl);
    ck_assert(count == 0 || (count == 78 && guarded > 70));
}
END_TEST

/* isemail: nothing marked ERR may pass; of the rest we take what is VALID or only doubtful in DNS, but for names of one
 * label. */
static void check_isemail(const struct vector *vector)
{
    static const char *const narrower[] = {"test@io", NULL};
    bool good = strcmp(vector->mark, "ISEMAIL_VALID_CATEGORY") == 0 || strcmp(vector->mark, "ISEMAIL_DNSWARN") == 0;
    bool expected = good && !vector_among(vector, narrower);
    ck_assert_msg(dn_email_canonical(vector->text, NULL) == expected, "%s '%s' (%s)", vector->mark, vector->bytes,
                  vector->extra);
}

START_TEST(isemail_addresses_are_as_marked)
{
    size_t count = vectors_each("isemail.tsv", check_isemail);
    ck_assert(count == 0 || count == 164);
}
END_TEST

/* Where we differ from JSON Schema's email and idn-email, on purpose: quoted local parts, address literals, and local
 * parts that are not ASCII (they need SMTPUTF8, which a relay may not have). */
static const char *const not_written_to[] = {"\"joe bloggs\"@example.com",
                                             "\"joe..bloggs\"@example.com",
                                             "\"joe@bloggs\"@example.com",
                                             "joe.bloggs@[127.0.0.1]",
                                             "joe.bloggs@[IPv6:::1]",
                                             "\"\xce\xb4\xce\xbf\xce\xba\xce\xb9\xce\xbc\xce\xae\"@example.com",
                                             NULL};

static void check_email(const struct vector *vector)
{
    bool ascii_local = true;
    for (size_t i = 0; i < vector->text.size && vector->bytes[i] != '@'; i++)
        ascii_local = ascii_local && (unsigned char)vector->bytes[i] < 0x80;
    bool expected = strcmp(vector->mark, "valid") == 0 && ascii_local && !vector_among(vector, not_written_to);
    ck_assert_msg(dn_email_canonical(vector->text, NULL) == expected, "'%s' (%s)", vector->bytes, vector->note);
}

START_TEST(json_schema_emails_are_as_marked)
{
    size_t count = vectors_each("jsonschema-email.tsv", check_email);
    size_t idn = vectors_each("jsonschema-idn-email.tsv", check_email);
    ck_assert((count == 0 || count == 21) && (idn == 0 || idn == 12));
}
END_TEST

static void check_hostname(const struct vector *vector)
{
    ck_assert_msg(dn_host_valid(vector->text) == (strcmp(vector->mark, "valid") == 0), "'%s' (%s)", vector->bytes,
                  vector->note);
}

/* Where we differ from JSON Schema's idn-hostname: one trailing dot is stripped (whichever full stop), and libidn2
 * looks at one label at a time, so it does not see right-to-left labels beside "0a", nor two kinds of digits in one. */
static const char *const names_too[] = {
    "example.", "example\xe3\x80\x82", "example\xef\xbc\x8e", "example\xef\xbd\xa1", "0a.\xd7\x90", "\327\2200\331\240",
    NULL};

static void check_idn_hostname(const struct vector *vector)
{
    bool expected = strcmp(vector->mark, "valid") == 0 || vector_among(vector, names_too);
    dn_buf_reset(&buf);
    ck_assert_msg(dn_domain_canonical(vector->text, &buf) == expected, "'%s' (%s)", vector->bytes, vector->note);
}

START_TEST(json_schema_hostnames_are_as_marked)
{
    size_t count = vectors_each("jsonschema-hostname.tsv", check_hostname);
    size_t idn = vectors_each("jsonschema-idn-hostname.tsv", check_idn_hostname);
    ck_assert((count == 0 || count == 58) && (idn == 0 || idn == 84));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, ordinary_addresses_keep_their_local_part);
    tcase_add_test(tcase, nothing_that_could_leave_the_envelope_is_an_address);
    tcase_add_test(tcase, every_byte_but_letters_digits_and_a_few_signs_is_refused_anywhere);
    tcase_add_test(tcase, lengths_are_64_63_253_and_254);
    tcase_add_test(tcase, a_domain_has_one_spelling);
    tcase_add_test(tcase, marks_are_those_of_each_byte);
    tcase_add_test(tcase, a_short_name_is_judged_as_its_capitals_are);
    tcase_add_test(tcase, a_short_address_is_judged_as_the_capitals_of_its_domain_are);
    tcase_add_test(tcase, a_refused_name_appends_nothing);
    tcase_add_test(tcase, look_alikes_are_other_domains);
    tcase_add_test(tcase, placeholders_are_known_in_any_case);
    tcase_add_test(tcase, guids_have_their_shape);
    tcase_add_test(tcase, resources_have_a_kind_and_one_spelling);
    tcase_add_test(tcase, public_suffixes_and_provider_names_are_public);
    tcase_add_test(tcase, the_vectors_of_the_public_suffix_list_hold);
    tcase_add_test(tcase, isemail_addresses_are_as_marked);
    tcase_add_test(tcase, json_schema_emails_are_as_marked);
    tcase_add_test(tcase, json_schema_hostnames_are_as_marked);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    dn_buf_clear(&buf);
    return failed != 0;
}
