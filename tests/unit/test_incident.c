#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/compose.h"
#include "incident/incident.h"
#include "incident/revise.h"

static struct dn_incident incident;
static struct dn_notes notes;
static struct dn_error err;

static void empty(void)
{
    memset(&incident, 0, sizeof incident);
    memset(&notes, 0, sizeof notes);
    memset(&err, 0, sizeof err);
}

static void clear(void)
{
    dn_incident_clear(&incident);
    dn_notes_clear(&notes);
}

#define HEAD "schema: duenotice/incident/1\nid: INC-1\n"
#define BREACH "findings:\n  - {effect: access, cause: unauthorised, data: customer}\n"

static enum dn_status read_text(const char *text)
{
    clear();
    empty();
    return dn_incident_read_bytes(dn_text_of(text), "x.yaml", &incident, &notes, &err);
}

static void must_read(const char *text)
{
    ck_assert_msg(read_text(text) == DN_OK, "%s\n%s", err.text, text);
}

static struct dn_instant at(const char *text)
{
    struct dn_instant instant = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &instant), "%s", text);
    return instant;
}

/* A record with every key that there is. */
static const char full[] =
    HEAD "title: 'A title: with marks'\nstatus: declared\ndrill: true\nkind: privacy\n"
         "provider_role: controller\n"
         "reports:\n  - {tenant: contoso, received_at: 2026-06-15T10:00:00+02:00, kind: account, "
         "reference: c-1}\n"
         "findings:\n"
         "  - {effect: loss, cause: accidental, data: customer, confidence: likely, service: "
         "exchange, data_types: [mail, 'a, b'], note: \"two\\nlines\"}\n"
         "  - {effect: access, cause: unlawful, data: none}\n"
         "scope:\n"
         "  - {from: 2026-06-15T00:00:00Z, until: 2026-06-16T00:00:00.5Z, addresses: [10.0.0.1, "
         "'2001:db8::/32'], actors: ['*@corp.local'], operations: [A], services: [s], resources: "
         "[r], user_agents: [u], sessions: ['1'], certainty: potential, attempts: include, "
         "except: {actors: [b], addresses: [10.0.0.0/8]}}\n"
         "  - {}\n"
         "distrust: {addresses: [a@b.example], domains: [evil.example]}\n"
         "timeline:\n"
         "  - {stage: event-detected, at: 2026-06-15T07:00:00Z, by: soc, note: n}\n"
         "  - {stage: incident-declared, at: 2026-06-15T18:00:00Z}\n"
         "clock: {regime: contract-72h-declared, started_at: 2026-06-15T18:00:00Z, due_at: "
         "2026-06-18T18:00:00Z}\n"
         "notice:\n  summary: S\n  consequences: C\n  measures: |\n    one\n    two\n"
         "  customer_actions: A\n  contact: {name: N, email: e@x.example, phone: '+1'}\n"
         "  next_update_at: 2026-06-17T18:00:00Z\n"
         "  text: {fr: {summary: Résumé}, it: {summary: Sunto, measures: M}}\n"
         "holds:\n  - {reason: law-enforcement, tenants: [t], from: 2026-06-15T00:00:00Z, until: "
         "2026-06-20T00:00:00Z, authority: police, reference: r, approvals: [{role: legal, by: "
         "anna, at: 2026-06-15T09:00:00Z}, {role: executive-incident-manager, by: bert, at: "
         "2026-06-16T09:00:00Z}]}\n"
         "exemptions:\n  - {reason: unintelligible, tenants: [u], evidence: E, key_integrity: K, "
         "approvals: [{role: legal, by: anna, at: 2026-06-15T09:00:00Z}, {role: x, by: bert, at: "
         "2026-06-15T09:00:00Z}]}\n"
         "revisions: [{at: 2026-06-16T00:00:00Z, by: soc, change: title set}]\n";

START_TEST(what_is_written_reads_back_the_same)
{
    struct dn_buf first = {0}, second = {0};
    must_read(full);
    dn_incident_write(&incident, 0, &first);
    must_read(first.at);
    dn_incident_write(&incident, 0, &second);
    ck_assert_str_eq(first.at, second.at);
    /* and nothing of it was lost on the way */
    static const char *const parts[] = {"A title: with marks",
                                        "privacy",
                                        "controller",
                                        "c-1",
                                        "a, b",
                                        "two",
                                        "until: 2026-06-16T00:00:00.5Z",
                                        "2001:db8::/32",
                                        "sessions",
                                        "potential",
                                        "attempts: include",
                                        "except:",
                                        "- {}",
                                        "a@b.example",
                                        "evil.example",
                                        "event-detected",
                                        "Résumé",
                                        "Sunto",
                                        "police",
                                        "key_integrity: K",
                                        "title set",
                                        "next_update_at",
                                        "drill: true",
                                        "received_at: 2026-06-15T08:00:00Z"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        ck_assert_msg(strstr(first.at, parts[i]) != NULL, "lost: %s\n%s", parts[i], first.at);
    }
    dn_buf_clear(&first);
    dn_buf_clear(&second);
}
END_TEST

START_TEST(every_part_has_its_value)
{
    must_read(full);
    ck_assert_uint_eq(notes.count, 0);
    ck_assert(incident.drill && incident.status == DN_INCIDENT_DECLARED && incident.kind == DN_KIND_PRIVACY);
    ck_assert_int_eq(incident.provider_role, DN_ROLE_CONTROLLER);
    ck_assert_uint_eq(incident.finding_count, 2);
    ck_assert_int_eq(incident.findings[0].effect, DN_EFFECT_LOSS);
    ck_assert_int_eq(incident.findings[0].confidence, DN_CONFIDENCE_LIKELY);
    ck_assert_int_eq(incident.findings[1].confidence, DN_CONFIDENCE_CONFIRMED); /* when it is not given */
    ck_assert_uint_eq(incident.scope_count, 2);
    ck_assert_uint_eq(incident.scopes[0].match.addresses.count, 2);
    ck_assert_int_eq(incident.scopes[0].match.networks[1].bits, 32);
    ck_assert_int_eq(incident.scopes[0].except.networks[0].bits, 104);
    ck_assert(incident.scopes[0].has_except && incident.scopes[0].include_attempts);
    ck_assert(!dn_instant_is(incident.scopes[1].from) && !incident.scopes[1].has_except);
    ck_assert_int_eq(incident.scopes[1].certainty, DN_CERTAINTY_CONFIRMED);
    ck_assert_uint_eq(incident.notice.word_count, 3);
    ck_assert_str_eq(incident.notice.words[0].language, "");
    ck_assert_str_eq(incident.notice.words[0].measures, "one\ntwo\n");
    ck_assert_str_eq(incident.notice.words[2].language, "it");
    ck_assert_ptr_null(incident.notice.words[2].consequences);
}
END_TEST

START_TEST(a_record_with_nothing_but_its_id_is_open)
{
    must_read(HEAD);
    ck_assert_int_eq(incident.status, DN_INCIDENT_OPEN);
    ck_assert(!dn_instant_is(incident.clock_started_at) && !dn_instant_is(incident.clock_due_at));
    ck_assert(!dn_instant_is(incident.notice.next_update_at));
    ck_assert_uint_eq(incident.notice.word_count, 1);
    ck_assert(!dn_incident_is_breach(&incident));
    ck_assert(!dn_instant_is(dn_incident_reached(&incident, DN_STAGE_EVENT_STARTED)));
}
END_TEST

/* What the reader refuses, and the place that it names. */
static const struct {
    const char *text, *words;
} refused[] = {
    {"", "x.yaml: an empty record; a shell redirection"},
    {"# only a comment\n", "an empty record"},
    {"- a\n", "x.yaml:1:1: "},
    {"id: INC-1\n", "x.yaml:1:1: schema is missing"},
    {"schema: duenotice/profile/1\nid: x\n", "x.yaml:1:9: not an incident record"},
    {"schema: duenotice/incident/1\n", "id is missing"},
    {"schema: duenotice/incident/1\nid: ''\n", "x.yaml:2:5: id ''"},
    {"schema: duenotice/incident/1\nid: a b\n", "x.yaml:2:5: id 'a b'"},
    {"schema: duenotice/incident/1\nid: [a]\n", "x.yaml:2:5: "},
    {HEAD "severity: high\n", "x.yaml:3:1: unknown key 'severity'"},
    {HEAD "status: opened\n", "x.yaml:3:9: "},
    {HEAD "drill: yes\n", "x.yaml:3:8: "},
    {HEAD "title: \"a\\x1bb\"\n", "x.yaml:3:8: title has a control character"},
    {HEAD "title: \"a\\nb\"\n", "x.yaml:3:8: title"},
    {HEAD "notice: {summary: \"a\\x07b\"}\n", "x.yaml:3:19: summary has a control character"},
    {HEAD "findings: {effect: access}\n", "x.yaml:3:11: findings is a list"},
    {HEAD "findings:\n  - {cause: unlawful, data: customer}\n", "x.yaml:4:5: effect is missing: one of access"},
    {HEAD "findings:\n  - {effect: access, data: customer}\n", "x.yaml:4:5: cause is missing"},
    {HEAD "findings:\n  - {effect: access, cause: unlawful}\n", "x.yaml:4:5: data is missing"},
    {HEAD "findings:\n  - {effect: unclassified, cause: unlawful, data: customer}\n", "x.yaml:4:14: "},
    {HEAD "findings:\n  - {effect: loss, cause: unauthorised, data: customer}\n",
     "x.yaml:4:27: effect loss has the cause accidental or unlawful"},
    {HEAD "findings:\n  - {effect: alteration, cause: unauthorised, data: customer}\n", "effect alteration"},
    {HEAD "findings:\n  - {effect: destruction, cause: unauthorised, data: customer}\n", "effect destruction"},
    {HEAD "scope:\n  - {adresses: [10.0.0.1]}\n", "x.yaml:4:6: unknown key 'adresses'; is 'addresses' meant?"},
    {HEAD "scope:\n  - {addresses: []}\n", "x.yaml:4:5: the keys of this scope entry are all empty (addresses)"},
    {HEAD "scope:\n  - {actors: , certainty: potential}\n", "all empty (actors)"},
    {HEAD "scope:\n  - {addresses: [10.0.0.1, 10.0.0.1/8]}\n", "x.yaml:4:28: "},
    {HEAD "scope:\n  - {addresses: [mail.example]}\n", "x.yaml:4:18: "},
    {HEAD "scope:\n  - {actors: [a, '']}\n", "x.yaml:4:18: an empty "},
    {HEAD "scope:\n  - {from: 2026-06-15T00:00:00}\n", "x.yaml:4:12: "},
    {HEAD "scope:\n  - {from: 2026-06-15T00:00:00Z, until: 2026-06-15T00:00:00Z}\n",
     "x.yaml:4:41: until must be later"},
    {HEAD "scope:\n  - {actors: [a], except: {}}\n", "x.yaml:4:27: except is empty"},
    {HEAD "scope:\n  - {actors: [a], except: []}\n", "except is empty"},
    {HEAD "scope:\n  - {actors: [a], except: {actors: []}}\n", "x.yaml:4:27: except is empty"},
    {HEAD "scope:\n  - {actors: [a], except: {from: 2026-06-15T00:00:00Z}}\n", "unknown key 'from'"},
    {HEAD "timeline:\n  - {stage: declared, at: 2026-06-15T00:00:00Z}\n", "x.yaml:4:13: "},
    {HEAD "timeline:\n  - {stage: event-started}\n", "x.yaml:4:5: at is missing"},
    {HEAD "clock: {started_at: 2026-06-15T00:00:00Z}\n", "x.yaml:3:8: regime is missing"},
    {HEAD "clock: {regime: r, due_at: 2026-06-15T00:00:00Z}\n", "both started_at and due_at"},
    {HEAD "clock: {regime: r, started_at: 2026-06-15T00:00:00Z, due_at: 2026-06-14T00:00:00Z}\n",
     "earlier than started_at"},
    {HEAD "reports: [{tenant: t}]\n", "x.yaml:3:11: received_at is missing"},
    {HEAD "reports: [{received_at: 2026-06-15T09:00:00Z, kind: mail}]\n", "x.yaml:3:53: "},
    {HEAD "reports: [{received_at: 2026-06-15T09:00:00Z}]\ntimeline: [{stage: event-detected, at: "
          "2026-06-15T09:00:01Z}]\n",
     "x.yaml:3:10: event-detected (2026-06-15T09:00:01Z) may not be later than the first customer's report"},
    {HEAD "holds: [{reason: because}]\n", "x.yaml:3:18: "},
    {HEAD "holds: [{approval: []}]\n", "unknown key 'approval'; is 'approvals' meant?"},
    {HEAD "revisions: [{by: a}]\n", "at is missing"},
    {HEAD "notice: {text: {'f r': {summary: x}}}\n", "x.yaml:3:17: 'f r' is not a language tag"},
    {HEAD "notice: {text: [fr]}\n", "x.yaml:3:16: text is a map of languages"},
    {HEAD "notice: {text: {fr: {contact: x}}}\n", "unknown key 'contact'"},
    {HEAD "distrust: {domain: [a]}\n", "unknown key 'domain'"},
    {HEAD "---\n" HEAD, "x.yaml:4:1: a second document"},
    {HEAD "id: INC-2\n", "x.yaml:3:1: "},
    {HEAD "title: &a x\nnotice: {summary: *a}\n", "x.yaml:3:8: "},
};

START_TEST(what_the_contract_forbids_is_refused_with_its_place)
{
    ck_assert_int_eq(read_text(refused[_i].text), DN_INVALID);
    ck_assert_msg(strstr(err.text, refused[_i].words) != NULL, "%s\nsaid %s\nfor %s", refused[_i].words, err.text,
                  refused[_i].text);
}
END_TEST

START_TEST(several_records_of_several_files_are_found_by_id)
{
    struct dn_incidents all = {0};
    char path[] = "/tmp/dn-incidents-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("schema: duenotice/incident/1\nid: A\n---\nschema: duenotice/incident/1\nid: B\n", file);
    fclose(file);
    ck_assert_msg(dn_incidents_read(path, &all, &notes, &err) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(all.count, 2);
    ck_assert_int_eq(dn_incidents_find(&all, DN_TEXT("B"))->line, 4);
    ck_assert_ptr_null(dn_incidents_find(&all, DN_TEXT("AB")));
    /* the same file again: its first id is there already */
    ck_assert_int_eq(dn_incidents_read(path, &all, &notes, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, ":2:5: a second record with the id 'A'") != NULL, "%s", err.text);
    remove(path);
    dn_incidents_clear(&all);
    ck_assert_int_eq(dn_incidents_read(path, &all, &notes, &err), DN_SYSTEM);
    ck_assert_uint_eq(all.count, 0);
}
END_TEST

START_TEST(only_customer_data_confirmed_or_likely_is_a_breach)
{
    static const struct {
        const char *finding;
        bool breach;
    } cases[] = {{"{effect: access, cause: unlawful, data: customer}", true},
                 {"{effect: access, cause: unlawful, data: customer, confidence: likely}", true},
                 {"{effect: access, cause: unlawful, data: customer, confidence: suspected}", false},
                 {"{effect: access, cause: unlawful, data: provider, confidence: confirmed}", false},
                 {"{effect: access, cause: unlawful, data: none, confidence: confirmed}", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dn_buf text = {0};
        dn_buf_addf(&text, HEAD "findings:\n  - %s\n", cases[i].finding);
        must_read(text.at);
        ck_assert_msg(dn_incident_is_breach(&incident) == cases[i].breach, "%s", cases[i].finding);
        dn_buf_clear(&text);
    }
}
END_TEST

#define HOLD                                                                                                           \
    "holds:\n  - reason: risk-to-others\n    tenants: [t1, t2]\n    from: 2026-06-15T00:00:00Z\n"                      \
    "    until: 2026-06-20T00:00:00Z\n"
#define ANNA "{role: legal, by: anna, at: 2026-06-15T09:00:00Z}"
#define BERT "{role: executive-incident-manager, by: bert, at: 2026-06-16T09:00:00Z}"

static bool held(const char *tenant, const char *when)
{
    return dn_incident_hold(&incident, dn_text_of(tenant), at(when)) != NULL;
}

START_TEST(a_hold_counts_from_the_later_approval_until_its_end)
{
    must_read(HEAD HOLD "    approvals: [" ANNA ", " BERT "]\n");
    ck_assert_uint_eq(notes.count, 0);
    ck_assert(!held("t1", "2026-06-16T08:59:59.999Z"));
    ck_assert(held("t1", "2026-06-16T09:00:00Z"));
    ck_assert(held("t2", "2026-06-19T23:59:59Z"));
    ck_assert(!held("t2", "2026-06-20T00:00:00Z"));
    ck_assert(!held("t", "2026-06-17T00:00:00Z"));
    ck_assert(!held("T1", "2026-06-17T00:00:00Z"));
}
END_TEST

START_TEST(a_hold_knows_its_tenant_s_guid_in_either_case)
{
    must_read(HEAD "holds:\n  - {reason: extraordinary, tenants: [0A1F6D3E-5B6C-4C1E-9D53-2F1F0C7F1001], from: "
                   "2026-06-15T00:00:00Z, until: 2026-06-20T00:00:00Z, approvals: [" ANNA ", " BERT "]}\n");
    ck_assert(held("0a1f6d3e-5b6c-4c1e-9d53-2f1f0c7f1001", "2026-06-17T00:00:00Z"));
    ck_assert(!held("0a1f6d3e-5b6c-4c1e-9d53-2f1f0c7f1002", "2026-06-17T00:00:00Z"));
}
END_TEST

START_TEST(an_incomplete_hold_is_named_and_does_not_count)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {HOLD, "two approvals"},
        {HOLD "    approvals: [" ANNA "]\n", "two approvals"},
        {HOLD "    approvals: [" ANNA ", {role: executive, by: ' Anna', at: 2026-06-16T09:00:00Z}]\n", "two approvals"},
        {HOLD "    approvals: [" ANNA ", {role: executive, by: bert}]\n", "two approvals"},
        {HOLD "    approvals: [" ANNA ", {role: executive, at: 2026-06-16T09:00:00Z}]\n", "two approvals"},
        {"holds:\n  - {reason: extraordinary, from: 2026-06-15T00:00:00Z, until: 2026-06-20T00:00:00Z, approvals: "
         "[" ANNA ", " BERT "]}\n",
         "names no tenants"},
        {"holds:\n  - {reason: extraordinary, tenants: [t1], until: 2026-06-20T00:00:00Z, approvals: [" ANNA ", " BERT
         "]}\n",
         "no from"},
        {"holds:\n  - {reason: extraordinary, tenants: [t1], from: 2026-06-15T00:00:00Z, approvals: [" ANNA ", " BERT
         "]}\n",
         "no until"},
        {"holds:\n  - {tenants: [t1], from: 2026-06-15T00:00:00Z, until: 2026-06-20T00:00:00Z, approvals: [" ANNA
         ", " BERT "]}\n",
         "no reason"},
        {"holds:\n  - {reason: extraordinary, tenants: [t1], from: 2026-06-20T00:00:00Z, until: 2026-06-15T00:00:00Z, "
         "approvals: [" ANNA ", " BERT "]}\n",
         "until is not later"},
        {"holds:\n  - {reason: law-enforcement, tenants: [t1], from: 2026-06-15T00:00:00Z, until: "
         "2026-06-20T00:00:00Z, "
         "authority: police, approvals: [" ANNA ", " BERT "]}\n",
         "authority and reference"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dn_buf text = {0};
        dn_buf_addf(&text, HEAD "%s", cases[i].text);
        must_read(text.at);
        dn_buf_clear(&text);
        ck_assert_uint_eq(notes.count, 1);
        ck_assert_str_eq(notes.at[0].word, "hold-incomplete");
        ck_assert(notes.at[0].attention);
        ck_assert_msg(strstr(notes.at[0].text, "x.yaml:4:5: ") != NULL, "%s", notes.at[0].text);
        ck_assert_msg(strstr(notes.at[0].text, cases[i].words) != NULL, "%s", notes.at[0].text);
        ck_assert(!held("t1", "2026-06-17T00:00:00Z"));
    }
}
END_TEST

START_TEST(an_exemption_needs_evidence_and_two_people)
{
    must_read(HEAD "exemptions:\n  - {reason: unintelligible, tenants: [t1], evidence: keys are safe, approvals: [" ANNA
                   ", " BERT "]}\n");
    ck_assert_ptr_nonnull(dn_incident_exemption(&incident, DN_TEXT("t1")));
    ck_assert_ptr_null(dn_incident_exemption(&incident, DN_TEXT("t2")));
    must_read(HEAD "exemptions:\n  - {reason: unintelligible, tenants: [t1], approvals: [" ANNA ", " BERT "]}\n");
    ck_assert_str_eq(notes.at[0].word, "exemption-incomplete");
    ck_assert_ptr_null(dn_incident_exemption(&incident, DN_TEXT("t1")));
    must_read(HEAD "exemptions:\n  - {reason: unintelligible, tenants: [t1], evidence: e, approvals: [" ANNA "]}\n");
    ck_assert_str_eq(notes.at[0].word, "exemption-incomplete");
    ck_assert_ptr_null(dn_incident_exemption(&incident, DN_TEXT("t1")));
}
END_TEST

START_TEST(an_id_has_letters_digits_and_three_marks)
{
    char longest[130];
    memset(longest, 'x', sizeof longest);
    ck_assert(dn_incident_id_valid(DN_TEXT("INC-2026_0042.a")));
    ck_assert(dn_incident_id_valid((struct dn_text){longest, 128}));
    ck_assert(!dn_incident_id_valid((struct dn_text){longest, 129}));
    ck_assert(!dn_incident_id_valid(DN_TEXT("")));
    ck_assert(!dn_incident_id_valid(DN_TEXT("a/b")));
    ck_assert(!dn_incident_id_valid(DN_TEXT("a\0b")));
    ck_assert(!dn_incident_id_valid(DN_TEXT("incidé")));
}
END_TEST

static struct dn_revising revising;

static void begin(const char *text)
{
    must_read(text);
    dn_revising_clear(&revising);
    revising =
        (struct dn_revising){.incident = &incident, .now = at("2026-06-16T10:00:00Z"), .by = "soc", .notes = &notes};
}

static const char *reached(enum dn_stage stage)
{
    static char text[2][DN_INSTANT_TEXT];
    static int turn;
    turn = !turn;
    dn_instant_format(dn_incident_reached(&incident, stage), text[turn]);
    return text[turn];
}

START_TEST(a_breach_is_declared_now_or_when_it_is_said)
{
    begin(HEAD BREACH);
    ck_assert_int_eq(dn_revise_decide(&revising, DN_INSTANT_NONE, &err), DN_OK);
    ck_assert_str_eq(reached(DN_STAGE_INCIDENT_DECLARED), "2026-06-16T10:00:00Z");
    ck_assert_str_eq(reached(DN_STAGE_BREACH_DECLARED), "2026-06-16T10:00:00Z");
    begin(HEAD BREACH);
    ck_assert_int_eq(dn_revise_decide(&revising, at("2026-06-15T18:00:00Z"), &err), DN_OK);
    ck_assert_str_eq(reached(DN_STAGE_INCIDENT_DECLARED), "2026-06-15T18:00:00Z");
    ck_assert_int_eq(incident.status, DN_INCIDENT_DECLARED);
    /* once more, later: nothing moves */
    revising.now = at("2026-06-17T10:00:00Z");
    ck_assert_int_eq(dn_revise_decide(&revising, at("2026-06-16T18:00:00Z"), &err), DN_OK);
    ck_assert_uint_eq(incident.timeline_count, 2);
    ck_assert_str_eq(reached(DN_STAGE_BREACH_DECLARED), "2026-06-15T18:00:00Z");
}
END_TEST

START_TEST(what_is_no_breach_stays_open)
{
    begin(HEAD "findings:\n  - {effect: access, cause: unlawful, data: customer, confidence: suspected}\n");
    ck_assert_int_eq(dn_revise_decide(&revising, DN_INSTANT_NONE, &err), DN_OK);
    ck_assert_int_eq(incident.status, DN_INCIDENT_OPEN);
    ck_assert_uint_eq(incident.timeline_count, 0);
    ck_assert_str_eq(notes.at[0].word, "not-a-breach");
    ck_assert(dn_notes_need_person(&notes));
}
END_TEST

START_TEST(a_breach_found_later_keeps_the_incidents_anchor)
{
    begin(HEAD BREACH "timeline: [{stage: incident-declared, at: 2026-06-15T09:00:00Z}]\n");
    ck_assert_int_eq(dn_revise_decide(&revising, DN_INSTANT_NONE, &err), DN_OK);
    ck_assert_str_eq(reached(DN_STAGE_INCIDENT_DECLARED), "2026-06-15T09:00:00Z");
    ck_assert_str_eq(reached(DN_STAGE_BREACH_DECLARED), "2026-06-16T10:00:00Z");
}
END_TEST

START_TEST(an_anchor_moves_only_earlier_and_only_with_approval)
{
    begin(HEAD BREACH "status: declared\ntimeline: [{stage: incident-declared, at: 2026-06-15T09:00:00Z}]\n");
    ck_assert_int_eq(dn_revise_stage(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T08:00:00Z"), &err),
                     DN_INVALID);
    ck_assert_int_eq(dn_revise_stage(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T10:00:00Z"), &err),
                     DN_INVALID);
    ck_assert_int_eq(dn_revise_stage(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T09:00:00Z"), &err), DN_OK);
    ck_assert_int_eq(dn_revise_anchor(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T09:00:00Z"), "lead", &err),
                     DN_INVALID);
    ck_assert_int_eq(dn_revise_anchor(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T08:00:00Z"), "SOC ", &err),
                     DN_INVALID);
    ck_assert_int_eq(dn_revise_anchor(&revising, DN_STAGE_EVENT_DETECTED, at("2026-06-15T08:00:00Z"), "lead", &err),
                     DN_INVALID);
    ck_assert_int_eq(dn_revise_anchor(&revising, DN_STAGE_BREACH_DECLARED, at("2026-06-15T08:00:00Z"), "lead", &err),
                     DN_INVALID);
    ck_assert_uint_eq(incident.timeline_count, 1);
    ck_assert_int_eq(dn_revise_anchor(&revising, DN_STAGE_INCIDENT_DECLARED, at("2026-06-15T08:00:00Z"), "lead", &err),
                     DN_OK);
    ck_assert_str_eq(reached(DN_STAGE_INCIDENT_DECLARED), "2026-06-15T08:00:00Z");
    ck_assert_uint_eq(incident.timeline_count, 2); /* what it was stays to be seen */
    dn_revise_end(&revising);
    ck_assert_str_eq(incident.revisions[0].change, "incident-declared corrected from 2026-06-15T09:00:00Z to "
                                                   "2026-06-15T08:00:00Z, approved by lead");
}
END_TEST

START_TEST(a_status_only_goes_forward)
{
    static const char *const words[] = {"open", "declared", "withdrawn", "closed"};
    for (int old = 0; old < 4; old++) {
        for (int new = DN_INCIDENT_WITHDRAWN; new < 4; new ++) {
            struct dn_buf text = {0};
            dn_buf_addf(&text, HEAD "status: %s\n", words[old]);
            begin(text.at);
            dn_buf_clear(&text);
            enum dn_status status = dn_revise_status(&revising, (enum dn_incident_status) new, "why", &err);
            ck_assert_msg((status == DN_OK) == (old < new), "%s to %s", words[old], words[new]);
            ck_assert_int_eq(incident.status, old < new ? (enum dn_incident_status) new : (enum dn_incident_status)old);
        }
    }
    begin(HEAD BREACH);
    ck_assert_int_eq(dn_revise_status(&revising, DN_INCIDENT_CLOSED, NULL, &err), DN_INVALID);
}
END_TEST

START_TEST(a_run_without_a_change_is_no_revision)
{
    begin(full);
    size_t before = incident.revision_count;
    dn_revise_end(&revising);
    ck_assert_uint_eq(incident.revision_count, before);
    revising.note = "looked at again";
    dn_revise_end(&revising);
    ck_assert_uint_eq(incident.revision_count, before + 1);
    ck_assert_str_eq(incident.revisions[before].change, "note: looked at again");
}
END_TEST

START_TEST(merging_a_record_into_itself_changes_nothing)
{
    struct dn_buf first = {0}, second = {0};
    struct dn_incident copy = {0};
    begin(full);
    dn_incident_write(&incident, 0, &first);
    ck_assert_int_eq(dn_incident_read_bytes(dn_buf_text(&first), "y.yaml", &copy, &notes, &err), DN_OK);
    ck_assert_msg(dn_revise_record(&revising, &copy, &err) == DN_OK, "%s", err.text);
    dn_revise_end(&revising);
    dn_incident_write(&incident, 0, &second);
    ck_assert_str_eq(first.at, second.at);
    dn_incident_clear(&copy);
    dn_buf_clear(&first);
    dn_buf_clear(&second);
}
END_TEST

START_TEST(stages_in_a_wrong_order_are_refused_or_said)
{
    static const struct {
        const char *timeline, *words;
    } cases[] = {
        {"{stage: event-started, at: 2026-06-15T09:00:00Z}, {stage: event-detected, at: 2026-06-15T08:00:00Z}",
         "event-started (2026-06-15T09:00:00Z) is later than event-detected"},
        {"{stage: event-detected, at: 2026-06-15T09:00:00Z}, {stage: incident-declared, at: 2026-06-15T08:00:00Z}",
         "event-detected (2026-06-15T09:00:00Z) is later than incident-declared"},
        {"{stage: event-started, at: 2026-06-15T09:00:00Z}, {stage: incident-declared, at: 2026-06-15T08:00:00Z}",
         "event-started"},
        {"{stage: incident-declared, at: 2026-06-15T09:00:00Z}, {stage: breach-declared, at: 2026-06-15T08:00:00Z}",
         "incident-declared"},
        {"{stage: incident-declared, at: 2026-06-16T10:00:00.000000001Z}", "is in the future"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dn_buf text = {0};
        dn_buf_addf(&text, HEAD "timeline: [%s]\n", cases[i].timeline);
        begin(text.at);
        dn_buf_clear(&text);
        ck_assert_int_eq(dn_incident_check_stages(&incident, "x.yaml", revising.now, &notes, &err), DN_INVALID);
        ck_assert_msg(strstr(err.text, cases[i].words) != NULL, "%s", err.text);
        ck_assert_msg(strncmp(err.text, "x.yaml:3: ", 10) == 0, "%s", err.text);
    }
    begin(HEAD "timeline: [{stage: on-call-engaged, at: 2026-06-15T09:00:00Z}, {stage: incident-declared, at: "
               "2026-06-15T08:00:00Z}]\n");
    ck_assert_int_eq(dn_incident_check_stages(&incident, "x.yaml", revising.now, &notes, &err), DN_OK);
    ck_assert_uint_eq(notes.count, 1);
    ck_assert_str_eq(notes.at[0].word, "overlap");
    ck_assert(!dn_notes_need_person(&notes));
}
END_TEST

START_TEST(options_make_the_record_that_a_file_would)
{
    struct dn_incident_words words = {.id = "X-1",
                                      .effect = "access",
                                      .cause = "unauthorised",
                                      .data = "customer",
                                      .from = "2026-06-15T00:00:00Z",
                                      .detected = "2026-06-15T08:00:00Z",
                                      .summary = "- not a list: no",
                                      .contact_phone = "+1 555"};
    dn_strings_add(&words.addresses, DN_TEXT("2001:db8::/32"));
    ck_assert(dn_incident_words_given(&words));
    ck_assert_msg(dn_incident_compose(&words, "soc", &incident, &notes, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(incident.notice.words[0].summary, "- not a list: no");
    ck_assert_str_eq(incident.notice.contact_phone, "+1 555");
    ck_assert_int_eq(incident.scopes[0].match.networks[0].bits, 32);
    ck_assert_str_eq(reached(DN_STAGE_EVENT_DETECTED), "2026-06-15T08:00:00Z");
    dn_incident_words_clear(&words);
}
END_TEST

START_TEST(options_are_refused_as_a_file_would_be_but_without_a_place)
{
    struct dn_incident_words wrong = {.id = "X-1", .effect = "loss", .cause = "unauthorised", .data = "customer"};
    ck_assert_int_eq(dn_incident_compose(&wrong, "soc", &incident, &notes, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "effect loss has the cause accidental or unlawful, not unauthorised");
    clear();
    empty();
    struct dn_incident_words bytes = {.id = "X-1", .title = "\xff"};
    ck_assert_int_eq(dn_incident_compose(&bytes, "soc", &incident, &notes, &err), DN_INVALID);
    struct dn_incident_words all = {.id = "X-1", .certainty = "potential"};
    ck_assert_int_eq(dn_incident_compose(&all, "soc", &incident, &notes, &err), DN_INVALID);
    struct dn_incident_words none = {.id = NULL};
    ck_assert(!dn_incident_words_given(&none));
}
END_TEST

static void end(void)
{
    dn_revising_clear(&revising);
    memset(&revising, 0, sizeof revising);
    clear();
}

int main(void)
{
    Suite *suite = suite_create("incident");
    TCase *cases = tcase_create("incident");
    tcase_add_checked_fixture(cases, empty, end);
    tcase_add_test(cases, what_is_written_reads_back_the_same);
    tcase_add_test(cases, every_part_has_its_value);
    tcase_add_test(cases, a_record_with_nothing_but_its_id_is_open);
    tcase_add_loop_test(cases, what_the_contract_forbids_is_refused_with_its_place, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(cases, several_records_of_several_files_are_found_by_id);
    tcase_add_test(cases, only_customer_data_confirmed_or_likely_is_a_breach);
    tcase_add_test(cases, a_hold_counts_from_the_later_approval_until_its_end);
    tcase_add_test(cases, a_hold_knows_its_tenant_s_guid_in_either_case);
    tcase_add_test(cases, an_incomplete_hold_is_named_and_does_not_count);
    tcase_add_test(cases, an_exemption_needs_evidence_and_two_people);
    tcase_add_test(cases, an_id_has_letters_digits_and_three_marks);
    tcase_add_test(cases, a_breach_is_declared_now_or_when_it_is_said);
    tcase_add_test(cases, what_is_no_breach_stays_open);
    tcase_add_test(cases, a_breach_found_later_keeps_the_incidents_anchor);
    tcase_add_test(cases, an_anchor_moves_only_earlier_and_only_with_approval);
    tcase_add_test(cases, a_status_only_goes_forward);
    tcase_add_test(cases, a_run_without_a_change_is_no_revision);
    tcase_add_test(cases, merging_a_record_into_itself_changes_nothing);
    tcase_add_test(cases, stages_in_a_wrong_order_are_refused_or_said);
    tcase_add_test(cases, options_make_the_record_that_a_file_would);
    tcase_add_test(cases, options_are_refused_as_a_file_would_be_but_without_a_place);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
