/* The directory (CONTRACT section 3.4; duenotice-directory(5)): the tenants, and by which keys they are found. Of a
 * file only the keys are held in memory: most tenants are not affected, and the cells of those that are can be read
 * again (dn_directory_visit). What comes by a pipe is held whole. */
#ifndef DN_TENANT_DIRECTORY_H
#define DN_TENANT_DIRECTORY_H

#include "base/error.h"
#include "base/note.h"
#include "key/name.h"
#include "stream/again.h"
#include "stream/csv.h"
#include "tenant/arena.h"
#include "tenant/keyring.h"
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

/* One tenant that is held: its line, which cells it has, and these, each behind its size; numbers are 7 bits a byte,
 * the lowest first. */
struct dn_tenant {
    const unsigned char *at;
};

/* The line of the directory on which it begins. */
int64_t dn_tenant_line(const struct dn_tenant *tenant);

/* A cell as it stands in the directory. */
struct dn_text dn_tenant_cell_raw(const struct dn_tenant *tenant, enum dn_tenant_column column);

/* A value of that column: blanks around it and placeholders taken off. */
struct dn_text dn_tenant_value(struct dn_text cell, enum dn_tenant_column column);

/* A cell as such a value; good as long as the directory. */
struct dn_text dn_tenant_cell(const struct dn_tenant *tenant, enum dn_tenant_column column);

/* All cells as of dn_tenant_cell, at once. */
void dn_tenant_cells(const struct dn_tenant *tenant, struct dn_text cells[DN_TENANT_COLUMNS]);

/* A key or word of a tenant that cannot be used. */
struct dn_directory_fault {
    size_t tenant; /* its number */
    int64_t line;
    enum dn_tenant_column column;
    const char *finding; /* invalid-domain, public-suffix, invalid-network, network-too-wide, invalid-word,
                            invalid-time, invalid-number */
    struct dn_text value;
};

/* What the directory's keys are looked up by, beside tenant ids. */
enum dn_directory_kind { DN_BY_ID, DN_BY_SUBSCRIPTION, DN_BY_DOMAIN, DN_BY_NETWORK };

/* The words and times of a tenant that cannot be read, as faults without place; room for DN_TENANT_CELL_FAULTS of them.
 * Returns how many there are. cells: as of dn_tenant_cells. */
#define DN_TENANT_CELL_FAULTS 5
size_t dn_tenant_cell_faults(const struct dn_text cells[DN_TENANT_COLUMNS], struct dn_directory_fault *faults);

/* Which cells are held in memory. A directory that cannot be read again is held as _CELLS at least. */
enum dn_directory_hold {
    DN_HOLD_NOTHING,
    DN_HOLD_IDS,
    DN_HOLD_CELLS, /* all but those of keys */
    DN_HOLD_ALL    /* and what is wrong with the others is among the faults */
};

/* Tenants that stand one behind the other in the file, and what was known of them before they were numbered. */
struct dn_directory_piece {
    int64_t line;         /* of the first */
    int64_t place, end;   /* in the file, of the first one's begin and the last one's end */
    size_t base, count;   /* the number of the first, and how many */
    size_t reader, first; /* who read them, and the number that it gave the first */
};

/* Tenants are numbered from 0 in the order of the file. Starts zeroed but for `hold`, `threads` and `delimiter`. */
struct dn_directory {
    enum dn_directory_hold hold;
    size_t threads; /* that read it; 0: one for each core. The answer is the same */
    char delimiter; /* between its columns; 0: a comma, or what a "sep=" line says */
    char *name;     /* of the file, for messages */
    size_t count;
    struct dn_tenant *at; /* NULL: nothing is held */
    struct dn_csv *csv;   /* the file, to be read again; NULL: that cannot be */
    struct dn_again_stamp stamp;
    size_t index[DN_TENANT_COLUMNS];
    struct dn_directory_piece *pieces;
    size_t piece_count;
    uint32_t **checks;        /* by reader: of the hash of each tenant's record: is it still the same? */
    unsigned char *consumers; /* a bit for each tenant: its segment is that; NULL: nobody's is */
    struct dn_keyring ids, keys;
    struct dn_key_list prefixes; /* of resources */
    struct dn_directory_shape {
        bool lengths[2][129];       /* of networks (of IPv4: [1]): those that there are */
        bool labels[128];           /* of domains, how many: those that there are, the last one for more */
        bool subscription_size[64]; /* of subscriptions: those that there are, the last one for all that are longer */
    } shape;
    struct dn_directory_lengths {
        unsigned char at[129]; /* of networks: those that there are, longest first */
        size_t count;
    } lengths[2]; /* of IPv4: [1] */
    struct dn_directory_fault *faults;
    size_t fault_count;
    struct dn_arena *arenas; /* of the cells, by reader */
    size_t arena_count;
};

/* Reads a directory, by several threads. Only tenant_id and name are needed, as columns and as cells. DN_INVALID: a
 * tenant_id twice (both lines are named), a record that is no record. What is wrong with one tenant alone is kept as a
 * fault, not an error; that of other cells than keys' only for DN_HOLD_ALL. */
enum dn_status dn_directory_read(const char *path, struct dn_directory *directory, struct dn_error *err);

/* A tenant that is visited: good until the visitor returns. */
struct dn_visited {
    size_t number;
    int64_t line;
    bool plain;                              /* it is known that no cell needs quotes in CSV */
    struct dn_text cells[DN_TENANT_COLUMNS]; /* as of dn_tenant_cells; those of keys may be empty */
};
typedef void dn_directory_visitor(void *context, const struct dn_visited *tenant);

/* Gives those tenants whose bits are set in `wanted` to `visit`: by several threads, one for each of the contexts, each
 * in the order of the file. DN_OK, DN_SYSTEM, or DN_INVALID: the file is not as it was. */
enum dn_status dn_directory_visit(const struct dn_directory *directory, const unsigned char *wanted,
                                  dn_directory_visitor *visit, void *const *contexts, size_t threads,
                                  struct dn_error *err);

/* The tenant_id of a tenant; empty: it is not held. */
struct dn_text dn_directory_id(const struct dn_directory *directory, size_t number);

/* The number of the tenant, SIZE_MAX: none. */
size_t dn_directory_find(const struct dn_directory *directory, struct dn_text tenant_id);

/* What a key, in its one spelling, is looked up by; of a GUID, in any. */
struct dn_hash128 dn_directory_hash(enum dn_directory_kind kind, struct dn_text key);

/* The numbers under exactly this key of that kind (numbers is overwritten). False: there is no such key. */
bool dn_directory_key(const struct dn_directory *directory, enum dn_directory_kind kind, struct dn_text key,
                      struct dn_numbers *numbers);

/* Is there a subscription of this size? If not, that saves a question. */
bool dn_directory_has_size(const struct dn_directory *directory, size_t size);

/* Is there a domain of so many labels? The same. */
bool dn_directory_has_labels(const struct dn_directory *directory, size_t labels);

/* The lengths of the networks that may have the address. */
const struct dn_directory_lengths *dn_directory_lengths(const struct dn_directory *directory,
                                                        const struct dn_address *address);

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

/* Is the tenant a consumer? */
bool dn_directory_consumer(const struct dn_directory *directory, size_t number);

/* Frees what only look-ups need: nothing is found any more, the tenants stay. The memory goes on to these arenas, in
 * turn (count 0: to nobody). */
void dn_directory_forget_keys(struct dn_directory *directory, struct dn_arena *const *to, size_t count);

void dn_directory_clear(struct dn_directory *directory);

#endif
