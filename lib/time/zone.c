#include "time/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "time/tzrule.h"

#define FILE_MAX_BYTES (1 << 20)
#define OFFSET_MAX_S (26 * 3600) /* RFC 9636 section 3.2: from -25 to 26 hours */

struct dn_zone {
    size_t count;      /* transitions, ascending */
    int64_t *at;       /* when */
    int32_t *offset_s; /* what holds from then on */
    int32_t first_s;   /* what holds before the first */
    struct dn_tzrule rule;
};

/* One stretch of time with one offset. */
struct stretch {
    int64_t until;
    int32_t offset_s;
};

static struct stretch stretch_at(const struct dn_zone *zone, int64_t at)
{
    if (zone->count == 0 || at >= zone->at[zone->count - 1]) {
        struct stretch stretch;
        stretch.offset_s = dn_tzrule_offset(&zone->rule, at, &stretch.until);
        return stretch;
    }
    size_t low = 0, high = zone->count - 1; /* the first transition after `at` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct stretch){zone->at[low], low ? zone->offset_s[low - 1] : zone->first_s};
}

int dn_zone_offset(const struct dn_zone *zone, struct dn_instant at)
{
    return stretch_at(zone, at.s).offset_s;
}

/* Walks over all stretches in which the wall clock could show `civil`, and counts those in which it does. */
enum dn_zone_fit dn_zone_instant(const struct dn_zone *zone, const struct dn_civil *civil, struct dn_instant *at)
{
    int64_t local = dn_civil_instant(civil, 0).s;
    int64_t from = local - OFFSET_MAX_S;
    int64_t jump = from;
    int hits = 0;
    while (from <= local + OFFSET_MAX_S) {
        struct stretch stretch = stretch_at(zone, from);
        int64_t candidate = local - stretch.offset_s;
        if (candidate >= from && candidate < stretch.until) {
            if (hits++ == 0)
                *at = (struct dn_instant){candidate, civil->ns};
        } else if (candidate >= stretch.until) {
            jump = stretch.until; /* the last stretch that the clock had left before it could show this */
        }
        if (stretch.until == INT64_MAX)
            break;
        from = stretch.until;
    }
    if (hits == 0)
        *at = (struct dn_instant){jump, 0};
    return hits == 0 ? DN_ZONE_GAP : hits == 1 ? DN_ZONE_ONE : DN_ZONE_TWICE;
}

void dn_zone_free(struct dn_zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->at);
    free(zone->offset_s);
    free(zone);
}

/* Big-endian integers of TZif. */
static int64_t big_endian(const char *at, int bytes)
{
    uint64_t value = *(const signed char *)at < 0 ? UINT64_MAX : 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)at[i];
    return (int64_t)value;
}

/* One TZif header with its data block. */
struct block {
    size_t isut, isstd, leap, time, type, chars;
    struct dn_text data;
};

#define HEADER_BYTES 44

/* Takes a header and its data off the file; times have `width` bytes. */
static bool take_block(struct dn_text *file, int width, struct block *block)
{
    if (file->size < HEADER_BYTES || memcmp(file->at, "TZif", 4) != 0 || file->at[4] < '2')
        return false;
    size_t counts[6], *to[6] = {&block->isut, &block->isstd, &block->leap, &block->time, &block->type, &block->chars};
    for (int i = 0; i < 6; i++) {
        counts[i] = (size_t)(uint32_t)big_endian(file->at + 20 + 4 * i, 4);
        if (counts[i] > FILE_MAX_BYTES)
            return false;
        *to[i] = counts[i];
    }
    size_t w = (size_t)width;
    size_t size =
        block->time * (w + 1) + block->type * 6 + block->chars + block->leap * (w + 4) + block->isstd + block->isut;
    if (file->size - HEADER_BYTES < size)
        return false;
    block->data = (struct dn_text){file->at + HEADER_BYTES, size};
    *file = (struct dn_text){block->data.at + size, file->size - HEADER_BYTES - size};
    return true;
}

static bool type_offset(const struct block *block, size_t type, int32_t *offset_s)
{
    if (type >= block->type)
        return false;
    *offset_s = (int32_t)big_endian(block->data.at + block->time * 9 + type * 6, 4);
    return *offset_s > -OFFSET_MAX_S && *offset_s < OFFSET_MAX_S;
}

static bool read_transitions(struct dn_zone *zone, const struct block *block)
{
    zone->at = dn_alloc(block->time, sizeof *zone->at);
    zone->offset_s = dn_alloc(block->time, sizeof *zone->offset_s);
    if (!type_offset(block, 0, &zone->first_s))
        return false;
    for (zone->count = 0; zone->count < block->time; zone->count++) {
        size_t i = zone->count;
        zone->at[i] = big_endian(block->data.at + 8 * i, 8);
        if (i > 0 && zone->at[i] <= zone->at[i - 1])
            return false;
        if (!type_offset(block, (unsigned char)block->data.at[8 * block->time + i], &zone->offset_s[i]))
            return false;
    }
    return true;
}

/* The whole file: a block of 32-bit times that is skipped, one of 64-bit times, and the rule for what comes after. Leap
 * seconds ("right/...") count another time than POSIX: refused. So is a file that says nothing about the future. */
static bool read_tzif(struct dn_zone *zone, struct dn_text file)
{
    struct block block;
    if (!take_block(&file, 4, &block) || !take_block(&file, 8, &block) || block.leap != 0)
        return false;
    if (!dn_text_starts(file, "\n") || !dn_text_ends(file, "\n") || file.size < 2)
        return false;
    struct dn_text rule = {file.at + 1, file.size - 2};
    return read_transitions(zone, &block) && dn_tzrule_parse(rule, &zone->rule);
}

/* "+02:00" */
static bool fixed_offset(const char *name, int32_t *offset_s)
{
    struct dn_buf text = {0};
    struct dn_instant at;
    dn_buf_addf(&text, "1970-01-01T00:00:00%s", name);
    bool fixed = (*name == '+' || *name == '-') && dn_instant_parse(dn_buf_text(&text), &at);
    if (fixed)
        *offset_s = (int32_t)-at.s;
    dn_buf_clear(&text);
    return fixed;
}

/* Letters, digits, _ + - in parts between slashes: nothing that leaves the folder of zones. */
static bool name_valid(const char *name)
{
    size_t size = strlen(name);
    bool part = false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c == '/' ? !part : !letter && !(c >= '0' && c <= '9') && c != '_' && c != '+' && c != '-')
            return false;
        part = c != '/';
    }
    return part && size <= 128;
}

static enum dn_status open_named(const char *name, struct dn_zone *zone, struct dn_error *err)
{
    const char *folder = getenv("TZDIR");
    struct dn_buf path = {0}, file = {0};
    dn_buf_addf(&path, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", name);
    enum dn_status status = dn_file_read(path.at, FILE_MAX_BYTES, &file, NULL);
    if (status != DN_OK)
        status = dn_error_set(err, DN_INVALID, "unknown time zone '%s': there is no %s (is tzdata installed?)", name,
                              path.at);
    else if (!read_tzif(zone, dn_buf_text(&file)))
        status = dn_error_set(err, DN_INVALID,
                              "time zone '%s': %s is not a TZif file of version 2 or later without leap seconds", name,
                              path.at);
    dn_buf_clear(&path);
    dn_buf_clear(&file);
    return status;
}

enum dn_status dn_zone_open(const char *name, struct dn_zone **zone, struct dn_error *err)
{
    struct dn_zone *opened = dn_alloc(1, sizeof *opened);
    enum dn_status status = DN_OK;
    if (strcmp(name, "UTC") != 0 && !fixed_offset(name, &opened->rule.standard_s)) {
        if (name_valid(name))
            status = open_named(name, opened, err);
        else
            status =
                dn_error_set(err, DN_INVALID, "'%s' is not a time zone such as UTC, Europe/Berlin or +02:00", name);
    }
    if (status == DN_OK)
        *zone = opened;
    else
        dn_zone_free(opened);
    return status;
}
