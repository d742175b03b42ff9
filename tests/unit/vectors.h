/* Vectors of ../shared/data/vectors: tab-separated lines, the second cell the text in hexadecimal. */
#ifndef DN_TEST_VECTORS_H
#define DN_TEST_VECTORS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* One vector: its mark ("valid", "ISEMAIL_ERR"), the text, the other two cells. */
struct vector {
    char mark[64], extra[256], note[256];
    char bytes[4096];
    struct dn_text text;
};

static inline void vector_line(const char *line, struct vector *vector)
{
    char hex[8192] = "";
    char *cells[] = {vector->mark, hex, vector->extra, vector->note};
    size_t sizes[] = {sizeof vector->mark, sizeof hex, sizeof vector->extra, sizeof vector->note};
    *vector = (struct vector){.mark = ""};
    for (int i = 0; i < 4; i++) {
        size_t size = strcspn(line, "\t\n");
        size_t keep = size < sizes[i] ? size : sizes[i] - 1;
        memcpy(cells[i], line, keep);
        cells[i][keep] = 0;
        line += size + (line[size] == '\t');
    }
    size_t size = 0;
    for (unsigned byte; size < sizeof vector->bytes && sscanf(hex + 2 * size, "%2x", &byte) == 1; size++)
        vector->bytes[size] = (char)byte;
    vector->text = (struct dn_text){vector->bytes, size};
}

/* Calls `check` for each line of a file and returns how many there were; 0, said on stdout, when the data is not there.
 */
static inline size_t vectors_each(const char *name, void (*check)(const struct vector *vector))
{
    const char *shared = getenv("SHARED");
    char path[4096], line[16384];
    snprintf(path, sizeof path, "%s/data/vectors/%s", shared ? shared : "", name);
    FILE *file = shared && *shared ? fopen(path, "r") : NULL;
    if (file == NULL) {
        printf("SKIP: %s is not there\n", name);
        return 0;
    }
    size_t count = 0;
    struct vector vector;
    for (; fgets(line, sizeof line, file); count++) {
        vector_line(line, &vector);
        check(&vector);
    }
    fclose(file);
    return count;
}

/* Is the text one of a list of deviations (ended by NULL)? */
static inline bool vector_among(const struct vector *vector, const char *const *list)
{
    for (; *list; list++)
        if (dn_text_is(vector->text, *list))
            return true;
    return false;
}

#endif
