/* Inside the reading of a directory: threads take pieces of the file, each gathers the keys of its tenants and holds
 * their cells if they are to be held (directory_read.c); then all is put together in the order of the file
 * (directory_assemble.c). */
#ifndef DN_TENANT_DIRECTORY_READER_H
#define DN_TENANT_DIRECTORY_READER_H

#include "base/crew.h"
#include "stream/rows.h"
#include "tenant/directory.h"
#include "tenant/keyhash.h"

struct dn_directory_prefix {
    size_t tenant;
    struct dn_text value;
};

/* What one thread reads. */
struct dn_directory_reader {
    const struct dn_directory *directory;
    const struct dn_csv *csv;
    struct dn_arena arena;
    struct dn_tenant *at; /* those that are held */
    uint32_t *checks;
    size_t count, held_room, room; /* tenants */
    struct dn_directory_piece *pieces;
    size_t piece_count, piece_room;
    struct dn_key_shelf ids, keys;
    struct dn_directory_prefix *prefixes;
    size_t prefix_count, prefix_room;
    uint32_t *consumers; /* their numbers */
    size_t consumer_count, consumer_room;
    struct dn_directory_fault *faults; /* their tenants by the reader's numbers */
    size_t fault_count, fault_room;
    struct dn_directory_shape shape;
    struct dn_publics publics;
    struct dn_buf scratch;
    int64_t line;   /* of the tenant in hand */
    int64_t failed; /* the line of the first record that is wrong; 0: none */
    char apart[DN_APART];
};

/* What is kept of a tenant's record: some bits of the hash of its bytes. */
static inline uint32_t dn_directory_check(struct dn_text record)
{
    return (uint32_t)(dn_keyhash_once(record) >> 32);
}

/* Puts together what all readers have; they keep what is not the directory's then. */
void dn_directory_assemble(struct dn_directory *directory, struct dn_directory_reader *readers, size_t count);

#endif
