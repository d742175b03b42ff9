#include "channel/load.h"

#include <stdlib.h>

#include "base/alloc.h"

#define KEPT ((size_t)16 << 10) /* bytes: a place that has no more of them keeps its memory for the next notice */

void dn_load_make(struct dn_load *load, size_t connections)
{
    load->count = 2 * (connections ? connections : 1);
    load->at = dn_alloc(load->count, sizeof *load->at);
}

size_t dn_load_place(struct dn_load *load)
{
    while (load->at[load->last].taken)
        load->last = (load->last + 1) % load->count;
    return load->last;
}

size_t dn_load_drop(struct dn_load *load, size_t place)
{
    struct dn_carried *carried = &load->at[place];
    carried->taken = carried->told = carried->held = false;
    if (carried->bytes.room > KEPT)
        dn_buf_clear(&carried->bytes);
    dn_buf_reset(&carried->bytes);
    dn_buf_reset(&carried->return_path);
    dn_buf_reset(&carried->recipient);
    dn_buf_reset(&carried->key);
    return carried->number;
}

void dn_load_hold(struct dn_load *load)
{
    for (size_t i = 0; i < load->count; i++)
        load->at[i].held = load->at[i].told;
}

void dn_load_lighten(struct dn_load *load)
{
    for (size_t i = 0; i < load->count; i++)
        if (load->at[i].held)
            dn_buf_clear(&load->at[i].bytes);
}

void dn_load_clear(struct dn_load *load)
{
    for (size_t i = 0; i < load->count; i++) {
        dn_load_drop(load, i);
        dn_buf_clear(&load->at[i].bytes);
        dn_buf_clear(&load->at[i].return_path);
        dn_buf_clear(&load->at[i].recipient);
        dn_buf_clear(&load->at[i].key);
    }
    free(load->at);
    *load = (struct dn_load){0};
}
