"""A ledger by the words of duenotice-ledger(5) alone. Lines on standard input: TENANT CHANNEL RECIPIENT STATE [CODE [REASON [ATTEMPT]]],
"-" for an empty cell, "@" for a reason same-message:KEY of the line before; NOTICE in the environment. ledger.py key TENANT CHANNEL RECIPIENT
prints a key; ledger.py show FILE prints what is not long."""
import csv
import hashlib
import os
import sys

NOTICE = os.environ.get("NOTICE", "drill-initial")
INCIDENT = "INC-2026-0042"
COLUMNS = ("seq,at,incident_id,notice,tenant_id,channel,required,recipient,key,attempt,state,code,reason,reference,by,approved_by,"
           "content_sha256,declared_at,due_at,regime,happened_at,chain").split(",")


def key_of(tenant, channel, recipient):
    return hashlib.sha256("".join(v + "\n" for v in (INCIDENT, NOTICE, tenant, channel, recipient)).encode()).hexdigest()


def write():
    chain, seq, before = "0" * 64, 0, ""
    print(",".join(COLUMNS))
    for line in sys.stdin:
        words = ["" if w == "-" else w.replace("_", " ") for w in line.split()] + [""] * 3
        tenant, channel, recipient, state, code, reason, attempt = words[:7]
        seq += 1
        key = key_of(tenant, channel, recipient)
        if reason == "@":
            reason = "same-message:" + before
        else:
            before = key
        body = ",".join([str(seq), f"2026-06-16T08:{seq:02d}:00Z", INCIDENT, NOTICE, tenant, channel, "all", recipient, key, attempt or "1", state,
                         code, reason, "", "soc", "", "a" * 64, "2026-06-15T18:00:00Z", "2026-06-18T18:00:00Z", "contract-72h-declared", ""])
        chain = hashlib.sha256(f"{chain}\n{body}".encode()).hexdigest()
        print(f"{body},{chain}")


def show(path):
    keys = {}
    for row in csv.DictReader(open(path, newline="") if path != "-" else sys.stdin):
        keys.setdefault(row["key"], f"KEY-{row['tenant_id']}-{row['channel']}")
        reason = row["reason"]
        for key, word in keys.items():
            reason = reason.replace(key, word)
        print(*[row[c] for c in "seq tenant_id channel required recipient attempt state code".split()], reason,
              *[row[c] for c in "reference by approved_by happened_at".split()], sep="|")


if len(sys.argv) == 1:
    write()
elif sys.argv[1] == "key":
    print(key_of(*sys.argv[2:5]))
else:
    show(sys.argv[2])
