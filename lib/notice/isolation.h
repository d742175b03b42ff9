/* Isolation: the last look at a rendered notice, for anything that is another tenant's. What is looked for: the ids of
 * all affected tenants (not those of one or two characters, nor numbers of fewer than 8 digits: they would be found in
 * any date) and, with resources, every resource of 8 characters or more. Found means: as a whole token, that is with no
 * letter, digit or '_' touching it where it begins or ends with one itself; letter case, the width of blanks and
 * defanging ("[.]", "hxxp") make no difference, so a resource of several words, a URL, an ARN or a path is found as it
 * is. What stands inside a tenant's own id, name, services, contacts or resources is its own, and what every notice
 * says (the templates' own words) is nobody's. */
#ifndef DN_NOTICE_ISOLATION_H
#define DN_NOTICE_ISOLATION_H

#include <stdbool.h>

#include "base/text.h"
#include "notice/content.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

struct dn_isolation;

/* Indexes the ids and resources (NULL: none); both lists are borrowed until _free. DN_SYSTEM: what is too large for
 * memory could not be kept. */
enum dn_status dn_isolation_open(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                                 struct dn_isolation **isolation, struct dn_error *err);
void dn_isolation_free(struct dn_isolation *isolation);

/* Everything in this content, which holds nobody's data, may stand in every notice. */
void dn_isolation_allow(struct dn_isolation *isolation, const struct dn_content *sample);

/* Does the tenant's content hold something of another's? *what (NULL allowed) then gets the first such thing, in lower
 * case. */
bool dn_isolation_check(struct dn_isolation *isolation, const struct dn_affected *tenant,
                        const struct dn_content *content, struct dn_buf *what);

/* All ids and resources that stand in plain text, whosever they are, in their compared form (notice/compared.h). */
void dn_isolation_find(struct dn_isolation *isolation, struct dn_text text, struct dn_strings *found);

#endif
