#include "key/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static bool is_v4(const struct dn_address *address)
{
    return memcmp(address->at, mapped, sizeof mapped) == 0;
}

/* "1.2.3.4", as inet_pton has it. */
static bool parse_v4(struct dn_text text, struct dn_address *address)
{
    struct dn_address parsed = {{[10] = 0xFF, [11] = 0xFF}};
    size_t i = 0, octet = 0;
    for (; octet < 4; octet++, i++) {
        unsigned value = 0;
        size_t from = i;
        for (; i < text.size && text.at[i] >= '0' && text.at[i] <= '9' && i - from < 4; i++)
            value = value * 10 + (unsigned)(text.at[i] - '0');
        if (i == from || value > 255 || (i - from > 1 && text.at[from] == '0'))
            return false;
        parsed.at[sizeof mapped + octet] = (unsigned char)value;
        if (octet < 3 && (i == text.size || text.at[i] != '.'))
            return false;
    }
    if (i != text.size + 1)
        return false;
    *address = parsed;
    return true;
}

static bool parse_v6(const char *text, struct dn_address *address)
{
    struct dn_address parsed;
    if (inet_pton(AF_INET6, text, parsed.at) != 1)
        return false;
    *address = parsed;
    return true;
}

bool dn_address_parse_strict(struct dn_text text, struct dn_address *address)
{
    char string[DN_ADDRESS_TEXT];
    if (parse_v4(text, address))
        return true;
    if (text.size == 0 || text.size >= sizeof string || memchr(text.at, '\0', text.size) != NULL)
        return false;
    memcpy(string, text.at, text.size);
    string[text.size] = '\0';
    return parse_v6(string, address);
}

static const char *last_of(struct dn_text text, char c)
{
    for (size_t i = text.size; i-- > 0;)
        if (text.at[i] == c)
            return text.at + i;
    return NULL;
}

static struct dn_text cut_before(struct dn_text text, const char *end)
{
    return (struct dn_text){text.at, (size_t)(end - text.at)};
}

static struct dn_text cut_after(struct dn_text text, const char *at)
{
    return (struct dn_text){at + 1, text.size - (size_t)(at + 1 - text.at)};
}

static bool is_port(struct dn_text text)
{
    int64_t port;
    return text.size <= 5 && dn_text_number(text, &port) && port <= 65535;
}

/* "[ADDRESS]" and "[ADDRESS]:PORT": what is between the brackets. */
static bool strip_brackets(struct dn_text *text)
{
    if (!dn_text_starts(*text, "["))
        return true;
    const char *close = last_of(*text, ']');
    if (close == NULL)
        return false;
    struct dn_text rest = cut_after(*text, close);
    if (rest.size > 0 && (*rest.at != ':' || !is_port(cut_after(rest, rest.at))))
        return false;
    text->size = (size_t)(close - text->at - 1);
    text->at++;
    return true;
}

/* "1.2.3.4:PORT" and "::ffff:1.2.3.4:PORT": a colon behind the dots cannot be part of the address. */
static bool strip_port(struct dn_text *text)
{
    const char *colon = last_of(*text, ':'), *dot = last_of(*text, '.');
    if (colon == NULL || dot == NULL || colon < dot)
        return true;
    bool port = is_port(cut_after(*text, colon));
    *text = cut_before(*text, colon);
    return port;
}

/* "fe80::1%eth0": the zone names an interface of the machine that wrote it. */
static bool strip_zone(struct dn_text *text)
{
    const char *percent = last_of(*text, '%');
    if (percent == NULL)
        return true;
    bool zone = cut_after(*text, percent).size > 0 && memchr(text->at, ':', text->size) != NULL;
    *text = cut_before(*text, percent);
    return zone;
}

bool dn_address_parse(struct dn_text text, struct dn_address *address)
{
    text = dn_text_trim(text);
    if (parse_v4(text, address)) /* nearly always */
        return true;
    return strip_brackets(&text) && strip_zone(&text) && strip_port(&text) && dn_address_parse_strict(text, address);
}

void dn_address_format(const struct dn_address *address, char text[DN_ADDRESS_TEXT])
{
    bool v4 = is_v4(address);
    if (inet_ntop(v4 ? AF_INET : AF_INET6, address->at + (v4 ? sizeof mapped : 0), text, DN_ADDRESS_TEXT) == NULL)
        *text = '\0';
}

/* The address with only its first `bits` bits kept. */
static struct dn_address masked(const struct dn_address *address, int bits)
{
    struct dn_address base = *address;
    for (int i = 0; i < 16; i++) {
        int keep = bits - 8 * i;
        if (keep < 8)
            base.at[i] &= (unsigned char)(keep <= 0 ? 0 : 0xFF << (8 - keep));
    }
    return base;
}

static enum dn_status bad_address(struct dn_text text, struct dn_error *err)
{
    for (size_t i = 0; i + 1 < text.size; i++)
        if (text.at[i] == '0' && text.at[i + 1] >= '0' && text.at[i + 1] <= '9' && (i == 0 || text.at[i - 1] == '.'))
            return dn_error_set(err, DN_INVALID,
                                "network '%.*s' has an octet with a leading zero, which some programs read as octal: "
                                "write it without",
                                (int)text.size, text.at);
    return dn_error_set(err, DN_INVALID, "'%.*s' is not an address or network such as 10.0.0.0/8 or 2001:db8::/32",
                        (int)text.size, text.at);
}

static enum dn_status check_host_bits(struct dn_text text, const struct dn_network *network, struct dn_error *err)
{
    struct dn_network right = {masked(&network->base, network->bits), network->bits};
    char mend[50];
    if (memcmp(right.base.at, network->base.at, sizeof right.base.at) == 0)
        return DN_OK;
    dn_network_format(&right, mend);
    return dn_error_set(err, DN_INVALID, "network '%.*s' has bits set behind its length: did you mean %s?",
                        (int)text.size, text.at, mend);
}

enum dn_status dn_network_parse(struct dn_text text, struct dn_network *network, struct dn_error *err)
{
    text = dn_text_trim(text);
    const char *slash = last_of(text, '/');
    struct dn_text address = slash ? cut_before(text, slash) : text;
    struct dn_text length = slash ? cut_after(text, slash) : DN_TEXT("");
    struct dn_network parsed = {.bits = 128};
    if (!dn_address_parse_strict(address, &parsed.base))
        return bad_address(text, err);
    int space = memchr(address.at, ':', address.size) ? 128 : 32;
    int64_t bits = space;
    bool plain = length.size <= 3 && dn_text_number(length, &bits) && (length.size == 1 || *length.at != '0');
    if (slash && (!plain || bits > space))
        return dn_error_set(err, DN_INVALID, "network '%.*s' needs a length of 0 to %d after the slash", (int)text.size,
                            text.at, space);
    parsed.bits = 128 - space + (int)bits;
    if (check_host_bits(text, &parsed, err) != DN_OK)
        return DN_INVALID;
    *network = parsed;
    return DN_OK;
}

bool dn_network_whole(const struct dn_network *network)
{
    static const struct dn_address any_v4 = {{[10] = 0xFF, [11] = 0xFF}};
    return network->bits <= 96 && dn_network_has(network, &any_v4);
}

void dn_network_format(const struct dn_network *network, char text[50])
{
    char address[DN_ADDRESS_TEXT];
    bool v4 = is_v4(&network->base) && network->bits >= 96;
    dn_address_format(&network->base, address);
    snprintf(text, 50, "%s/%d", address, network->bits - (v4 ? 96 : 0));
}

bool dn_network_has(const struct dn_network *network, const struct dn_address *address)
{
    struct dn_address base = masked(address, network->bits);
    return memcmp(base.at, network->base.at, sizeof base.at) == 0;
}
