/* Names: mail addresses, hosts, domains, GUIDs and URLs, their strict grammar and their one canonical spelling. */
#ifndef DN_KEY_NAME_H
#define DN_KEY_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/table.h"
#include "base/text.h"

/* A host or domain name into its canonical form, appended to *into: lower-case A-labels (IDNA 2008, libidn2
 * non-transitional), one trailing dot stripped, LDH labels of 1-63, 253 in all. False: not a name (then nothing is
 * appended). */
bool dn_domain_canonical(struct dn_text text, struct dn_buf *into);

/* The same, but nothing is appended where the text holds that form already, as it mostly does: the result is a view of
 * the text or of *into; empty: not a name. */
struct dn_text dn_domain_view(struct dn_text text, struct dn_buf *into);

/* The strict hostname grammar of RFC 1123 in ASCII (A-labels checked), no trailing dot; a last label of digits alone is
 * an address, not a name. Either case. */
bool dn_host_valid(struct dn_text text);

/* May we write to it? One ASCII addr-spec with a dot-atom local part and a domain of two labels or more (U-labels
 * become A-labels): no quoted local parts, comments, literals, blanks, control characters, <> ,;:\"()[] ; 64/253/254
 * bytes. Our envelope grammar: narrower than RFC 5321 on purpose. Appends the address with its domain in canonical
 * form, the local part as it was (into NULL: only asks). */
bool dn_email_canonical(struct dn_text text, struct dn_buf *into);

/* A value that stands for "no value" in a directory: "(blank)", "N/A", "\N", "unknown", "null", "none", "-" and so on,
 * any case, blanks around. Not the empty text (which is no value), and not "NA" (which is Namibia). */
bool dn_placeholder(struct dn_text text);
#define DN_PLACEHOLDER_MOST ((size_t)14) /* bytes of the longest, blanks off: of others one need not ask */

/* "8-4-4-4-12" hexadecimal digits, braces around allowed. */
bool dn_guid_valid(struct dn_text text);

/* Appends such a GUID in lower case, without braces; false: it is none. */
bool dn_guid_canonical(struct dn_text text, struct dn_buf *into);

/* What kind of thing a resource or identifier text is. EMAIL is wider than dn_email_canonical: anything before the last
 * '@' that is no path or ARN, and a domain of two labels behind it, also as "smtp:..." or a claim
 * "i:0#.f|membership|...". */
enum dn_name_kind { DN_NAME_OTHER, DN_NAME_EMAIL, DN_NAME_GUID, DN_NAME_URL, DN_NAME_HOST };
enum dn_name_kind dn_name_kind_of(struct dn_text text);

/* The host part of a URL ("https://contoso.sharepoint.com/sites/x": the view of contoso.sharepoint.com, port and
 * userinfo off) or empty. */
struct dn_text dn_url_host(struct dn_text text);

/* The one spelling of a resource, appended: mail addresses and GUIDs in lower case (key/fold.h), the host of a URL in
 * lower case, everything else as it is (blanks around trimmed). */
void dn_resource_canonical(struct dn_text text, struct dn_buf *into);

/* The domain by which a resource may be matched to a tenant, canonical, appended: an address's domain, a URL's host (of
 * s3: and gs: it is a bucket, which says nothing), a host name with two labels or more. False: it has none. */
bool dn_resource_domain(struct dn_text text, struct dn_buf *into);

/* Both at once: the canonical form, and the domain of that, if it has one, else empty. Each is a view of the text, if
 * it stands there so, or of its buffer, to which it is appended. */
struct dn_resource_names {
    struct dn_text canonical, domain;
    unsigned marks; /* which of these the text may have: '@', ':', '/', bytes that are not ASCII */
};
enum { DN_HAS_AT = 1, DN_HAS_COLON = 2, DN_HAS_SLASH = 4, DN_HAS_OTHER = 8 };
void dn_resource_look(struct dn_text text, struct dn_buf *canonical, struct dn_buf *domain,
                      struct dn_resource_names *names);

/* Is this canonical domain a public suffix, or a name under which a provider gives names to everybody (onmicrosoft.com,
 * sharepoint.com ...)? Such a domain never matches anybody. */
bool dn_domain_public(struct dn_text domain);

/* For asking that of very many domains: the same answers, in a tenth of the time where the list that libpsl was made
 * from is installed (its digest must be the one that libpsl names). Starts zeroed. */
#define DN_PUBLICS_BITS 18
struct dn_publics {
    struct dn_table names; /* of the rules; empty: libpsl alone knows them */
    size_t asked;
    unsigned char *bits; /* of names: most domains are told by one look to be none of them */
};
bool dn_publics_has(struct dn_publics *publics, struct dn_text domain);

/* Frees what it owns and leaves it empty. */
void dn_publics_clear(struct dn_publics *publics);

#endif
