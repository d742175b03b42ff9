# Microsoft Graph `organization` objects into a duenotice directory (CSV):
#
#   jq -r -n -f graph-organization.jq organizations.json >tenants.csv
#
# Takes pages ({"value": [...]}), arrays, single objects and JSON lines, mixed and in several files. It prints nothing
# and ends with 5 when something is no organization or a last page says that there are more.
#
# Graph answers null for what the caller may not read (with User.Read all but id, displayName and verifiedDomains), and a
# property outside $select is not there at all. Both put the column's name into `not_permitted`: it is not known.
# An empty list is none: an empty cell. Properties that may be null on their own (privacyProfile ...) count as not
# permitted only where Graph withheld the lists, too, which are never null for those who may read them.
#
# Not used: marketingNotificationEmails. Graph does not know, so the directory will lack: segment, subscriptions, networks,
# resource_prefixes, time_zone, regimes, message_center and its readers, and when contacts were validated.

def columns:
  ["tenant_id", "name", "domains", "country", "language", "admin_emails", "privacy_email", "admin_phones", "deleted_at",
   "not_permitted"];

def last_page: map(select(type == "object" and has("value"))) | last;

def whole:
  if last_page | type == "object" and has("@odata.nextLink")
  then error("there are more pages: follow @odata.nextLink and give all of them") else . end;

def organizations:
  if type == "array" then .[] | organizations
  elif type != "object" then error("expected an organization, found " + type)
  elif has("error") then error("an answer of Graph that is an error: " + (.error | tojson))
  elif has("value") then .value | organizations
  elif (.id | type) != "string" then error("an organization without an id: " + (tojson | .[0:200]))
  else . end;

# May the caller read more than the three public properties?
def permitted:
  any(.technicalNotificationMails, .securityComplianceNotificationMails, .securityComplianceNotificationPhones,
      .businessPhones; type == "array");

# Is nothing known of it?
def unseen($property): .[$property] == null and ((permitted and has($property)) | not);

def not_permitted:
  [ (select(.technicalNotificationMails == null) | "admin_emails"),
    (select(unseen("privacyProfile")) | "privacy_email"),
    (select(.businessPhones == null and .securityComplianceNotificationPhones == null) | "admin_phones"),
    (select(unseen("countryLetterCode")) | "country"),
    (select(unseen("preferredLanguage")) | "language"),
    (select(unseen("deletedDateTime")) | "deleted_at") ];

# A list cell. A semicolon would make two elements of one.
def cell: map(select(. != null and . != "") | tostring | gsub(";"; ",")) | join(";");

def row:
  [ .id, (.displayName // .id), ([.verifiedDomains[]?.name] | cell), .countryLetterCode, .preferredLanguage,
    (.technicalNotificationMails // [] | cell), .privacyProfile.contactEmail?,
    ((.businessPhones // []) + (.securityComplianceNotificationPhones // []) | cell), .deletedDateTime,
    (not_permitted | join(";")) ];

def csv: map(. // "" | tostring | if test("[,\"\r\n]") then "\"" + gsub("\""; "\"\"") + "\"" else . end) | join(",");

[inputs] | whole | [.[] | organizations | row] | (columns | csv), (.[] | csv)
