#include "channel/message.h"

#include <string.h>

#include "base/alloc.h"
#include "channel/encoding.h"
#include "channel/gmime_late.h"
#include "channel/header.h"
#include "channel/smtp_wire.h"

/* The header fields of an attachment's part, which are the same for all tenants. */
struct part_header {
    char *type, *name, *fields;
};

struct dn_composer {
    const struct dn_gmime *gmime; /* NULL before the first message */
    GMimeFormatOptions *format;
    struct part_header *headers;
    size_t header_count, header_room;
    struct dn_encoder encoder;
    struct dn_buf made; /* the message in hand */
};

struct dn_composer *dn_composer_open(void)
{
    return dn_alloc(1, sizeof(struct dn_composer));
}

enum dn_status dn_composer_ready(struct dn_composer *composer, struct dn_error *err)
{
    const struct dn_gmime *gmime;
    if (composer->gmime)
        return DN_OK;
    enum dn_status status = dn_gmime_load(&gmime, err);
    if (status != DN_OK)
        return status;
    gmime->mime_init();
    composer->format = gmime->mime_format_options_new();
    gmime->mime_format_options_set_newline_format(composer->format, GMIME_NEWLINE_FORMAT_DOS);
    composer->encoder.gmime = gmime;
    composer->gmime = gmime;
    return DN_OK;
}

void dn_composer_free(struct dn_composer *composer)
{
    if (!composer)
        return;
    if (composer->gmime)
        composer->gmime->mime_format_options_free(composer->format);
    for (size_t i = 0; i < composer->header_count; i++) {
        free(composer->headers[i].type);
        free(composer->headers[i].name);
        free(composer->headers[i].fields);
    }
    free(composer->headers);
    dn_encoder_clear(&composer->encoder);
    dn_buf_clear(&composer->made);
    free(composer);
}

/* A call has no mail but in a rehearsal: there it is what the caller would read out. */
static void set_script(const struct dn_content *content, struct dn_message *message)
{
    message->text = content->script;
    message->html = NULL;
    message->attachments = NULL;
    message->attachment_count = 0;
}

void dn_message_of(const struct dn_plan_row *row, const struct dn_content *content, const struct dn_config *config,
                   struct dn_instant date, struct dn_message *message)
{
    bool reference = row->reference_only;
    *message = (struct dn_message){
        .from_name = config->from_name,
        .from_email = config->from_email ? config->from_email : "notices@localhost.invalid",
        .reply_name = config->reply_name,
        .reply_email = config->reply_email,
        .to = dn_plan_row_to(row),
        .mark = row->mark,
        .subject = reference ? content->reference_subject : content->subject,
        .text = reference ? content->reference_text : content->text,
        .html = reference ? content->reference_html : content->html,
        .language = content->language,
        .attachments = reference ? NULL : content->attachments,
        .attachment_count = reference ? 0 : content->attachment_count,
        .key = row->key,
        .id_domain = config->message_id_domain ? config->message_id_domain : "localhost.invalid",
        .date = date,
    };
    if (row->channel == DN_CHANNEL_PHONE)
        set_script(content, message);
}

static void add_text_part(struct dn_composer *composer, const char *type, const char *text, struct dn_buf *into)
{
    dn_buf_adds(into, "Content-Type: ");
    dn_buf_adds(into, type);
    dn_buf_adds(into, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    dn_encode_quoted(&composer->encoder, dn_text_of(text), into);
}

/* GMime knows how a name is written that is not ASCII (RFC 2231). */
static char *part_fields(const struct dn_composer *composer, const struct dn_attachment *attachment)
{
    const struct dn_gmime *gmime = composer->gmime;
    GMimePart *part = gmime->mime_part_new();
    GMimeContentType *type = gmime->mime_content_type_parse(NULL, attachment->type);
    gmime->mime_object_set_content_type((GMimeObject *)part, type);
    gmime->mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
    gmime->mime_object_set_disposition((GMimeObject *)part, "attachment");
    gmime->mime_object_set_content_disposition_parameter((GMimeObject *)part, "filename", attachment->name);
    char *fields = gmime->mime_object_get_headers((GMimeObject *)part, composer->format), *kept = dn_strdup(fields);
    gmime->free(fields);
    gmime->object_unref(type);
    gmime->object_unref(part);
    return kept;
}

static const char *fields_of(struct dn_composer *composer, const struct dn_attachment *attachment)
{
    for (size_t i = 0; i < composer->header_count; i++)
        if (strcmp(composer->headers[i].name, attachment->name) == 0 &&
            strcmp(composer->headers[i].type, attachment->type) == 0)
            return composer->headers[i].fields;
    composer->headers =
        dn_grow(composer->headers, composer->header_count, &composer->header_room, sizeof *composer->headers);
    struct part_header *header = &composer->headers[composer->header_count++];
    *header = (struct part_header){dn_strdup(attachment->type), dn_strdup(attachment->name),
                                   part_fields(composer, attachment)};
    return header->fields;
}

/* Its first 32 digits. */
static struct dn_text short_key(const struct dn_message *message)
{
    size_t size = strlen(message->key);
    return (struct dn_text){message->key, size < 32 ? size : 32};
}

/* "=_" cannot occur in quoted-printable or base64 (RFC 2045 6.7), so no body can hold a boundary. */
static void add_boundary(const struct dn_message *message, char mark, const char *end, struct dn_buf *into)
{
    dn_buf_adds(into, "\r\n--=_");
    dn_buf_addt(into, short_key(message));
    dn_buf_addc(into, '_');
    dn_buf_addc(into, mark);
    dn_buf_adds(into, end);
    dn_buf_adds(into, "\r\n");
}

static void add_bodies(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into)
{
    if (!message->html) {
        add_text_part(composer, "text/plain", message->text, into);
        return;
    }
    dn_buf_addf(into, "Content-Type: multipart/alternative;\r\n\tboundary=\"=_%.32s_a\"\r\n", message->key);
    add_boundary(message, 'a', "", into);
    add_text_part(composer, "text/plain", message->text, into);
    add_boundary(message, 'a', "", into);
    add_text_part(composer, "text/html", message->html, into);
    add_boundary(message, 'a', "--", into);
}

/* The fields of the content, a blank line, the body. */
static void add_content(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into)
{
    if (!message->attachment_count) {
        add_bodies(composer, message, into);
        return;
    }
    dn_buf_addf(into, "Content-Type: multipart/mixed; boundary=\"=_%.32s_m\"\r\n", message->key);
    add_boundary(message, 'm', "", into);
    add_bodies(composer, message, into);
    for (size_t i = 0; i < message->attachment_count; i++) {
        const struct dn_attachment *attachment = &message->attachments[i];
        add_boundary(message, 'm', "", into);
        dn_buf_adds(into, fields_of(composer, attachment));
        dn_buf_adds(into, "\r\n");
        dn_encode_base64(&composer->encoder, (struct dn_text){attachment->bytes, attachment->size}, into);
    }
    add_boundary(message, 'm', "--", into);
}

static enum dn_status add_people(const struct dn_message *message, struct dn_buf *into, struct dn_error *err)
{
    enum dn_status status = dn_header_add_mailbox(into, "From", message->from_name, message->from_email, err);
    if (status == DN_OK && message->reply_email)
        status = dn_header_add_mailbox(into, "Reply-To", message->reply_name, message->reply_email, err);
    return status == DN_OK ? dn_header_add_mailbox(into, "To", NULL, message->to, err) : status;
}

static enum dn_status add_id(const struct dn_message *message, struct dn_buf *into, struct dn_error *err)
{
    struct dn_buf id = {0};
    dn_buf_addc(&id, '<');
    dn_buf_addt(&id, short_key(message));
    dn_buf_addc(&id, '@');
    dn_buf_adds(&id, message->id_domain);
    dn_buf_addc(&id, '>');
    enum dn_status status = dn_header_add_token(into, "Message-ID", dn_buf_text(&id), err);
    dn_buf_clear(&id);
    return status;
}

static enum dn_status add_subject(const struct dn_message *message, struct dn_buf *into, struct dn_error *err)
{
    struct dn_buf marked = {0};
    if (message->mark)
        dn_buf_addf(&marked, "[%s] ", message->mark);
    dn_buf_adds(&marked, message->subject);
    enum dn_status status = dn_header_add_text(into, "Subject", dn_buf_text(&marked), err);
    dn_buf_clear(&marked);
    return status;
}

static enum dn_status add_fields(const struct dn_message *message, struct dn_buf *into, struct dn_error *err)
{
    enum dn_status status = add_people(message, into, err);
    if (status == DN_OK)
        status = add_subject(message, into, err);
    if (status != DN_OK)
        return status;
    dn_header_add_date(into, message->date);
    status = add_id(message, into, err);
    if (status == DN_OK)
        status = dn_header_add_token(into, "Auto-Submitted", DN_TEXT("auto-generated"), err);
    if (status == DN_OK)
        status = dn_header_add_token(into, "Content-Language", dn_text_of(message->language), err);
    return status == DN_OK ? dn_header_add_token(into, "MIME-Version", DN_TEXT("1.0"), err) : status;
}

static enum dn_status check_body(const char *body, const char *what, struct dn_error *err)
{
    return dn_text_utf8(dn_text_of(body), NULL) ? DN_OK
                                                : dn_error_set(err, DN_INVALID, "the %s body is not UTF-8", what);
}

enum dn_status dn_message_check(const struct dn_message *message, struct dn_buf *scratch, struct dn_error *err)
{
    dn_buf_reset(scratch);
    enum dn_status status = add_fields(message, scratch, err);
    if (status == DN_OK)
        status = check_body(message->text, "text", err);
    return status == DN_OK ? check_body(message->html, "HTML", err) : status;
}

static enum dn_status gate_composed(const struct dn_message *message, struct dn_text bytes, struct dn_error *err)
{
    const char *fields[16] = {"From"};
    size_t count = 1;
    if (message->reply_email)
        fields[count++] = "Reply-To";
    static const char *const always[] = {
        "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        fields[count++] = always[i];
    if (!message->html && !message->attachment_count)
        fields[count++] = "Content-Transfer-Encoding";
    return dn_message_gate(bytes, fields, err);
}

/* Hundreds of messages wait at a time: each takes no more than it needs. */
static void add_exactly(struct dn_buf *into, struct dn_text bytes)
{
    if (into->room < into->size + bytes.size + 1) {
        into->room = into->size + bytes.size + 1;
        into->at = dn_realloc(into->at, into->room, 1);
    }
    dn_buf_addt(into, bytes);
}

enum dn_status dn_message_compose(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into,
                                  struct dn_error *err)
{
    struct dn_buf *made = &composer->made;
    enum dn_status status = dn_message_check(message, made, err); /* leaves the header in made */
    if (status == DN_OK)
        status = dn_composer_ready(composer, err);
    if (status == DN_OK) {
        add_content(composer, message, made);
        if (!dn_text_ends(dn_buf_text(made), "\r\n"))
            dn_buf_adds(made, "\r\n");
        status = gate_composed(message, dn_buf_text(made), err);
    }
    if (status == DN_OK)
        add_exactly(into, dn_buf_text(made));
    return status;
}

/* What is wrong with lines each of which is to end with CRLF, and to have neither of the two elsewhere. */
static enum dn_status gate_lines(struct dn_text bytes, struct dn_error *err)
{
    for (size_t start = 0; start < bytes.size;) {
        const char *lf = memchr(bytes.at + start, '\n', bytes.size - start);
        size_t end = (size_t)(lf - bytes.at), size = end - start;
        const char *cr = memchr(bytes.at + start, '\r', size);
        if (!cr || cr + 1 != lf)
            return dn_error_set(err, DN_INVALID, "composed message: a bare line end at offset %zu",
                                cr ? (size_t)(cr - bytes.at) : end);
        if (size - 1 > DN_SMTP_LINE_MOST)
            return dn_error_set(err, DN_INVALID, "composed message: a line of %zu bytes", size - 1);
        start = end + 1;
    }
    return DN_OK;
}

static enum dn_status gate_bytes(struct dn_text bytes, struct dn_error *err)
{
    size_t bad = 0;
    if (dn_smtp_is_clean(bytes))
        return DN_OK;
    while (bad < bytes.size && bytes.at[bad] > 0 && (unsigned char)bytes.at[bad] <= 0x7f)
        bad++;
    if (bad < bytes.size)
        return dn_error_set(err, DN_INVALID, "composed message: byte 0x%02x at offset %zu",
                            (unsigned char)bytes.at[bad], bad);
    if (!dn_text_ends(bytes, "\r\n"))
        return dn_error_set(err, DN_INVALID, "composed message: no line end at its end");
    return gate_lines(bytes, err);
}

/* Takes one header line (with its CRLF) off; false at the blank line that ends the header. */
static bool next_line(struct dn_text *rest, struct dn_text *line)
{
    const char *end = memchr(rest->at, '\r', rest->size);
    *line = (struct dn_text){rest->at, end ? (size_t)(end - rest->at) : rest->size};
    size_t taken = line->size + 2 < rest->size ? line->size + 2 : rest->size;
    rest->at += taken;
    rest->size -= taken;
    return line->size > 0;
}

static bool is_field(struct dn_text line, const char *name)
{
    size_t size = strlen(name);
    return line.size > size + 1 && line.at[size] == ':' && line.at[size + 1] == ' ' &&
           dn_text_is((struct dn_text){line.at, size}, name);
}

enum dn_status dn_message_gate(struct dn_text bytes, const char *const *fields, struct dn_error *err)
{
    enum dn_status status = gate_bytes(bytes, err);
    if (status != DN_OK)
        return status;
    struct dn_text line;
    size_t found = 0;
    while (bytes.size && next_line(&bytes, &line)) {
        if (line.at[0] == ' ' || line.at[0] == '\t')
            continue;
        if (!fields[found] || !is_field(line, fields[found]))
            return dn_error_set(err, DN_INVALID, "composed message: header field %zu is not '%s'", found + 1,
                                fields[found] ? fields[found] : "(none)");
        found++;
    }
    if (fields[found])
        return dn_error_set(err, DN_INVALID, "composed message: no header field '%s'", fields[found]);
    return DN_OK;
}
