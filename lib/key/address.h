/* IP addresses and networks in every spelling met in the field, and sets of networks with longest-prefix look-up. */
#ifndef DN_KEY_ADDRESS_H
#define DN_KEY_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* 16 bytes in network order; IPv4 as ::ffff:a.b.c.d, so that both families are one space. */
struct dn_address {
    unsigned char at[16];
};

struct dn_network {
    struct dn_address base;
    int bits; /* 0 to 128 in that space (an IPv4 /24 is 120) */
};

/* A strict address as inet_pton has it: no zone, no brackets, no port, no leading zeros. */
bool dn_address_parse_strict(struct dn_text text, struct dn_address *address);

/* As evidence writes it: "1.2.3.4:567", "[2603::1]:443", "2001:0db8::1", "::ffff:1.2.3.4", "fe80::1%eth0", blanks
 * around. False: not an address (a host name, "AWS Internal"): matches nothing, and is no error. */
bool dn_address_parse(struct dn_text text, struct dn_address *address);

/* Canonical text (RFC 5952; IPv4 dotted). Room for 46 bytes. */
#define DN_ADDRESS_TEXT 46
void dn_address_format(const struct dn_address *address, char text[DN_ADDRESS_TEXT]);

/* "10.0.0.0/8", "2001:db8::/32", or one address; blanks around ignored. Host bits set, a length out of range, or an
 * octet with a leading zero: DN_INVALID with the mend in the message. */
enum dn_status dn_network_parse(struct dn_text text, struct dn_network *network, struct dn_error *err);

/* Does it hold every IPv4 address or every IPv6 address ("0.0.0.0/0", "::/0", "::/64")? Such a network names nobody. */
bool dn_network_whole(const struct dn_network *network);

/* Canonical text "10.0.0.0/8"; room for 50 bytes. */
void dn_network_format(const struct dn_network *network, char text[50]);

/* Is the address inside? */
bool dn_network_has(const struct dn_network *network, const struct dn_address *address);

/* A set of networks, each with a number of the caller's. Starts zeroed. */
struct dn_networks {
    struct dn_network_entry *at;
    size_t count, room;
    bool sorted;
    size_t *numbers;            /* of the entries in order */
    size_t *starts;             /* of each network among them, and their end */
    struct dn_table *index;     /* length and base to network */
    unsigned char lengths[129]; /* which prefix lengths are there, longest first */
    size_t length_count;
};

/* Adds one; several numbers under the same network are kept, the same one once. */
void dn_networks_add(struct dn_networks *set, const struct dn_network *network, size_t number);

/* Makes it ready for look-ups; _find does so by itself, but several threads may share the set only after this. */
void dn_networks_sort(struct dn_networks *set);

/* The numbers, in order, under the longest network that has the address: *numbers (borrowed until the next _add) and
 * how many; 0: none. *bits (NULL allowed) is that network's length. */
size_t dn_networks_find(struct dn_networks *set, const struct dn_address *address, const size_t **numbers, int *bits);

/* Frees what it owns and leaves it empty. */
void dn_networks_clear(struct dn_networks *set);

#endif
