/* By what a resource is found: subscriptions, resources or their prefixes, domains, networks; each key with the numbers
 * (of tenants, of ownership periods) that stand under it. Two numbers under one key are kept: who asks must not guess.
 */
#ifndef DN_TENANT_KEYS_H
#define DN_TENANT_KEYS_H

#include "base/table.h"
#include "key/address.h"
#include "key/name.h"

/* Numbers, each once, lowest first. cap (0: none): of very many under one key (a mail provider's domain in every
 * tenant's row) so many are taken and the others counted, where nobody decides between so many. Starts zeroed but for
 * cap. */
struct dn_numbers {
    size_t *at;
    size_t count, room;
    size_t cap, left_out;
};
#define DN_CANDIDATES_CAP 100

/* Adds those of `more`. */
void dn_numbers_join(struct dn_numbers *numbers, const struct dn_numbers *more);

/* Overwrites them with these, each once and lowest first; the cap is kept to. */
void dn_numbers_set(struct dn_numbers *numbers, const uint32_t *at, size_t count);

/* Same numbers? */
bool dn_numbers_equal(const struct dn_numbers *a, const struct dn_numbers *b);

/* Frees what it owns and leaves it empty. */
void dn_numbers_clear(struct dn_numbers *numbers);

/* Keys of one kind. Starts zeroed. */
struct dn_key_list {
    struct dn_table table;
    struct dn_key_entry *first; /* by entry of the table */
    size_t first_room;
    struct dn_key_node *more; /* further numbers under a key */
    size_t more_count, more_room;
    size_t *lengths; /* the sizes of keys that there are, longest first */
    size_t length_count, length_room;
};

/* Adds a number under a key; numbers come in no descending order. The same one again changes nothing. */
void dn_key_list_add(struct dn_key_list *list, struct dn_text key, size_t number);

/* The numbers under exactly this key (numbers is overwritten). False: there is no such key. */
bool dn_key_list_find(const struct dn_key_list *list, struct dn_text key, struct dn_numbers *numbers);

/* The numbers under the longest key that is the domain or ends it at a label border ("b.c" of "a.b.c"). *key (NULL
 * allowed) becomes that key. above: only keys shorter than the domain. */
bool dn_key_list_suffix(const struct dn_key_list *list, struct dn_text domain, bool above, struct dn_numbers *numbers,
                        struct dn_text *key);

/* The numbers under the longest key that begins the text. A key that is a URL and ends inside its host stands for
 * that whole host: "https://a.example" does not begin "https://a.example.net/". */
bool dn_key_list_prefix(const struct dn_key_list *list, struct dn_text text, struct dn_numbers *numbers);

void dn_key_list_clear(struct dn_key_list *list);

/* Keys of all kinds. Starts zeroed. */
struct dn_keys {
    struct dn_key_list subscriptions, resources, domains;
    struct dn_networks networks;
};

void dn_keys_clear(struct dn_keys *keys);

/* What one resource, whose text must stay, can be found by. Starts zeroed; set again and again. */
struct dn_target {
    struct dn_resource_names names; /* of the resource; no domain if it has an address */
    struct dn_buf subscription;     /* the one inside, or empty */
    struct dn_address address;
    bool has_address;
    struct dn_buf canonical, domain; /* scratch: names may be views of it */
};

/* Takes a resource apart. Its subscription is a GUID behind "/subscriptions/", or the account (12 digits) of an ARN. */
void dn_target_set(struct dn_target *target, struct dn_text resource);

/* The subscription that the target names or is, in its one spelling, if it is one: a view of the target or scratch. */
struct dn_text dn_target_subscription(const struct dn_target *target, struct dn_buf *scratch);

/* The numbers under that. */
bool dn_keys_subscription(const struct dn_keys *keys, const struct dn_target *target, struct dn_numbers *numbers);

/* The numbers under the longest network that has the target's address. (It sorts the networks first.) */
bool dn_keys_network(struct dn_keys *keys, const struct dn_target *target, struct dn_numbers *numbers);

void dn_target_clear(struct dn_target *target);

/* A subscription without blanks around it, "/subscriptions/" in front and a slash behind: a view. */
struct dn_text dn_subscription_bare(struct dn_text text);

/* The one spelling of a subscription, appended: "/subscriptions/" in front and a slash behind taken off, GUIDs without
 * braces in lower case. */
void dn_subscription_canonical(struct dn_text text, struct dn_buf *into);

/* How many labels a domain has; 0: it is empty. */
size_t dn_count_labels(struct dn_text domain);

/* Is it one of IPv4, that is of ::ffff:0:0/96? A network that dn_network_is_all refuses aside, no network has addresses
 * of both kinds. */
bool dn_is_ipv4(const struct dn_address *address);

/* Does it hold every IPv4 or every IPv6 address (/0)? Such a network says nothing and never matches. */
bool dn_network_is_all(const struct dn_network *network);

#endif
