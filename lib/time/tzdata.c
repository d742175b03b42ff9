#include "time/tzdata.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define TABLE_MAX_BYTES (1 << 20)

static void add_path(struct dn_buf *path, const char *name)
{
    const char *folder = getenv("TZDIR");
    dn_buf_addf(path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
}

/* The first bytes of a file that may be long; "" when there is none. */
static void read_head(const char *name, char *head, size_t room)
{
    struct dn_buf path = {0};
    add_path(&path, name);
    int fd = open(path.at, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, head, room - 1);
    if (fd >= 0)
        close(fd);
    head[size > 0 ? size : 0] = '\0';
    dn_buf_clear(&path);
}

/* Letters, digits and dots, as many as there is room for. */
static bool take_version(const char *text, char version[DN_TZDATA_VERSION])
{
    size_t size = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz.-");
    if (size == 0 || size >= DN_TZDATA_VERSION)
        return false;
    memcpy(version, text, size);
    version[size] = '\0';
    return true;
}

void dn_tzdata_version(char version[DN_TZDATA_VERSION])
{
    static const char mark[] = "# version ";
    char head[64];
    strcpy(version, "unknown");
    read_head("tzdata.zi", head, sizeof head);
    if (strncmp(head, mark, sizeof mark - 1) == 0 && take_version(head + sizeof mark - 1, version))
        return;
    read_head("+VERSION", head, sizeof head);
    take_version(head, version);
}

/* "DE<tab>+5230+01322<tab>Europe/Berlin<tab>remark": is it that zone's line? */
static bool line_names(struct dn_text line, const char *zone)
{
    struct dn_text cell = {0};
    for (int i = 0; i < 3; i++) {
        const char *tab = line.size > 0 ? memchr(line.at, '\t', line.size) : NULL;
        cell = (struct dn_text){line.at, tab != NULL ? (size_t)(tab - line.at) : line.size};
        size_t skip = cell.size + (tab != NULL);
        line = (struct dn_text){line.at + skip, line.size - skip};
    }
    return dn_text_is(cell, zone);
}

bool dn_tzdata_country(const char *zone, char country[3])
{
    struct dn_buf path = {0}, table = {0};
    bool found = false;
    add_path(&path, "zone.tab");
    country[0] = '\0';
    dn_file_read(path.at, TABLE_MAX_BYTES, &table, NULL);
    struct dn_text rest = dn_buf_text(&table);
    while (rest.size > 0 && !found) {
        const char *end = memchr(rest.at, '\n', rest.size);
        struct dn_text line = {rest.at, end != NULL ? (size_t)(end - rest.at) : rest.size};
        found = line.size > 3 && line.at[0] != '#' && line.at[2] == '\t' && line_names(line, zone);
        if (found) {
            memcpy(country, line.at, 2);
            country[2] = '\0';
        }
        size_t skip = line.size + (end != NULL);
        rest = (struct dn_text){rest.at + skip, rest.size - skip};
    }
    dn_buf_clear(&path);
    dn_buf_clear(&table);
    return found;
}
