/* stream: reading by several threads gives what reading in order gives. */
#ifdef DN_HAVE_AFFINITY
#define _GNU_SOURCE
#include <sched.h>
#endif

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stream/blocks.h"
#include "text_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MOST_THREADS 5

/* One record in words, and its line. */
struct said {
    int64_t line;
    char *words;
};

struct worker {
    const struct dn_csv *csv;
    int64_t fail_at; /* the line whose record is refused; 0: none; -1: all with a fault */
    struct said *said;
    size_t count, room;
    int fd;        /* the file once more; 0: it is not looked at */
    size_t placed; /* records whose place in it was told */
};

/* The record's bytes stand in the file where it is said that they do. */
static void look_up(struct worker *worker, const struct dn_block *block, const struct dn_row *row)
{
    int64_t place = dn_block_place(block, row);
    struct dn_text raw = dn_row_raw(row);
    char *bytes = malloc(raw.size + 1);
    ck_assert_ptr_nonnull(bytes);
    if (place >= 0 && worker->fd > 0) {
        ck_assert_int_eq(pread(worker->fd, bytes, raw.size, (off_t)place), (ssize_t)raw.size);
        ck_assert(memcmp(bytes, raw.at, raw.size) == 0);
        worker->placed++;
    }
    free(bytes);
}

static void say_record(struct worker *worker, const struct dn_csv_record *record)
{
    struct dn_buf words = {0};
    dn_buf_addf(&words, "%lld %d %zu [", (long long)record->line, (int)record->fault, record->fault_field);
    dn_buf_addt(&words, record->raw);
    for (size_t i = 0; i < record->count; i++) {
        dn_buf_adds(&words, "] [");
        dn_buf_addt(&words, record->cells[i]);
    }
    dn_buf_adds(&words, "]\n");
    worker->said = dn_grow(worker->said, worker->count, &worker->room, sizeof *worker->said);
    worker->said[worker->count++] = (struct said){record->line, dn_buf_take(&words)};
}

static enum dn_status take(void *context, struct dn_block *block, struct dn_error *err)
{
    struct worker *worker = context;
    struct dn_row row;
    while (dn_block_next(block, &row)) {
        struct dn_text cells[64];
        struct dn_csv_record record = {cells, row.count, row.line, 0, dn_row_raw(&row), row.fault, 0};
        if (row.line == worker->fail_at || (worker->fail_at < 0 && row.fault != DN_CSV_FINE))
            return dn_row_error(worker->csv, &row, err);
        ck_assert_uint_lt(row.count, COUNT(cells));
        for (size_t i = row.count; i > 0; i--)
            cells[i - 1] = dn_row_cell(&row, i - 1);
        record.fault_field = dn_row_fault_field(&row);
        look_up(worker, block, &row);
        say_record(worker, &record);
    }
    return DN_OK;
}

/* Refuses what it gets; the first block only after another one was refused. */
struct refusing {
    pthread_mutex_t lock;
    pthread_cond_t refused;
    bool some;
};

static enum dn_status refuse(void *context, struct dn_block *block, struct dn_error *err)
{
    struct refusing *refusing = context;
    struct dn_row row;
    if (!dn_block_next(block, &row))
        return DN_OK;
    pthread_mutex_lock(&refusing->lock);
    while (row.line == 2 && !refusing->some)
        pthread_cond_wait(&refusing->refused, &refusing->lock);
    refusing->some = true;
    pthread_cond_broadcast(&refusing->refused);
    pthread_mutex_unlock(&refusing->lock);
    return dn_error_set(err, DN_INVALID, "line %d", (int)row.line);
}

/* Takes blocks in the order of the text only. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    size_t next;
    int64_t line;
};

static enum dn_status queue_up(void *context, struct dn_block *block, struct dn_error *err)
{
    struct queue *queue = context;
    struct dn_row row;
    (void)err;
    pthread_mutex_lock(&queue->lock);
    while (queue->next != dn_block_number(block))
        pthread_cond_wait(&queue->moved, &queue->lock);
    while (dn_block_next(block, &row))
        ck_assert_int_eq(row.line, ++queue->line);
    queue->next++;
    pthread_cond_broadcast(&queue->moved);
    pthread_mutex_unlock(&queue->lock);
    return DN_OK;
}

static int by_line(const void *a, const void *b)
{
    const struct said *one = a, *other = b;
    return (one->line > other->line) - (one->line < other->line);
}

/* All that was said, in the order of the file, and the error. */
static char *in_order(struct worker *workers, size_t threads, const struct dn_error *err, const char *path)
{
    struct dn_buf all = {0};
    struct worker sum = {0};
    for (size_t i = 0; i < threads; i++) {
        for (size_t k = 0; k < workers[i].count; k++) {
            sum.said = dn_grow(sum.said, sum.count, &sum.room, sizeof *sum.said);
            sum.said[sum.count++] = workers[i].said[k];
        }
        free(workers[i].said);
    }
    if (sum.count > 0)
        qsort(sum.said, sum.count, sizeof *sum.said, by_line);
    for (size_t i = 0; i < sum.count; i++) {
        dn_buf_adds(&all, sum.said[i].words);
        free(sum.said[i].words);
    }
    free(sum.said);
    bool placed = dn_text_starts(dn_text_of(err->text), path);
    dn_buf_adds(&all, placed ? err->text + strlen(path) : err->text);
    return dn_buf_take(&all);
}

static bool is_utf16(int fd)
{
    unsigned char bom[2] = {0};
    return pread(fd, bom, sizeof bom, 0) == 2 && (bom[0] == 0xFF || bom[0] == 0xFE);
}

static char *by_blocks(const char *path, size_t threads, size_t stretch, int64_t fail_at)
{
    struct worker workers[MOST_THREADS] = {{0}};
    void *contexts[MOST_THREADS];
    struct dn_csv *csv = NULL;
    struct dn_error err = {0}, again = {0};
    int fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    if (dn_csv_open(path, NULL, &csv, &err) == DN_OK) {
        for (size_t i = 0; i < threads; i++) {
            workers[i].csv = csv;
            workers[i].fail_at = fail_at;
            workers[i].fd = fd;
            contexts[i] = &workers[i];
        }
        struct dn_blocks_options options = {.threads = threads, .stretch = stretch};
        struct dn_csv_record record;
        enum dn_status status = dn_blocks_read(csv, &options, take, contexts, &err);
        ck_assert_int_eq(dn_csv_next(csv, &record, &again), status == DN_OK ? DN_END : status);
        ck_assert_str_eq(err.text, again.text);
    }
    for (size_t i = 0; i < threads && !is_utf16(fd); i++)
        ck_assert_uint_eq(workers[i].placed, workers[i].count);
    dn_csv_close(csv);
    close(fd);
    return in_order(workers, threads, &err, path);
}

static char *by_libcsv(const char *path)
{
    struct worker worker = {0};
    struct dn_csv *csv = NULL;
    struct dn_error err = {0};
    struct dn_csv_record record;
    enum dn_status status = dn_csv_open_lane(path, NULL, DN_CSV_LIBCSV, &csv, &err);
    while (status == DN_OK && (status = dn_csv_next(csv, &record, &err)) == DN_OK)
        say_record(&worker, &record);
    dn_csv_close(csv);
    return in_order(&worker, 1, &err, path);
}

static const size_t stretches[] = {1, 2, 3, 7, 63, 64, 65, 200, 1024};

static void blocks_agree(struct dn_text text, size_t threads, size_t stretch)
{
    const char *path = text_file(text);
    char *expected = by_libcsv(path), *got = by_blocks(path, threads, stretch, 0);
    ck_assert_msg(strcmp(got, expected) == 0, "%zu threads, %zu bytes: '%.*s'\n%s\n-- in order:\n%s", threads, stretch,
                  (int)text.size, text.at, got, expected);
    free(expected);
    free(got);
    unlink(path);
}

static void agree_in_all_ways(struct dn_text text)
{
    for (size_t i = 0; i < COUNT(stretches); i++)
        for (size_t threads = 1; threads <= 3; threads++)
            blocks_agree(text, threads, stretches[i]);
}

START_TEST(any_split_gives_the_same_records)
{
    agree_in_all_ways(DN_TEXT("a,b\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,2"));
    agree_in_all_ways(DN_TEXT("a,b\r\n1,2\r\n\r\n\n3,\"4\"\r\n"));
    agree_in_all_ways(DN_TEXT("a,b\n\"x\n\n\"\"y\"\"\n\",\"\"\n\n\"\n\",\"\"\"\"\n5,6\n\"7\",\"8\""));
    agree_in_all_ways(DN_TEXT("a,b\n1,\xc3\xa9\n\xc3,\xa9\n2,x\0y\n\"\xe2\n\x82\",\n1,2,3\n"));
    agree_in_all_ways(DN_TEXT("sep=;\na;b\n1;\"2;\n\"\n\"3\";4\n"));
}
END_TEST

START_TEST(errors_are_the_same_and_so_is_all_before_them)
{
    agree_in_all_ways(DN_TEXT("a,b\n1,2\n3,x\"y\n5,6\n\"7\n\",8\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,2\n\"3\"x,4\n5,6\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,2\n3,4\r5\n6,7\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,2\n3,\"4\n5,6\n7,8\n9,10\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,\"2\n\"\n3,\"4\n\"\r5,6\n7,8\n"));
    agree_in_all_ways(DN_TEXT("a,b\n1,2\r"));
    agree_in_all_ways(DN_TEXT("a,b\n\"1\n"));
    agree_in_all_ways(DN_TEXT("a,b\nx\""));
}
END_TEST

START_TEST(utf16_is_read_in_order_and_its_errors_come_after_all_before_them)
{
    static const char text[] = "\xff\xfe"
                               "a\0,\0b\0\n\0\"\0x\0\n\0\"\0,\0\xe9\0\n\0y\0,\0z\0\n\0"
                               "1\0,\0\x3d\xd8\x00\xde\n\0q\0\x3d\xd8z\0\n\0r\0";
    for (size_t cut = 0; cut < 30; cut++)
        agree_in_all_ways((struct dn_text){text, sizeof text - 1 - cut});
    /* a stray quote in a line that never comes to its end is not the first error */
    agree_in_all_ways(DN_TEXT("\xff\xfe"
                              "a\0\n\0\x31\0\n\0x\0\"\0\x3d\xd8z\0"));
}
END_TEST

static void random_text(struct dn_buf *text, bool regular)
{
    static const char *const pieces[] = {"1,2\n",
                                         "\"a\",\"b\"\n",
                                         "\"x\ny\",\"\"\"\"\n",
                                         "3,\"\r\n\"\r\n",
                                         "\n",
                                         "\"\",\"\"\n",
                                         "\",\",\",\"\n",
                                         "\"\"\",\"\"\",\n",
                                         "é,z\n",
                                         "\"\n\",\"\n,\n\"\n",
                                         "5,\xc3\n",
                                         "4\n",
                                         "\"",
                                         "\r",
                                         "x\"",
                                         "\"\"x"};
    dn_buf_reset(text);
    dn_buf_adds(text, "a,b\n");
    for (int n = rand() % 40; n > 0; n--)
        dn_buf_adds(text, pieces[(size_t)rand() % (COUNT(pieces) - (regular ? 4 : 0))]);
}

START_TEST(random_texts_agree)
{
    struct dn_buf text = {0};
    srand(3);
    for (int n = 0; n < 1500; n++) {
        random_text(&text, n % 4 != 0);
        blocks_agree(dn_buf_text(&text), (size_t)rand() % MOST_THREADS + 1, stretches[(size_t)n % COUNT(stretches)]);
    }
    dn_buf_clear(&text);
}
END_TEST

/* All of it in quotes, so that every guess about a stretch matters. */
START_TEST(records_of_many_stretches_agree)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n");
    for (int n = 0; n < 300; n++) {
        dn_buf_addf(&text, "%d,\"{\"\"k\"\":\"\"", n);
        for (int k = 0; k < n * 7 % 900; k++)
            dn_buf_adds(&text, k % 50 == 0 ? "\n" : k % 31 == 0 ? "\"\",\"\"" : "x");
        dn_buf_adds(&text, "\"\"}\"\n");
    }
    for (size_t i = 3; i < COUNT(stretches); i++)
        for (size_t threads = 1; threads <= MOST_THREADS; threads += 2)
            blocks_agree(dn_buf_text(&text), threads, stretches[i]);
    dn_buf_clear(&text);
}
END_TEST

/* Over the cap of a record, or on it, however it is cut. */
static void long_record(size_t size, const char *end)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n1,2\n\"");
    for (size_t i = 0; i < size; i++)
        dn_buf_addc(&text, i % 1000 ? 'x' : '\n');
    dn_buf_adds(&text, end);
    blocks_agree(dn_buf_text(&text), 1, 0);
    blocks_agree(dn_buf_text(&text), 3, 0);
    blocks_agree(dn_buf_text(&text), 2, 100000);
    dn_buf_clear(&text);
}

START_TEST(a_long_record_is_one_and_a_longer_one_is_an_error)
{
    long_record(900000, "\",3\n4,5\n");
    long_record(DN_CSV_RECORD_CAP - 4, "\",3\n4,5\n");
    long_record(DN_CSV_RECORD_CAP - 3, "\",3\n4,5\n");
    long_record(DN_CSV_RECORD_CAP - 4, "\",3");
    long_record(DN_CSV_RECORD_CAP - 3, "\",3");
    long_record(DN_CSV_RECORD_CAP * 2, "\",3\n4,5\n");
    long_record(DN_CSV_RECORD_CAP + 10, "\",3\n4,5\n\"");
    long_record(900000, "\"x,3\n4,5\n");
}
END_TEST

START_TEST(too_many_fields_are_an_error_in_the_middle_of_a_block)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n1,2\n3,4\n\"\n\"");
    for (size_t i = 0; i < DN_CSV_FIELD_CAP; i++)
        dn_buf_addc(&text, ',');
    dn_buf_adds(&text, "\n5,6\n");
    blocks_agree(dn_buf_text(&text), 1, 0);
    dn_buf_clear(&text);
}
END_TEST

/* Whichever thread meets its record first, the error is that of the first in the file. */
START_TEST(the_error_of_a_function_is_the_first_in_the_file)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n");
    for (int n = 0; n < 400; n++)
        dn_buf_adds(&text, "1\n");
    const char *path = text_file(dn_buf_text(&text));
    for (int n = 0; n < 60; n++) {
        char *got = by_blocks(path, (size_t)n % MOST_THREADS + 1, 64, n % 2 ? 2 : -1);
        ck_assert_msg(strstr(got, ":2: 1 field, but the header has 2"), "%s", got);
        free(got);
    }
    char *got = by_blocks(path, 3, 64, 200);
    ck_assert_msg(dn_text_starts(dn_text_of(got), "2 1 0 [1] [1]\n3 ") && strstr(got, "\n199 1 0 "), "%s", got);
    ck_assert_msg(strstr(got, ":200: 1 field, but the header has 2"), "%s", got);
    free(got);
    unlink(path);
    dn_buf_clear(&text);
}
END_TEST

START_TEST(an_error_that_comes_late_is_still_the_first_in_the_file)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a\n");
    for (int n = 0; n < 400; n++)
        dn_buf_adds(&text, "1\n");
    const char *path = text_file(dn_buf_text(&text));
    for (int n = 0; n < 50; n++) {
        struct refusing refusing = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
        void *contexts[] = {&refusing, &refusing, &refusing};
        struct dn_error err = {0};
        struct dn_csv *csv = NULL;
        ck_assert_int_eq(dn_csv_open(path, NULL, &csv, &err), DN_OK);
        struct dn_blocks_options options = {.threads = 3, .stretch = 64};
        ck_assert_int_eq(dn_blocks_read(csv, &options, refuse, contexts, &err), DN_INVALID);
        ck_assert_str_eq(err.text, "line 2");
        dn_csv_close(csv);
    }
    unlink(path);
    dn_buf_clear(&text);
}
END_TEST

/* However many stretches a thread has in hand, none that was given waits for one that is not. */
START_TEST(a_function_may_wait_for_the_blocks_before_its_own)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n");
    for (int n = 0; n < 60000; n++)
        dn_buf_addf(&text, "%d,x\n", n);
    const char *path = text_file(dn_buf_text(&text));
    for (size_t threads = 1; threads <= MOST_THREADS; threads++) {
        struct queue queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 1};
        void *contexts[MOST_THREADS];
        struct dn_csv *csv = NULL;
        for (size_t i = 0; i < threads; i++)
            contexts[i] = &queue;
        ck_assert_int_eq(dn_csv_open(path, NULL, &csv, NULL), DN_OK);
        struct dn_blocks_options options = {.threads = threads, .stretch = 64};
        ck_assert_int_eq(dn_blocks_read(csv, &options, queue_up, contexts, NULL), DN_OK);
        ck_assert_int_eq(queue.line, 60001);
        dn_csv_close(csv);
    }
    unlink(path);
    dn_buf_clear(&text);
}
END_TEST

START_TEST(records_that_were_read_before_are_not_read_again)
{
    const char *path = text_file(DN_TEXT("a,b\n\"1\n\",2\n3,4\n5,6\n"));
    static const enum dn_csv_lane lanes[] = {DN_CSV_FAST, DN_CSV_LIBCSV};
    for (size_t i = 0; i < COUNT(lanes); i++) {
        struct worker worker = {0};
        void *context = &worker;
        struct dn_csv *csv = NULL;
        struct dn_csv_record record;
        struct dn_error err = {0};
        ck_assert_int_eq(dn_csv_open_lane(path, NULL, lanes[i], &csv, &err), DN_OK);
        ck_assert_int_eq(dn_csv_next(csv, &record, &err), DN_OK);
        ck_assert_int_eq(dn_blocks_read(csv, &(struct dn_blocks_options){.threads = 1}, take, &context, &err), DN_OK);
        dn_csv_close(csv);
        char *got = in_order(&worker, 1, &err, path);
        ck_assert_str_eq(got, "4 0 0 [3,4] [3] [4]\n5 0 0 [5,6] [5] [6]\n");
        free(got);
    }
    unlink(path);
}
END_TEST

/* How many blocks' records there are behind the first `before` ones; -1: an error. */
static int rest_of(const char *path, int before)
{
    struct worker worker = {0};
    void *context = &worker;
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, &err), DN_OK);
    for (int i = 0; i < before; i++)
        dn_csv_next(csv, &record, &err);
    bool good = dn_blocks_read(csv, &(struct dn_blocks_options){.threads = 1}, take, &context, &err) == DN_OK;
    int count = good ? (int)worker.count : -1;
    dn_csv_close(csv);
    free(in_order(&worker, 1, &err, path));
    return count;
}

START_TEST(behind_the_end_there_is_nothing_and_behind_an_error_the_error)
{
    const char *path = text_file(DN_TEXT("a\n1\n2"));
    for (int before = 0; before < 5; before++)
        ck_assert_int_eq(rest_of(path, before), before < 2 ? 2 - before : 0);
    unlink(path);
    path = text_file(DN_TEXT("a\n1\n2\"\n3\n"));
    for (int before = 0; before < 4; before++)
        ck_assert_int_eq(rest_of(path, before), -1);
    unlink(path);
}
END_TEST

START_TEST(threads_are_as_many_as_are_wanted_or_there)
{
    ck_assert_uint_eq(dn_blocks_threads(3), 3);
    ck_assert_uint_eq(dn_blocks_threads(1000), 64);
    ck_assert_uint_ge(dn_blocks_threads(0), 1);
}
END_TEST

#ifdef DN_HAVE_AFFINITY
START_TEST(a_process_that_may_use_one_core_has_one_thread)
{
    cpu_set_t all, one;
    int first = 0;
    ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    size_t threads = dn_blocks_threads(0);
    sched_setaffinity(0, sizeof all, &all);
    ck_assert_uint_eq(threads, 1);
    ck_assert_uint_eq(dn_blocks_threads(2), 2);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("blocks");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, any_split_gives_the_same_records);
    tcase_add_test(cases, errors_are_the_same_and_so_is_all_before_them);
    tcase_add_test(cases, utf16_is_read_in_order_and_its_errors_come_after_all_before_them);
    tcase_add_test(cases, random_texts_agree);
    tcase_add_test(cases, records_of_many_stretches_agree);
    tcase_add_test(cases, a_long_record_is_one_and_a_longer_one_is_an_error);
    tcase_add_test(cases, too_many_fields_are_an_error_in_the_middle_of_a_block);
    tcase_add_test(cases, the_error_of_a_function_is_the_first_in_the_file);
    tcase_add_test(cases, an_error_that_comes_late_is_still_the_first_in_the_file);
    tcase_add_test(cases, a_function_may_wait_for_the_blocks_before_its_own);
    tcase_add_test(cases, records_that_were_read_before_are_not_read_again);
    tcase_add_test(cases, behind_the_end_there_is_nothing_and_behind_an_error_the_error);
    tcase_add_test(cases, threads_are_as_many_as_are_wanted_or_there);
#ifdef DN_HAVE_AFFINITY
    tcase_add_test(cases, a_process_that_may_use_one_core_has_one_thread);
#endif
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
