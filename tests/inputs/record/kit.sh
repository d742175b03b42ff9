# Sourced by the cases of ledger-record and bounce-read: a ledger made by hand (of a drill, unless NOTICE says otherwise), files of outcomes,
# and short words for what the cases do.
umask 077
kit=$SOURCE/tests/inputs/record
export NOTICE="${NOTICE:-drill-initial}"
ledger() { # lines: see ledger.py
    python3 "$kit/ledger.py" >ledger.csv
}
key() { # TENANT CHANNEL RECIPIENT
    python3 "$kit/ledger.py" key "$@"
}
record() {
    ledger-record --now 2026-06-17T08:00:00Z --by ada -l ledger.csv "$@"
}
show() { # rows of a ledger without what is long: seq tenant channel required recipient attempt state code reason reference by approved_by happened_at
    python3 "$kit/ledger.py" show "${1:--}"
}
whole() { # the chain of the ledger, by the page alone
    python3 "$SOURCE/tests/inputs/notify/chain.py" ledger.csv | cut -d' ' -f1
}
sheet() { # TENANT PHONE [COLUMN=VALUE]...
    python3 "$kit/sheet.py" "$@"
}
called() { # a call that counts: TENANT PHONE [COLUMN=VALUE]...
    tenant=$1 phone=$2
    shift 2
    sheet "$tenant" "$phone" caller=Ann caller_trained=yes called_at=2026-06-16T12:00:00+02:00 outcome=reached person=Bo \
        person_role=administrator "$@"
}
reports() { # lines KEY STATE CODE HAPPENED_AT REASON
    echo key,recipient,state,code,happened_at,reason,reference
    while read -r of state code at reason; do
        [ "$of" = - ] && of=
        [ "$at" = - ] && at=
        echo "$of,x@y.example,$state,$code,$at,$reason,<r@mx>"
    done
}
means() { # lines of the columns
    echo incident_id,tenant_id,recipient,means,evidence,happened_at,notice,by,state,required,note
    cat
}
untouched() { # runs it; the ledger must stay as it was
    cp ledger.csv before.csv
    "$@"
    status=$?
    cmp ledger.csv before.csv
    return $status
}
dsn() { # a report of one recipient: dsn KEY ACTION [STATUS [DIAGNOSTIC]], without KEY's envelope id if ENVELOPE=no, returned header if RETURNED=no
    head=$(echo "$1" | cut -c1-32)
    echo "Date: Tue, 16 Jun 2026 11:16:02 +0200"
    echo "From: MAILER-DAEMON@relay.example"
    echo "To: ${TO:-bounces+$head@provider.example}"
    echo "Message-ID: <r1@relay.example>"
    echo "MIME-Version: 1.0"
    echo 'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"'
    printf '\n--b1\nContent-Type: text/plain\n\nSorry.\n\n--b1\nContent-Type: message/delivery-status\n\n'
    echo "Reporting-MTA: dns; relay.example"
    [ "${ENVELOPE:-yes}" = no ] || echo "Original-Envelope-Id: $1"
    printf '\nFinal-Recipient: rfc822; admin@contoso.example\nAction: %s\nStatus: %s\n' "$2" "${3:-5.1.1}"
    printf 'Diagnostic-Code: smtp; %s\n' "${4:-550 no such user}"
    if [ "${RETURNED:-yes}" = yes ]; then
        printf '\n--b1\nContent-Type: text/rfc822-headers\n\nMessage-ID: <%s@provider.example>\n' "$head"
    fi
    printf '\n--b1--\n'
}
