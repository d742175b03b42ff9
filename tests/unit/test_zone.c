/* time/zone: TZif files, the rule behind them, missing and doubled local times. */
#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "time/tzrule.h"
#include "time/zone.h"
#include "vectors.h"

static struct dn_zone *zone(const char *name)
{
    struct dn_zone *opened = NULL;
    struct dn_error err = {0};
    ck_assert_msg(dn_zone_open(name, &opened, &err) == DN_OK, "%s", err.text);
    return opened;
}

static struct dn_instant instant(const char *text)
{
    struct dn_instant at;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &at), "%s", text);
    return at;
}

static void ck_offset(const char *name, const char *at, int offset_s)
{
    struct dn_zone *opened = zone(name);
    int got = dn_zone_offset(opened, instant(at));
    ck_assert_msg(got == offset_s, "%s at %s: %d", name, at, got);
    dn_zone_free(opened);
}

/* What "2026-03-29T02:30:00" means in a zone: ONE, GAP or TWICE and the instant. */
static void ck_local(const char *name, const char *local, enum dn_zone_fit fit, const char *utc)
{
    char text[DN_INSTANT_TEXT], with_z[64];
    struct dn_zone *opened = zone(name);
    snprintf(with_z, sizeof with_z, "%sZ", local);
    struct dn_civil civil = dn_civil_of(instant(with_z), 0);
    struct dn_instant at = DN_INSTANT_NONE;
    ck_assert_msg(dn_zone_instant(opened, &civil, &at) == fit, "%s in %s", local, name);
    dn_instant_format(at, text);
    ck_assert_msg(strcmp(text, utc) == 0, "%s in %s is %s", local, name, text);
    dn_zone_free(opened);
}

START_TEST(utc_and_fixed_offsets_need_no_file)
{
    ck_assert_int_eq(setenv("TZDIR", "/nonexistent", 1), 0);
    ck_offset("UTC", "2026-06-15T18:00:00Z", 0);
    ck_offset("+02:00", "2026-06-15T18:00:00Z", 7200);
    ck_offset("-03:30", "2026-06-15T18:00:00Z", -12600);
    ck_local("+05:45", "2026-01-01T00:00:00", DN_ZONE_ONE, "2025-12-31T18:15:00Z");
    ck_local("UTC", "2026-01-01T00:00:00.5", DN_ZONE_ONE, "2026-01-01T00:00:00.5Z");
    unsetenv("TZDIR");
}
END_TEST

START_TEST(offsets_follow_the_file_and_then_its_rule)
{
    ck_offset("Europe/Berlin", "2026-03-29T00:59:59Z", 3600);
    ck_offset("Europe/Berlin", "2026-03-29T01:00:00Z", 7200);
    ck_offset("Europe/Berlin", "2026-10-25T00:59:59Z", 7200);
    ck_offset("Europe/Berlin", "2026-10-25T01:00:00Z", 3600);
    ck_offset("Europe/Berlin", "2037-10-25T00:59:59Z", 7200); /* the last change in the file itself */
    ck_offset("Europe/Berlin", "2037-10-25T01:00:00Z", 3600);
    ck_offset("Europe/Berlin", "2500-07-01T00:00:00Z", 7200);
    ck_offset("Europe/Berlin", "9999-12-31T23:59:59Z", 3600);
    ck_offset("Europe/Berlin", "1800-01-01T00:00:00Z", 3208);
    ck_offset("America/New_York", "2400-11-05T05:59:59Z", -14400);
    ck_offset("America/New_York", "2400-11-05T06:00:00Z", -18000);
    ck_offset("Australia/Lord_Howe", "2300-01-15T00:00:00Z", 39600);
    ck_offset("Australia/Lord_Howe", "2300-07-15T00:00:00Z", 37800);
    ck_offset("Asia/Kathmandu", "2026-06-15T18:00:00Z", 20700);
    ck_offset("Etc/GMT+12", "2026-06-15T18:00:00Z", -43200);
}
END_TEST

START_TEST(missing_and_doubled_local_times_are_told)
{
    ck_local("Europe/Berlin", "2026-03-29T01:59:59", DN_ZONE_ONE, "2026-03-29T00:59:59Z");
    ck_local("Europe/Berlin", "2026-03-29T02:00:00", DN_ZONE_GAP, "2026-03-29T01:00:00Z");
    ck_local("Europe/Berlin", "2026-03-29T02:59:59.5", DN_ZONE_GAP, "2026-03-29T01:00:00Z");
    ck_local("Europe/Berlin", "2026-03-29T03:00:00", DN_ZONE_ONE, "2026-03-29T01:00:00Z");
    ck_local("Europe/Berlin", "2026-10-25T01:59:59", DN_ZONE_ONE, "2026-10-24T23:59:59Z");
    ck_local("Europe/Berlin", "2026-10-25T02:00:00", DN_ZONE_TWICE, "2026-10-25T00:00:00Z");
    ck_local("Europe/Berlin", "2026-10-25T02:59:59", DN_ZONE_TWICE, "2026-10-25T00:59:59Z");
    ck_local("Europe/Berlin", "2026-10-25T03:00:00", DN_ZONE_ONE, "2026-10-25T02:00:00Z");
    ck_local("America/New_York", "2199-03-10T02:30:00", DN_ZONE_GAP, "2199-03-10T07:00:00Z");
    ck_local("America/New_York", "2199-11-03T01:30:00", DN_ZONE_TWICE, "2199-11-03T05:30:00Z");
    ck_local("Australia/Lord_Howe", "2026-10-04T02:15:00", DN_ZONE_GAP, "2026-10-03T15:30:00Z");
    ck_local("Australia/Lord_Howe", "2026-04-05T01:45:00", DN_ZONE_TWICE, "2026-04-04T14:45:00Z");
    ck_local("Pacific/Apia", "2011-12-30T12:00:00", DN_ZONE_GAP, "2011-12-30T10:00:00Z");
    ck_local("Africa/Casablanca", "2026-02-15T02:30:00", DN_ZONE_TWICE, "2026-02-15T01:30:00Z");
}
END_TEST

/* The offset as glibc has it. */
static int64_t libc_offset(int64_t at)
{
    time_t t = (time_t)at;
    struct tm tm;
    ck_assert_ptr_nonnull(localtime_r(&t, &tm));
    return dn_civil_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 + tm.tm_hour * 3600 + tm.tm_min * 60 +
           tm.tm_sec - at;
}

START_TEST(offsets_agree_with_the_c_library)
{
    static const char *const names[] = {"Europe/Berlin",    "Europe/London",     "Europe/Dublin",
                                        "America/New_York", "America/Sao_Paulo", "America/Santiago",
                                        "America/Nuuk",     "Asia/Gaza",         "Asia/Kolkata",
                                        "Asia/Tehran",      "Asia/Pyongyang",    "Africa/Casablanca",
                                        "Africa/Cairo",     "Australia/Sydney",  "Australia/Lord_Howe",
                                        "Pacific/Apia",     "Pacific/Chatham",   "Antarctica/Troll",
                                        "Atlantic/Azores",  "EST5EDT",           "UTC",
                                        "Europe/Kyiv"};
    uint64_t seed = 42;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct dn_zone *opened = zone(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        for (int k = 0; k < 4000; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            int64_t at = -2500000000 + (int64_t)((seed >> 20) % 9500000000u);
            int got = dn_zone_offset(opened, (struct dn_instant){at, 0});
            ck_assert_msg(got == libc_offset(at), "%s at %lld: %d", names[i], (long long)at, got);
        }
        dn_zone_free(opened);
    }
    unsetenv("TZ");
    tzset();
}
END_TEST

START_TEST(every_instant_is_among_those_of_its_local_time)
{
    static const char *const names[] = {"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct dn_zone *opened = zone(names[i]);
        int twice = 0;
        for (int64_t s = 1300000000; s < 1340000000; s += 449) {
            struct dn_instant at = {s, 0}, back;
            struct dn_civil civil = dn_civil_of(at, dn_zone_offset(opened, at));
            enum dn_zone_fit fit = dn_zone_instant(opened, &civil, &back);
            twice += fit == DN_ZONE_TWICE;
            ck_assert(fit != DN_ZONE_GAP && (fit == DN_ZONE_ONE ? back.s == s : back.s <= s));
        }
        ck_assert_int_gt(twice, 0);
        dn_zone_free(opened);
    }
}
END_TEST

START_TEST(rules_of_rfc_9636_are_understood)
{
    static const char *const good[] = {"UTC0",
                                       "<+0330>-3:30",
                                       "CET-1CEST,M3.5.0,M10.5.0/3",
                                       "EST5EDT,M3.2.0,M11.1.0",
                                       "IST-1GMT0,M10.5.0,M3.5.0/1",
                                       "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
                                       "EET-2EEST,M3.4.4/50,M10.4.4/50",
                                       "EST5EDT,0/0,J365/25",
                                       "AAA-24BBB-25:59:59,J1,365/167"};
    static const char *const bad[] = {"",
                                      "CET",
                                      "CET-1CEST",
                                      "CET-1CEST,M3.5.0",
                                      "CET-1CEST,M13.5.0,M10.5.0",
                                      "CET-1CEST,M0.5.0,M10.5.0",
                                      "CET-1CEST,M3.6.0,M10.5.0",
                                      "CET-1CEST,M3.0.0,M10.5.0",
                                      "CET-1CEST,M3.5.7,M10.5.0",
                                      "CET-1CEST,J0,J5",
                                      "CET-1CEST,J366,J5",
                                      "CET-1CEST,366,5",
                                      "CET-25",
                                      "CE-1",
                                      "<+03-3",
                                      "CET-1CEST,M3.5.0/168,M10.5.0",
                                      "CET-1 ",
                                      "CET-1:60",
                                      "CET-1CEST,M3.5.0,M10.5.0/3x",
                                      "\n"};
    struct dn_tzrule rule;
    for (size_t i = 0; i + 1 < sizeof good / sizeof *good; i++)
        ck_assert_msg(dn_tzrule_parse(dn_text_of(good[i]), &rule), "%s", good[i]);
    ck_assert(!dn_tzrule_parse(dn_text_of(good[8]), &rule)); /* offsets have at most 24 hours */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_tzrule_parse(dn_text_of(bad[i]), &rule), "'%s'", bad[i]);
}
END_TEST

static int32_t rule_offset(const char *text, const char *at)
{
    struct dn_tzrule rule;
    int64_t until;
    ck_assert(dn_tzrule_parse(dn_text_of(text), &rule));
    return dn_tzrule_offset(&rule, instant(at).s, &until);
}

START_TEST(a_rule_may_say_summer_all_year_or_a_day_counted_without_february_29)
{
    ck_assert_int_eq(rule_offset("EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z"), -14400);
    ck_assert_int_eq(rule_offset("EST5EDT,0/0,J365/25", "2026-12-31T23:59:59Z"), -14400);
    ck_assert_int_eq(rule_offset("EST5EDT,0/0,J365/25", "2024-07-01T00:00:00Z"), -14400);
    ck_assert_int_eq(rule_offset("AAA0BBB,J60/0,J61/0", "2024-02-29T12:00:00Z"), 0);
    ck_assert_int_eq(rule_offset("AAA0BBB,J60/0,J61/0", "2024-03-01T12:00:00Z"), 3600);
    ck_assert_int_eq(rule_offset("AAA0BBB,59/0,60/0", "2024-02-29T12:00:00Z"), 3600);
    ck_assert_int_eq(rule_offset("AAA0BBB,59/0,60/0", "2023-03-01T12:00:00Z"), 3600);
    ck_assert_int_eq(rule_offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15T12:00:00Z"), 0);
    ck_assert_int_eq(rule_offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-15T12:00:00Z"), 3600);
}
END_TEST

START_TEST(unknown_and_wicked_names_are_refused)
{
    static const char *const bad[] = {"",
                                      "Europe/Kiyv",
                                      "Europe",
                                      "europe/berlin/",
                                      "/etc/passwd",
                                      "../../../etc/passwd",
                                      "Europe/../UTC",
                                      "Europe//Berlin",
                                      "./UTC",
                                      "Europe/Berlin ",
                                      "CEST+2:00x",
                                      "+2:00",
                                      "+24:00",
                                      "-00:00",
                                      "+02",
                                      "tzdata.zi",
                                      "zone.tab",
                                      "Europe/Berl\x1bin",
                                      "leapseconds"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dn_zone *opened = NULL;
        struct dn_error err = {0};
        ck_assert_msg(dn_zone_open(bad[i], &opened, &err) == DN_INVALID, "'%s'", bad[i]);
        ck_assert_ptr_null(opened);
        ck_assert_str_ne(err.text, "");
    }
}
END_TEST

/* Opens `bytes` as the zone "X" of a folder of our own. */
static enum dn_status open_bytes(const char *folder, struct dn_text bytes, struct dn_zone **opened,
                                 struct dn_error *err)
{
    char path[256];
    snprintf(path, sizeof path, "%s/X", folder);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes.at, 1, bytes.size, file), bytes.size);
    fclose(file);
    return dn_zone_open("X", opened, err);
}

START_TEST(damaged_files_are_refused_and_never_crash)
{
    char folder[] = "/tmp/dn-zone-XXXXXX", path[256];
    struct dn_buf whole = {0};
    struct dn_error err = {0};
    struct dn_zone *opened = NULL;
    ck_assert_int_eq(dn_file_read("/usr/share/zoneinfo/Europe/Berlin", 1 << 20, &whole, &err), DN_OK);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("TZDIR", folder, 1);
    ck_assert_int_eq(open_bytes(folder, dn_buf_text(&whole), &opened, &err), DN_OK);
    dn_zone_free(opened);
    for (size_t size = 0; size < whole.size; size += size < 120 ? 1 : 7)
        ck_assert_int_eq(open_bytes(folder, (struct dn_text){whole.at, size}, &opened, &err), DN_INVALID);
    for (size_t i = 0; i < whole.size; i += i < 120 || i + 60 > whole.size ? 1 : 5) {
        char byte = whole.at[i];
        whole.at[i] = (char)(byte ^ 0x91);
        if (open_bytes(folder, dn_buf_text(&whole), &opened, &err) == DN_OK) {
            dn_zone_offset(opened, instant("2026-06-15T18:00:00Z"));
            dn_zone_free(opened);
        }
        whole.at[i] = byte;
    }
    snprintf(path, sizeof path, "%s/X", folder);
    unlink(path);
    rmdir(folder);
    unsetenv("TZDIR");
    dn_buf_clear(&whole);
}
END_TEST

/* Appends a TZif header and data block of one type, with that many leap seconds, for times of `width` bytes. */
static void add_block(struct dn_buf *file, char version, char leaps, char width)
{
    static const char zeros[16] = "";
    char header[44] = "TZif";
    header[4] = version;
    header[31] = leaps;
    header[39] = 1; /* types */
    header[43] = 4; /* characters */
    dn_buf_add(file, header, sizeof header);
    dn_buf_add(file, "\0\0\16\20\0\0UTX", 10); /* 3600 s */
    for (int i = 0; i < leaps; i++)
        dn_buf_add(file, zeros, (size_t)width + 4);
}

/* How a file made by hand is taken, with a rule behind it. */
static enum dn_status open_made(const char *folder, char version, char leaps, const char *rule, struct dn_error *err)
{
    struct dn_buf file = {0};
    struct dn_zone *opened = NULL;
    add_block(&file, version, leaps, 4);
    add_block(&file, version, leaps, 8);
    dn_buf_adds(&file, rule);
    enum dn_status status = open_bytes(folder, dn_buf_text(&file), &opened, err);
    if (status == DN_OK)
        ck_assert_int_eq(dn_zone_offset(opened, instant("2026-06-15T18:00:00Z")), 5400);
    dn_zone_free(opened);
    dn_buf_clear(&file);
    return status;
}

START_TEST(files_with_leap_seconds_or_without_a_future_are_refused)
{
    char folder[] = "/tmp/dn-zone-XXXXXX", path[256];
    struct dn_error err = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("TZDIR", folder, 1);
    ck_assert_int_eq(open_made(folder, '2', 0, "\nUTX-1:30\n", &err), DN_OK);
    ck_assert_int_eq(open_made(folder, '4', 0, "\nUTX-1:30\n", &err), DN_OK);
    ck_assert_int_eq(open_made(folder, '2', 1, "\nUTX-1:30\n", &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "leap"));
    ck_assert_int_eq(open_made(folder, '\0', 0, "\nUTX-1:30\n", &err), DN_INVALID);
    ck_assert_int_eq(open_made(folder, '2', 0, "\n\n", &err), DN_INVALID);
    ck_assert_int_eq(open_made(folder, '2', 0, "\nUTX-1:30", &err), DN_INVALID);
    ck_assert_int_eq(open_made(folder, '2', 0, "", &err), DN_INVALID);
    snprintf(path, sizeof path, "%s/X", folder);
    unlink(path);
    rmdir(folder);
    unsetenv("TZDIR");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("zone");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, utc_and_fixed_offsets_need_no_file);
    tcase_add_test(tcase, offsets_follow_the_file_and_then_its_rule);
    tcase_add_test(tcase, missing_and_doubled_local_times_are_told);
    tcase_add_test(tcase, offsets_agree_with_the_c_library);
    tcase_add_test(tcase, every_instant_is_among_those_of_its_local_time);
    tcase_add_test(tcase, rules_of_rfc_9636_are_understood);
    tcase_add_test(tcase, a_rule_may_say_summer_all_year_or_a_day_counted_without_february_29);
    tcase_add_test(tcase, unknown_and_wicked_names_are_refused);
    tcase_add_test(tcase, damaged_files_are_refused_and_never_crash);
    tcase_add_test(tcase, files_with_leap_seconds_or_without_a_future_are_refused);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
