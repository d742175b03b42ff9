# Sourced by the cases of notify-send: an incident, a configuration, three tenants (adatum: telephone alone; contoso: post, two administrators,
# privacy contact; fabrikam: post, one address in both roles), and short words for what the cases do.
cp "$SOURCE"/tests/inputs/notify/*.yaml "$SOURCE"/tests/inputs/notify/*.csv .
at="--now 2026-06-15T20:00:00Z --by soc"
send() { # into box, with ledger.csv
    notify-send $at -i incident.yaml -c notify.yaml -l ledger.csv --outbox box "$@"
}
short() { # ledger rows without what is long: tenant, channel, required, recipient, attempt, state, code
    cut -d, -f5-8,10-12
}
keep() { # TENANT: the affected stream of this tenant alone
    { head -n 1 affected.csv; grep ",$1," affected.csv | sed 's|,[0-9]*/[0-9]*$|,1/1|'; } >one.csv
}
files() { # everything below here, and what is in it
    find . -type f ! -name cmd ! -name 'files-*' | LC_ALL=C sort | while read -r file; do sha256sum "$file"; done
}
column() { # FILE NAME: the cells of one column, one a line
    python3 -c 'import csv,sys
for row in csv.DictReader(open(sys.argv[1],newline="")): print(row[sys.argv[2]])' "$1" "$2"
}
