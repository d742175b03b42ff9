#include "channel/second_copy.h"

#include <string.h>

void dn_second_copy_add_text(const struct dn_content *content, const char *text, struct dn_buf *out)
{
    dn_buf_addf(out, "%s\n\n%s", content->second_copy, text);
}

static void add_escaped(const char *text, struct dn_buf *out)
{
    for (; *text; text++) {
        if (*text == '&')
            dn_buf_adds(out, "&amp;");
        else if (*text == '<')
            dn_buf_adds(out, "&lt;");
        else
            dn_buf_addc(out, *text);
    }
}

void dn_second_copy_add_html(const struct dn_content *content, const char *html, struct dn_buf *out)
{
    const char *body = strstr(html, "<body"), *end = body ? strchr(body, '>') : NULL;
    const char *rest = end ? end + 1 : html;
    dn_buf_add(out, html, (size_t)(rest - html));
    dn_buf_adds(out, "\n<p><strong>");
    add_escaped(content->second_copy, out);
    dn_buf_adds(out, "</strong></p>\n");
    dn_buf_adds(out, *rest == '\n' ? rest + 1 : rest);
}

void dn_second_copy_mark(const struct dn_content *content, struct dn_message *message, struct dn_buf *text,
                         struct dn_buf *html)
{
    dn_second_copy_add_text(content, message->text, text);
    message->text = text->at;
    if (!message->html)
        return;
    dn_second_copy_add_html(content, message->html, html);
    message->html = html->at;
}
