/* evidence: the times of many rows, asked of by the minutes they are in, are what each is by itself. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/minutes.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static unsigned below(unsigned n)
{
    static uint64_t state = 11;
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)((state >> 33) % n);
}

/* A profile whose times without an offset are UTC, or are not read. */
static void begin(struct dn_profile *profile, struct dn_moments *moments, bool bare)
{
    struct dn_buf text = {0};
    struct dn_error err = {0};
    dn_buf_adds(&text, "schema: duenotice/profile/1\nprofile: p\nrequires: [at]\nfields: {at: at, resource: r}\n"
                       "effects: {default: access}\n");
    if (bare)
        dn_buf_adds(&text, "time: {formats: [\"%Y-%m-%dT%H:%M:%S\"], zone: UTC}\n");
    ck_assert_msg(dn_profile_read_bytes(dn_buf_text(&text), "p", profile, &err) == DN_OK, "%s", err.text);
    dn_buf_clear(&text);
    dn_moments_begin(moments, profile);
}

struct asked {
    struct dn_minutes minutes;
    struct dn_moments alone; /* what each time is by itself */
    struct dn_times times;   /* of all that were taken in */
    int quick;               /* so many times were told by their forms */
};

/* Asks of a field as a sieve does. What is not told for sure may be anything. */
static void ask(struct asked *asked, const char *value, char behind)
{
    char bytes[80];
    struct dn_instant at = DN_INSTANT_NONE;
    struct dn_text field = {bytes, strlen(value)};
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, value, field.size);
    bytes[field.size] = behind;
    enum dn_minutes_answer answer = dn_minutes_ask(&asked->minutes, bytes);
    asked->quick += answer != DN_MINUTES_UNSURE;
    if (answer == DN_MINUTES_UNSURE)
        answer = dn_minutes_ask_all(&asked->minutes, field, behind);
    bool is_time = dn_moments_read(&asked->alone, field, &at);
    if (answer == DN_MINUTES_UNSURE) {
        if (is_time) /* its day is known from now on */
            dn_moments_read(asked->minutes.moments, field, &at);
        return;
    }
    ck_assert_msg(is_time, "'%s'", value);
    bool in = !dn_times_before(at, asked->minutes.from) && dn_times_before(at, asked->minutes.until);
    ck_assert_msg(answer == (in ? DN_MINUTES_INSIDE : DN_MINUTES_OUTSIDE), "'%s'", value);
    dn_times_saw(&asked->times, at);
}

static void same_times(struct asked *asked)
{
    struct dn_times told = dn_minutes_times(&asked->minutes);
    ck_assert(told.first.s == asked->times.first.s && told.first.ns == asked->times.first.ns);
    ck_assert(told.last.s == asked->times.last.s && told.last.ns == asked->times.last.ns);
}

/* Times of some minutes around both ends of a window, in any order and written in all ways, some of them broken. */
static void ask_random(struct asked *asked, char behind)
{
    static const char *const ends[] = {
        "",   "Z", ".5Z", ".25Z",  ".125Z", ".1234567Z", ".999999999Z",     "+00:00", ".Z",
        "Zx", "z", "0Z",  ".000Z", ".12xZ", ".0000000Z", ".1234567890123Z", ".9Z",    " "};
    static const char odd[] = "0:-TZ./9\"\xff";
    char minute[32] = "", value[64];
    for (int n = 0; n < 60000; n++) {
        if (n == 0 || below(10) == 0)
            snprintf(minute, sizeof minute, "2026-06-%02uT%02u:%02u", 3 + below(2), 23 * below(2),
                     58 * below(2) + below(4));
        snprintf(value, sizeof value, "%s:%02u%s", minute, below(60), ends[below(6) ? 4 : below(COUNT(ends))]);
        if (below(40) == 0)
            value[below((unsigned)strlen(value))] = odd[below(sizeof odd - 1)];
        ask(asked, value, behind);
        if (n % 20000 == 19999)
            same_times(asked);
    }
}

static void times_are_the_same(struct dn_instant from, struct dn_instant until, bool bare, char behind)
{
    struct dn_profile profile = {0};
    struct dn_moments moments;
    static struct asked asked;
    begin(&profile, &moments, bare);
    asked = (struct asked){.times = {DN_INSTANT_NONE, DN_INSTANT_NONE}};
    dn_moments_begin(&asked.alone, &profile);
    dn_minutes_begin(&asked.minutes, &moments, from, until, 0);
    ask_random(&asked, behind);
    ck_assert_int_gt(asked.quick, 10000);
    dn_profile_clear(&profile);
}

START_TEST(a_time_is_in_the_window_if_it_is_so_by_itself)
{
    const struct dn_instant far_from = {INT64_MIN, 0}, far_until = {INT64_MAX, 0};
    struct dn_instant from, until;
    ck_assert(dn_instant_parse(DN_TEXT("2026-06-03T23:59:30.5Z"), &from));
    ck_assert(dn_instant_parse(DN_TEXT("2026-06-04T00:02:00Z"), &until));
    times_are_the_same(from, until, false, ',');
    times_are_the_same(from, until, true, '\n');
    times_are_the_same(far_from, until, false, ',');
    times_are_the_same(from, far_until, true, '\t');
    times_are_the_same(far_from, far_until, false, ';');
    until = (struct dn_instant){from.s + 2, 0}; /* both ends in one minute */
    times_are_the_same(from, until, true, ',');
}
END_TEST

START_TEST(a_size_that_may_mean_no_value_is_never_told)
{
    struct dn_profile profile = {0};
    struct dn_moments moments;
    struct dn_minutes minutes;
    struct dn_instant at;
    const char *text = "2026-06-04T00:00:01Z,                                  ";
    begin(&profile, &moments, false);
    ck_assert(dn_moments_read(&moments, (struct dn_text){text, 20}, &at));
    dn_minutes_begin(&minutes, &moments, (struct dn_instant){INT64_MIN, 0}, (struct dn_instant){INT64_MAX, 0},
                     (uint64_t)1 << 20);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(dn_minutes_ask(&minutes, text), DN_MINUTES_UNSURE);
        ck_assert_int_eq(dn_minutes_ask_all(&minutes, (struct dn_text){text, 20}, ','), DN_MINUTES_UNSURE);
    }
    ck_assert(!dn_instant_is(dn_minutes_times(&minutes).first));
    dn_profile_clear(&profile);
}
END_TEST

/* The quick way and the one for any machine, with each byte at each place. */
START_TEST(a_form_is_fitted_in_one_way)
{
    char text[DN_FORM_SIZE];
    struct dn_form form;
    for (int round = 0; round < 400; round++) {
        for (int i = 0; i < DN_FORM_SIZE; i++) {
            form.expected[i] = (unsigned char)below(256);
            form.most[i] = (unsigned char)(below(3) ? below(2) * 255 : below(256));
            text[i] = (char)(form.expected[i] ^ below(form.most[i] + 1u));
        }
        ck_assert(dn_form_fits(&form, text) && dn_form_fits_portable(&form, text));
        int at = (int)below(DN_FORM_SIZE);
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            bool fits = ((unsigned char)byte ^ form.expected[at]) <= form.most[at];
            ck_assert(dn_form_fits(&form, text) == fits && dn_form_fits_portable(&form, text) == fits);
        }
    }
}
END_TEST

START_TEST(a_form_of_a_value_fits_it_and_nothing_longer_or_shorter)
{
    const char text[] = "FileAccessed,user,x,                        ";
    struct dn_form form;
    dn_form_of(&form, text, 12, ',');
    ck_assert(dn_form_fits(&form, text));
    ck_assert(!dn_form_fits(&form, "FileAccesse,user,x,                        "));
    ck_assert(!dn_form_fits(&form, "FileAccessedX,user,x,                      "));
    ck_assert(!dn_form_fits(&form, "FileAccessed;user,x,                       "));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("minutes");
    TCase *cases = tcase_create("minutes");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, a_time_is_in_the_window_if_it_is_so_by_itself);
    tcase_add_test(cases, a_size_that_may_mean_no_value_is_never_told);
    tcase_add_test(cases, a_form_is_fitted_in_one_way);
    tcase_add_test(cases, a_form_of_a_value_fits_it_and_nothing_longer_or_shorter);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
