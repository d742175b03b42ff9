/* The directory (CONTRACT section 3.4; duenotice-directory(5)): the tenants, and by which keys they are found. Held in
 * memory whole: a million tenants are loaded in about a second. */
#ifndef DN_TENANT_DIRECTORY_H
#define DN_TENANT_DIRECTORY_H

#include "base/error.h"
#include "base/note.h"
#include "key/name.h"
#include "tenant/arena.h"
#include "tenant/keys.h"

enum dn_tenant_column {
    DN_TENANT_ID,
    DN_TENANT_NAME,
    DN_TENANT_SEGMENT,
    DN_TENANT_DOMAINS,
    DN_TENANT_SUBSCRIPTIONS,
    DN_TENANT_NETWORKS,
    DN_TENANT_RESOURCE_PREFIXES,
    DN_TENANT_COUNTRY,
    DN_TENANT_LANGUAGE,
    DN_TENANT_TIME_ZONE,
    DN_TENANT_REGIMES,
    DN_TENANT_ADMIN_EMAILS,
    DN_TENANT_PRIVACY_EMAIL,
    DN_TENANT_ADMIN_PHONES,
    DN_TENANT_MESSAGE_CENTER,
    DN_TENANT_MESSAGE_CENTER_READERS,
    DN_TENANT_CONTACTS_VALIDATED_AT,
    DN_TENANT_DELETED_AT,
    DN_TENANT_NOT_PERMITTED, /* ';' names of columns that whoever exported the directory was not permitted to see */
    DN_TENANT_COLUMNS
};

/* The names of the columns, NULL-ended. */
extern const char *const dn_tenant_columns[];

/* One tenant: its line, which cells it has, and these, each behind its size; numbers are 7 bits a byte, the lowest
 * first. */
struct dn_tenant {
    const unsigned char *at;
};

/* The line of the directory on which it begins. */
int64_t dn_tenant_line(const struct dn_tenant *tenant);

/* A cell as it stands in the directory. */
struct dn_text dn_tenant_cell_raw(const struct dn_tenant *tenant, enum dn_tenant_column column);

/* A cell, blanks around it and placeholders taken off; good as long as the directory. */
struct dn_text dn_tenant_cell(const struct dn_tenant *tenant, enum dn_tenant_column column);

/* All cells as of dn_tenant_cell, at once. */
void dn_tenant_cells(const struct dn_tenant *tenant, struct dn_text cells[DN_TENANT_COLUMNS]);

/* A key or word of a tenant that cannot be used. */
struct dn_directory_fault {
    size_t tenant; /* its number */
    enum dn_tenant_column column;
    const char *finding; /* invalid-domain, public-suffix, invalid-network, network-too-wide, invalid-word,
                            invalid-time, invalid-number */
    struct dn_text value;
};

/* A key on its way into the index, which is fetched meanwhile. */
struct dn_directory_pending {
    struct dn_key_list *list; /* NULL: a tenant_id */
    uint64_t hash;
    struct dn_text key;
    char own[24]; /* the key, if it is short and stands nowhere else */
    size_t tenant;
};
#define DN_DIRECTORY_PENDING 64

/* Tenants are numbered from 0 in the order of the file. Starts zeroed; once read, it must stay where it is. */
struct dn_directory {
    char *name; /* of the file, for messages */
    struct dn_tenant *at;
    size_t count, room;
    struct dn_index ids;                                 /* by the hash of dn_tenant_key */
    struct dn_key_list subscriptions, domains, networks; /* networks by dn_network_key */
    struct dn_key_list prefixes;                         /* of resources */
    unsigned char lengths[129];                          /* of networks: those that there are, longest first */
    size_t length_count;
    struct dn_directory_fault *faults;
    size_t fault_count, fault_room;
    struct dn_arena arena;     /* of the cells */
    struct dn_arena key_arena; /* of keys that wait */
    struct dn_publics publics;
    struct dn_buf scratch;
    struct dn_directory_pending pending[DN_DIRECTORY_PENDING];
    size_t pending_count;
    size_t id_column;
    struct dn_error twice; /* a tenant_id that is */
};

/* Reads a directory. Only tenant_id and name are needed, as columns and as cells. DN_INVALID: a tenant_id twice (both
 * lines are named), a record that is no record. What is wrong with one tenant alone is kept as a fault, not an error.
 */
enum dn_status dn_directory_read(const char *path, struct dn_directory *directory, struct dn_error *err);

/* The number of the tenant, SIZE_MAX: none. */
size_t dn_directory_find(const struct dn_directory *directory, struct dn_text tenant_id);

/* The numbers under the subscription that the target names or is; under the longest network that has its address. */
bool dn_directory_subscription(const struct dn_directory *directory, const struct dn_target *target,
                               struct dn_numbers *numbers);
bool dn_directory_network(const struct dn_directory *directory, const struct dn_target *target,
                          struct dn_numbers *numbers);

/* The first bits of an address as a key: their number, then the address without the others. */
struct dn_network_key {
    char at[17];
};
struct dn_text dn_network_key(const struct dn_address *address, int bits, struct dn_network_key *key);

/* A fault in words, appended: "COLUMN 'VALUE'", and why where that is known. */
void dn_directory_fault_detail(const struct dn_directory_fault *fault, struct dn_buf *into);

/* The same with its place in front: "FILE:LINE: COLUMN 'VALUE'". */
void dn_directory_fault_text(const struct dn_directory *directory, const struct dn_directory_fault *fault,
                             struct dn_buf *into);

/* Tells the faults of keys ("[directory]"; attention for networks that cannot be read, since a wider one could answer
 * instead), each finding once with its number and first place. */
void dn_directory_notes(const struct dn_directory *directory, struct dn_notes *notes);

/* Frees what only look-ups need: nothing is found any more, cells stay. */
void dn_directory_forget_keys(struct dn_directory *directory);

void dn_directory_clear(struct dn_directory *directory);

#endif
