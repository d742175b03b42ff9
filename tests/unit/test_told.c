#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline/told.h"
#include "text_file.h"

#define ROWS 2400

/* A ledger that is being written. */
struct writing {
    struct dn_buf text, line;
    char chain[DN_SHA256_HEX];
    int64_t seq;
};

static void add_row(struct writing *it, int tenant, enum dn_channel channel, enum dn_state state, const char *reason)
{
    char key[DN_SHA256_HEX], id[32];
    struct dn_buf bytes = {0};
    snprintf(id, sizeof id, "tenant-%d", tenant);
    struct dn_ledger_row row = {.seq = ++it->seq,
                                .at = {1780272000 + it->seq, 0},
                                .incident_id = tenant % 2 ? DN_TEXT("INC-1") : DN_TEXT("INC-2"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = dn_text_of(id),
                                .channel = channel,
                                .attempt = 1,
                                .state = state,
                                .reason = dn_text_of(reason),
                                .declared_at = {1780000000, 0},
                                .due_at = {1780000000 + 72 * 3600, 0},
                                .regime = DN_TEXT("contract-72h-declared"),
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, channel, row.recipient, key);
    row.key = dn_text_of(key);
    dn_buf_reset(&it->line);
    dn_ledger_add_line(&row, &it->line); /* with an empty cell for the chain */
    dn_buf_addf(&bytes, "%s\n%.*s", it->chain, (int)it->line.size - 2, it->line.at);
    dn_sha256_hex(dn_buf_text(&bytes), it->chain);
    dn_buf_addf(&it->text, "%.*s,%s\n", (int)it->line.size - 2, it->line.at, it->chain);
    dn_buf_clear(&bytes);
}

/* Rows of 300 tenants, some of whose states go backwards; a row is changed, some are not there. */
static void write_ledger(struct writing *it)
{
    static const enum dn_state states[] = {DN_STATE_INTENT, DN_STATE_ACCEPTED, DN_STATE_DELIVERED, DN_STATE_BOUNCED};
    memset(it->chain, '0', DN_SHA256_HEX - 1);
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        dn_buf_addf(&it->text, "%s%s", i > 0 ? "," : "", dn_ledger_columns[i]);
    dn_buf_addc(&it->text, '\n');
    for (int i = 0; i < ROWS; i++) {
        int tenant = i % 300, round = i / 300;
        bool jumps = tenant % 37 == 0 && round % 4 == 1;
        add_row(it, tenant, round < 4 ? DN_CHANNEL_EMAIL_ADMIN : DN_CHANNEL_MESSAGE_CENTER,
                jumps ? DN_STATE_HELD : states[round % 4], i % 11 == 0 ? "a \"reason\", with all" : "");
        if (i == 700)
            it->text.at[it->text.size - 100] ^= 1; /* of the row's own bytes, or its chain's */
        if (i == 1300)
            it->seq += 5;
    }
}

static void add_key(struct dn_buf *out, const struct dn_told_key *key)
{
    dn_buf_addf(out, " %s:%s %lld %lld%s%s ", dn_channel_words[key->channel], dn_state_words[key->state],
                (long long)key->seq, (long long)key->satisfied_seq, key->backwards ? " backwards" : "",
                key->reason != NULL ? key->reason : "");
    dn_instant_add_to(out, key->satisfied_at);
}

static void add_list(const struct dn_told_list *list, const struct dn_notes *notes, struct dn_buf *out)
{
    uint32_t *references = dn_told_sorted(list);
    struct dn_told_view view = {0};
    for (size_t i = 0; i < dn_told_count(list); i++) {
        const struct dn_told *told = dn_told_at(list, references[i], &view);
        dn_buf_addf(out, "%s %s", view.incident_id, told->tenant_id);
        for (size_t k = 0; k < told->count; k++)
            add_key(out, &told->keys[k]);
        dn_buf_addc(out, '\n');
    }
    for (size_t i = 0; i < list->source_count; i++)
        dn_buf_addf(out, "%lld rows, %lld %s\n", (long long)list->sources[i].rows, (long long)list->sources[i].seq,
                    list->sources[i].chain);
    for (size_t i = 0; i < notes->count; i++)
        dn_buf_addf(out, "[%s] %s\n", notes->at[i].word, notes->at[i].text);
    dn_told_view_clear(&view);
    free(references);
}

/* What the ledger comes to, or the error. */
static void read_by(const char *path, size_t threads, size_t stretch, struct dn_buf *out)
{
    struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED, .threads = threads, .stretch = stretch};
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    if (dn_told_read(&list, path, &notes, &err) != DN_OK)
        dn_buf_addf(out, "error: %s\n", err.text);
    else
        add_list(&list, &notes, out);
    dn_told_list_clear(&list);
    dn_notes_clear(&notes);
}

static const struct {
    size_t threads, stretch;
} readings[] = {{1, 0}, {2, 0}, {3, 0}, {1, 4096}, {2, 4096}, {3, 4096}, {2, 1009}, {3, 77}, {4, 20011}};

static void assert_same(const struct dn_buf *text, size_t threads, size_t stretch, const char *const *has)
{
    struct dn_buf whole = {0}, parts = {0};
    const char *path = text_file(dn_buf_text(text));
    read_by(path, 1, 1 << 24, &whole);
    read_by(path, threads, stretch, &parts);
    unlink(path);
    ck_assert(strcmp(parts.at, whole.at) == 0);
    for (; *has != NULL; has++)
        ck_assert_msg(strstr(whole.at, *has) != NULL, "'%s' is not there", *has);
    dn_buf_clear(&whole);
    dn_buf_clear(&parts);
}

START_TEST(a_ledger_comes_to_the_same_for_every_number_of_threads)
{
    static const char *const has[] = {"2400 rows, 2405 ",  "[chain]",     "(1 in all)", "[gap]",
                                      "rows 1302 to 1306", "[backwards]", NULL};
    struct writing it = {0};
    write_ledger(&it);
    assert_same(&it.text, readings[_i].threads, readings[_i].stretch, has);
    dn_buf_clear(&it.text);
    dn_buf_clear(&it.line);
}
END_TEST

/* Whatever is wrong first ends it: a row that was moved, or a cell, in blocks of which others are read earlier. */
START_TEST(the_first_wrong_row_ends_it_for_every_number_of_threads)
{
    static const char *const moved[] = {":1501: row 3 stands behind row ", NULL};
    static const char *const wrong[] = {":901:1: ", "the ledger's cell 'seq' is wrong", NULL};
    struct writing it = {0};
    write_ledger(&it);
    char *line = it.text.at;
    for (int i = 1; i < 1501; i++)
        line = strchr(line, '\n') + 1;
    memcpy(line, "0003", 4);
    assert_same(&it.text, readings[_i].threads, readings[_i].stretch, moved);
    line = it.text.at;
    for (int i = 1; i < 901; i++)
        line = strchr(line, '\n') + 1;
    *line = 'x';
    assert_same(&it.text, readings[_i].threads, readings[_i].stretch, wrong);
    dn_buf_clear(&it.text);
    dn_buf_clear(&it.line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("told");
    TCase *tests = tcase_create("told");
    int count = sizeof readings / sizeof *readings;
    tcase_add_loop_test(tests, a_ledger_comes_to_the_same_for_every_number_of_threads, 0, count);
    tcase_add_loop_test(tests, the_first_wrong_row_ends_it_for_every_number_of_threads, 0, count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
