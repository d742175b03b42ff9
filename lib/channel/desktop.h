/* The desktop's notify-send, which has the same name: who calls this one for that one must be told so. */
#ifndef DN_CHANNEL_DESKTOP_H
#define DN_CHANNEL_DESKTOP_H

#include <stdbool.h>

#define DN_NOT_THE_DESKTOP                                                                                             \
    "this is the breach notifier of duenotice, not the desktop's notify-send: it sends legal notices to customers; "   \
    "see notify-send(1) and duenotice(7)"

/* Has the command line an option that only the desktop's tool knows? */
bool dn_desktop_call(int argc, char **argv);

#endif
