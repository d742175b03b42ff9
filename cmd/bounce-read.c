/* bounce-read: delivery reports in, what they say of which notice out. */
#include <string.h>

#include "base/file.h"
#include "channel/bounce.h"
#include "command.h"
#include "evidence/inputs.h"

static const char *ledger, *output_path;

static const struct dn_option options[] = {
    {'l', "ledger", "FILE", "completes keys, and ties only to notices in it", NULL, &ledger, NULL},
    {'o', "output", "FILE", "write the rows there instead of to standard output", NULL, &output_path, NULL},
    {0},
};

static enum dn_status check_files(struct dn_command *command)
{
    struct dn_inputs inputs = {0};
    enum dn_status status = ledger ? dn_inputs_add(&inputs, ledger, &command->error) : DN_OK;
    if (status == DN_OK)
        status = dn_inputs_spare(&inputs, output_path, &command->error);
    for (size_t i = 0; i < command->operands.count && status == DN_OK; i++)
        status = dn_inputs_add(&inputs, command->operands.at[i], &command->error);
    dn_inputs_clear(&inputs);
    return status;
}

static enum dn_status read_all(struct dn_command *command, struct dn_bounces *bounces)
{
    struct dn_bounce_keys keys = {0};
    enum dn_status status = ledger ? dn_bounce_keys_read(ledger, &keys, &command->error) : DN_OK;
    for (size_t i = 0; i < command->operands.count && status == DN_OK; i++)
        status = dn_bounces_read(command->operands.at[i], &keys, bounces, &command->error);
    dn_bounce_keys_clear(&keys);
    return status;
}

static enum dn_status write_all(struct dn_command *command, const struct dn_bounces *bounces)
{
    struct dn_output *output = NULL;
    struct dn_buf rows = {0};
    enum dn_status status = dn_output_open(output_path, &output, &command->error);
    if (status != DN_OK)
        return status;
    dn_bounces_write(bounces, &rows);
    dn_output_write(output, dn_buf_text(&rows));
    dn_buf_clear(&rows);
    return dn_output_commit(output, &command->error);
}

int main(int argc, char **argv)
{
    struct dn_command command = {
        .name = "bounce-read",
        .synopsis = "[-l ledger] [Maildir|mbox|file...]",
        .purpose = "Prints what delivery reports (RFC 3464) say of which notice.",
        .options = options,
    };
    dn_command_begin(&command, argc, argv);
    struct dn_bounces bounces = {0};
    enum dn_status status = check_files(&command);
    if (status == DN_OK)
        status = read_all(&command, &bounces);
    if (status == DN_OK)
        status = write_all(&command, &bounces);
    if (status == DN_OK)
        dn_bounces_note(&bounces, &command.notes);
    dn_bounces_clear(&bounces);
    return dn_command_end(&command, status);
}
