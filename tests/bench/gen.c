/* Inputs for the benchmarks, the same bytes for the same arguments: gen KIND ROWS SEED DIR [TENANTS]
 *   audit   DIR/audit.csv, and the scope that looks for part of it: ind_ips.txt, ind_actors.txt, ind_ops.txt. A tenth
 * of the rows has quotes, a thousandth a line feed in them match   DIR/resources.csv and DIR/directory.csv (one key a
 * row: kind,key,tenant_id,name) ledger  DIR/ledger.csv, about four attempts for each incident and tenant */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define FIRST_DAY 1780272000 /* 2026-06-01 */
#define TENANTS 0x7e4a47     /* what tells one family of GUIDs from another */
#define SUBSCRIPTIONS 0x5ab5
#define RECORDS 0x51

static uint64_t state;

static uint64_t mix(uint64_t z)
{
    z += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t next(void)
{
    state += 0x9E3779B97F4A7C15u;
    return mix(state);
}

/* The high half of a × b. */
static uint64_t high_product(uint64_t a, uint64_t b)
{
    uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32), other = al * bh + (middle & 0xffffffff);
    return ah * bh + (middle >> 32) + (other >> 32);
}

static uint64_t below(uint64_t n)
{
    return high_product(next(), n);
}

/* A time of 2026; millisecond < 0: none is written. */
static void put_time(char text[64], int64_t at, int millisecond)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t day = at / DAY - FIRST_DAY / DAY;
    int second = (int)(at % DAY), month = 5; /* June */
    for (; day >= days[month]; month++)
        day -= days[month];
    int size = snprintf(text, 64, "2026-%02d-%02dT%02d:%02d:%02d", month + 1, (int)day + 1, second / 3600,
                        second / 60 % 60, second % 60);
    if (millisecond >= 0)
        size += snprintf(text + size, 64 - (size_t)size, ".%03d", millisecond);
    snprintf(text + size, 64 - (size_t)size, "Z");
}

static void put_guid(char text[64], uint64_t number, uint64_t family)
{
    uint64_t a = mix(number * 2 + family), b = mix(a + number);
    snprintf(text, 64, "%08x-%04x-4%03x-%04x-%012" PRIx64, (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
             (unsigned)a & 0xfff, ((unsigned)(b >> 48) & 0x3fff) | 0x8000, b & 0xffffffffffffu);
}

static void put_actor(char text[64], unsigned number)
{
    snprintf(text, 64, "user%05u@corp%03u.example.com", number, number % 997);
}

static void put_dotted(char text[64], uint32_t address)
{
    snprintf(text, 64, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static uint32_t address_of(uint64_t hash)
{
    return (uint32_t)(10 + hash % 190) << 24 | ((uint32_t)(hash >> 8) & 255) << 16 |
           ((uint32_t)(hash >> 16) & 255) << 8 | ((uint32_t)(hash >> 24) & 255);
}

static void put_address(char text[64], uint64_t number)
{
    uint64_t hash = mix(number ^ 0xabcdef);
    if (number % 12 == 0)
        snprintf(text, 64, "2001:db8:%x:%x::%x", (unsigned)(hash & 0xfff), (unsigned)(hash >> 16) & 0xffff,
                 (unsigned)(hash >> 32) & 0xffff);
    else
        put_dotted(text, address_of(hash));
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "gen: %s: %s\n", path, strerror(errno));
        exit(2);
    }
    setvbuf(file, NULL, _IOFBF, (size_t)1 << 20);
    return file;
}

static void finish(FILE *file)
{
    if (ferror(file) || fclose(file) != 0) {
        fprintf(stderr, "gen: %s\n", strerror(errno));
        exit(2);
    }
}

/* ---- audit */

static const char *const operations[] = {"FileAccessed",      "FileDownloaded", "FilePreviewed", "FileModified",
                                         "MailItemsAccessed", "FileUploaded",   "UserLoggedIn",  "SearchQueryPerformed",
                                         "FileDeleted",       "SharingSet",     "AddedToGroup",  "ConsentGranted",
                                         "SecretRead",        "RoleAssigned",   "KeyListed",     "BlobRead"};
static const char *const services[] = {
    "SharePoint", "Exchange", "AzureActiveDirectory", "KeyVault", "Storage", "OneDrive", "Teams", "Compute"};

struct event {
    char at[64], id[64], actor[64], address[64];
    uint64_t resource;
    unsigned operation, kind;
};

/* In order of time with some jitter; a few actors, addresses and resources are met more often. */
static struct event draw_event(uint64_t row, double step, uint64_t resources)
{
    struct event event;
    int64_t at = FIRST_DAY + (int64_t)((double)row * step) + (int64_t)below(120);
    put_time(event.at, at, (int)below(1000));
    put_guid(event.id, row, RECORDS);
    unsigned actor = (unsigned)below(50000);
    if (below(4) == 0)
        actor = (unsigned)below(500);
    put_actor(event.actor, actor);
    uint64_t address = below(200000);
    if (below(8) == 0)
        address = below(300);
    put_address(event.address, address);
    uint64_t one = below(resources), other = below(resources);
    event.resource = one < other ? one : other;
    event.operation = (unsigned)below(16);
    event.kind = (unsigned)below(1000);
    return event;
}

/* One path in 32 has a comma and so stands in quotes. */
static void write_path(FILE *file, uint64_t resource)
{
    if (mix(resource + 77) % 32 == 0)
        fprintf(file, "\"/sites/team%" PRIu64 "/Shared Documents/Q%" PRIu64 ", final/doc%" PRIu64 ".docx\",",
                resource % 5000, resource % 4 + 1, resource);
    else
        fprintf(file, "/sites/team%" PRIu64 "/Shared Documents/folder%" PRIu64 "/doc%" PRIu64 ".docx,", resource % 5000,
                resource % 97, resource);
}

static void write_details(FILE *file, uint64_t row, unsigned kind)
{
    if (kind == 0)
        fprintf(file, "\"multi line note\nsecond line, \"\"seen\"\" %" PRIu64 "\"\n", row);
    else if (kind < 70)
        fprintf(file, "\"note, with \"\"quotes\"\" and k=%u\"\n", kind);
    else
        fprintf(file, "sess=%08" PRIx64 "\n", next() & 0xffffffff);
}

static void write_event(FILE *file, uint64_t row, const struct event *event)
{
    fprintf(file, "%s,%s,%s,%s,%s,%s,", event->at, event->id, services[mix(event->resource) % 8],
            operations[event->operation], event->actor, event->address);
    write_path(file, event->resource);
    fprintf(file, "obj-%012" PRIx64 ",%s,", mix(event->resource * 3 + 1) & 0xffffffffffffu,
            event->kind % 50 ? "Succeeded" : "Failed");
    fprintf(file, event->kind & 1 ? "Mozilla/5.0 (X11; Linux) App/%u," : "python-requests/2.%u,", event->kind % 40);
    write_details(file, row, event->kind);
}

static void write_scope(const char *folder)
{
    char text[64];
    FILE *file = create(folder, "ind_ips.txt");
    for (uint64_t k = 0; k < 200; k++) {
        put_address(text, k);
        fprintf(file, "%s\n", text);
    }
    for (uint64_t k = 0; k < 60; k++) {
        uint64_t hash = mix(k + 9000);
        unsigned bits = 16 + (unsigned)(k % 3) * 4;
        put_dotted(text, ((uint32_t)(10 + hash % 190) << 24 | ((uint32_t)(hash >> 8) & 0xffffff)) & ~0u << (32 - bits));
        fprintf(file, "%s/%u\n", text, bits);
    }
    for (uint64_t k = 0; k < 20; k++)
        fprintf(file, "2001:db8:%x::/48\n", (unsigned)(mix(k + 500) & 0xfff));
    finish(file);
    file = create(folder, "ind_actors.txt");
    for (unsigned k = 0; k < 500; k += 2) {
        put_actor(text, k);
        fprintf(file, "%s\n", text);
    }
    finish(file);
    file = create(folder, "ind_ops.txt");
    fputs("FileDownloaded\nMailItemsAccessed\nFileAccessed\nSecretRead\nBlobRead\n", file);
    finish(file);
}

static void write_audit(uint64_t rows, const char *folder, uint64_t tenants)
{
    (void)tenants;
    FILE *file = create(folder, "audit.csv");
    fputs(
        "timestamp,record_id,service,operation,actor_upn,client_ip,resource_path,object_id,result,user_agent,details\n",
        file);
    uint64_t resources = rows / 20 < 1000 ? 1000 : rows / 20;
    double step = 14.0 * DAY / (double)rows;
    for (uint64_t row = 0; row < rows; row++) {
        struct event event = draw_event(row, step, resources);
        write_event(file, row, &event);
    }
    finish(file);
    write_scope(folder);
}

/* ---- json */

/* A document as it is written: room for the longest there is. */
struct document {
    char text[8192];
    size_t size;
};

#define PUT(document, ...)                                                                                             \
    ((document)->size +=                                                                                               \
     (size_t)snprintf((document)->text + (document)->size, sizeof(document)->text - (document)->size, __VA_ARGS__))

/* A member whose value is a GUID by chance. */
static void put_id(struct document *document, const char *name)
{
    char guid[64];
    put_guid(guid, next(), RECORDS);
    PUT(document, "\"%s\":\"%s\",", name, guid);
}

static void put_chance_address(struct document *document, const char *name)
{
    char address[64];
    put_dotted(address, address_of(next()));
    PUT(document, "\"%s\":\"%s\",", name, address);
}

static void put_sid(struct document *document, const char *name)
{
    PUT(document, "\"%s\":\"S-1-5-21-%u-%u-%u-%u\",", name, (unsigned)next(), (unsigned)next(), (unsigned)next(),
        (unsigned)below(9999));
}

/* What happened when and by whom. */
static void put_event(struct document *document)
{
    static const char *const happened[] = {
        "FileAccessed", "FileDownloaded",       "FilePreviewed", "FileModified", "MailItemsAccessed", "FileUploaded",
        "UserLoggedIn", "SearchQueryPerformed", "FileDeleted",   "SharingSet",   "AddedToGroup",      "ConsentGranted",
        "SecretRead",   "RoleAssigned",         "KeyListed",     "BlobRead"};
    char text[64], actor[64];
    put_time(text, FIRST_DAY + (int64_t)below(DAY * 14), -1);
    PUT(document, "{\"CreationTime\":\"%.19s\",", text);
    put_id(document, "Id");
    PUT(document, "\"Operation\":\"%s\",", happened[below(16)]);
    put_id(document, "OrganizationId");
    PUT(document,
        "\"RecordType\":%u,\"ResultStatus\":\"Succeeded\",\"UserKey\":\"%016" PRIx64
        "\",\"UserType\":%u,\"Version\":1,\"Workload\":\"Exchange\",",
        (unsigned)below(80), next(), (unsigned)below(5));
    put_chance_address(document, "ClientIP");
    put_actor(actor, (unsigned)below(2000));
    PUT(document, "\"UserId\":\"%s\",", actor);
    put_chance_address(document, "ClientIPAddress");
}

/* Whose mailbox it was, and how it was reached. */
static void put_mailbox(struct document *document)
{
    PUT(document,
        "\"ClientInfoString\":\"Client=OWA;Action=ViaProxy \\\"x\\\" Mozilla/5.0 (X11; Linux x86_64) "
        "AppleWebKit\\/537.36\",\"ExternalAccess\":false,\"InternalLogonType\":0,\"LogonType\":%u,",
        (unsigned)below(3));
    put_sid(document, "LogonUserSid");
    put_id(document, "MailboxGuid");
    put_sid(document, "MailboxOwnerSid");
    PUT(document,
        "\"MailboxOwnerUPN\":\"box%05u@tenant%03u.example\",\"OperationProperties\":[{\"Name\":\"MailAccessType\","
        "\"Value\":\"Bind\"},{\"Name\":\"IsThrottled\",\"Value\":\"False\"}],\"OrganizationName\":"
        "\"contoso%03u.onmicrosoft.example\",\"OriginatingServer\":\"AM0PR%02uMB%04u (15.20.4200.000)\\r\\n\",",
        (unsigned)below(20000), (unsigned)below(300), (unsigned)below(300), (unsigned)below(99), (unsigned)below(9999));
    put_id(document, "SessionId");
}

static void put_folders(struct document *document)
{
    unsigned items = 3 + (unsigned)below(7);
    PUT(document, "\"Folders\":[{\"FolderItems\":[");
    for (unsigned i = 0; i < items; i++)
        PUT(document,
            "%s{\"InternetMessageId\":\"<%016" PRIx64 "%08x@AM0PR%02uMB%04u.eurprd.prod.outlook.example>\","
            "\"SizeInBytes\":%u}",
            i ? "," : "", next(), (unsigned)next(), (unsigned)below(99), (unsigned)below(9999), (unsigned)below(99999));
    PUT(document,
        "],\"Id\":\"LgAAAAB%016" PRIx64 "%016" PRIx64 "AQAw\",\"Path\":\"\\\\Inbox\\\\Caf\\u00e9\"}],"
        "\"OperationCount\":%u}",
        next(), next(), items);
}

static void write_json(uint64_t rows, const char *folder, uint64_t tenants)
{
    (void)tenants;
    FILE *file = create(folder, "json.csv");
    fputs("RecordNumber,AuditData\n", file);
    for (uint64_t row = 0; row < rows; row++) {
        struct document document = {.size = 0};
        put_event(&document);
        put_mailbox(&document);
        put_folders(&document);
        fprintf(file, "%" PRIu64 ",\"", row + 1);
        for (size_t i = 0; i < document.size; i++) {
            if (document.text[i] == '"')
                putc('"', file);
            putc(document.text[i], file);
        }
        fputs("\"\n", file);
    }
    finish(file);
}

/* ---- match */

static void put_tenant_name(char text[128], uint64_t tenant)
{
    if (below(10) != 0)
        snprintf(text, 128, "Tenant %" PRIu64 " Ltd", tenant);
    else if (below(100) != 0)
        snprintf(text, 128, "\"Tenant %" PRIu64 ", \"\"Inc\"\"\"", tenant);
    else
        snprintf(text, 128, "\"Tenant %" PRIu64 "\nTwo lines\"", tenant);
}

static void write_key(FILE *file, const char *kind, const char *key, const char *tenant, const char *name)
{
    fprintf(file, "%s,%s,%s,%s\n", kind, key, tenant, name);
}

static void write_subscriptions(FILE *file, uint64_t k, const char *tenant, const char *name)
{
    char key[64];
    put_guid(key, k, SUBSCRIPTIONS);
    write_key(file, "subscription", key, tenant, name);
    if (k % 3 == 0) {
        put_guid(key, k + ((uint64_t)1 << 40), SUBSCRIPTIONS);
        write_key(file, "subscription", key, tenant, name);
    }
}

static void write_domains(FILE *file, uint64_t k, const char *tenant, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "t%" PRIu64 ".onms.example", k);
    write_key(file, "domain", key, tenant, name);
    snprintf(key, sizeof key, "corp%" PRIu64 ".example.com", k);
    if (k % 4 == 0)
        write_key(file, "domain", key, tenant, name);
    snprintf(key, sizeof key, "eu.corp%" PRIu64 ".example.com", k - 40);
    if (k % 40 == 0 && k > 0)
        write_key(file, "domain", key, tenant, name);
}

static void write_networks(FILE *file, uint64_t k, const char *tenant, const char *name)
{
    char key[64], address[64];
    uint32_t first = (11u << 24) + (uint32_t)k * 64;
    if (k % 5 == 0) {
        put_dotted(address, first);
        snprintf(key, sizeof key, "%.40s/26", address);
        write_key(file, "cidr", key, tenant, name);
    }
    if (k % 5 == 0 && k % 64 == 0) {
        put_dotted(address, first & ~0u << 12);
        snprintf(key, sizeof key, "%.40s/20", address);
        write_key(file, "cidr", key, tenant, name);
    }
    if (k % 10 == 0) {
        snprintf(key, sizeof key, "2001:db8:%" PRIx64 ":%" PRIx64 "::/64", k >> 16, k & 0xffff);
        write_key(file, "cidr", key, tenant, name);
    }
}

static void write_directory(const char *folder, uint64_t tenants)
{
    FILE *file = create(folder, "directory.csv");
    fputs("kind,key,tenant_id,name\n", file);
    for (uint64_t k = 0; k < tenants; k++) {
        char tenant[64], name[128];
        put_guid(tenant, k, TENANTS);
        put_tenant_name(name, k);
        write_key(file, "tenant", tenant, tenant, name);
        write_subscriptions(file, k, tenant, name);
        write_domains(file, k, tenant, name);
        write_networks(file, k, tenant, name);
    }
    finish(file);
}

static void write_domain_of(FILE *file, uint64_t k)
{
    switch (below(4)) {
    case 0:
        fprintf(file, "domain,t%" PRIu64 ".onms.example,", k);
        break;
    case 1:
        fprintf(file, "domain,mail.t%" PRIu64 ".onms.example,", k);
        break;
    case 2:
        fprintf(file, "domain,a.b.corp%" PRIu64 ".example.com,", k / 4 * 4);
        break;
    default:
        fprintf(file, "domain,x.eu.corp%" PRIu64 ".example.com,", k / 40 * 40);
    }
}

static void write_address_of(FILE *file, uint64_t k)
{
    char address[64];
    if (below(4) == 0) {
        uint64_t of = k / 10 * 10;
        fprintf(file, "ip,2001:db8:%" PRIx64 ":%" PRIx64 "::%x,", of >> 16, of & 0xffff, (unsigned)below(65535) + 1);
        return;
    }
    uint64_t of = below(4) ? k / 5 * 5 : k;
    put_dotted(address, (11u << 24) + (uint32_t)of * 64 + (uint32_t)below(64));
    fprintf(file, "ip,%s,", address);
}

/* One row in fifty is of no tenant. */
static void write_key_of(FILE *file, uint64_t k)
{
    char guid[64];
    switch (below(4)) {
    case 0:
        put_guid(guid, k, TENANTS);
        fprintf(file, "tenant,%s,", guid);
        break;
    case 1:
        put_guid(guid, k, SUBSCRIPTIONS);
        fprintf(file, "subscription,%s,", guid);
        break;
    case 2:
        write_domain_of(file, k);
        break;
    default:
        write_address_of(file, k);
    }
}

static void write_resource(FILE *file, uint64_t row, uint64_t k)
{
    char first[64], last[64];
    fprintf(file, "res-%09" PRIu64 ",", row);
    write_key_of(file, k);
    put_time(first, FIRST_DAY + (int64_t)below(DAY * 10), -1);
    fprintf(file, "%" PRIu64 ",%s,", below(5000) + 1, first);
    put_time(last, FIRST_DAY + DAY * 10 + (int64_t)below(DAY * 4), -1);
    fprintf(file, "%s,", last);
    if (below(10) == 0)
        fprintf(file, "\"/sites/s%" PRIu64 "/a, \"\"b\"\"/doc%" PRIu64 "\"\n", k, row);
    else if (below(1000) == 0)
        fprintf(file, "\"/sites/s%" PRIu64 "\nline2\"\n", k);
    else
        fprintf(file, "/sites/s%" PRIu64 "/doc%" PRIu64 "\n", k, row);
}

static void write_match(uint64_t rows, const char *folder, uint64_t tenants)
{
    write_directory(folder, tenants);
    FILE *file = create(folder, "resources.csv");
    fputs("resource_id,kind,key,events,first_seen,last_seen,path\n", file);
    for (uint64_t row = 0; row < rows; row++)
        write_resource(file, row, below(tenants + tenants / 50));
    finish(file);
}

/* ---- ledger */

static void write_outcome(FILE *file, unsigned state_drawn, int64_t at)
{
    static const char *const states[] = {"delivered", "bounced", "queued", "failed"};
    int which = state_drawn < 700 ? 0 : state_drawn < 850 ? 1 : state_drawn < 950 ? 2 : 3;
    char text[64];
    put_time(text, at, -1);
    fprintf(file, "%s,%s,", states[which], text);
    if (which == 0) {
        put_time(text, at + (int64_t)below(1800), -1);
        fputs(text, file);
    }
}

static void write_attempt(FILE *file, uint64_t pair)
{
    static const char *const channels[] = {"email", "portal", "sms", "webhook"};
    static const char *const notices[] = {"initial", "update", "closing"};
    char text[64];
    uint64_t incident = pair % 200, tenant = pair / 200;
    int64_t declared = FIRST_DAY + (int64_t)(mix(incident) % (DAY * 20));
    int64_t at = declared + (int64_t)(mix(pair + 31337) % (DAY * 2)) + (int64_t)below(3600 * 36);
    unsigned outcome = (unsigned)below(1000);
    put_guid(text, tenant, TENANTS);
    const char *channel = channels[below(4)], *notice = notices[below(3)];
    fprintf(file, "INC-2026-%04" PRIu64 ",%s,%s,%s,", incident, text, notice, channel);
    write_outcome(file, outcome, at);
    put_time(text, declared + DAY * 3, -1);
    fprintf(file, ",%s,msg-%016" PRIx64 ",", text, next());
    unsigned detail = (unsigned)below(1000);
    if (detail == 0)
        fprintf(file, "\"250 ok\nqueued as, %u\"\n", outcome);
    else if (detail < 100)
        fprintf(file, "\"smtp; 250 \"\"2.0.0\"\", ok %u\"\n", outcome);
    else
        fprintf(file, "code=%u\n", outcome);
}

static void write_ledger(uint64_t rows, const char *folder, uint64_t tenants)
{
    (void)tenants;
    FILE *file = create(folder, "ledger.csv");
    fputs("incident_id,tenant_id,notice_kind,channel,status,attempted_at,delivered_at,due_at,message_id,detail\n",
          file);
    uint64_t pairs = rows / 4 < 100 ? 100 : rows / 4;
    for (uint64_t row = 0; row < rows; row++)
        write_attempt(file, below(pairs));
    finish(file);
}

static const struct {
    const char *name;
    void (*write)(uint64_t rows, const char *folder, uint64_t tenants);
} kinds[] = {{"audit", write_audit}, {"json", write_json}, {"match", write_match}, {"ledger", write_ledger}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc >= 5 && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        uint64_t rows = strtoull(argv[2], NULL, 10);
        state = strtoull(argv[3], NULL, 10) * 0x1234567;
        kinds[i].write(rows, argv[4], argc > 5 ? strtoull(argv[5], NULL, 10) : rows);
        return 0;
    }
    fputs("usage: gen audit|json|match|ledger ROWS SEED DIR [TENANTS]\n", stderr);
    return 2;
}
