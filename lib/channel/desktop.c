#include "channel/desktop.h"

#include <stddef.h>
#include <string.h>

/* Is this word an option that only the desktop's notify-send knows? */
static bool is_desktop_option(const char *word)
{
    static const char *const longs[] = {"--urgency",  "--expire-time", "--app-name",  "--icon",
                                        "--category", "--hint",        "--print-id",  "--replace-id",
                                        "--wait",     "--action",      "--transient", "--app-icon"};
    for (size_t i = 0; i < sizeof longs / sizeof *longs; i++) {
        size_t size = strlen(longs[i]);
        if (strncmp(word, longs[i], size) == 0 && (word[size] == '\0' || word[size] == '='))
            return true;
    }
    return word[0] == '-' && word[1] && strchr("utarwAep", word[1]);
}

bool dn_desktop_call(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_desktop_option(argv[i]))
            return true;
    return false;
}
