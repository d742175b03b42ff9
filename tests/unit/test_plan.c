/* The plan: who is told, through what, with which requirement, and who is not told and why. */
#include <check.h>

#include "notice/plan_parts.h"
#include "notice_fixture.h"

#define SEND(channels, require) CONFIG_HEAD "policy: [{send: [" channels "], require: " require "}]\n"
#define FULL_ROW(id, name, language, effects)                                                                          \
    ROW(id, name, language, effects, "yes", "a@x.example", "p@x.example", "+1 555 0100", "")

START_TEST(the_default_policy_sends_all_three_and_calls_nobody)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "b@x.example;a@x.example", "p@x.example",
                              "+1 555 0100", ""),
          NULL);
    CHECK_LINES(&w, "t1 message-center all intent [t1] \n"
                    "t1 email-admin all intent [a@x.example] \n"
                    "t1 email-admin all intent [b@x.example] \n"
                    "t1 email-privacy all intent [p@x.example] \n");
    ck_assert(!dn_notes_need_person(&w.notes));
    world_clear(&w);
}
END_TEST

START_TEST(a_channel_without_a_contact_is_skipped_with_its_gap)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, SEND("message-center, email-admin, email-privacy, phone", "all"),
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example", "", "", "no-privacy-contact;no-phone")
              ROW("t2", "Two", "en", "access", "hidden", "(blank)", "p@x", "unknown", "message-center-hidden")
                  ROW("t3", "Three", "en", "access", "yes", "x@@z", "p@x.example", "", "no-privacy-reader")
                      ROW("t4", "Four", "en", "access", "no", "a@x.example", "p@x.example", "12", ""),
          NULL);
    CHECK_LINES(&w, "t1 message-center all intent [t1] \n"
                    "t1 email-admin all intent [a@x.example] \n"
                    "t1 email-privacy no skipped [] no-privacy-contact\n"
                    "t1 phone no skipped [] no-phone\n"
                    "t2 message-center all skipped [] unreachable\n"
                    "t2 email-admin no skipped [] no-admin-email\n"
                    "t2 email-privacy no skipped [] invalid-privacy-email\n"
                    "t2 phone no skipped [] no-phone\n"
                    "t3 message-center no skipped [] no-privacy-reader\n"
                    "t3 email-admin no skipped [] invalid-admin-email\n"
                    "t3 email-privacy all intent [p@x.example] \n"
                    "t3 phone no skipped [] no-phone\n"
                    "t4 message-center no skipped [] no-message-center\n"
                    "t4 email-admin all intent [a@x.example] \n"
                    "t4 email-privacy all intent [p@x.example] \n"
                    "t4 phone no skipped [] no-phone\n");
    ck_assert(world_note(&w, "unreachable")->attention);
    world_clear(&w);
}
END_TEST

START_TEST(when_no_listed_channel_can_be_used_the_first_fallback_that_can_carries_any)
{
    struct world w = {0};
    const char *config = CONFIG_HEAD "policy: [{send: [email-admin]}]\nfallback: [email-privacy, phone]\n";
    WORLD(&w, INCIDENT_HEAD, config,
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "", "", "+1 555 0100;+1 555 0200", "no-admin-email")
              ROW("t2", "Two", "en", "access", "yes", "", "p@x.example", "+1 555 0100", "")
                  ROW("t3", "Three", "en", "access", "yes", "a@x.example", "p@x.example", "+1 555 0100", "")
                      ROW("t4", "Four", "en", "access", "yes", "", "", "", ""),
          NULL);
    CHECK_LINES(&w, "t1 email-admin no skipped [] no-admin-email\n"
                    "t1 phone any intent [+1 555 0100] \n"
                    "t2 email-admin no skipped [] no-admin-email\n"
                    "t2 email-privacy any intent [p@x.example] \n"
                    "t3 email-admin all intent [a@x.example] \n"
                    "t4 email-admin all skipped [] unreachable\n");
    world_clear(&w);
}
END_TEST

START_TEST(a_policy_without_a_fallback_has_none_and_the_default_one_calls)
{
    struct world w = {0};
    const char *affected = AFFECTED_HEADER ROW("t1", "One", "en", "access", "no", "", "", "+1 555 0100", "");
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "any"), affected, NULL);
    CHECK_LINES(&w, "t1 email-admin all skipped [] unreachable\n");
    world_clear(&w);
    WORLD(&w, INCIDENT_HEAD, CONFIG_HEAD, affected, NULL);
    CHECK_LINES(&w, "t1 message-center no skipped [] no-message-center\n"
                    "t1 email-admin no skipped [] no-admin-email\n"
                    "t1 email-privacy no skipped [] no-privacy-contact\n"
                    "t1 phone any intent [+1 555 0100] \n");
    world_clear(&w);
}
END_TEST

START_TEST(the_first_entry_that_matches_wins)
{
    struct world w = {0};
    const char *config =
        CONFIG_HEAD "policy:\n"
                    "  - {when: {effects: [destruction]}, send: [phone]}\n"
                    "  - {when: {tenants: [t2]}, send: [message-center]}\n"
                    "  - {when: {effects: [access], certainty: confirmed, kind: security, min_resources: 2,\n"
                    "            services: [\"MA*\"], data_types: [contacts], regimes: [contract-72h-declared]},\n"
                    "     send: [email-admin], require: any}\n"
                    "  - {send: [email-privacy]}\n";
    WORLD(&w, INCIDENT_HEAD, config,
          AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access") FULL_ROW("t2", "Two", "en", "access")
              FULL_ROW("t3", "Three", "en", "access;destruction") FULL_ROW("t4", "Four", "en", "loss"),
          NULL);
    CHECK_LINES(&w, "t1 email-admin any intent [a@x.example] \n"
                    "t2 message-center all intent [t2] \n"
                    "t3 phone all intent [+1 555 0100] \n"
                    "t4 email-privacy all intent [p@x.example] \n");
    world_clear(&w);
}
END_TEST

/* Every key of `when` alone: an entry that asks for what the tenant is not does not match. */
START_TEST(every_key_of_when_must_hold)
{
    static const char *const others[] = {"effects: [loss]",   "certainty: potential",  "kind: privacy",
                                         "services: [files]", "data_types: [payroll]", "regimes: [eu-gdpr]",
                                         "min_resources: 3",  "min_data_subjects: 1",  "tenants: [t10]"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct world w = {0};
        char config[2048];
        snprintf(config, sizeof config,
                 CONFIG_HEAD "policy:\n  - {when: {%s}, send: [phone]}\n  - {send: [email-admin]}\n", others[i]);
        WORLD(&w, INCIDENT_HEAD, config, AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access"), NULL);
        CHECK_LINES(&w, "t1 email-admin all intent [a@x.example] \n");
        world_clear(&w);
    }
}
END_TEST

START_TEST(a_tenant_that_no_entry_matches_stops_everything)
{
    struct world w = {0};
    const char *config = CONFIG_HEAD "policy: [{when: {effects: [loss]}, send: [phone]}]\n";
    ck_assert_int_eq(
        world_read(&w, INCIDENT_HEAD, config,
                   AFFECTED_HEADER FULL_ROW("t1", "One", "en", "loss") FULL_ROW("t2", "Two", "en", "access"), NULL),
        DN_OK);
    ck_assert_int_eq(world_plan(&w), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(w.err.text, "no entry of the policy matches tenant 't2'"));
    ck_assert_uint_eq(w.plan.row_count, 0);
    world_clear(&w);
}
END_TEST

START_TEST(one_address_in_two_roles_is_one_message)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "b@x.example;It@X.example;it@x.example",
                              "IT@x.EXAMPLE", "", "")
              ROW("t2", "Two", "en", "access", "yes", "it@x.example", "", "", ""),
          NULL);
    CHECK_LINES(&w, "t1 message-center all intent [t1] \n"
                    "t1 email-admin all intent [It@x.example] \n"
                    "t1 email-admin all intent [b@x.example] \n"
                    "t1 email-privacy all intent [IT@x.example] same\n"
                    "t2 message-center all intent [t2] \n"
                    "t2 email-admin all intent [it@x.example] \n"
                    "t2 email-privacy no skipped [] no-privacy-contact\n");
    ck_assert_uint_eq(dn_plan_at(&w.plan, 3)->same_as, 1);
    ck_assert_ptr_nonnull(strstr(dn_plan_at(&w.plan, 3)->reason, dn_plan_at(&w.plan, 1)->key));
    ck_assert_uint_eq(dn_plan_at(&w.plan, 5)->same_as, SIZE_MAX); /* two tenants never share a message */
    world_clear(&w);
}
END_TEST

START_TEST(a_distrusted_address_gets_a_reference_and_the_phone_goes_first)
{
    struct world w = {0};
    const char *incident = INCIDENT_HEAD "distrust: {addresses: [B@X.example], domains: [evil.example]}\n";
    WORLD(&w, incident, SEND("message-center, email-admin, email-privacy", "all"),
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example;b@x.example", "p@sub.evil.example",
                              "+1 555 0100", "")
              ROW("t2", "Two", "en", "access", "no", "b@x.example", "p@notevil.example", "", "")
                  ROW("t3", "Three", "en", "access", "no", "b@x.example", "", "", ""),
          NULL);
    CHECK_LINES(&w, "t1 phone all intent [+1 555 0100] \n"
                    "t1 message-center all intent [t1] \n"
                    "t1 email-admin all intent [a@x.example] \n"
                    "t1 email-admin no intent [b@x.example]  ref\n"
                    "t1 email-privacy no intent [p@sub.evil.example]  ref\n"
                    "t2 phone no skipped [] no-phone\n"
                    "t2 message-center no skipped [] no-message-center\n"
                    "t2 email-admin no intent [b@x.example]  ref\n"
                    "t2 email-privacy all intent [p@notevil.example] \n"
                    "t3 phone no skipped [] no-phone\n"
                    "t3 message-center all skipped [] unreachable\n"
                    "t3 email-admin no intent [b@x.example]  ref\n"
                    "t3 email-privacy no skipped [] no-privacy-contact\n");
    const struct dn_content *content = world_content(&w, 0);
    ck_assert_str_eq(dn_plan_at(&w.plan, 3)->content_sha256, content->reference_sha256);
    ck_assert_str_eq(dn_plan_at(&w.plan, 0)->content_sha256, content->script_sha256);
    ck_assert_str_eq(dn_plan_at(&w.plan, 1)->content_sha256, content->sha256);
    ck_assert(world_note(&w, "no-phone")->attention);
    world_clear(&w);
}
END_TEST

START_TEST(distrust_makes_a_listed_or_fallback_phone_required)
{
    static const char *const policies[] = {"policy: [{send: [email-admin, phone], require: any}]\n",
                                           "policy: [{send: [email-admin]}]\nfallback: [phone]\n"};
    for (size_t i = 0; i < 2; i++) {
        struct world w = {0};
        char config[1024];
        snprintf(config, sizeof config, "%s%s", CONFIG_HEAD, policies[i]);
        WORLD(&w, INCIDENT_HEAD "distrust: {addresses: [a@x.example]}\n", config,
              AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access"), NULL);
        CHECK_LINES(&w, "t1 phone all intent [+1 555 0100] \n"
                        "t1 email-admin no intent [a@x.example]  ref\n");
        world_clear(&w);
    }
}
END_TEST

START_TEST(an_affected_mailbox_is_distrusted_by_itself)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "all"),
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example;b@x.example", "", "+1 555 0100",
                              "contact-compromised"),
          RESOURCES_HEADER RESOURCE("t1", "B@x.example") RESOURCE("t1", "some-other-thing"));
    CHECK_LINES(&w, "t1 phone all intent [+1 555 0100] \n"
                    "t1 email-admin all intent [a@x.example] \n"
                    "t1 email-admin no intent [b@x.example]  ref\n");
    world_clear(&w);
}
END_TEST

START_TEST(a_compromised_contact_without_resources_makes_all_addresses_distrusted)
{
    struct world w = {0};
    const char *affected = AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example;b@x.example", "",
                                               "+1 555 0100", "contact-compromised");
    const char *expected = "t1 phone all intent [+1 555 0100] \n"
                           "t1 email-admin no intent [a@x.example]  ref\n"
                           "t1 email-admin no intent [b@x.example]  ref\n";
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "all"), affected, NULL);
    CHECK_LINES(&w, expected);
    world_clear(&w);
    /* with resources none of which tells which contact it is: all of them as well */
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "all"), affected, RESOURCES_HEADER RESOURCE("t1", "some-other-thing"));
    CHECK_LINES(&w, expected);
    world_clear(&w);
}
END_TEST

START_TEST(what_concerns_one_tenant_holds_that_tenant_alone)
{
    struct world w = {0};
    const char *affected = AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access;unclassified")
        FULL_ROW("t2", "\"Evil\r\nBcc: x@y.example\"", "en", "access")
            ROW("t3", "Three", "en", "access", "yes", "\"a@x.example\nb@x.example\"", "", "", "")
                FULL_ROW("t4", "Evil \xE2\x80\xAE gnp", "en", "access") FULL_ROW("t5", "Fine", "en", "access");
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "all"), affected, NULL);
    CHECK_LINES(&w, "t1 email-admin all held [a@x.example] unclassified\n"
                    "t2 email-admin all held [a@x.example] hostile-name\n"
                    "t3 email-admin all held [] hostile-address\n"
                    "t4 email-admin all held [a@x.example] hostile-name\n"
                    "t5 email-admin all intent [a@x.example] \n");
    ck_assert(world_note(&w, "held")->attention);
    ck_assert_ptr_nonnull(strstr(world_note(&w, "held")->text, "hostile-address 1, hostile-name 2, unclassified 1"));
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(dn_plan_at(&w.plan, i)->content_sha256, "");
    world_clear(&w);
}
END_TEST

#define APPROVALS                                                                                                      \
    "approvals: [{role: legal, by: lea, at: 2026-06-15T20:00:00Z}, {role: executive-incident-manager, by: max, at: "   \
    "2026-06-15T21:00:00Z}]"

START_TEST(holds_exemptions_removals_and_the_unsettled_are_rows_too)
{
    struct world w = {0};
    const char *incident = INCIDENT_HEAD
        "holds:\n"
        "  - {reason: risk-to-others, tenants: [t1], from: 2026-06-15T20:00:00Z, until: "
        "2026-06-17T00:00:00Z, " APPROVALS "}\n"
        "  - {reason: extraordinary, tenants: [t2], from: 2026-06-15T20:00:00Z, until: 2026-06-16T05:00:00Z, " APPROVALS
        "}\n"
        "exemptions:\n"
        "  - {reason: unintelligible, tenants: [t3], evidence: vault log, key_integrity: checked, " APPROVALS "}\n";
    const char *affected =
        AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access") FULL_ROW("t2", "Two", "en", "access") FULL_ROW(
            "t3", "Three", "en",
            "access") "INC-1,t4,Four,,en,,,removed,access,confirmed,mail,2,5,4,,,,domain,yes,a@x.example,,,,2026-06-"
                      "15T20:00:00Z\n"
                      "INC-1,,,,,,,added,access,confirmed,,9,9,9,,,,unmatched=12;ambiguous=3,,,,,,2026-06-15T20:00:"
                      "00Z\n";
    WORLD(&w, incident, SEND("message-center, email-admin", "all"), affected, NULL);
    CHECK_LINES(&w, " other all held [] unmatched=12;ambiguous=3\n"
                    "t1 message-center all held [t1] hold:risk-to-others\n"
                    "t1 email-admin all held [a@x.example] hold:risk-to-others\n"
                    "t2 message-center all intent [t2] \n"
                    "t2 email-admin all intent [a@x.example] \n"
                    "t3 message-center no skipped [] exempt:unintelligible\n"
                    "t4 message-center all held [t4] removed\n"
                    "t4 email-admin all held [a@x.example] removed\n");
    ck_assert(world_note(&w, "unsettled")->attention);
    world_clear(&w);
}
END_TEST

START_TEST(the_order_is_first_then_incident_and_tenant)
{
    struct world w = {0};
    const char *incidents = INCIDENT_HEAD
        "---\n"
        "schema: duenotice/incident/1\nid: INC-0\nstatus: declared\n"
        "findings: [{effect: loss, cause: accidental, data: customer}]\n"
        "timeline: [{stage: incident-declared, at: 2026-06-15T18:00:00Z}]\n"
        "clock: {regime: eu-gdpr-processor, started_at: 2026-06-15T18:00:00Z, due_at: 2026-06-16T18:00:00Z}\n";
    const char *affected = AFFECTED_HEADER FULL_ROW("t2", "Two", "en", "access") FULL_ROW("t1", "One", "en", "access")
        FULL_ROW("t9", "Nine", "en", "access") "INC-0,t2,Two,,en,,,added,loss,confirmed,mail,2,5,4,,,,domain,"
                                               "yes,a@x.example,,,,2026-06-15T20:00:00Z\n";
    WORLD(&w, incidents, SEND("email-admin", "all") "first: [t9, t5, t2]\n", affected, NULL);
    CHECK_LINES(&w, "t9 email-admin all intent [a@x.example] \n"
                    "t2 email-admin all intent [a@x.example] \n"
                    "t2 email-admin all intent [a@x.example] \n"
                    "t1 email-admin all intent [a@x.example] \n");
    ck_assert_str_eq(dn_plan_at(&w.plan, 1)->incident->id, "INC-0");
    ck_assert_str_eq(dn_plan_at(&w.plan, 1)->regime, "eu-gdpr-processor");
    char due[DN_INSTANT_TEXT];
    dn_instant_format(dn_plan_at(&w.plan, 1)->due_at, due);
    ck_assert_str_eq(due, "2026-06-16T18:00:00Z");
    world_clear(&w);
}
END_TEST

/* Contents are rendered again at hand-over: what is not what was planned must not leave. */
START_TEST(a_content_that_is_not_the_planned_one_is_an_error)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin, phone", "all"), AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access"),
          NULL);
    ck_assert_uint_eq(w.plan.row_count, 2);
    struct dn_plan_reader reader = {.plan = &w.plan};
    const struct dn_content *first = dn_plan_content(&reader, dn_plan_at(&w.plan, 0), &w.err);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_eq(dn_plan_content(&reader, dn_plan_at(&w.plan, 1), &w.err), first); /* one rendering a tenant */
    dn_plan_reader_clear(&reader);
    w.affected.at[0].name = "Onf";
    ck_assert_ptr_null(dn_plan_content(&reader, dn_plan_at(&w.plan, 0), &w.err));
    ck_assert_ptr_nonnull(strstr(w.err.text, "'t1' is not the one of the plan"));
    ck_assert_ptr_null(dn_plan_content(&reader, dn_plan_at(&w.plan, 1), &w.err));
    dn_plan_reader_clear(&reader);
    world_clear(&w);
}
END_TEST

static enum dn_status refuse_phone(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                                   struct dn_error *err)
{
    size_t *asked = context;
    (*asked)++;
    ck_assert_ptr_nonnull(content->text);
    ck_assert_str_ne(row->content_sha256, "");
    return row->channel == DN_CHANNEL_PHONE ? dn_error_set(err, DN_INVALID, "no calls") : DN_OK;
}

START_TEST(what_could_not_leave_ends_the_plan)
{
    struct world w = {0};
    size_t asked = 0;
    enum dn_status status =
        world_read(&w, INCIDENT_HEAD, SEND("email-admin, phone", "all"),
                   AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access") FULL_ROW("t2", "Two", "en", "access"), NULL);
    ck_assert_int_eq(status, DN_OK);
    w.check = refuse_phone;
    w.check_context = &asked;
    ck_assert_int_eq(world_plan(&w), DN_INVALID);
    ck_assert_str_eq(w.err.text, "no calls");
    ck_assert_uint_eq(asked, 2);
    ck_assert_uint_eq(w.plan.row_count, 0);
    world_clear(&w);
}
END_TEST

/* The definition, done again by other means: the sorted lines, then SHA-256. */
START_TEST(the_digest_is_over_the_sorted_lines_of_the_plan)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example", "", "", "")
              FULL_ROW("t2", "Two", "it", "loss;unclassified"),
          NULL);
    struct dn_strings lines = {0};
    struct dn_buf all = {0};
    for (size_t i = 0; i < w.plan.row_count; i++) {
        const struct dn_plan_row *row = dn_plan_at(&w.plan, i);
        char line[256], key[DN_SHA256_HEX];
        dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("initial"), dn_text_of(row->tenant->tenant_id), row->channel,
                      dn_text_of(row->recipient), key);
        snprintf(line, sizeof line, "%s %s %s\n", key, row->content_sha256, dn_required_words[row->required]);
        dn_strings_add(&lines, dn_text_of(line));
    }
    dn_strings_sort(&lines);
    for (size_t i = 0; i < lines.count; i++)
        dn_buf_adds(&all, lines.at[i]);
    char digest[DN_SHA256_HEX];
    dn_sha256_hex(dn_buf_text(&all), digest);
    ck_assert_uint_eq(lines.count, 6);
    ck_assert_str_eq(w.plan.digest, digest);
    dn_strings_clear(&lines);
    dn_buf_clear(&all);
    world_clear(&w);
}
END_TEST

START_TEST(the_same_inputs_give_the_same_plan)
{
    char digest[2][DN_SHA256_HEX];
    for (int i = 0; i < 2; i++) {
        struct world w = {0};
        const char *rows[] = {FULL_ROW("t1", "One", "en", "access"), FULL_ROW("t2", "Two", "fr", "access")};
        char affected[4096];
        snprintf(affected, sizeof affected, "%s%s%s", AFFECTED_HEADER, rows[i], rows[1 - i]);
        WORLD(&w, INCIDENT_HEAD, NULL, affected, NULL);
        memcpy(digest[i], w.plan.digest, DN_SHA256_HEX);
        world_clear(&w);
    }
    ck_assert_str_eq(digest[0], digest[1]);
}
END_TEST

START_TEST(a_drill_has_keys_of_its_own_and_says_so)
{
    struct world w = {0}, drill = {0};
    const char *affected = AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access");
    WORLD(&w, INCIDENT_HEAD, NULL, affected, NULL);
    WORLD(&drill, INCIDENT_HEAD "drill: true\n", NULL, affected, NULL);
    char key[DN_SHA256_HEX];
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("drill-initial"), DN_TEXT("t1"), DN_CHANNEL_MESSAGE_CENTER, DN_TEXT("t1"),
                  key);
    ck_assert_str_eq(dn_plan_at(&drill.plan, 0)->key, key);
    ck_assert_str_ne(dn_plan_at(&w.plan, 0)->key, key);
    static const char banner[] = "DRILL / EXERCICE / ESERCITAZIONE";
    const struct dn_content *content = world_content(&drill, 0);
    const char *const parts[] = {content->subject, content->text, content->html, content->script,
                                 content->reference_text};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ck_assert_ptr_nonnull(strstr(parts[i], banner));
    ck_assert_ptr_null(strstr(world_content(&w, 0)->text, banner));
    world_clear(&w);
    world_clear(&drill);
}
END_TEST

START_TEST(another_incidents_row_is_refused)
{
    struct world w = {0};
    ck_assert_int_eq(
        world_read(&w, INCIDENT_HEAD, NULL,
                   AFFECTED_HEADER "INC-2,t1,One,,en,,,added,access,confirmed,mail,1,1,1,,,,domain,yes,,,,,\n", NULL),
        DN_OK);
    ck_assert_int_eq(world_plan(&w), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(w.err.text, "INC-2"));
    world_clear(&w);
}
END_TEST

START_TEST(free_text_that_names_another_tenant_holds_everybody_but_that_one)
{
    struct world w = {0};
    const char *incident =
        INCIDENT_HEAD "notice: {summary: \"It began at tenant fabrikam-7, mailbox Boss@Fabrikam.example.\"}\n";
    const char *affected = AFFECTED_HEADER FULL_ROW("contoso-1", "Contoso", "en", "access")
        FULL_ROW("fabrikam-7", "Fabrikam", "fr", "access");
    WORLD(&w, incident, SEND("email-admin", "all"), affected, NULL);
    CHECK_LINES(&w, "contoso-1 email-admin all held [a@x.example] isolation\n"
                    "fabrikam-7 email-admin all intent [a@x.example] \n");
    ck_assert_ptr_nonnull(strstr(world_note(&w, "isolation")->text, "fabrikam-7"));
    world_clear(&w);
    incident = INCIDENT_HEAD "notice: {summary: \"The mailbox Boss@Fabrikam.example was read.\"}\n";
    WORLD(&w, incident, SEND("email-admin", "all"), affected,
          RESOURCES_HEADER RESOURCE("contoso-1", "secret-bucket") RESOURCE("fabrikam-7", "boss@fabrikam.example"));
    CHECK_LINES(&w, "contoso-1 email-admin all held [a@x.example] isolation\n"
                    "fabrikam-7 email-admin all intent [a@x.example] \n");
    world_clear(&w);
}
END_TEST

START_TEST(what_is_also_its_own_or_in_its_contacts_is_no_hit)
{
    struct world w = {0};
    const char *incident = INCIDENT_HEAD "notice: {summary: The share finance-share and the desk help@desk.example., "
                                         "contact: {email: soc@provider.example}}\n";
    const char *affected =
        AFFECTED_HEADER ROW("contoso-1", "Contoso", "en", "access", "yes", "help@desk.example", "", "", "")
            ROW("contoso-1-test", "Contoso test", "en", "access", "yes", "a@x.example", "", "", "")
                ROW("provider-own", "Provider", "en", "access", "yes", "b@x.example", "", "", "");
    /* finance-share is everybody's; help@desk.example is in contoso-1's contacts alone; the provider's own desk was hit
     * as well */
    WORLD(&w, incident, SEND("email-admin", "all"), affected,
          RESOURCES_HEADER RESOURCE("contoso-1", "finance-share") RESOURCE("contoso-1-test", "finance-share")
              RESOURCE("contoso-1-test", "/finance-share/2026") RESOURCE("provider-own", "finance-share")
                  RESOURCE("provider-own", "help@desk.example") RESOURCE("provider-own", "soc@provider.example"));
    CHECK_LINES(&w, "contoso-1 phone no skipped [] no-phone\n"
                    "contoso-1 email-admin no intent [help@desk.example]  ref\n"
                    "contoso-1 email-admin all skipped [] unreachable\n"
                    "contoso-1-test email-admin all held [a@x.example] isolation\n"
                    "provider-own email-admin all intent [b@x.example] \n");
    world_clear(&w);
}
END_TEST

/* 200 tenants, each with a resource of its own; the canary of one appears in its own notice and in no other. */
START_TEST(a_canary_appears_in_its_own_tenants_notice_alone)
{
    enum { TENANTS = 200 };
    struct dn_buf affected = {0}, resources = {0};
    dn_buf_adds(&affected, AFFECTED_HEADER);
    dn_buf_adds(&resources, RESOURCES_HEADER);
    for (int i = 0; i < TENANTS; i++) {
        static const char *const languages[] = {"en", "fr-CA", "it", "de"};
        dn_buf_addf(
            &affected,
            "INC-1,tenant-%03d,Name %03d,,%s,,,added,access,confirmed,mail,1,1,1,%d,,,domain,yes,a%d@x.example,,,,"
            "2026-06-15T20:00:00Z\n",
            i, i, languages[i % 4], i, i);
        dn_buf_addf(&resources,
                    "INC-1,,mail,canary-%03d-%c,access,confirmed,1,1,,,,e:1,2026-06-15T19:30:00Z,tenant-%03d,domain\n",
                    i, 'a' + i % 26, i);
    }
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, SEND("email-admin", "all"), affected.at, resources.at);
    ck_assert_uint_eq(w.plan.row_count, TENANTS);
    for (size_t i = 0; i < TENANTS; i++) {
        const struct dn_plan_row *row = dn_plan_at(&w.plan, i);
        ck_assert_int_eq(row->state, DN_STATE_INTENT);
        const struct dn_content *content = world_content(&w, i);
        ck_assert_uint_eq(content->attachment_count, 2);
        struct dn_buf all = {0};
        dn_buf_addf(&all, "%s%s%s%s%s%s", content->subject, content->text, content->html, content->script,
                    content->attachments[0].bytes, content->attachments[1].bytes);
        for (int k = 0; k < TENANTS; k++) {
            char canary[32];
            snprintf(canary, sizeof canary, "canary-%03d-%c", k, 'a' + k % 26);
            ck_assert_msg((strstr(all.at, canary) != NULL) == (k == (int)i), "tenant %zu, %s", i, canary);
        }
        dn_buf_clear(&all);
    }
    world_clear(&w);
    dn_buf_clear(&affected);
    dn_buf_clear(&resources);
}
END_TEST

/* The same with the wrong rows handed to the renderer: somebody else's rows are left out of the attachment. */
START_TEST(rows_of_somebody_else_are_not_attached)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER FULL_ROW("t1", "One", "en", "access") FULL_ROW("t2", "Two", "en", "access"), NULL);
    const struct dn_resource rows[] = {
        {"INC-1", "t1", "t1", "mail", "canary-one", "domain", "e.csv:2", .rows = 1, .events = 1},
        {"INC-1", "t2", "t2", "mail", "canary-two", "domain", "e.csv:3", .rows = 1, .events = 1}};
    struct dn_content_source source = {.incident = &w.incidents.at[0],
                                       .config = &w.config,
                                       .tenant = &w.affected.at[0],
                                       .resources = rows,
                                       .resource_count = 2,
                                       .notice = "initial"};
    struct dn_content content;
    const char *held = NULL;
    ck_assert_int_eq(dn_content_render(w.templates, &source, &content, &held, &w.err), DN_OK);
    ck_assert_ptr_nonnull(strstr(content.attachments[0].bytes, "canary-one"));
    ck_assert_ptr_null(strstr(content.attachments[0].bytes, "canary-two"));
    dn_content_clear(&content);
    world_clear(&w);
}
END_TEST

static enum dn_status refuse_tenant(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                                    struct dn_error *err)
{
    (void)content;
    if (strcmp(row->tenant->tenant_id, context) != 0)
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "refused %s", row->tenant->tenant_id);
}

/* A plan of many is made by two threads: what fails is the first tenant in order, whichever of them sees it. */
START_TEST(of_many_tenants_the_first_one_that_fails_is_told)
{
    static char early[] = "t0399", late[] = "t0402", nobody[] = "";
    char *const refused[] = {early, late, nobody};
    static const char *const told[] = {"refused t0399", "t0400", NULL};
    for (size_t k = 0; k < 3; k++) {
        struct world w = {0};
        struct dn_buf affected = {0};
        dn_buf_adds(&affected, AFFECTED_HEADER);
        for (size_t i = 0; i < 900; i++)
            dn_buf_addf(&affected,
                        "INC-1,t%04zu%s,N,,en,,,added,access,confirmed,mail,1,1,1,,,,domain,yes,a@x%zu.example,,,,\n",
                        i, k < 2 && i == 400 ? "\xE2\x80\xAE" : "", i);
        ck_assert_msg(world_read(&w, INCIDENT_HEAD, SEND("email-admin", "all"), affected.at, NULL) == DN_OK, "%s",
                      w.err.text);
        w.check = refuse_tenant;
        w.check_context = refused[k];
        ck_assert_int_eq(world_plan(&w), told[k] ? DN_INVALID : DN_OK);
        if (told[k])
            ck_assert_msg(strstr(w.err.text, told[k]) != NULL, "%s", w.err.text);
        for (size_t i = 0; !told[k] && i < 900; i++)
            ck_assert_uint_eq(dn_plan_at(&w.plan, i)->number, i);
        ck_assert_uint_eq(w.plan.row_count, told[k] ? 0 : 900);
        dn_buf_clear(&affected);
        world_clear(&w);
    }
}
END_TEST

START_TEST(an_empty_stream_is_an_empty_plan)
{
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL, AFFECTED_HEADER, NULL);
    ck_assert_uint_eq(w.plan.row_count, 0);
    char digest[DN_SHA256_HEX];
    dn_sha256_hex(DN_TEXT(""), digest);
    ck_assert_str_eq(w.plan.digest, digest);
    world_clear(&w);
}
END_TEST

/* Asks in an order in which rows that look alike to whoever looks them up by their last bits follow each other. */
static void ask_around(const struct dn_plan *plan)
{
    const struct dn_plan_row *rows[DN_PLAN_ROWS] = {NULL};
    size_t asked[DN_PLAN_ROWS];
    for (size_t i = 0; i < 5000; i++) {
        size_t index = (i % 3 * 1024 + i / 7 * 5) % plan->row_count, place = i % DN_PLAN_ROWS;
        asked[place] = index;
        rows[place] = dn_plan_at(plan, index);
        for (size_t k = 0; k < DN_PLAN_ROWS && rows[k]; k++)
            ck_assert_uint_eq(rows[k]->number, asked[k]);
    }
}

START_TEST(rows_that_were_asked_for_lately_stay)
{
    struct dn_affected tenant = {.tenant_id = ""};
    struct dn_plan plan = {0}, view;
    for (size_t i = 0; i < 3000; i++) {
        struct dn_plan_row row = {.tenant = &tenant, .number = i, .recipient = "", .reason = ""};
        dn_plan_add(&plan, &row);
    }
    ask_around(&plan);
    dn_plan_view(&plan, &view);
    ask_around(&view);
    dn_plan_clear(&view);
    dn_plan_clear(&plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, the_default_policy_sends_all_three_and_calls_nobody);
    tcase_add_test(cases, a_channel_without_a_contact_is_skipped_with_its_gap);
    tcase_add_test(cases, when_no_listed_channel_can_be_used_the_first_fallback_that_can_carries_any);
    tcase_add_test(cases, a_policy_without_a_fallback_has_none_and_the_default_one_calls);
    tcase_add_test(cases, the_first_entry_that_matches_wins);
    tcase_add_test(cases, every_key_of_when_must_hold);
    tcase_add_test(cases, a_tenant_that_no_entry_matches_stops_everything);
    tcase_add_test(cases, one_address_in_two_roles_is_one_message);
    tcase_add_test(cases, a_distrusted_address_gets_a_reference_and_the_phone_goes_first);
    tcase_add_test(cases, distrust_makes_a_listed_or_fallback_phone_required);
    tcase_add_test(cases, an_affected_mailbox_is_distrusted_by_itself);
    tcase_add_test(cases, a_compromised_contact_without_resources_makes_all_addresses_distrusted);
    tcase_add_test(cases, what_concerns_one_tenant_holds_that_tenant_alone);
    tcase_add_test(cases, holds_exemptions_removals_and_the_unsettled_are_rows_too);
    tcase_add_test(cases, the_order_is_first_then_incident_and_tenant);
    tcase_add_test(cases, the_digest_is_over_the_sorted_lines_of_the_plan);
    tcase_add_test(cases, a_content_that_is_not_the_planned_one_is_an_error);
    tcase_add_test(cases, what_could_not_leave_ends_the_plan);
    tcase_add_test(cases, the_same_inputs_give_the_same_plan);
    tcase_add_test(cases, a_drill_has_keys_of_its_own_and_says_so);
    tcase_add_test(cases, another_incidents_row_is_refused);
    tcase_add_test(cases, free_text_that_names_another_tenant_holds_everybody_but_that_one);
    tcase_add_test(cases, what_is_also_its_own_or_in_its_contacts_is_no_hit);
    tcase_add_test(cases, a_canary_appears_in_its_own_tenants_notice_alone);
    tcase_add_test(cases, rows_of_somebody_else_are_not_attached);
    tcase_add_test(cases, of_many_tenants_the_first_one_that_fails_is_told);
    tcase_add_test(cases, an_empty_stream_is_an_empty_plan);
    tcase_add_test(cases, rows_that_were_asked_for_lately_stay);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
