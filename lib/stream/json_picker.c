/* The pointers of a walk as a tree of their tokens. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/json_reader.h"

static uint32_t add_node(struct dn_json_picker *picker, const char *token)
{
    picker->nodes = dn_grow(picker->nodes, picker->count, &picker->room, sizeof *picker->nodes);
    struct dn_json_node *node = &picker->nodes[picker->count];
    struct dn_text text = dn_text_of(token);
    *node = (struct dn_json_node){.token = dn_strdup(token), .size = text.size, .element = -1};
    node->every = strcmp(token, "*") == 0;
    node->outlet = node->child = node->next = node->same = DN_JSON_NONE;
    for (size_t i = 0; i < DN_JSON_SLOTS; i++)
        node->slots[i] = DN_JSON_NONE;
    if (dn_text_number(text, &node->element) && text.at[0] == '0' && text.size > 1)
        node->element = -1;
    return (uint32_t)picker->count++;
}

/* The node's child of that token, added if it was not there. */
static uint32_t child_of(struct dn_json_picker *picker, uint32_t parent, const char *token)
{
    uint32_t child = picker->nodes[parent].child;
    while (child != DN_JSON_NONE && strcmp(picker->nodes[child].token, token) != 0)
        child = picker->nodes[child].next;
    if (child != DN_JSON_NONE)
        return child;
    child = add_node(picker, token);
    picker->nodes[child].next = picker->nodes[parent].child;
    picker->nodes[parent].child = child;
    size_t slot = json_slot(dn_text_of(token));
    picker->nodes[child].same = picker->nodes[parent].slots[slot];
    picker->nodes[parent].slots[slot] = child;
    picker->nodes[parent].names |= (uint64_t)1 << slot;
    return child;
}

size_t dn_json_picker_add(struct dn_json_picker *picker, const struct dn_json_pointer *pointer)
{
    uint32_t node = picker->count == 0 ? add_node(picker, "") : 0;
    if (picker->depth < pointer->tokens.count)
        picker->depth = (unsigned)pointer->tokens.count;
    for (size_t i = 0; i < pointer->tokens.count; i++)
        node = child_of(picker, node, pointer->tokens.at[i]);
    if (picker->nodes[node].outlet == DN_JSON_NONE)
        picker->nodes[node].outlet = (uint32_t)picker->outlets++;
    return picker->nodes[node].outlet;
}

void dn_json_picker_clear(struct dn_json_picker *picker)
{
    for (size_t i = 0; i < picker->count; i++)
        free(picker->nodes[i].token);
    free(picker->nodes);
    *picker = (struct dn_json_picker){0};
}
