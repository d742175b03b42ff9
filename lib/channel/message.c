#include "channel/message.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/alloc.h"
#include "channel/header.h"

#define LINE_MAX_BYTES 998 /* RFC 5322 2.1.1: must */

struct dn_composer {
    GMimeFormatOptions *format;
};

struct dn_composer *dn_composer_open(void)
{
    struct dn_composer *composer = dn_alloc(1, sizeof *composer);
    g_mime_init();
    composer->format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(composer->format, GMIME_NEWLINE_FORMAT_DOS);
    return composer;
}

void dn_composer_free(struct dn_composer *composer)
{
    if (!composer)
        return;
    g_mime_format_options_free(composer->format);
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

static GMimeObject *part_of(const char *type, struct dn_text bytes, GMimeContentEncoding encoding)
{
    GMimePart *part = g_mime_part_new();
    GMimeContentType *parsed = g_mime_content_type_parse(NULL, type);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.at, bytes.size);
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_object_set_content_type(GMIME_OBJECT(part), parsed);
    g_mime_part_set_content_encoding(part, encoding);
    g_mime_part_set_content(part, content);
    g_object_unref(content);
    g_object_unref(stream);
    g_object_unref(parsed);
    return GMIME_OBJECT(part);
}

static GMimeObject *text_part(const char *type, const char *text)
{
    return part_of(type, dn_text_of(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
}

static GMimeObject *attachment_part(const struct dn_attachment *attachment)
{
    GMimeObject *part =
        part_of(attachment->type, (struct dn_text){attachment->bytes, attachment->size}, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition(part, "attachment");
    g_mime_object_set_content_disposition_parameter(part, "filename", attachment->name);
    return part;
}

/* "=_" cannot occur in quoted-printable or base64 (RFC 2045 6.7), so no body can hold a boundary. It comes with the
 * content type: a multipart that is made without one draws one by lot, from the system's randomness. */
static GMimeMultipart *multipart(const char *subtype, const char *key, char mark)
{
    GMimeMultipart *made = g_object_new(GMIME_TYPE_MULTIPART, NULL);
    GMimeContentType *type = g_mime_content_type_new("multipart", subtype);
    struct dn_buf boundary = {0};
    dn_buf_addf(&boundary, "=_%.32s_%c", key, mark);
    g_mime_content_type_set_parameter(type, "boundary", boundary.at);
    g_mime_object_set_content_type(GMIME_OBJECT(made), type);
    g_object_unref(type);
    dn_buf_clear(&boundary);
    return made;
}

static void add_part(GMimeMultipart *to, GMimeObject *part)
{
    g_mime_multipart_add(to, part);
    g_object_unref(part);
}

static GMimeObject *bodies(const struct dn_message *message)
{
    GMimeObject *text = text_part("text/plain; charset=utf-8", message->text);
    if (!message->html)
        return text;
    GMimeMultipart *both = multipart("alternative", message->key, 'a');
    add_part(both, text);
    add_part(both, text_part("text/html; charset=utf-8", message->html));
    return GMIME_OBJECT(both);
}

static GMimeObject *tree(const struct dn_message *message)
{
    GMimeObject *body = bodies(message);
    if (!message->attachment_count)
        return body;
    GMimeMultipart *mixed = multipart("mixed", message->key, 'm');
    add_part(mixed, body);
    for (size_t i = 0; i < message->attachment_count; i++)
        add_part(mixed, attachment_part(&message->attachments[i]));
    return GMIME_OBJECT(mixed);
}

/* GMime writes the tree: its own header fields, a blank line, the body. */
static void add_tree(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into)
{
    GMimeObject *top = tree(message);
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_object_write_to_stream(top, composer->format, stream);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    dn_buf_add(into, bytes->data, bytes->len);
    g_object_unref(stream);
    g_object_unref(top);
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
    dn_buf_addf(&id, "<%.32s@%s>", message->key, message->id_domain);
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

enum dn_status dn_message_compose(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into,
                                  struct dn_error *err)
{
    struct dn_buf made = {0};
    enum dn_status status = dn_message_check(message, &made, err); /* leaves the header in made */
    if (status == DN_OK) {
        add_tree(composer, message, &made);
        if (!dn_text_ends(dn_buf_text(&made), "\r\n"))
            dn_buf_adds(&made, "\r\n");
        status = gate_composed(message, dn_buf_text(&made), err);
    }
    if (status == DN_OK)
        dn_buf_addt(into, dn_buf_text(&made));
    dn_buf_clear(&made);
    return status;
}

static enum dn_status gate_bytes(struct dn_text bytes, struct dn_error *err)
{
    size_t start = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.at[i];
        if (c == 0 || c > 0x7f)
            return dn_error_set(err, DN_INVALID, "composed message: byte 0x%02x at offset %zu", c, i);
        if (c == '\n' || (c == '\r' && (i + 1 == bytes.size || bytes.at[i + 1] != '\n')))
            return dn_error_set(err, DN_INVALID, "composed message: a bare line end at offset %zu", i);
        if (c == '\r') {
            if (i - start > LINE_MAX_BYTES)
                return dn_error_set(err, DN_INVALID, "composed message: a line of %zu bytes", i - start);
            start = ++i + 1;
        }
    }
    if (start != bytes.size || !bytes.size)
        return dn_error_set(err, DN_INVALID, "composed message: no line end at its end");
    return DN_OK;
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
