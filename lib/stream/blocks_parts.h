/* Inside lib/stream: what the parts of reading in blocks (stream/blocks.h) share. A stretch is taken and scanned with a
 * guess (blocks_take.c), joined with those before it in the order of the text (blocks_join.c), and given as a block
 * (blocks.c). */
#ifndef DN_STREAM_BLOCKS_PARTS_H
#define DN_STREAM_BLOCKS_PARTS_H

#include <pthread.h>
#include <sys/types.h>

#include "stream/blocks.h"
#include "stream/csv_reader.h"

#define DN_BLOCKS_PAD DN_SCAN_BLOCK

/* A text with a block in front and behind that can be read. */
struct dn_blocks_text {
    char *bytes;
    size_t size, room;
};

/* What all threads share. */
struct dn_blocks_chain {
    struct dn_csv *csv;
    dn_block_function *function;
    size_t stretch;
    size_t prefix, prefix_at; /* bytes that the reader had read already, and where in its buffer */

    bool placed; /* the text is a file's as it stands, and its first byte is at: */
    off_t base;
    bool direct; /* the rest can be read at any place */
    int fd;
    off_t at, size; /* from where on, and where it ends, as it seems */

    pthread_mutex_t reading; /* guards the source and: */
    size_t ticket;           /* the next stretch to take */
    size_t given;            /* bytes of the prefix, where stretches are read in order */

    pthread_mutex_t lock; /* guards: */
    pthread_cond_t turned;
    size_t turn;   /* the stretch that may join now */
    size_t blocks; /* stretches that had something to give */
    bool over;     /* no further one may */
    size_t failed; /* where: 2 × stretch, and 1 more if behind its records; SIZE_MAX: nothing has */
    struct dn_error failure;

    /* of the thread whose turn it is: */
    bool inside;        /* at the end of the last stretch that joined */
    struct dn_buf tail; /* its bytes behind the last record that ends in it */
    int64_t line;       /* lines before these */
    int64_t broken;     /* lines that end in them, inside quotes */
    bool judging;       /* the tail begins with a record for libcsv, and grows until that is sure what is wrong */
    struct dn_error interrupted; /* why the source ended while judging, if not by the end of the file */
};

/* A stretch as a thread has it in hand. */
struct dn_blocks_hand {
    struct dn_blocks_chain *chain;
    void *context;
    size_t number; /* of the stretch */
    size_t block;  /* of what it gives */
    size_t from;   /* where its text begins, and so many bytes before that the joint one */
    size_t before;
    struct dn_blocks_text text, joint;
    bool last;                   /* nothing comes behind it */
    bool over;                   /* none behind it is needed any more */
    struct dn_error interrupted; /* because of this */
    bool guess;                  /* inside quotes, so it was scanned */
    struct dn_rows rows;         /* of the text, behind the first record that ends in it */
    struct dn_rows joint_rows;   /* of that one, with what the stretches before have of it */
};

/* Makes room for so many bytes, which are not kept, and for a row of that size. */
void dn_blocks_make_room(struct dn_blocks_text *text, struct dn_rows *rows, size_t room);

/* Appends bytes for which there is room. */
void dn_blocks_add(struct dn_blocks_text *text, const void *at, size_t size);

/* Scans a text from its begin, which is inside quotes or not; complete: nothing comes behind it. */
void dn_blocks_scan(const struct dn_blocks_text *text, struct dn_rows *rows, bool inside, bool complete);

/* Takes the next stretch of the text and scans it with a guess. What keeps it from being whole is in the hand. */
void dn_blocks_fill(struct dn_blocks_hand *hand);

/* Is the stretch the last one, and its end the file's? */
bool dn_blocks_complete(const struct dn_blocks_hand *hand);

/* Waits until all stretches before have joined, joins this one and lets the next one do so. True: it has records to
 * give, in rows and joint_rows. */
bool dn_blocks_take_turn(struct dn_blocks_hand *hand);

/* Could it join without waiting? */
bool dn_blocks_is_turn(const struct dn_blocks_hand *hand);

/* Ends the reading because of what is at a place (see `failed`); the first place of all counts. The lock is held. */
void dn_blocks_fail(struct dn_blocks_chain *chain, size_t place, const struct dn_error *failure);

#endif
