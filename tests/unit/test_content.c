/* The content of a notice: what must be in it, what must not, and what it does to hostile text. */
#include <check.h>

#include "notice/content.h"
#include "notice_fixture.h"
#include "stream/yaml.h"

#define WORDS                                                                                                          \
    "notice:\n"                                                                                                        \
    "  summary: An intruder read mail.\n"                                                                              \
    "  consequences: Fraud is possible.\n"                                                                             \
    "  measures: We revoked the key.\n"                                                                                \
    "  customer_actions: Watch your accounts.\n"                                                                       \
    "  contact: {name: Incident desk, email: desk@provider.example, phone: +1 555 0100}\n"                             \
    "  next_update_at: 2026-06-17T18:00:00Z\n"                                                                         \
    "  text:\n"                                                                                                        \
    "    fr: {summary: Un intrus a lu du courrier.}\n"                                                                 \
    "    de: {summary: Jemand hat Post gelesen.}\n"                                                                    \
    "    fr-CA: {measures: La cle est revoquee.}\n"
#define CONTOSO(language)                                                                                              \
    ROW("tenant-1", "Contoso & Söhne", language, "access;disclosure", "yes", "a@x.example", "p@x.example", "", "")

/* The text with every run of blanks and line breaks as one blank: wrapping is none of the test's business. */
static char *flat(const char *text)
{
    struct dn_buf out = {0};
    bool is_blank = false;
    for (; *text; text++) {
        bool blank = *text == ' ' || *text == '\n';
        if (!blank || !is_blank)
            dn_buf_addc(&out, blank ? ' ' : *text);
        is_blank = blank;
    }
    return dn_buf_take(&out);
}

static void has_all(const char *text, const char *const *wanted)
{
    char *line = flat(text);
    for (; *wanted; wanted++)
        ck_assert_msg(strstr(line, *wanted) != NULL, "missing: %s\nin: %s", *wanted, line);
    free(line);
}

static void has_none(const char *text, const char *const *unwanted)
{
    for (; *unwanted; unwanted++)
        ck_assert_msg(strstr(text, *unwanted) == NULL, "there is: %s\nin: %s", *unwanted, text);
}

/* The content of the affected row with this number. */
static const struct dn_content *content_of(struct world *w, size_t number)
{
    size_t row = 0;
    while (row < w->plan.row_count &&
           (dn_plan_at(&w->plan, row)->number != number || dn_plan_at(&w->plan, row)->state != DN_STATE_INTENT))
        row++;
    ck_assert_uint_lt(row, w->plan.row_count);
    return world_content(w, row);
}

static const struct dn_content *first_content(struct world *w)
{
    return content_of(w, 0);
}

/* The record, but with this title; the caller frees. */
static char *record_with_title(const char *title)
{
    struct dn_buf out = {0};
    const char *head = INCIDENT_HEAD, *at = strstr(head, "title:");
    dn_buf_add(&out, head, (size_t)(at - head));
    dn_buf_addf(&out, "title: %s%s", title, strchr(at, '\n'));
    return dn_buf_take(&out);
}

START_TEST(the_notice_says_all_that_the_law_asks_for)
{
    static const char *const wanted[] = {"unauthorised access and unauthorised disclosure",
                                         "An intruder read mail.",
                                         "Fraud is possible.",
                                         "We revoked the key.",
                                         "Watch your accounts.",
                                         "Incident desk, desk@provider.example, +1 555 0100",
                                         "by 2026-06-17 18:00 UTC",
                                         "Categories of data: mail content and contacts",
                                         "People concerned (approximate number): not yet known",
                                         "and the like): 2",
                                         "on them: 4",
                                         "Began: 2026-06-14 03:00 UTC",
                                         "First seen in your data: 2026-06-15 08:00 UTC",
                                         "Last seen in your data: 2026-06-15 09:30 UTC",
                                         "We detected it: 2026-06-15 10:00 UTC",
                                         "declared the incident: 2026-06-15 18:00 UTC",
                                         "2026-06-15 19:00 UTC",
                                         "we act as processor, you are the controller",
                                         "may run from receiving this notice",
                                         "reasonable efforts to help you meet your obligations under Article 33",
                                         "not an acknowledgement by us of any fault or liability",
                                         "abuse@provider.example",
                                         "+44 20 7946 0000",
                                         "Message Center preferences",
                                         "current",
                                         "INC-1",
                                         "article-33.yaml",
                                         "affected-resources.csv",
                                         NULL};
    static const char *const unwanted[] = {"{{", "}}", "DRILL", "exercise", "may be affected", NULL};
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD, AFFECTED_HEADER CONTOSO("en"),
          RESOURCES_HEADER RESOURCE("tenant-1", "bob@x.example"));
    const struct dn_content *content = first_content(&w);
    has_all(content->text, wanted);
    has_none(content->text, unwanted);
    has_none(content->html, unwanted);
    ck_assert_str_eq(content->subject, "Security incident INC-1: data of Contoso & Söhne is affected");
    ck_assert_ptr_nonnull(strstr(content->text, "Contoso & Söhne"));
    ck_assert_ptr_nonnull(strstr(content->html, "Contoso &amp; Söhne"));
    world_clear(&w);
}
END_TEST

START_TEST(the_languages_say_it_in_their_words)
{
    static const struct {
        const char *language, *tag;
        const char *wanted[8];
    } languages[] = {
        {"fr-FR",
         "fr",
         {"sous-traitant", "responsable du traitement", "ne constitue pas la reconnaissance",
          "accès non autorisé et divulgation non autorisée", "Un intrus a lu du courrier.", "We revoked the key.",
          "pas encore connu", NULL}},
        {"FR_ca", "fr", {"La cle est revoquee.", "Un intrus a lu du courrier.", "15/06/2026 à 08:00 UTC", NULL}},
        {"it",
         "it",
         {"responsabile del trattamento", "titolare del trattamento", "non rappresenta un riconoscimento",
          "non ancora noto", "accesso non autorizzato e divulgazione non autorizzata", "An intruder read mail.", NULL}},
        {"de-AT", "en", {"you are the controller", "Jemand hat Post gelesen.", NULL}},
        {"", "en", {"you are the controller", "An intruder read mail.", NULL}},
    };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct world w = {0};
        char affected[4096];
        snprintf(affected, sizeof affected,
                 AFFECTED_HEADER "INC-1,tenant-1,Contoso,,%s,,,added,access;disclosure,confirmed,mail,2,5,4,,2026-06-"
                                 "15T08:00:00Z,,domain,yes,,,,,\n",
                 languages[i].language);
        WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD, affected, NULL);
        const struct dn_content *content = first_content(&w);
        ck_assert_str_eq(content->language, languages[i].tag);
        has_all(content->text, languages[i].wanted);
        if (i == 3)
            ck_assert_ptr_nonnull(world_note(&w, "language"));
        world_clear(&w);
    }
}
END_TEST

START_TEST(what_is_absent_is_not_yet_known)
{
    struct world w = {0};
    const char *affected = AFFECTED_HEADER "INC-1,tenant-1,Contoso,,en,,,added,,potential,,0,0,0,,,,domain,yes,,,,,\n";
    WORLD(&w, "schema: duenotice/incident/1\nid: INC-1\nstatus: declared\nkind: privacy\n", NULL, affected, NULL);
    static const char *const wanted[] = {"PRIVACY INCIDENT",
                                         "may be affected",
                                         "What may have happened to it: not yet known",
                                         "Certainty: possible, not yet confirmed",
                                         "Contact: not yet known",
                                         "Services: not yet known",
                                         "We detected it: not yet known",
                                         "and the like): not yet known",
                                         "LIKELY CONSEQUENCES not yet known",
                                         "WHAT WE HAVE DONE AND WILL DO not yet known",
                                         "your service provider",
                                         "Next update from us: time not yet known",
                                         "call the number in your contract",
                                         NULL};
    const struct dn_content *content = first_content(&w);
    has_all(content->text, wanted);
    ck_assert_uint_eq(content->attachment_count, 1); /* no resources, no list of them */
    static const char *const said[] = {"likely_consequences: not yet known",
                                       "measures_taken_or_proposed: not yet known",
                                       "name: not yet known",
                                       "effects: not yet known",
                                       "approximate_number_of_data_subjects: not yet known",
                                       "event_detected: not yet known",
                                       "next_update_at: not yet known",
                                       NULL};
    has_all(content->attachments[0].bytes, said);
    world_clear(&w);
}
END_TEST

START_TEST(a_controller_says_so)
{
    struct world w = {0};
    WORLD(&w, "schema: duenotice/incident/1\nid: INC-1\nstatus: declared\nprovider_role: controller\n", NULL,
          AFFECTED_HEADER CONTOSO("en"), NULL);
    static const char *const unwanted[] = {"act as processor", "role: processor", NULL};
    has_none(first_content(&w)->text, unwanted);
    has_none(first_content(&w)->html, unwanted);
    has_none(first_content(&w)->script, unwanted);
    has_none(first_content(&w)->attachments[0].bytes, unwanted);
    ck_assert_ptr_nonnull(strstr(first_content(&w)->text, "we are the controller"));
    world_clear(&w);
}
END_TEST

START_TEST(text_is_lf_utf8_and_not_too_wide)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD,
          AFFECTED_HEADER CONTOSO("en") ROW("tenant-2", "Deux", "fr", "loss", "yes", "", "", "", "")
              ROW("tenant-3", "Tre", "it", "loss", "yes", "", "", "", ""),
          NULL);
    for (size_t i = 0; i < w.affected.count; i++) {
        const struct dn_content *content = content_of(&w, i);
        const char *const texts[] = {content->text, content->script, content->reference_text};
        for (size_t k = 0; k < 3; k++) {
            size_t width = 0;
            ck_assert(dn_text_utf8(dn_text_of(texts[k]), NULL));
            for (const char *c = texts[k]; *c; c++) {
                width = *c == '\n' ? 0 : width + (((unsigned char)*c & 0xC0) != 0x80);
                ck_assert_msg(width <= 76, "too wide: %.80s", c > texts[k] + 80 ? c - 80 : texts[k]);
                ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "control character %d", *c);
            }
            ck_assert_int_eq(texts[k][strlen(texts[k]) - 1], '\n');
        }
    }
    world_clear(&w);
}
END_TEST

START_TEST(a_reference_says_nothing_but_the_reference)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD, AFFECTED_HEADER CONTOSO("en"),
          RESOURCES_HEADER RESOURCE("tenant-1", "bob@x.example"));
    const struct dn_content *content = first_content(&w);
    const char *const parts[] = {content->reference_subject, content->reference_text, content->reference_html};
    static const char *const unwanted[] = {
        "Contoso", "access", "mail", "intruder", "tenant-1", "desk@provider.example", "security", "data", NULL};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(strstr(parts[i], "INC-1"));
        /* the HTML's style and the no-admission sentence are not about the customer */
        has_none(parts[i], unwanted);
    }
    ck_assert_ptr_nonnull(strstr(content->reference_text, "+44 20 7946 0000"));
    world_clear(&w);
}
END_TEST

/* T4, T5, T6, T7: hostile text of every kind in every place it can come from. */
static const char *const hostile[] = {"<script>alert(1)</script>",
                                      "{{tenant_id}}",
                                      "{{#drill}}x{{/drill}}",
                                      "\"><img src=x>",
                                      "]]>",
                                      "&lt;",
                                      "=1+1",
                                      "http://evil.example/login",
                                      "www.evil.example",
                                      "call +39 02 1234 5678 now",
                                      "boss@evil.example",
                                      "'; --",
                                      "%s%n"};

static size_t count_of(const char *text, char what)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == what;
    return count;
}

START_TEST(hostile_text_stays_text)
{
    size_t tags = 0;
    for (size_t i = 0; i <= sizeof hostile / sizeof *hostile; i++) {
        struct world w = {0};
        struct dn_buf incident = {0};
        const char *evil = i ? hostile[i - 1] : "plain";
        dn_buf_adds(&incident, INCIDENT_HEAD "notice:\n");
        static const char *const keys[] = {"summary", "consequences", "measures", "customer_actions"};
        for (size_t k = 0; k < 4; k++)
            dn_buf_addf(&incident, "  %s: |\n    %s\n", keys[k], evil);
        struct dn_buf affected = {0};
        dn_buf_adds(&affected, AFFECTED_HEADER "INC-1,tenant-1,\"");
        for (const char *c = evil; *c; c++)
            dn_buf_addf(&affected, *c == '"' ? "\"\"" : "%c", *c);
        dn_buf_adds(&affected, "\",,en,,,added,access,confirmed,\"");
        for (const char *c = evil; *c; c++)
            dn_buf_addf(&affected, *c == '"' ? "\"\"" : "%c", *c);
        dn_buf_adds(&affected, "\",1,1,1,,,,domain,yes,,,,,\n");
        WORLD(&w, incident.at, CONFIG_HEAD, affected.at, NULL);
        const struct dn_content *content = first_content(&w);
        if (!i)
            tags = count_of(content->html, '<');
        size_t breaks = 0;
        for (const char *at = strstr(content->html, "<br>\n&"); at; at = strstr(at + 1, "<br>\n&"))
            breaks++;
        ck_assert_msg(count_of(content->html, '<') == tags, "%s changes the number of tags", evil);
        ck_assert_uint_eq(breaks, 0);
        static const char *const unwanted[] = {"http",    "HTTP",      "://evil.example/", "www.",
                                               "mailto:", "1234 5678", "boss@evil",        NULL};
        char *without_name = flat(content->text);
        char *name = strstr(without_name, "To: "), *from = strstr(without_name, "From: ");
        memmove(name, from, strlen(from) + 1); /* the customer's own name is not defanged */
        has_none(without_name, unwanted);
        free(without_name);
        world_clear(&w);
        dn_buf_clear(&incident);
        dn_buf_clear(&affected);
    }
}
END_TEST

START_TEST(a_title_for_posts_is_defanged_like_the_texts)
{
    struct world w = {0};
    char *incident = record_with_title("Mail of evil@x.example at http://x.example/");
    WORLD(&w, incident, CONFIG_HEAD, AFFECTED_HEADER CONTOSO("en"), NULL);
    ck_assert_str_eq(first_content(&w)->title, ""); /* nobody says it */
    world_clear(&w);
    WORLD(&w, incident, CONFIG_HEAD "channels:\n  message-center: {url: 'http://127.0.0.1:1/', template: post.json}\n",
          AFFECTED_HEADER CONTOSO("en"), NULL);
    ck_assert_str_eq(first_content(&w)->title, "Mail of evil[@]x[.]example at hxxp://x[.]example/");
    world_clear(&w);
    free(incident);
}
END_TEST

START_TEST(the_attached_csv_is_safe_in_a_spreadsheet)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL, AFFECTED_HEADER CONTOSO("en"),
          RESOURCES_HEADER RESOURCE("tenant-1", "=cmd|' /C calc'!A0") RESOURCE("tenant-1", "+1")
              RESOURCE("tenant-1", "-2") RESOURCE("tenant-1", "@x") RESOURCE("tenant-1", "a"));
    const struct dn_attachment *csv = &first_content(&w)->attachments[0];
    ck_assert_str_eq(csv->name, "affected-resources.csv");
    ck_assert_str_eq(
        csv->bytes,
        "\"service\",\"resource\",\"effect\",\"certainty\",\"first_seen\",\"last_seen\",\"rows\",\"events\"\n"
        "\"mail\",\"'+1\",\"access\",\"confirmed\",\"2026-06-15T08:00:00Z\",\"2026-06-15T08:30:00Z\",\"1\",\"1\"\n"
        "\"mail\",\"'-2\",\"access\",\"confirmed\",\"2026-06-15T08:00:00Z\",\"2026-06-15T08:30:00Z\",\"1\",\"1\"\n"
        "\"mail\",\"'=cmd|' /C "
        "calc'!A0\",\"access\",\"confirmed\",\"2026-06-15T08:00:00Z\",\"2026-06-15T08:30:00Z\",\"1\",\"1\"\n"
        "\"mail\",\"'@x\",\"access\",\"confirmed\",\"2026-06-15T08:00:00Z\",\"2026-06-15T08:30:00Z\",\"1\",\"1\"\n"
        "\"mail\",\"a\",\"access\",\"confirmed\",\"2026-06-15T08:00:00Z\",\"2026-06-15T08:30:00Z\",\"1\",\"1\"\n");
    ck_assert_uint_eq(csv->size, strlen(csv->bytes));
    world_clear(&w);
}
END_TEST

START_TEST(article_33_can_be_read_back)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD, AFFECTED_HEADER CONTOSO("fr"), NULL);
    const struct dn_attachment *yaml = &first_content(&w)->attachments[0];
    ck_assert_str_eq(yaml->name, "article-33.yaml");
    struct dn_yaml_file file = {0};
    ck_assert_int_eq(dn_yaml_read_bytes((struct dn_text){yaml->bytes, yaml->size}, yaml->name, &file, &w.err), DN_OK);
    static const char *const paths[][2] = {{"nature_of_the_breach", "description"},
                                           {"nature_of_the_breach", "approximate_number_of_data_subjects"},
                                           {"nature_of_the_breach", "categories_of_data_subjects"},
                                           {"nature_of_the_breach", "categories_of_records"},
                                           {"nature_of_the_breach", "approximate_number_of_records"},
                                           {"contact_point", "email"},
                                           {"likely_consequences", NULL},
                                           {"measures_taken_or_proposed", NULL},
                                           {"what_the_customer_can_do", NULL},
                                           {"times", "event_detected"},
                                           {"next_update_at", NULL},
                                           {"statement", NULL}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct dn_yaml *node = dn_yaml_find(file.documents[0], paths[i][0]);
        if (paths[i][1])
            node = dn_yaml_find(node, paths[i][1]);
        ck_assert_msg(node != NULL && (node->kind == DN_YAML_LIST || node->text.size > 0), "%s %s", paths[i][0],
                      paths[i][1] ? paths[i][1] : "");
    }
    const struct dn_yaml *summary =
        dn_yaml_find(dn_yaml_find(file.documents[0], "nature_of_the_breach"), "description");
    ck_assert_str_eq(summary->text.at, "Un intrus a lu du courrier.");
    dn_yaml_clear(&file);
    world_clear(&w);
}
END_TEST

START_TEST(every_part_counts_in_its_digest_and_only_there)
{
    struct world w = {0}, other = {0};
    const char *affected = AFFECTED_HEADER CONTOSO("en");
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD, affected, RESOURCES_HEADER RESOURCE("tenant-1", "bob@x.example"));
    WORLD(&other, INCIDENT_HEAD WORDS, CONFIG_HEAD, affected, RESOURCES_HEADER RESOURCE("tenant-1", "rob@x.example"));
    const struct dn_content *a = first_content(&w), *b = first_content(&other);
    ck_assert_str_ne(a->sha256, b->sha256); /* the attachment alone differs */
    ck_assert_str_eq(a->text, b->text);
    ck_assert_str_eq(a->script_sha256, b->script_sha256);
    ck_assert_str_eq(a->reference_sha256, b->reference_sha256);
    ck_assert_uint_eq(strlen(a->sha256), 64);
    world_clear(&w);
    world_clear(&other);
}
END_TEST

/* Not only the plan looks: whoever renders learns that this tenant must be held, and gets no text. */
START_TEST(a_tenant_to_be_held_has_no_content)
{
    static const char *const rows[][2] = {
        {"INC-1,t,\"A\nB\",,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,,,,,\n", "hostile-name"},
        {"INC-1,t,A,,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,,,\"1\t2\",,\n", "hostile-address"},
        {"INC-1,t,A,,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,a b@c.example,,,,\n", "hostile-address"},
        {"INC-1,t,A,,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,a@c.example,a>b@c.example,,,\n",
         "hostile-address"},
        {"INC-1,t,A,,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,a c; nobody here,b@c.example,,,\n", NULL},
        {"INC-1,t,A,,en,,,added,access;unclassified,confirmed,,1,1,1,,,,domain,yes,,,,,\n", "unclassified"},
        {"INC-1,t,A,,en,,,added,unresolved,confirmed,,1,1,1,,,,domain,yes,,,,,\n", "unresolved"},
        {"INC-1,t,A,,en,,,added,access,confirmed,,1,1,1,,,,domain,yes,,,,,\n", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w = {0};
        char affected[1024];
        snprintf(affected, sizeof affected, "%s%s", AFFECTED_HEADER, rows[i][0]);
        ck_assert_msg(world_read(&w, INCIDENT_HEAD, NULL, affected, NULL) == DN_OK, "%s", w.err.text);
        struct dn_content_source source = {
            .incident = &w.incidents.at[0], .config = &w.config, .tenant = &w.affected.at[0], .notice = "initial"};
        struct dn_content content;
        const char *held = "?";
        ck_assert_int_eq(dn_content_render(w.templates, &source, &content, &held, &w.err), DN_OK);
        if (rows[i][1])
            ck_assert_str_eq(held, rows[i][1]);
        else
            ck_assert_ptr_null(held);
        ck_assert((content.text != NULL) == !rows[i][1]);
        dn_content_clear(&content);
        world_clear(&w);
    }
}
END_TEST

START_TEST(the_data_types_are_those_of_the_tenants_services)
{
    struct world w = {0};
    const char *incident =
        "schema: duenotice/incident/1\nid: INC-1\nstatus: declared\nfindings:\n"
        "  - {effect: access, cause: unauthorised, data: customer, service: MAIL, data_types: [letters]}\n"
        "  - {effect: access, cause: unauthorised, data: customer, service: files, data_types: [documents]}\n"
        "  - {effect: access, cause: unauthorised, data: provider, service: mail, data_types: [source code]}\n";
    WORLD(&w, incident, NULL,
          AFFECTED_HEADER CONTOSO(
              "en") "INC-1,tenant-2,Two,,en,,,added,access,confirmed,calendar,1,1,1,,,,domain,yes,,,,,\n",
          NULL);
    static const char *const mail[] = {"Categories of data: letters Categories of people", NULL};
    static const char *const all[] = {"Categories of data: letters and documents Categories of people", NULL};
    has_all(content_of(&w, 0)->text, mail);
    has_all(content_of(&w, 1)->text, all);
    world_clear(&w);
}
END_TEST

START_TEST(services_from_evidence_are_capped)
{
    struct world w = {0};
    struct dn_buf affected = {0};
    dn_buf_adds(&affected, AFFECTED_HEADER "INC-1,tenant-1,One,,en,,,added,access,confirmed,");
    for (int i = 0; i < 200; i++)
        dn_buf_adds(&affected, "\xC3\xA9\xC3\xA9");
    dn_buf_adds(&affected, ",1,1,1,,,,domain,yes,,,,,\n");
    WORLD(&w, INCIDENT_HEAD, NULL, affected.at, NULL);
    const char *at = strstr(first_content(&w)->text, "\xC3\xA9");
    ck_assert_ptr_nonnull(strstr(at, "\n...\n")); /* on its own line: a word is never broken */
    ck_assert(dn_text_utf8(dn_text_of(first_content(&w)->text), NULL));
    ck_assert_uint_eq(strspn(at, "\xC3\xA9"), 256);
    world_clear(&w);
    dn_buf_clear(&affected);
}
END_TEST

#define HURT(id, effects, certainty, services)                                                                         \
    "INC-1," id ",Name,,en,,,added," effects "," certainty "," services ",1,1,1,,,,domain,yes,,,,,\n"

/* What is kept from notice to notice is another's only where it is the same. */
START_TEST(a_notice_after_others_is_the_one_made_alone)
{
    struct world w = {0};
    struct dn_shares shares = {0};
    WORLD(&w, INCIDENT_HEAD WORDS, CONFIG_HEAD,
          AFFECTED_HEADER HURT("t1", "access", "confirmed", "mail") HURT("t2", "access;loss", "confirmed", "mail")
              HURT("t3", "access;loss", "confirmed", "calendar") HURT("t4", "access;loss", "potential", "calendar")
                  HURT("t5", "access", "confirmed", "mail"),
          NULL);
    for (size_t i = 0; i < 5; i++) {
        struct dn_content_source source = {
            .incident = &w.incidents.at[0], .config = &w.config, .tenant = &w.affected.at[i], .notice = "initial"};
        struct dn_content alone, after;
        const char *held = NULL;
        ck_assert_int_eq(dn_content_render(w.templates, &source, &alone, &held, &w.err), DN_OK);
        source.shares = &shares;
        ck_assert_int_eq(dn_content_render(w.templates, &source, &after, &held, &w.err), DN_OK);
        ck_assert_str_eq(after.attachments[0].bytes, alone.attachments[0].bytes);
        ck_assert_str_eq(after.sha256, alone.sha256);
        dn_content_clear(&alone);
        dn_content_clear(&after);
    }
    dn_shares_clear(&shares);
    world_clear(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("content");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, the_notice_says_all_that_the_law_asks_for);
    tcase_add_test(cases, the_languages_say_it_in_their_words);
    tcase_add_test(cases, what_is_absent_is_not_yet_known);
    tcase_add_test(cases, a_controller_says_so);
    tcase_add_test(cases, text_is_lf_utf8_and_not_too_wide);
    tcase_add_test(cases, a_reference_says_nothing_but_the_reference);
    tcase_add_test(cases, hostile_text_stays_text);
    tcase_add_test(cases, a_title_for_posts_is_defanged_like_the_texts);
    tcase_add_test(cases, the_attached_csv_is_safe_in_a_spreadsheet);
    tcase_add_test(cases, article_33_can_be_read_back);
    tcase_add_test(cases, every_part_counts_in_its_digest_and_only_there);
    tcase_add_test(cases, a_tenant_to_be_held_has_no_content);
    tcase_add_test(cases, the_data_types_are_those_of_the_tenants_services);
    tcase_add_test(cases, services_from_evidence_are_capped);
    tcase_add_test(cases, a_notice_after_others_is_the_one_made_alone);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
