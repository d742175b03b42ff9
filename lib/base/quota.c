#include "base/quota.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define CAP ((size_t)64 << 10)

/* A folder of control groups: where it is, and the group in it, "/a/b". */
struct place {
    const char *root, *folder;
    struct dn_text group;
};

/* The first line of a group's file; empty: it is not there. */
static struct dn_text first_line(const struct place *place, const char *name, struct dn_buf *buf)
{
    struct dn_buf path = {0};
    struct dn_text line = {NULL, 0}, rest;
    dn_buf_addf(&path, "%s%s%.*s/%s", place->root, place->folder, (int)place->group.size, place->group.at, name);
    dn_file_read(path.at, CAP, buf, NULL);
    dn_buf_clear(&path);
    rest = dn_buf_text(buf);
    dn_text_next(&rest, '\n', &line);
    return line;
}

/* So much time in each period, as cores. What is no number ("max", -1) is no limit. */
static size_t in_cores(struct dn_text quota, struct dn_text period)
{
    int64_t time = 0, each = 0;
    if (!dn_text_number(quota, &time) || !dn_text_number(period, &each) || each == 0)
        return 0;
    int64_t cores = time / each + (time % each > 0);
    return cores > 0 ? (size_t)cores : 1;
}

static size_t limit_of(const struct place *place, bool second)
{
    struct dn_buf buf = {0}, other = {0};
    struct dn_text quota = {NULL, 0}, period = {NULL, 0};
    if (second) {
        period = first_line(place, "cpu.max", &buf);
        dn_text_next(&period, ' ', &quota);
    } else {
        quota = first_line(place, "cpu.cfs_quota_us", &buf);
        period = first_line(place, "cpu.cfs_period_us", &other);
    }
    size_t cores = in_cores(quota, period);
    dn_buf_clear(&buf);
    dn_buf_clear(&other);
    return cores;
}

static size_t least(size_t a, size_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

/* A group has no more than those above it. In a container the group's name may be one outside of it, which is not
 * there; the folder itself is the container's then. */
static size_t limit_along(struct place place, bool second)
{
    while (place.group.size > 0 && place.group.at[place.group.size - 1] == '/')
        place.group.size--;
    size_t cores = limit_of(&place, second);
    while (place.group.size > 0) {
        do
            place.group.size--;
        while (place.group.size > 0 && place.group.at[place.group.size] != '/');
        cores = least(cores, limit_of(&place, second));
    }
    return cores;
}

static bool has_cpu(struct dn_text controllers)
{
    struct dn_text name;
    while (dn_text_next(&controllers, ',', &name))
        if (dn_text_is(name, "cpu"))
            return true;
    return false;
}

/* What stands before the first colon, which is taken with it; false: there is none. */
static bool take(struct dn_text *line, struct dn_text *before)
{
    const char *colon = line->size ? memchr(line->at, ':', line->size) : NULL;
    if (!colon)
        return false;
    *before = (struct dn_text){line->at, (size_t)(colon - line->at)};
    *line = (struct dn_text){colon + 1, line->size - before->size - 1};
    return true;
}

/* A line of /proc/self/cgroup: "NUMBER:CONTROLLERS:GROUP", of version 2 without controllers. */
static size_t limit_told(const char *root, struct dn_text line)
{
    struct dn_text number, controllers;
    if (!take(&line, &number) || !take(&line, &controllers))
        return 0;
    if (controllers.size == 0)
        return limit_along((struct place){root, "/sys/fs/cgroup", line}, true);
    return has_cpu(controllers) ? limit_along((struct place){root, "/sys/fs/cgroup/cpu", line}, false) : 0;
}

size_t dn_quota_cores(const char *root)
{
    struct dn_buf path = {0}, groups = {0};
    size_t cores = 0;
    dn_buf_addf(&path, "%s/proc/self/cgroup", root);
    dn_file_read(path.at, CAP, &groups, NULL);
    struct dn_text rest = dn_buf_text(&groups), line;
    while (dn_text_next(&rest, '\n', &line))
        cores = least(cores, limit_told(root, line));
    dn_buf_clear(&groups);
    dn_buf_clear(&path);
    return cores;
}
