/* Planned rows for the tests of channels: made by hand, owned by a pool that _fixture_clear frees. */
#ifndef DN_TEST_PLAN_FIXTURE_H
#define DN_TEST_PLAN_FIXTURE_H

#include <string.h>

#include "notice/plan.h"

struct fixture {
    struct dn_strings pool;
    struct dn_incident incident;
    struct dn_affected tenants[8];
    struct dn_attachment attachment;
    struct dn_content content;
    struct dn_timeline_entry declared;
    struct dn_plan_row rows[24];
    struct dn_plan plan;
};

static inline char *own(struct fixture *f, const char *text)
{
    dn_strings_add(&f->pool, dn_text_of(text));
    return f->pool.at[f->pool.count - 1];
}

static inline void fixture_content(struct fixture *f)
{
    f->attachment =
        (struct dn_attachment){own(f, "affected-resources.csv"), own(f, "text/csv; charset=utf-8"), own(f, "a\n"), 2};
    f->content = (struct dn_content){.language = own(f, "en"),
                                     .subject = own(f, "Notice"),
                                     .text = own(f, "text\n"),
                                     .html = own(f, "<p>h</p>\n"),
                                     .script = own(f, "Good day,\nthis is \"us\".\n"),
                                     .reference_subject = own(f, "Ref"),
                                     .reference_text = own(f, "ref\n"),
                                     .reference_html = own(f, "<p>ref</p>\n"),
                                     .attachments = &f->attachment,
                                     .attachment_count = 1};
}

static inline void fixture_make(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->incident.id = own(f, "INC-1");
    f->incident.timeline = &f->declared;
    f->incident.timeline_count = 1;
    f->declared.stage = DN_STAGE_INCIDENT_DECLARED;
    dn_instant_parse(DN_TEXT("2026-06-15T18:00:00Z"), &f->declared.at);
    for (size_t i = 0; i < 8; i++) {
        char id[] = "t0";
        id[1] = (char)('0' + i);
        f->tenants[i] = (struct dn_affected){.incident_id = f->incident.id,
                                             .tenant_id = own(f, id),
                                             .name = own(f, "Contoso"),
                                             .country = own(f, "DE"),
                                             .language = own(f, "de"),
                                             .time_zone = own(f, "Europe/Berlin"),
                                             .services = own(f, "exchange-online;sharepoint")};
    }
    fixture_content(f);
    f->plan.rows = f->rows;
    f->plan.given = &f->content;
}

/* The next row of the plan, to be sent. */
static inline struct dn_plan_row *fixture_row(struct fixture *f, size_t tenant, enum dn_channel channel,
                                              const char *recipient)
{
    struct dn_plan_row *row = &f->rows[f->plan.row_count++];
    *row = (struct dn_plan_row){.incident = &f->incident,
                                .tenant = &f->tenants[tenant],
                                .channel = channel,
                                .state = DN_STATE_INTENT,
                                .recipient = own(f, recipient),
                                .reason = own(f, ""),
                                .regime = own(f, "contract-72h-declared"),
                                .same_as = SIZE_MAX};
    dn_instant_parse(DN_TEXT("2026-06-18T18:00:00Z"), &row->due_at);
    memset(row->content_sha256, 'a', DN_SHA256_HEX - 1);
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("initial"), dn_text_of(f->tenants[tenant].tenant_id), channel,
                  dn_text_of(recipient), row->key);
    return row;
}

static inline void fixture_clear(struct fixture *f)
{
    dn_strings_clear(&f->pool);
}

#endif
