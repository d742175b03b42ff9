/* evidence: profiles, stock and own, and the choice among them by header. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"
#include "evidence/moment.h"
#include "evidence/profile.h"

#define HEAD "schema: duenotice/profile/1\nprofile: p\nrequires: [a]\nfields: {resource: a}\n"

static void is_refused(const char *text, const char *why)
{
    struct dn_profile profile = {0};
    struct dn_error err = {0};
    ck_assert_int_eq(dn_profile_read_bytes(dn_text_of(text), "p.yaml", &profile, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, why), "'%s' is not in '%s'", why, err.text);
    dn_profile_clear(&profile);
}

START_TEST(what_is_wrong_in_a_profile_is_named_with_its_place)
{
    is_refused("", "p.yaml: 0 YAML documents: a profile is one");
    is_refused(HEAD "---\n" HEAD, "2 YAML documents");
    is_refused("schema: duenotice/profile/2\nprofile: p\n", "p.yaml:1:1: schema 'duenotice/profile/2'");
    is_refused("schema: duenotice/profile/1\nrequires: [a]\n", "a profile needs a name");
    is_refused("schema: duenotice/profile/1\nprofile: p\nrequires: []\n", "a profile needs 'requires'");
    is_refused("schema: duenotice/profile/1\nprofile: p\nrequires: [a]\n", "a profile needs 'fields'");
    is_refused("schema: duenotice/profile/1\nprofile: p\nrequires: [a]\nfields: {adress: a}\n",
               "p.yaml:4:10: unknown key");
    is_refused("schema: duenotice/profile/1\nprofile: p\nrequires: [a]\nfields: {address: [\"\"]}\n",
               "an empty selector in field 'address'");
    is_refused(HEAD "colour: red\n", "p.yaml:5:1: unknown key 'colour'");
    is_refused(HEAD "row_cap: many\n", "p.yaml:5:10:");
    is_refused(HEAD "time: {formats: [\"%Q\"]}\n", "p.yaml:5:17:");
    is_refused(HEAD "time: {formats: [\"%m/%d/%Y\", \"%d/%m/%Y\"]}\n", "p.yaml:5:17:");
    is_refused(HEAD "time: {zone: Europe/Nowhere}\n", "p.yaml:5:14:");
    is_refused(HEAD "effects: {theft: [x]}\n", "p.yaml:5:11: unknown key 'theft'");
    is_refused(HEAD "effects: {default: unresolved}\n", "use 'unclassified'");
    is_refused(HEAD "effects: {default: gone}\n", "p.yaml:5:20:");
}
END_TEST

START_TEST(the_first_rule_that_matches_wins)
{
    struct dn_profile profile = {0};
    const char *text = HEAD "effects:\n  disclosure: [FileDownloaded, \"*Sharing*\"]\n  access: [File*]\n  loss: []\n";
    ck_assert_int_eq(dn_profile_read_bytes(dn_text_of(text), "p.yaml", &profile, NULL), DN_OK);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("FileDownloaded")), DN_EFFECT_DISCLOSURE);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("filedownloaded")), DN_EFFECT_DISCLOSURE);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("FileSharingSet")), DN_EFFECT_DISCLOSURE);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("FileAccessed")), DN_EFFECT_ACCESS);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("Other")), DN_EFFECT_UNCLASSIFIED);
    ck_assert_int_eq(dn_profile_effect(&profile, DN_TEXT("")), DN_EFFECT_UNCLASSIFIED);
    dn_profile_clear(&profile);
}
END_TEST

START_TEST(the_profile_of_the_contract_is_read)
{
    static const char text[] =
        "schema: duenotice/profile/1\nprofile: m365-audit\n"
        "requires: [CreationDate, UserIds, Operations, AuditData]\n"
        "fields:\n  record_id: AuditData/Id\n  at: [AuditData/CreationTime, CreationDate]\n  operation: Operations\n"
        "  address: [AuditData/ClientIP, AuditData/ClientIPAddress, AuditData/ActorIpAddress]\n  data_subjects: []\n"
        "  outcome: AuditData/ResultStatus\nunsuccessful: [Failed, Failure]\n"
        "time: {formats: [\"%Y-%m-%dT%H:%M:%S\", \"%m/%d/%Y %I:%M:%S %p\"], zone: UTC}\n"
        "missing: [\"\", \"(blank)\", \"\\\\N\"]\nrow_cap: 50000\n"
        "effects:\n  access: [MailItemsAccessed, FileAccessed]\n  alteration: [New-InboxRule, Update*]\n"
        "  loss: []\n  default: unclassified\n";
    struct dn_profile profile = {0};
    struct dn_error err = {0};
    struct dn_instant at;
    ck_assert_msg(dn_profile_read_bytes(DN_TEXT(text), "p.yaml", &profile, &err) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(profile.requires.count, 4);
    ck_assert_uint_eq(profile.fields[DN_FIELD_ADDRESS].count, 3);
    ck_assert_uint_eq(profile.fields[DN_FIELD_DATA_SUBJECTS].count, 0);
    ck_assert(dn_strings_has(&profile.missing, DN_TEXT("\\N")));
    ck_assert_int_eq(profile.row_cap, 50000);
    ck_assert(dn_formats_parse(&profile.formats, profile.zone, DN_TEXT("9/20/2023 4:05:03 AM"), &at));
    ck_assert_int_eq(at.s, 1695182703);
    dn_profile_clear(&profile);
}
END_TEST

static void is_read_alike(struct dn_moments *moments, const char *bytes, size_t size)
{
    struct dn_text text = {bytes, size};
    struct dn_instant slow = DN_INSTANT_NONE, quick = DN_INSTANT_NONE;
    bool is_time = dn_formats_parse(&moments->profile->formats, moments->profile->zone, text, &slow);
    ck_assert_msg(dn_moments_read(moments, text, &quick) == is_time, "'%.*s'", (int)size, bytes);
    if (is_time)
        ck_assert_msg(quick.s == slow.s && quick.ns == slow.ns, "'%.*s'", (int)size, bytes);
}

/* Each time with any byte at any place, and cut anywhere, of a day that is known. */
START_TEST(the_quick_reading_of_times_says_what_the_formats_say)
{
    static const char *const times[] = {"2026-06-15T18:04:09.125Z", "2026-06-15T23:59:59.123456789Z",
                                        "2026-06-15T00:00:00Z", "2026-06-15T10:20:30.5Z", "2026-06-15T10:20:30"};
    struct dn_profile profile = {0};
    struct dn_moments moments;
    char bytes[40];
    ck_assert_int_eq(dn_profile_read_bytes(DN_TEXT(HEAD "time: {formats: [\"%Y-%m-%dT%H:%M:%S\"], zone: UTC}\n"), "p",
                                           &profile, NULL),
                     DN_OK);
    dn_moments_begin(&moments, &profile);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        size_t size = strlen(times[i]);
        memcpy(bytes, times[i], size);
        for (size_t at = 0; at < size; at++) {
            for (int byte = '!'; byte < 256; byte++) {
                bytes[at] = (char)byte;
                is_read_alike(&moments, bytes, size);
            }
            bytes[at] = times[i][at];
            is_read_alike(&moments, bytes, at);
        }
    }
    dn_profile_clear(&profile);
}
END_TEST

/* A Z that is a letter of the format does not make a local time UTC, whatever was read of that day before. */
START_TEST(a_local_time_with_a_letter_z_is_never_read_from_a_day_that_is_known)
{
    static const char *const times[] = {"25/10/2026T01:00:00Z", "25/10/2026T12:00:00Z", "25/10/2026T02:30:00Z",
                                        "2026-10-25T00:30:00Z", "2026-10-25T12:00:00Z", "2026-25-10T01:00:00Z",
                                        "2026-25-10T12:00:00Z"};
    struct dn_profile profile = {0};
    struct dn_moments moments;
    ck_assert_int_eq(dn_profile_read_bytes(DN_TEXT(HEAD "time: {formats: [\"%d/%m/%YT%H:%M:%SZ\", "
                                                        "\"%Y-%d-%mT%H:%M:%SZ\"], zone: Europe/Paris}\n"),
                                           "p", &profile, NULL),
                     DN_OK);
    dn_moments_begin(&moments, &profile);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        is_read_alike(&moments, times[i], strlen(times[i]));
    dn_profile_clear(&profile);
}
END_TEST

/* Reads all stock profiles; the caller clears them. */
static struct dn_profiles stock(void)
{
    struct dn_profiles profiles = {0};
    struct dn_error err = {0};
    ck_assert_msg(dn_profiles_add_stock(&profiles, &err) == DN_OK, "%s", err.text);
    return profiles;
}

START_TEST(every_stock_profile_is_read_and_has_its_file_name)
{
    struct dn_profiles profiles = stock();
    ck_assert_uint_ge(profiles.count, 9);
    for (size_t i = 0; i < profiles.count; i++) {
        struct dn_buf path = {0};
        dn_buf_addf(&path, "profiles/%s.yaml", profiles.at[i].name);
        ck_assert_msg(dn_data_find(path.at) != NULL, "profile %s is in a file of another name", profiles.at[i].name);
        ck_assert_int_eq(profiles.at[i].native, strcmp(profiles.at[i].name, "native") == 0);
        ck_assert_uint_gt(profiles.at[i].fields[DN_FIELD_RESOURCE].count, 0);
        ck_assert_uint_gt(profiles.at[i].fields[DN_FIELD_AT].count, 0);
        dn_buf_clear(&path);
    }
    dn_profiles_clear(&profiles);
}
END_TEST

static const struct dn_profile *find(const struct dn_profiles *profiles, const char *name)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (strcmp(profiles->at[i].name, name) == 0)
            return &profiles->at[i];
    ck_abort_msg("no profile %s", name);
    return NULL;
}

/* The three exports of one audit log know the same operations. */
START_TEST(the_microsoft_365_profiles_classify_alike)
{
    struct dn_profiles profiles = stock();
    const struct dn_profile *first = find(&profiles, "m365-audit");
    static const char *const others[] = {"m365-audit-portal", "m365-search"};
    for (size_t k = 0; k < 2; k++) {
        const struct dn_profile *other = find(&profiles, others[k]);
        ck_assert_uint_eq(other->rule_count, first->rule_count);
        for (size_t i = 0; i < first->rule_count; i++) {
            ck_assert_str_eq(other->rules[i].pattern, first->rules[i].pattern);
            ck_assert_int_eq(other->rules[i].effect, first->rules[i].effect);
        }
        ck_assert_int_eq(other->row_cap, 50000);
    }
    dn_profiles_clear(&profiles);
}
END_TEST

/* Chooses among all stock profiles by a header line without quotes; "" and the error if there is none. */
static const char *choose(const char *line, struct dn_error *err)
{
    static char name[64];
    struct dn_text names[80], rest = dn_text_of(line);
    struct dn_header header = {"f.csv", 1, names, 0};
    for (size_t start = 0, i = 0; i <= rest.size; i++)
        if (i == rest.size || rest.at[i] == ',') {
            names[header.count++] = (struct dn_text){rest.at + start, i - start};
            start = i + 1;
        }
    struct dn_profiles profiles = stock();
    const struct dn_profile *chosen = NULL;
    name[0] = '\0';
    if (dn_profiles_choose(&profiles, &header, &chosen, err) == DN_OK)
        strcpy(name, chosen->name);
    dn_profiles_clear(&profiles);
    return name;
}

START_TEST(the_header_says_which_profile_it_is)
{
    static const char *const known[][2] = {
        {"RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames",
         "m365-audit-portal"},
        {"RecordId,CreationDate,RecordType,Operation,UserId,AuditData", "m365-audit-portal"},
        {"CreationDate,UserIds,Operations,AuditData", "m365-audit"},
        {"RecordType,CreationDate,UserIds,Operations,AuditData,ResultIndex,ResultCount,Identity,IsValid,ObjectState",
         "m365-search"},
        {"PSComputerName,RunspaceId,PSShowComputerName,RecordType,CreationDate,UserIds,Operations,AuditData,"
         "ResultIndex,"
         "ResultCount,Identity,IsValid,ObjectState",
         "m365-search"},
        {"RecordType,CreationDate,UserIds,Operations,AuditData", "m365-audit"},
        {"Correlation id,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource type,"
         "Resource group,Resource",
         "azure-activity"},
        {"Date (UTC),Request ID,Correlation ID,Service principal ID,Service principal name,Credential key "
         "ID,Credential "
         "thumbprint,Application,Application ID ,App owner tenant ID,Resource,Resource ID ,Resource tenant ID,Resource "
         "owner tenant ID,Home tenant ID,Home tenant name,IP address,Location,Status,Sign-in error code,Failure "
         "reason,Conditional Access",
         "entra-sign-in-service"},
        {"at,resource", "native"},
        {"record_id,at,operation,actor,address,user_agent,session,tenant,service,resource,data_subjects,outcome,"
         "incident_id,effect,certainty,evidence,part",
         "native"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_str_eq(choose(known[i][0], NULL), known[i][1]);
}
END_TEST

START_TEST(near_misses_are_those_that_lack_fewest_columns)
{
    struct dn_error err = {0};
    ck_assert_str_eq(choose("CreationDate,UserIds,Operations", &err), "");
    ck_assert_str_eq(err.text, "f.csv:1: no profile fits this header: missing column: m365-audit lacks 'AuditData'; "
                               "the header is: CreationDate,UserIds,Operations");
    ck_assert_str_eq(choose("creationdate,b", &err), "");
    ck_assert_ptr_nonnull(strstr(err.text, "write one (duenotice-profile(5))"));
}
END_TEST

START_TEST(a_profile_given_twice_is_refused)
{
    struct dn_profiles profiles = {0};
    struct dn_error err = {0};
    ck_assert_int_eq(dn_profiles_add(&profiles, "native", &err), DN_OK);
    ck_assert_int_eq(dn_profiles_add(&profiles, "native", &err), DN_INVALID);
    ck_assert_str_eq(err.text, "profile 'native' is given twice");
    dn_profiles_clear(&profiles);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, what_is_wrong_in_a_profile_is_named_with_its_place);
    tcase_add_test(cases, the_first_rule_that_matches_wins);
    tcase_add_test(cases, the_profile_of_the_contract_is_read);
    tcase_add_test(cases, the_quick_reading_of_times_says_what_the_formats_say);
    tcase_add_test(cases, a_local_time_with_a_letter_z_is_never_read_from_a_day_that_is_known);
    tcase_add_test(cases, every_stock_profile_is_read_and_has_its_file_name);
    tcase_add_test(cases, the_microsoft_365_profiles_classify_alike);
    tcase_add_test(cases, the_header_says_which_profile_it_is);
    tcase_add_test(cases, near_misses_are_those_that_lack_fewest_columns);
    tcase_add_test(cases, a_profile_given_twice_is_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
