#include "channel/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "channel/message.h"
#include "channel/relay.h"

#define TURN_MS 1000

struct dn_seal {
    const struct dn_config *config;
    char *ledger, *due; /* path of the ledger, and of the file that says what is owed */
    bool owed;          /* by an earlier run */
    struct dn_buf head; /* at the begin */
    struct dn_relay relay;
    struct dn_composer *composer;
};

enum dn_status dn_seal_open(const struct dn_config *config, const char *ledger_path, const struct dn_ledger *ledger,
                            struct dn_seal **seal, struct dn_error *err)
{
    *seal = NULL;
    if (!config->seal_email)
        return DN_OK;
    struct dn_seal *made = dn_alloc(1, sizeof *made);
    struct dn_buf due = {0};
    dn_buf_addf(&due, "%s.seal-due", ledger_path);
    made->config = config;
    made->ledger = dn_strdup(ledger_path);
    made->due = dn_buf_take(&due);
    made->owed = access(made->due, F_OK) == 0;
    made->composer = dn_composer_open();
    dn_ledger_head(ledger, &made->head);
    enum dn_status status = dn_relay_read(config, &made->relay, err);
    if (status == DN_OK)
        status = dn_composer_ready(made->composer, err);
    if (status != DN_OK)
        dn_seal_close(made);
    else
        *seal = made;
    return status;
}

enum dn_status dn_seal_owe(struct dn_seal *seal, struct dn_error *err)
{
    struct dn_output *output = NULL;
    if (!seal || seal->owed)
        return DN_OK;
    enum dn_status status = dn_output_open(seal->due, &output, err);
    if (status != DN_OK)
        return status;
    dn_output_write(output, DN_TEXT("The next run of notify-send mails where the ledger stands.\n"));
    return dn_output_commit(output, err);
}

static enum dn_status settle(struct dn_seal *seal, struct dn_error *err)
{
    return unlink(seal->due) == 0 || errno == ENOENT ? DN_OK : dn_error_errno(err, seal->due);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void add_text(const struct dn_seal *seal, const char *head, const struct dn_seal_words *words,
                     struct dn_buf *text)
{
    char at[DN_INSTANT_TEXT];
    dn_instant_format(words->at, at);
    dn_buf_addf(text, "Where a ledger of notices stood at the end of a run. Keep this message\n"
                      "where who writes the ledger does not reach it.\n\n");
    dn_buf_addf(text, "head: %s\n", head);
    dn_buf_addf(text, "ledger: %s\nincidents: %s\nby: %s\nat: %s\n", base_name(seal->ledger), words->incidents,
                words->by, at);
    dn_buf_addf(text, "accepted: %zu\ndeferred: %zu\nrejected: %zu\nunknown: %zu\n\n", words->accepted, words->deferred,
                words->rejected, words->unknown);
    dn_buf_addf(text,
                "A ledger that was cut before this row, or written anew, fails:\n\n"
                "  deadline-check --verify --head '%s' %s\n",
                head, base_name(seal->ledger));
}

/* The same head of the same ledger has the same Message-ID: a seal that is mailed twice is one message. */
static void add_key(const struct dn_seal *seal, const char *head, char key[DN_SHA256_HEX])
{
    struct dn_buf bytes = {0};
    dn_buf_addf(&bytes, "seal\n%s\n%s\n", base_name(seal->ledger), head);
    dn_sha256_hex(dn_buf_text(&bytes), key);
    dn_buf_clear(&bytes);
}

static enum dn_status compose(struct dn_seal *seal, const char *head, const struct dn_seal_words *words,
                              char key[DN_SHA256_HEX], struct dn_buf *bytes, struct dn_error *err)
{
    struct dn_buf text = {0}, subject = {0};
    add_text(seal, head, words, &text);
    add_key(seal, head, key);
    dn_buf_addf(&subject, "Ledger head %.*s: %s", (int)strcspn(head, " "), head, words->incidents);
    const struct dn_message message = {.from_name = seal->config->from_name,
                                       .from_email = seal->config->from_email,
                                       .to = seal->config->seal_email,
                                       .subject = subject.at,
                                       .text = text.at,
                                       .language = "en",
                                       .key = key,
                                       .id_domain = seal->config->message_id_domain,
                                       .date = words->at};
    enum dn_status status = dn_message_compose(seal->composer, &message, bytes, err);
    dn_buf_clear(&text);
    dn_buf_clear(&subject);
    return status;
}

/* One turn of the engine; a relay that is away gives the letter back. */
static enum dn_status turn(struct dn_smtp *engine, struct dn_error *err)
{
    size_t number;
    enum dn_status status = dn_smtp_turn(engine, TURN_MS, err);
    while (dn_smtp_ready(engine, &number))
        continue;
    dn_smtp_hold(engine);
    dn_smtp_release(engine);
    struct dn_smtp_relay relay = dn_smtp_relay(engine);
    if (relay.state != DN_SMTP_RELAY_WELL && !dn_smtp_in_flight(engine))
        dn_smtp_recall(engine, relay.reason);
    return status;
}

/* One signal, coming now, lets what is under way come to its end; a second one does not. */
static void obey_signals(struct dn_smtp *engine, const volatile sig_atomic_t *signals, int before)
{
    int count = signals ? *signals : 0;
    if (count > 1)
        dn_smtp_abandon(engine, "given up by a second signal");
    else if (count > before)
        dn_smtp_recall(engine, "stopped by a signal");
}

static enum dn_status send_one(struct dn_seal *seal, const char *key, struct dn_text bytes,
                               const volatile sig_atomic_t *signals, struct dn_outcome *outcome, struct dn_error *err)
{
    const int before = signals ? *signals : 0;
    struct dn_smtp *engine = NULL;
    struct dn_smtp_result result;
    struct dn_buf return_path = {0};
    dn_buf_addf(&return_path, "bounces+%.32s@%s", key, seal->config->message_id_domain);
    const struct dn_smtp_letter letter = {
        .return_path = return_path.at, .recipient = seal->config->seal_email, .envid = key, .message = bytes};
    enum dn_status status = dn_smtp_open(&seal->relay.settings, &engine, err);
    if (status == DN_OK)
        status = dn_smtp_submit(engine, &letter, err);
    for (bool decided = false; status == DN_OK && !decided;) {
        obey_signals(engine, signals, before);
        status = turn(engine, err);
        while (dn_smtp_result(engine, &result)) {
            *outcome = result.outcome;
            decided = true;
        }
    }
    dn_smtp_close(engine);
    dn_buf_clear(&return_path);
    return status;
}

static enum dn_status archive_it(struct dn_archive *archive, const char *key, struct dn_text bytes,
                                 struct dn_error *err)
{
    struct dn_buf words = {0};
    if (!archive)
        return DN_OK;
    dn_buf_addf(&words, "sent seal %s", key);
    enum dn_status status = dn_archive_keep(archive, bytes, words.at, err);
    dn_buf_clear(&words);
    return status == DN_OK ? dn_archive_sync(archive, err) : status;
}

/* What the relay did is a note; sent notices stay sent. */
static enum dn_status note_outcome(struct dn_seal *seal, const struct dn_outcome *outcome, struct dn_notes *notes,
                                   struct dn_error *err)
{
    const char *to = seal->config->seal_email;
    if (outcome->state == DN_STATE_ACCEPTED) {
        dn_notes_say(notes, "seal", "the head was mailed to %s", to);
        return settle(seal, err);
    }
    dn_notes_attention(notes, "seal",
                       "the head was not taken for %s: %s: run the same again, or keep the head yourself", to,
                       outcome->reason);
    return DN_OK;
}

enum dn_status dn_seal_mail(struct dn_seal *seal, const struct dn_ledger *ledger, const struct dn_seal_words *words,
                            struct dn_archive *archive, const volatile sig_atomic_t *signals, struct dn_notes *notes,
                            struct dn_error *err)
{
    struct dn_buf head = {0}, bytes = {0};
    struct dn_outcome outcome = {0};
    char key[DN_SHA256_HEX];
    if (!seal)
        return DN_OK;
    dn_ledger_head(ledger, &head);
    bool due = seal->owed || !dn_text_equal(dn_buf_text(&head), dn_buf_text(&seal->head));
    enum dn_status status = due ? compose(seal, head.at, words, key, &bytes, err) : settle(seal, err);
    if (status == DN_OK && due)
        status = archive_it(archive, key, dn_buf_text(&bytes), err);
    if (status == DN_OK && due)
        status = send_one(seal, key, dn_buf_text(&bytes), signals, &outcome, err);
    if (status == DN_OK && due)
        status = note_outcome(seal, &outcome, notes, err);
    dn_buf_clear(&head);
    dn_buf_clear(&bytes);
    return status;
}

void dn_seal_close(struct dn_seal *seal)
{
    if (!seal)
        return;
    dn_relay_clear(&seal->relay);
    dn_composer_free(seal->composer);
    dn_buf_clear(&seal->head);
    free(seal->ledger);
    free(seal->due);
    free(seal);
}
