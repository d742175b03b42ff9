/* stream: reading and writing CSV. */
#ifdef DN_HAVE_PIPE_SIZE
#define _GNU_SOURCE
#endif
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream/csv.h"
#include "stream/csv_write.h"
#include "text_file.h"
#include "vectors.h"

/* What the reader makes of a text: "LINE:cell|cell" a line, faults as "!word@field", then the error's text behind the
 * file's name. */
static char *read_text(struct dn_text text, char delimiter)
{
    struct dn_csv_options options = {.delimiter = delimiter};
    const char *path = text_file(text);
    struct dn_buf out = {0};
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    enum dn_status status = dn_csv_open(path, &options, &csv, &err);
    size_t count = 0;
    const struct dn_text *header = csv ? dn_csv_header(csv, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        dn_buf_addf(&out, "%s%.*s", i ? "|" : "", (int)header[i].size, header[i].at);
    while (csv && (status = dn_csv_next(csv, &record, &err)) == DN_OK) {
        dn_buf_addf(&out, "\n%d:", (int)record.line);
        for (size_t i = 0; i < record.count; i++) {
            dn_buf_addc(&out, i ? '|' : ' ');
            dn_buf_addt(&out, record.cells[i]);
        }
        if (record.fault != DN_CSV_FINE)
            dn_buf_addf(&out, "!%s@%zu", dn_csv_fault_word(record.fault), record.fault_field);
    }
    if (status != DN_END && status != DN_OK)
        dn_buf_addf(&out, "\nE%s", dn_text_starts(dn_text_of(err.text), path) ? err.text + strlen(path) : err.text);
    dn_csv_close(csv);
    unlink(path);
    return dn_buf_take(&out);
}

static void reads(struct dn_text text, const char *expected)
{
    char *got = read_text(text, 0);
    ck_assert_str_eq(got, expected);
    free(got);
}

#define READS(literal, expected) reads(DN_TEXT(literal), expected)

static void refuses(struct dn_text text, const char *part)
{
    char *got = read_text(text, 0);
    ck_assert_msg(strstr(got, "\nE") && strstr(got, part), "'%s' is not in '%s'", part, got);
    free(got);
}

#define REFUSES(literal, part) refuses(DN_TEXT(literal), part)

START_TEST(line_ends_bom_and_blank_lines_change_nothing)
{
    READS("a,b\n1,2\n", "a|b\n2: 1|2");
    READS("\xef\xbb\xbf"
          "a,b\r\n1,2\r\n",
          "a|b\n2: 1|2");
    READS("a,b\n1,2", "a|b\n2: 1|2");
    READS("\n\r\na,b\n\n\r\n1,2\n\n", "a|b\n6: 1|2");
    READS("\xef\xbb\xbf\"a\",b\n1, x \n", "a|b\n2: 1| x ");
}
END_TEST

START_TEST(a_record_has_the_line_it_starts_on)
{
    READS("a,b\n\"x\ny\r\nz\",1\n2,3\n", "a|b\n2: x\ny\r\nz|1\n5: 2|3");
    READS("\"a\nb\",c\n\n\"\n\n\",d\n", "a\nb|c\n4: \n\n|d");
}
END_TEST

START_TEST(quotes_are_doubled_inside_quotes_alone)
{
    READS("a,b\n\"x\"\"y\",\"\"\n\"\"\"\",\",\"\n", "a|b\n2: x\"y|\n3: \"|,");
    REFUSES("a,b\n1,x\"y\n", "\nE:2:2: a stray quote");
    REFUSES("a,b\n1,2\n\"x\"y,1\n", "\n2: 1|2\nE:3:1: a stray quote");
    REFUSES("a,b\n1,2\n3,\"x\n4,5\n", "\n2: 1|2\nE:3:2: a quote that is not closed before the end of the file");
    REFUSES("a,\"b", "E:1:2: a quote that is not closed");
}
END_TEST

START_TEST(a_carriage_return_is_text_only_in_quotes)
{
    READS("a,b\n\"x\ry\",1\n", "a|b\n2: x\ry|1");
    REFUSES("a,b\n1,x\ry\n", "E:2:2: a carriage return outside quotes");
    REFUSES("a,b\n1,2\r\r\n", "E:2:2: a carriage return");
    REFUSES("a,b\n1,2\r", "E:2:2: a carriage return");
    REFUSES("a,b\r1,2\r", "E:1:2: a carriage return");
    REFUSES("a,b\n\"x\"\ry,1\n", "E:2:1: a carriage return");
}
END_TEST

START_TEST(what_is_wrong_in_a_whole_record_is_a_fault_of_it)
{
    READS("a,b\n1\n2,3\n", "a|b\n2: 1!fields@0\n3: 2|3");
    READS("a,b\n1,2,3\n2,3\n", "a|b\n2: 1|2|3!fields@0\n3: 2|3");
    READS("a,b\n1,\xff\n2,\xc3\xa9\n", "a|b\n2: 1|\xff!utf-8@2\n3: 2|\xc3\xa9");
    READS("a,b\n\"\xc3\",\"\xa9\"\n", "a|b\n2: \xc3|\xa9!utf-8@1");
    READS("a,b\n1,\"\n\xed\xa0\x80\"\n", "a|b\n2: 1|\n\xed\xa0\x80!utf-8@2");
}
END_TEST

START_TEST(a_nul_byte_is_a_fault_and_its_field_is_named)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    const char *path = text_file(DN_TEXT("a,b\n1,x\0y\n2,3\n"));
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, &err), DN_OK);
    ck_assert_int_eq(dn_csv_next(csv, &record, &err), DN_OK);
    ck_assert_int_eq(record.fault, DN_CSV_NUL);
    ck_assert_uint_eq(record.fault_field, 2);
    ck_assert_uint_eq(record.cells[1].size, 3);
    ck_assert_int_eq(dn_csv_fault_error(csv, &record, &err), DN_INVALID);
    ck_assert_str_eq(err.text + strlen(path), ":2:2: a NUL byte");
    ck_assert_int_eq(dn_csv_next(csv, &record, &err), DN_OK);
    ck_assert_int_eq(record.number, 2);
    ck_assert_int_eq(record.fault, DN_CSV_FINE);
    dn_csv_close(csv);
    unlink(path);
}
END_TEST

START_TEST(the_raw_record_is_what_stood_in_the_file)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    const char *path = text_file(DN_TEXT("\"a\",b\r\n\r\n\"x\r\ny\",\"\"\"\"\r\nz,1"));
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, NULL), DN_OK);
    ck_assert(dn_text_is(dn_csv_header_raw(csv), "\"a\",b"));
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_OK);
    ck_assert(dn_text_is(record.raw, "\"x\r\ny\",\"\"\"\""));
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_OK);
    ck_assert(dn_text_is(record.raw, "z,1"));
    ck_assert_int_eq(record.line, 5);
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_END);
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_END);
    dn_csv_close(csv);
    unlink(path);
}
END_TEST

START_TEST(after_an_error_nothing_more_is_read)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error first = {0}, again = {0};
    const char *path = text_file(DN_TEXT("a\nx\"\ny\n"));
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, NULL), DN_OK);
    ck_assert_int_eq(dn_csv_next(csv, &record, &first), DN_INVALID);
    ck_assert_int_eq(dn_csv_next(csv, &record, &again), DN_INVALID);
    ck_assert_str_eq(first.text, again.text);
    ck_assert_uint_eq(record.count, 0);
    dn_csv_close(csv);
    unlink(path);
}
END_TEST

START_TEST(a_first_line_may_say_the_delimiter_or_the_type)
{
    READS("sep=;\na;b\n1;2,3\n", "a|b\n3: 1|2,3");
    READS("sep=\t\r\na\tb\r\n1\t2\r\n", "a|b\n3: 1|2");
    READS("#TYPE Deserialized.X\na,b\n1,2\n", "a|b\n3: 1|2");
    READS("sep=;\n#TYPE X\na;b\n1;2\n", "a|b\n4: 1|2");
    char *got = read_text(DN_TEXT("sep=;\na|b;c\n1|2\n"), '|');
    ck_assert_str_eq(got, "a|b;c\n3: 1|2");
    free(got);
    READS("a,b\nsep=;\n", "a|b\n2: sep=;!fields@0");
    READS("sep=,b\n1,2\n", "sep=|b\n2: 1|2");
}
END_TEST

START_TEST(a_delimiter_is_one_ascii_character)
{
    struct dn_csv *csv = NULL;
    for (const char *bad = "\"\r\n\xc3"; *bad; bad++)
        ck_assert_int_eq(dn_csv_open("-", &(struct dn_csv_options){*bad}, &csv, NULL), DN_INVALID);
}
END_TEST

START_TEST(utf16_with_a_bom_is_read_as_utf8)
{
    READS("\xff\xfe"
          "a\0,\0\xe9\0\n\0\x3d\xd8\x00\xde,\0\x42\x30\n\0",
          "a|\xc3\xa9\n2: \xf0\x9f\x98\x80|\xe3\x81\x82");
    READS("\xfe\xff\0a\0,\0b\0\r\0\n\0\x31\0,\0\x32", "a|b\n2: 1|2");
    REFUSES("\xff\xfe"
            "a\0\n\0x\0\n\0y\0\x3d\xd8z\0\n\0",
            "a\n2: x\nE:3: an unpaired surrogate in UTF-16");
    REFUSES("\xff\xfe"
            "a\0\n\0\x00\xde",
            "E:2: an unpaired surrogate");
    REFUSES("\xff\xfe"
            "a\0\n\0x\0\n\0y",
            "a\n2: x\nE:3: cut: UTF-16 that ends inside a character");
    REFUSES("a\0,\0b\0\n\0\x31\0,\0\x32\0\n\0",
            "E:1: looks like UTF-16 without a BOM: convert it with iconv -f UTF-16LE");
    REFUSES("\0a\0,\0b\0\n", "iconv -f UTF-16BE");
}
END_TEST

START_TEST(what_is_no_csv_at_all_is_named)
{
    REFUSES("\x1f\x8b\x08\0\0\0\0\0", "E: compressed: pipe it through zcat");
    REFUSES("PK\x03\x04....", "E: a zip archive or a spreadsheet");
    REFUSES("\xff\xfe\0\0a\0\0\0", "E: UTF-32");
    REFUSES("", "E: no header line: the file is empty; a shell redirection may have emptied it");
    REFUSES("\xef\xbb\xbf", "E: no header line");
    REFUSES("\n\n", "E: no header line");
    REFUSES("sep=;\n", "E: no header line");
    REFUSES("a,\0b\n1,2\n", "E:1:2: a NUL byte");
    REFUSES("a,\xe9\n1,2\n", "E:1:2: invalid UTF-8");
    struct dn_csv *csv = NULL;
    struct dn_error err = {0};
    ck_assert_int_eq(dn_csv_open("/tmp", NULL, &csv, &err), DN_SYSTEM);
    ck_assert_msg(strstr(err.text, "directory"), "%s", err.text);
    ck_assert_int_eq(dn_csv_open("/nonexistent", NULL, &csv, &err), DN_SYSTEM);
}
END_TEST

static void refuses_much(const char *start, char byte, size_t size, const char *part)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, start);
    for (size_t i = 0; i < size; i++)
        dn_buf_addc(&text, byte);
    char *got = read_text(dn_buf_text(&text), 0);
    ck_assert_msg(strstr(got, part), "'%s' is not in the answer", part);
    free(got);
    dn_buf_clear(&text);
}

START_TEST(a_record_has_a_bound)
{
    refuses_much("a,b\n1,\"", 'x', DN_CSV_RECORD_CAP, "E:2:1: a record of over 4 MiB");
    refuses_much("a,b\n1,\"", '\n', DN_CSV_RECORD_CAP, "E:2:2: a record of over 4 MiB");
    refuses_much("a,b\n", ',', DN_CSV_FIELD_CAP, "E:2:4097: over 4096 fields");
    refuses_much("", ',', DN_CSV_FIELD_CAP, "E:1:4097: over 4096 fields");
    refuses_much("", 'x', DN_CSV_RECORD_CAP, "E:1:1: a record of over 4 MiB");
    refuses_much("", '\n', 2 * DN_CSV_RECORD_CAP, "E: no header line");
}
END_TEST

START_TEST(a_record_up_to_the_bound_is_read)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a\n\"");
    while (text.size < 2 + DN_CSV_RECORD_CAP - 2)
        dn_buf_addc(&text, text.size % 1000 ? 'x' : '\n');
    dn_buf_adds(&text, "\"\nlast\n");
    char *got = read_text(dn_buf_text(&text), 0);
    ck_assert_uint_gt(strlen(got), DN_CSV_RECORD_CAP - 100);
    ck_assert_str_eq(got + strlen(got) - 4, "last");
    free(got);
    dn_buf_clear(&text);
}
END_TEST

START_TEST(a_file_cut_inside_quotes_or_a_line_end_is_an_error)
{
    static const char whole[] = "a,b\r\n\"x\r\n\"\"y\",2\r\n3,\"4\"\r\n";
    bool open = false;
    for (size_t size = 1; size < sizeof whole; size++) {
        open ^= whole[size - 1] == '"';
        bool cut = open || whole[size - 1] == '\r';
        char *got = read_text((struct dn_text){whole, size}, 0);
        ck_assert_msg(cut == (strstr(got, "\nE:") != NULL), "%zu bytes: %s", size, got);
        free(got);
    }
}
END_TEST

static struct dn_csv *open_header(const char *header)
{
    struct dn_csv *csv = NULL;
    const char *path = text_file(dn_text_of(header));
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, NULL), DN_OK);
    unlink(path);
    return csv;
}

static void column_error(const char *header, const char *expected, const char *part)
{
    static const struct dn_csv_want want[] = {{"tenant_id", true}, {"note", false}};
    size_t index[2];
    struct dn_error err = {0};
    struct dn_csv *csv = open_header(header);
    ck_assert_int_eq(dn_csv_columns(csv, expected, want, 2, index, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, part), "'%s' is not in '%s'", part, err.text);
    dn_csv_close(csv);
}

START_TEST(columns_are_found_by_name)
{
    static const struct dn_csv_want want[] = {{"b", true}, {"none", false}, {"a", true}};
    struct dn_csv *csv = open_header("a,x,x,b\n1,2,3,4\n");
    size_t index[3];
    ck_assert_int_eq(dn_csv_columns(csv, "anything", want, 3, index, NULL), DN_OK);
    ck_assert_uint_eq(index[0], 3);
    ck_assert_uint_eq(index[1], DN_CSV_NONE);
    ck_assert_uint_eq(index[2], 0);
    struct dn_csv_record record;
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_OK);
    ck_assert(dn_text_is(dn_csv_cell(&record, index[0]), "4"));
    ck_assert_uint_eq(dn_csv_cell(&record, index[1]).size, 0);
    dn_csv_close(csv);
}
END_TEST

START_TEST(a_missing_or_repeated_column_says_what_is_wrong)
{
    column_error("incident_id,resource,effect,determined_at\n", "an affected stream",
                 ":1: missing column 'tenant_id': expected an affected stream, this is an impact stream");
    column_error("schema: duenotice/incident/1\nid: INC-1\n", "a directory",
                 "expected a directory, this is a YAML file");
    column_error("x\n", "a directory", ":1: missing column 'tenant_id': expected a directory");
    column_error("tenant_id;name\n", "a directory", "the header is one column with ';' in it: see --delimiter");
    column_error("tenant_id;name\n", "a directory", "where the command has it, or put a line 'sep='");
    column_error("tenant_id\tname\n", "a directory", "one column with TAB in it: see --delimiter");
    column_error("a,tenant_id,b,tenant_id\n", "a directory",
                 ":1:4: column 'tenant_id' stands twice in the header, first as field 2");
    column_error("tenant_id,note,note\n", "a directory", ":1:3: column 'note' stands twice");
}
END_TEST

START_TEST(our_own_streams_are_recognised_by_their_headers)
{
    static const char *const streams[][2] = {
        {"an impact stream",
         "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,"
         "last_seen,evidence,determined_at,part"},
        {"an unmatched file", "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,"
                              "first_seen,last_seen,evidence,determined_at,reason,candidates"},
        {"a resources file", "incident_id,tenant_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,"
                             "first_seen,last_seen,evidence,determined_at,matched_by"},
        {"an affected stream",
         "incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,"
         "rows,events,data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,"
         "admin_phones,contact_gaps,identified_at,part"},
        {"a ledger", "seq,at,incident_id,notice,tenant_id,channel,required,recipient,key,attempt,state,code,reason,"
                     "reference,by,approved_by,content_sha256,declared_at,due_at,regime,happened_at,chain"},
        {"a deadlines stream", "incident_id,tenant_id,regime,anchor,started_at,due_at,latest_due_at,satisfied_at,"
                               "satisfied_by,elapsed_s,margin_s,status,reason"},
        {"a directory",
         "tenant_id,name,segment,domains,subscriptions,networks,resource_prefixes,country,language,time_zone,regimes,"
         "admin_emails,privacy_email,admin_phones,message_center,message_center_readers,contacts_validated_at,"
         "deleted_at"},
        {"an ownership file", "key,tenant_id,from,until"},
        {"rejects", "file,line,column,reason,record"},
        {"bounces", "key,recipient,state,code,happened_at,reason,reference"},
        {"native evidence", "record_id,at,operation,actor,address,user_agent,session,tenant,service,resource,"
                            "data_subjects,outcome,incident_id,effect,certainty,evidence,part"},
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct dn_csv *csv = open_header(streams[i][1]);
        ck_assert_str_eq(dn_csv_kind(csv), streams[i][0]);
        dn_csv_close(csv);
    }
    struct dn_csv *csv = open_header("CreationDate,UserIds,Operations,AuditData");
    ck_assert_ptr_null(dn_csv_kind(csv));
    dn_csv_close(csv);
}
END_TEST

START_TEST(quotes_are_written_where_they_are_needed_alone)
{
    const struct dn_text cells[] = {DN_TEXT("a b"),  DN_TEXT("a,b"), DN_TEXT("a\"b"), DN_TEXT("a\nb"),
                                    DN_TEXT("a\rb"), {NULL, 0},      DN_TEXT(" x "),  DN_TEXT("=1;2")};
    struct dn_buf line = {0};
    dn_csv_add_record(&line, cells, 8);
    ck_assert_str_eq(line.at, "a b,\"a,b\",\"a\"\"b\",\"a\nb\",\"a\rb\",, x ,=1;2\n");
    dn_buf_reset(&line);
    dn_csv_add_record(&line, &(struct dn_text){"", 0}, 1);
    ck_assert_str_eq(line.at, "\"\"\n");
    dn_buf_clear(&line);
}
END_TEST

START_TEST(no_cell_for_a_spreadsheet_starts_a_formula)
{
    static const char *const triggers[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof triggers / sizeof *triggers; i++) {
        struct dn_buf line = {0}, value = {0};
        dn_buf_addf(&value, "%scmd|' /C calc'!A0", triggers[i]);
        dn_csv_add_sheet_field(&line, false, dn_buf_text(&value));
        ck_assert_msg(strncmp(line.at, ",\"'", 3) == 0, "%s", line.at);
        dn_buf_clear(&line);
        dn_buf_clear(&value);
    }
    struct dn_buf line = {0};
    dn_csv_add_sheet_field(&line, true, DN_TEXT("a\"=b"));
    dn_csv_add_sheet_field(&line, false, DN_TEXT(""));
    ck_assert_str_eq(line.at, "\"a\"\"=b\",\"\"");
    dn_buf_clear(&line);
}
END_TEST

/* Random cells over what is special in CSV. */
static void random_cells(struct dn_buf bytes[4], struct dn_text cells[4])
{
    static const char *const pieces[] = {"a", ",", "\"", "\n", "\r", "\r\n", " ", "\xc3\xa9", "\"\"", "\t"};
    for (int i = 0; i < 4; i++) {
        dn_buf_reset(&bytes[i]);
        for (int n = rand() % 6; n > 0; n--)
            dn_buf_adds(&bytes[i], pieces[rand() % 10]);
        cells[i] = dn_buf_text(&bytes[i]);
    }
}

START_TEST(what_is_written_is_read_again)
{
    struct dn_buf bytes[4] = {{0}}, file = {0};
    struct dn_text cells[4];
    srand(11);
    dn_buf_adds(&file, "a,b,c,d\n");
    for (int n = 0; n < 2000; n++) {
        random_cells(bytes, cells);
        dn_csv_add_record(&file, cells, 4);
    }
    struct dn_csv *csv = open_header(file.at);
    struct dn_csv_record record;
    srand(11);
    for (int n = 0; n < 2000; n++) {
        random_cells(bytes, cells);
        ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_OK);
        ck_assert_int_eq(record.fault, DN_CSV_FINE);
        for (int i = 0; i < 4; i++)
            ck_assert(dn_text_equal(record.cells[i], cells[i]));
    }
    ck_assert_int_eq(dn_csv_next(csv, &record, NULL), DN_END);
    dn_csv_close(csv);
    for (int i = 0; i < 4; i++)
        dn_buf_clear(&bytes[i]);
    dn_buf_clear(&file);
}
END_TEST

/* Reads standard input that comes byte by byte from a child. */
static char *read_slowly(struct dn_text text)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < text.size; i++)
            if (write(ends[1], text.at + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    int kept = dup(0);
    dup2(ends[0], 0);
    close(ends[0]);
    struct dn_buf out = {0};
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    ck_assert_msg(dn_csv_open("-", NULL, &csv, &err) == DN_OK, "%s", err.text);
    while (dn_csv_next(csv, &record, &err) == DN_OK)
        for (size_t i = 0; i < record.count; i++)
            dn_buf_addf(&out, "%d:%.*s|", (int)record.line, (int)record.cells[i].size, record.cells[i].at);
    dn_buf_adds(&out, err.text);
    dn_csv_close(csv);
    dup2(kept, 0);
    close(kept);
    waitpid(child, NULL, 0);
    return dn_buf_take(&out);
}

START_TEST(bytes_that_come_one_by_one_read_the_same)
{
    char *got = read_slowly(DN_TEXT("\xef\xbb\xbfsep=;\r\na;b\r\n\"x\r\n\"\"y\";\xc3\xa9\r\n1;2\r\n3;\"4"));
    ck_assert_str_eq(got,
                     "3:x\r\n\"y|3:\xc3\xa9|5:1|5:2|standard input:6:2: a quote that is not closed before the end of "
                     "the file");
    free(got);
    got = read_slowly(DN_TEXT("\xff\xfe"
                              "a\0\n\0\x3d\xd8\x00\xde\n\0\x3d\xd8"));
    ck_assert_str_eq(got, "2:\xf0\x9f\x98\x80|standard input:3: cut: UTF-16 that ends inside a character");
    free(got);
}
END_TEST

static void utf8_as_marked(const struct vector *vector)
{
    bool valid = strcmp(vector->mark, "valid") == 0;
    ck_assert_msg(dn_text_utf8(vector->text, NULL) == valid, "vector %s is %s", vector->note, vector->mark);
}

#ifdef DN_HAVE_PIPE_SIZE
/* What may be had is taken; nothing is made smaller. */
START_TEST(a_pipe_has_more_room_while_it_is_read)
{
    for (int wanted = 1 << 16; wanted <= 1 << 20; wanted *= 16) {
        int ends[2], kept = dup(0);
        struct dn_csv *csv = NULL;
        ck_assert_int_eq(pipe(ends), 0);
        bool may = fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 20;
        int before = fcntl(ends[1], F_SETPIPE_SZ, wanted);
        ck_assert_int_eq(write(ends[1], "a,b\n1,2\n", 8), 8);
        ck_assert_int_eq(dup2(ends[0], 0), 0);
        close(ends[1]);
        ck_assert_int_eq(dn_csv_open("-", NULL, &csv, NULL), DN_OK);
        ck_assert_int_ge(fcntl(ends[0], F_GETPIPE_SZ), may ? 1 << 20 : before);
        dn_csv_close(csv);
        ck_assert_int_eq(dup2(kept, 0), 0);
        close(kept);
        close(ends[0]);
    }
}
END_TEST
#endif

START_TEST(utf8_is_what_the_vectors_say)
{
    size_t count = vectors_each("utf8.tsv", utf8_as_marked);
    ck_assert(count == 0 || count == 222);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, line_ends_bom_and_blank_lines_change_nothing);
    tcase_add_test(cases, a_record_has_the_line_it_starts_on);
    tcase_add_test(cases, quotes_are_doubled_inside_quotes_alone);
    tcase_add_test(cases, a_carriage_return_is_text_only_in_quotes);
    tcase_add_test(cases, what_is_wrong_in_a_whole_record_is_a_fault_of_it);
    tcase_add_test(cases, a_nul_byte_is_a_fault_and_its_field_is_named);
    tcase_add_test(cases, the_raw_record_is_what_stood_in_the_file);
    tcase_add_test(cases, after_an_error_nothing_more_is_read);
    tcase_add_test(cases, a_first_line_may_say_the_delimiter_or_the_type);
    tcase_add_test(cases, a_delimiter_is_one_ascii_character);
    tcase_add_test(cases, utf16_with_a_bom_is_read_as_utf8);
    tcase_add_test(cases, what_is_no_csv_at_all_is_named);
    tcase_add_test(cases, a_record_has_a_bound);
    tcase_add_test(cases, a_record_up_to_the_bound_is_read);
    tcase_add_test(cases, a_file_cut_inside_quotes_or_a_line_end_is_an_error);
    tcase_add_test(cases, columns_are_found_by_name);
    tcase_add_test(cases, a_missing_or_repeated_column_says_what_is_wrong);
    tcase_add_test(cases, our_own_streams_are_recognised_by_their_headers);
    tcase_add_test(cases, quotes_are_written_where_they_are_needed_alone);
    tcase_add_test(cases, no_cell_for_a_spreadsheet_starts_a_formula);
    tcase_add_test(cases, what_is_written_is_read_again);
    tcase_add_test(cases, bytes_that_come_one_by_one_read_the_same);
#ifdef DN_HAVE_PIPE_SIZE
    tcase_add_test(cases, a_pipe_has_more_room_while_it_is_read);
#endif
    tcase_add_test(cases, utf8_is_what_the_vectors_say);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
