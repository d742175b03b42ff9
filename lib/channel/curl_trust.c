#include "channel/curl_trust.h"

/* What libcurl was built with, NULL: nothing. */
static const char *system_place(CURL *easy, CURLINFO info)
{
    char *place = NULL;
    return curl_easy_getinfo(easy, info, &place) == CURLE_OK ? place : NULL;
}

bool dn_trust_set(const struct dn_trust *trust, CURL *easy, bool *has_folder)
{
    bool alone = trust->ca_file || (!trust->with_folder && system_place(easy, CURLINFO_CAINFO));
    *has_folder = !alone;
    return (!trust->ca_file || curl_easy_setopt(easy, CURLOPT_CAINFO, trust->ca_file) == CURLE_OK) &&
           (!alone || curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

bool dn_trust_widen(struct dn_trust *trust, CURL *easy, bool *has_folder)
{
    const char *folder = system_place(easy, CURLINFO_CAPATH);
    if (trust->ca_file || *has_folder || !folder)
        return false;
    trust->with_folder = *has_folder = true;
    return curl_easy_setopt(easy, CURLOPT_CAPATH, folder) == CURLE_OK;
}
