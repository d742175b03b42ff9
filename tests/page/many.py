"""A ledger and its affected stream with many tenants: many.py COUNT FOLDER. Every 40th is told late, every 90th bounced, every 100th not
told at all; when, a generator without a seed from outside says, so that the same count gives the same files."""
import datetime
import hashlib
import sys

COUNT, FOLDER = int(sys.argv[1]), sys.argv[2]
INCIDENT = "INC-2026-0616"
START = datetime.datetime(2026, 6, 16, 7, 5)
DUE = START + datetime.timedelta(hours=72)
HEADER = (
    "seq,at,incident_id,notice,tenant_id,channel,required,recipient,key,attempt,state,code,reason,reference,by,approved_by,"
    "content_sha256,declared_at,due_at,regime,happened_at,chain"
)
AFFECTED = (
    "incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,rows,events,"
    "data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,admin_phones,contact_gaps,"
    "identified_at,part"
)


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def told(number):
    """Most within a day, some in a long tail; late ones in the day after."""
    state = (number * 1103515245 + 12345) % 2**31
    share = state / 2**31
    if number % 40 == 0:
        return DUE + datetime.timedelta(seconds=1 + int(86400 * share * share))
    return START + datetime.timedelta(seconds=14400 + int(200000 * share**6) + int(40000 * share))


rows = []
for number in range(1, COUNT + 1):
    if number % 100:
        rows.append((told(number), number))
rows.sort()
chain = "0" * 64
seq = 0
with open(f"{FOLDER}/ledger.csv", "w", encoding="utf-8", newline="") as ledger:
    ledger.write(HEADER + "\n")
    for at, number in rows:
        tenant = f"tenant-{number:06d}"
        key = hashlib.sha256(tenant.encode()).hexdigest()
        for state in ("intent", "bounced" if number % 90 == 0 else "accepted"):
            seq += 1
            body = (
                f"{seq},{written(at)},{INCIDENT},initial,{tenant},email-privacy,all,privacy@{tenant}.example,{key},1,{state},,,,soc,,,"
                f"{written(START)},{written(DUE)},contract-72h-declared,"
            )
            chain = hashlib.sha256(f"{chain}\n{body}".encode()).hexdigest()
            ledger.write(f"{body},{chain}\n")
with open(f"{FOLDER}/affected.csv", "w", encoding="utf-8", newline="") as affected:
    affected.write(AFFECTED + "\n")
    for number in range(1, COUNT + 1):
        tenant = f"tenant-{number:06d}"
        affected.write(
            f"{INCIDENT},{tenant},Company number {number},,en,,,added,access,confirmed,exchange-online,1,1,1,,,,domain,yes,,"
            f"privacy@{tenant}.example,,,2026-06-16T09:40:00Z,{number}/{COUNT}\n"
        )
