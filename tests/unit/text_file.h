/* A file with given bytes: what tests of readers read. */
#ifndef DN_TEST_TEXT_FILE_H
#define DN_TEST_TEXT_FILE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Writes the bytes to a new file under /tmp; the caller unlinks it. */
static inline const char *text_file(struct dn_text bytes)
{
    static char path[] = "/tmp/dn-test-XXXXXX";
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, bytes.at, bytes.size) != (ssize_t)bytes.size)
        abort();
    close(fd);
    return path;
}

#endif
