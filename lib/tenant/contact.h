/* Whom a tenant can be reached by, and what is missing for it: the usable addresses of a directory row and its gaps. */
#ifndef DN_TENANT_CONTACT_H
#define DN_TENANT_CONTACT_H

#include "tenant/directory.h"
#include "time/instant.h"

/* The words of `contact_gaps`, in the order in which the stream has them; a set of them has bit 1 << gap. */
enum dn_gap {
    DN_GAP_NO_ADMIN_EMAIL,
    DN_GAP_NO_PRIVACY_CONTACT,
    DN_GAP_NO_PHONE,
    DN_GAP_NO_PRIVACY_READER,
    DN_GAP_MESSAGE_CENTER_HIDDEN,
    DN_GAP_INVALID_ADMIN_EMAIL,
    DN_GAP_INVALID_PRIVACY_EMAIL,
    DN_GAP_STALE_CONTACTS,
    DN_GAP_CONTACT_COMPROMISED,
    DN_GAP_TENANT_DELETED
};
extern const char *const dn_gap_words[];

/* Views, each once. */
struct dn_contact_list {
    struct dn_text *at;
    size_t count, room;
};

/* Usable contacts. Starts zeroed; used again and again. */
struct dn_contacts {
    struct dn_contact_list admin_emails, privacy_emails, phones; /* as the directory writes them: its texts */
    struct dn_strings invalid;                                   /* addresses that are none: "admin_emails 'x@'" */
    const char *message_center;                                  /* yes | no | hidden | "" */
    struct dn_buf keys;                                          /* scratch: by what they are compared */
    unsigned gaps; /* all but contact-compromised, which depends on the incident */
};

/* The contacts of a tenant. Placeholders are no addresses; an address that is none is kept apart and makes a gap, and
 * where no other is left, the gap of having none, too. stale_s: contacts validated longer than that before now are
 * stale; so is a validation whose time cannot be read. */
void dn_contacts_of(const struct dn_tenant *tenant, struct dn_instant now, int64_t stale_s,
                    struct dn_contacts *contacts);

/* The same from the tenant's cells (dn_tenant_cells). */
void dn_contacts_from(const struct dn_text cells[DN_TENANT_COLUMNS], struct dn_instant now, int64_t stale_s,
                      struct dn_contacts *contacts);

/* The spelling by which a contact address and an affected mailbox are compared, appended: lower case, domain in
 * A-labels; an address that is none as dn_resource_canonical has it. */
void dn_mailbox_key(struct dn_text address, struct dn_buf *into);

/* Appends the words of a set of gaps, ';' between them. */
void dn_gaps_add_to(struct dn_buf *buf, unsigned gaps);

void dn_contacts_clear(struct dn_contacts *contacts);

#endif
