#include "deadline/almanac.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/data.h"
#include "deadline/holidays.h"
#include "time/tzdata.h"

#define EXTENDS_MAX 4 /* calendars that stand on each other */

/* One zone that was asked for; zone NULL: not opened, or there is none. */
struct dn_almanac_zone {
    char *name;
    struct dn_zone *zone;
    char country[3];
    bool looked_up; /* the country */
};

static enum dn_status load_calendar(struct dn_almanac *almanac, const char *name, int depth,
                                    struct dn_calendar **calendar, struct dn_error *err);

static struct dn_calendar *find_calendar(const struct dn_almanac *almanac, struct dn_text name)
{
    for (size_t i = 0; i < almanac->calendar_count; i++)
        if (dn_text_is(name, almanac->calendars[i]->id))
            return almanac->calendars[i];
    return NULL;
}

static struct dn_calendar *add_calendar(struct dn_almanac *almanac, struct dn_text name)
{
    struct dn_calendar *calendar = dn_alloc(1, sizeof *calendar);
    calendar->id = dn_strndup(name.at, name.size);
    almanac->calendars =
        dn_grow(almanac->calendars, almanac->calendar_count, &almanac->calendar_room, sizeof *almanac->calendars);
    almanac->calendars[almanac->calendar_count++] = calendar;
    return calendar;
}

static bool stands_on(const struct dn_calendar *calendar, const struct dn_calendar *other)
{
    while (calendar != NULL && calendar != other)
        calendar = calendar->base;
    return calendar != NULL;
}

/* A document of holidays into its calendar. */
static enum dn_status take_document(struct dn_almanac *almanac, const struct dn_yaml_file *file,
                                    const struct dn_yaml *node, int depth, struct dn_calendar *calendar,
                                    struct dn_error *err)
{
    char *extends = NULL;
    struct dn_calendar *base = NULL;
    enum dn_status status = dn_holidays_read(file, node, calendar, &extends, err);
    if (status == DN_OK && extends != NULL) {
        status = load_calendar(almanac, extends, depth + 1, &base, err);
        if (status == DN_OK && (base == NULL || depth >= EXTENDS_MAX || stands_on(base, calendar)))
            status = dn_yaml_error(file, dn_yaml_find(node, "extends"), err,
                                   "there is no calendar '%s' for it to stand on", extends);
        calendar->base = status == DN_OK ? base : NULL;
    }
    if (status == DN_OK)
        dn_calendar_build(calendar);
    free(extends);
    return status;
}

/* The embedded calendar of that name, if it was not loaded already; *calendar NULL: there is none. */
static enum dn_status load_calendar(struct dn_almanac *almanac, const char *name, int depth,
                                    struct dn_calendar **calendar, struct dn_error *err)
{
    struct dn_buf path = {0};
    struct dn_yaml_file file = {0};
    struct dn_text id = dn_text_of(name);
    enum dn_status status = DN_OK;
    *calendar = find_calendar(almanac, id);
    dn_buf_addf(&path, "holidays/%s.yaml", name);
    const struct dn_data_file *data = *calendar == NULL ? dn_data_find(path.at) : NULL;
    if (data != NULL) {
        dn_yaml_read_data(data, &file);
        status = dn_holidays_head(&file, file.documents[0], &id, err);
        if (status == DN_OK && !dn_text_is(id, name))
            status = dn_yaml_error(&file, file.documents[0], err, "the calendar's name is not its file's");
        if (status == DN_OK) {
            *calendar = add_calendar(almanac, id);
            status = take_document(almanac, &file, file.documents[0], depth, *calendar, err);
        }
        dn_yaml_clear(&file);
    }
    dn_buf_clear(&path);
    return status;
}

/* One document of a file of one's own: over the calendar of its name, or a new one. */
static enum dn_status overlay(struct dn_almanac *almanac, const struct dn_yaml_file *file, const struct dn_yaml *node,
                              struct dn_error *err)
{
    struct dn_text id;
    struct dn_calendar *calendar = NULL;
    enum dn_status status = dn_holidays_head(file, node, &id, err);
    if (status == DN_OK) {
        char *name = dn_strndup(id.at, id.size);
        status = load_calendar(almanac, name, 0, &calendar, err);
        free(name);
    }
    if (status == DN_OK && calendar == NULL)
        calendar = add_calendar(almanac, id);
    return status == DN_OK ? take_document(almanac, file, node, 0, calendar, err) : status;
}

enum dn_status dn_almanac_load(struct dn_almanac *almanac, const char *file, struct dn_error *err)
{
    struct dn_yaml_file yaml = {0};
    enum dn_status status = dn_yaml_read(file, &yaml, err);
    if (status == DN_OK && yaml.count == 0)
        status = dn_error_at(err, file, 0, 0, "there is no calendar in it");
    for (size_t i = 0; i < yaml.count && status == DN_OK; i++)
        status = overlay(almanac, &yaml, yaml.documents[i], err);
    dn_yaml_clear(&yaml);
    return status;
}

enum dn_status dn_almanac_calendar(struct dn_almanac *almanac, const char *name, const struct dn_calendar **calendar,
                                   struct dn_error *err)
{
    struct dn_calendar *found = NULL;
    enum dn_status status = load_calendar(almanac, name, 0, &found, err);
    *calendar = status == DN_OK ? found : NULL;
    return status;
}

static struct dn_almanac_zone *take_zone(struct dn_almanac *almanac, const char *name)
{
    for (size_t i = 0; i < almanac->zone_count; i++)
        if (strcmp(almanac->zones[i]->name, name) == 0)
            return almanac->zones[i];
    almanac->zones = dn_grow(almanac->zones, almanac->zone_count, &almanac->zone_room, sizeof *almanac->zones);
    struct dn_almanac_zone *zone = dn_alloc(1, sizeof *zone);
    zone->name = dn_strdup(name);
    almanac->zones[almanac->zone_count++] = zone;
    return zone;
}

enum dn_status dn_almanac_zone(struct dn_almanac *almanac, const char *name, const struct dn_zone **zone,
                               struct dn_error *err)
{
    struct dn_almanac_zone *kept = take_zone(almanac, name);
    enum dn_status status = kept->zone != NULL ? DN_OK : dn_zone_open(name, &kept->zone, err);
    *zone = kept->zone;
    return status;
}

const char *dn_almanac_country(struct dn_almanac *almanac, const char *zone)
{
    struct dn_almanac_zone *kept = take_zone(almanac, zone);
    if (!kept->looked_up) {
        dn_tzdata_country(zone, kept->country);
        kept->looked_up = true;
    }
    return kept->country;
}

void dn_almanac_clear(struct dn_almanac *almanac)
{
    for (size_t i = 0; i < almanac->calendar_count; i++) {
        dn_calendar_clear(almanac->calendars[i]);
        free(almanac->calendars[i]);
    }
    for (size_t i = 0; i < almanac->zone_count; i++) {
        free(almanac->zones[i]->name);
        dn_zone_free(almanac->zones[i]->zone);
        free(almanac->zones[i]);
    }
    free(almanac->calendars);
    free(almanac->zones);
    memset(almanac, 0, sizeof *almanac);
}
