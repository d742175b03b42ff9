#include "base/note.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"

static void __attribute__((format(printf, 4, 0)))
add(struct dn_notes *notes, bool attention, const char *word, const char *format, va_list arguments)
{
    struct dn_buf text = {0};
    dn_buf_addv(&text, format, arguments);
    notes->at = dn_grow(notes->at, notes->count, &notes->room, sizeof *notes->at);
    notes->at[notes->count++] = (struct dn_note){word, attention, dn_buf_take(&text)};
}

void dn_notes_attention(struct dn_notes *notes, const char *word, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(notes, true, word, format, arguments);
    va_end(arguments);
}

void dn_notes_say(struct dn_notes *notes, const char *word, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(notes, false, word, format, arguments);
    va_end(arguments);
}

bool dn_notes_need_person(const struct dn_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        if (notes->at[i].attention)
            return true;
    return false;
}

void dn_notes_clear(struct dn_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->at[i].text);
    free(notes->at);
    *notes = (struct dn_notes){0};
}
