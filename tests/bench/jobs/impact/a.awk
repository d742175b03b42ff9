# awk -v D=FOLDER -f a.awk FOLDER/audit.csv: the benchmark's scope in awk. A resource with a line feed is in no scope.
function number_of(text, octets) {
    split(text, octets, ".")
    return ((octets[1] * 256 + octets[2]) * 256 + octets[3]) * 256 + octets[4]
}
function add_network(text, parts) {
    if (text ~ /:/) {
        sub(/::.*/, "", text)
        v6[text] = 1
        return
    }
    split(text, parts, "/")
    v4[parts[2], int(number_of(parts[1]) / 2 ^ (32 - parts[2]))] = 1
}
function in_networks(address, parts, number) {
    if (address in addresses)
        return 1
    if (split(address, parts, ":") > 1)
        return (parts[1] ":" parts[2] ":" parts[3]) in v6
    number = number_of(address)
    return ((16, int(number / 65536)) in v4) || ((20, int(number / 4096)) in v4) || ((24, int(number / 256)) in v4)
}
function resource(text, i) {
    text = $7
    if (substr(text, 1, 1) != "\"")
        return text
    for (i = 8; substr(text, length(text)) != "\""; i++)
        text = text "," $i
    text = substr(text, 2, length(text) - 2)
    gsub(/""/, "\"", text)
    return text
}
BEGIN {
    FS = ","
    while ((getline line < (D "/ind_ips.txt")) > 0)
        if (line ~ /\//)
            add_network(line)
        else
            addresses[line] = 1
    while ((getline line < (D "/ind_actors.txt")) > 0)
        actors[line] = 1
    while ((getline line < (D "/ind_ops.txt")) > 0)
        operations[line] = 1
}
index($0, "\"") || open { # the rest of a record whose quotes hold a line feed is no record
    text = $0
    behind = open
    if (gsub(/"/, "", text) % 2)
        open = !open
    if (behind)
        next
}
$1 >= "2026-06-04" && $1 < "2026-06-11" && ($4 in operations) && (($5 in actors) || in_networks($6)) {
    key = resource()
    if (!(key in rows) || $1 < first[key])
        first[key] = $1
    if (!(key in rows) || $1 > last[key])
        last[key] = $1
    rows[key]++
}
END {
    for (key in rows)
        print key "\t" rows[key] "\t" first[key] "\t" last[key]
}
