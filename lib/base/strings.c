#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

void dn_strings_clear(struct dn_strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i]);
    free(list->at);
    *list = (struct dn_strings){0};
}

void dn_strings_add(struct dn_strings *list, struct dn_text text)
{
    list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
    list->at[list->count++] = dn_strndup(text.at, text.size);
}

bool dn_strings_add_once(struct dn_strings *list, struct dn_text text)
{
    if (dn_strings_has(list, text))
        return false;
    dn_strings_add(list, text);
    return true;
}

bool dn_strings_has(const struct dn_strings *list, struct dn_text text)
{
    for (size_t i = 0; i < list->count; i++)
        if (dn_text_is(text, list->at[i]))
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void dn_strings_sort(struct dn_strings *list)
{
    if (list->count)
        qsort(list->at, list->count, sizeof *list->at, compare);
}

void dn_strings_split(struct dn_strings *list, struct dn_text cell)
{
    struct dn_text element;
    while (dn_text_next(&cell, ';', &element))
        dn_strings_add(list, element);
}

void dn_strings_join(const struct dn_strings *list, char separator, struct dn_buf *buf)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            dn_buf_addc(buf, separator);
        dn_buf_adds(buf, list->at[i]);
    }
}
