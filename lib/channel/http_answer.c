#include "channel/http_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "channel/curl_late.h"
#include "channel/smtp_reply.h"

void dn_http_answer_reset(struct dn_http_answer *answer)
{
    struct dn_buf body = answer->body;
    dn_buf_reset(&body);
    *answer = (struct dn_http_answer){.body = body};
}

static void keep(struct dn_text value, char into[DN_HTTP_VALUE])
{
    size_t size = value.size < DN_HTTP_VALUE ? value.size : DN_HTTP_VALUE - 1;
    if (size)
        memcpy(into, value.at, size);
    into[size] = '\0';
}

/* "HTTP/1.1 202 Accepted". A final status stays: what comes behind it is no other answer of ours. */
static void take_status(struct dn_http_answer *answer, struct dn_text line)
{
    const char *blank = memchr(line.at, ' ', line.size);
    int64_t status = 0;
    if (!blank || dn_http_answer_status(answer))
        return;
    struct dn_text rest = dn_text_trim((struct dn_text){blank, line.size - (size_t)(blank - line.at)});
    if (rest.size < 3 || !dn_text_number((struct dn_text){rest.at, 3}, &status) || (rest.size > 3 && rest.at[3] != ' '))
        return;
    answer->status = (int)status;
    keep(dn_text_trim((struct dn_text){rest.at + 3, rest.size - 3}), answer->phrase);
}

static void take_field(struct dn_http_answer *answer, struct dn_text line)
{
    struct field {
        const char *name;
        char *into;
    } fields[] = {{"retry-after", answer->retry_after},
                  {"date", answer->date},
                  {"location", answer->location},
                  {"request-id", answer->request_id},
                  {"x-request-id", answer->request_id}};
    const char *colon = memchr(line.at, ':', line.size);
    if (!colon || !dn_http_answer_status(answer))
        return;
    struct dn_text name = {line.at, (size_t)(colon - line.at)};
    struct dn_text value = {colon + 1, line.size - name.size - 1};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (dn_text_equal_nocase(name, dn_text_of(fields[i].name)) && !*fields[i].into)
            keep(dn_text_trim(value), fields[i].into);
}

bool dn_http_answer_head(struct dn_http_answer *answer, struct dn_text line)
{
    answer->head_size += line.size;
    while (line.size && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r'))
        line.size--;
    if (dn_text_starts(line, "HTTP/"))
        take_status(answer, line);
    else if (line.size)
        take_field(answer, line);
    return answer->head_size <= DN_HTTP_HEAD;
}

bool dn_http_answer_body(struct dn_http_answer *answer, struct dn_text bytes)
{
    if (bytes.size > DN_HTTP_BODY - answer->body.size)
        return false;
    dn_buf_addt(&answer->body, bytes);
    return true;
}

int dn_http_answer_status(const struct dn_http_answer *answer)
{
    return answer->status >= 200 && answer->status <= 599 ? answer->status : 0;
}

static int64_t seconds_of(const struct dn_http_answer *answer, int64_t now_s)
{
    size_t digits = strspn(answer->retry_after, "0123456789");
    int64_t seconds = 0;
    if (digits && !answer->retry_after[digits]) /* a number that does not fit is a long wait, too */
        return dn_text_number(dn_text_of(answer->retry_after), &seconds) ? seconds : DN_HTTP_ASKED_MOST_S;
    time_t until = digits ? -1 : curl_getdate(answer->retry_after, NULL);
    time_t from = *answer->date ? curl_getdate(answer->date, NULL) : -1;
    if (until < 0)
        return -1;
    int64_t wait = (int64_t)until - (from < 0 ? now_s : (int64_t)from);
    return wait > 0 ? wait : 0;
}

int64_t dn_http_answer_wait(const struct dn_http_answer *answer, int64_t now_s)
{
    int64_t wait = *answer->retry_after ? seconds_of(answer, now_s) : -1;
    return wait < DN_HTTP_ASKED_MOST_S ? wait : DN_HTTP_ASKED_MOST_S;
}

static void give(struct dn_text bytes, const char *secret, char *text, size_t size)
{
    size_t length = secret ? strlen(secret) : 0;
    *text = '\0';
    for (size_t i = 0; length && i + length <= bytes.size; i++)
        if (!memcmp(bytes.at + i, secret, length))
            return;
    dn_smtp_safe(bytes, text, size);
}

static json_t *read_body(const struct dn_http_answer *answer)
{
    return answer->body.size ? json_loadb(answer->body.at, answer->body.size, 0, NULL) : NULL;
}

/* Appends a string or a whole number. */
static void add_value(const json_t *value, struct dn_buf *into)
{
    if (json_is_integer(value))
        dn_buf_addf(into, "%lld", (long long)json_integer_value(value));
    else if (json_is_string(value))
        dn_buf_add(into, json_string_value(value), json_string_length(value));
}

void dn_http_answer_reference(const struct dn_http_answer *answer, const char *secret, char *text, size_t size)
{
    struct dn_buf found = {0};
    json_t *body = read_body(answer);
    add_value(json_object_get(body, "id"), &found);
    json_decref(body);
    if (!found.size)
        dn_buf_adds(&found, *answer->location ? answer->location : answer->request_id);
    give(dn_buf_text(&found), secret, text, size);
    dn_buf_clear(&found);
}

static void add_message(const json_t *body, struct dn_buf *into)
{
    static const char *const names[] = {"message", "title", "detail", "error_description", NULL};
    const json_t *error = json_object_get(body, "error");
    const json_t *in = json_is_object(error) ? error : body;
    for (size_t i = 0; names[i]; i++) {
        struct dn_buf value = {0};
        add_value(json_object_get(in, names[i]), &value);
        if (value.size) {
            dn_buf_adds(into, into->size ? ": " : "");
            dn_buf_addt(into, dn_buf_text(&value));
        }
        dn_buf_clear(&value);
    }
}

void dn_http_answer_reason(const struct dn_http_answer *answer, const char *secret, char *text, size_t size)
{
    struct dn_buf found = {0};
    json_t *body = read_body(answer);
    dn_buf_adds(&found, answer->phrase);
    add_message(body, &found);
    json_decref(body);
    give(dn_buf_text(&found), secret, text, size);
    if (!*text)
        snprintf(text, size, "status %d", answer->status);
    dn_buf_clear(&found);
}
