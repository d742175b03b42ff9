"""The two halves of ground-truth-notices: make (directory and impact stream from the registry), check (what came out)."""
import csv
import email
import email.policy
import glob
import io
import sys

DIRECTORY = ("tenant_id,name,segment,domains,subscriptions,networks,resource_prefixes,country,language,time_zone,regimes,"
             "admin_emails,privacy_email,admin_phones,message_center,message_center_readers,contacts_validated_at,deleted_at").split(",")
IMPACT = ("incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,last_seen,evidence,"
          "determined_at,part").split(",")


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def tenants_of(registry):
    tenants, blank = {}, 0
    for row in csv.DictReader(open(registry, newline="", encoding="utf-8")):
        domain, contact = row["Domain name"].strip().lower(), row["Security contact email"].strip().casefold()
        if contact in ("", "(blank)"):
            blank += 1
            key, more = f"blank-{blank:03}", {"admin_emails": row["Security contact email"],
                                              "admin_phones": f"+1 202 555 {blank:04}", "time_zone": "America/New_York"}
        else:
            key, more = contact, {"admin_emails": contact}
        tenant = tenants.setdefault(key, {"name": row["Organization name"], "country": "US", "language": "en",
                                          "message_center": "no", "domains": [], **more})
        tenant["domains"].append(domain)
    return tenants


def make(registry):
    rows, impact = [], []
    for number, (_, tenant) in enumerate(sorted(tenants_of(registry).items()), 1):
        domains = tenant.pop("domains")
        rows.append({**tenant, "tenant_id": f"agency-{number:04}", "domains": ";".join(domains)})
        impact += [{"incident_id": "INC-2026-0042", "service": "dns", "resource": domain, "effect": "alteration",
                    "certainty": "confirmed", "rows": 1, "events": 1, "first_seen": "2026-06-15T01:00:00Z",
                    "last_seen": "2026-06-15T01:00:00Z", "evidence": "zone.csv:2",
                    "determined_at": "2026-06-15T19:00:00Z"} for domain in domains]
    impact.sort(key=lambda row: row["resource"].encode())
    for number, row in enumerate(impact, 1):
        row["part"] = f"{number}/{len(impact)}"
    write("tenants.csv", DIRECTORY, rows)
    write("impact.csv", IMPACT, impact)


def parsed(name):
    raw = open(name, "rb").read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(part.defects for part in mail.walk()), (name, [part.defects for part in mail.walk()])
    assert not any(getattr(value, "defects", ()) for part in mail.walk() for value in part.values()), name
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") and raw.isascii(), name
    return mail


def check(expected):
    want = {row["contact"]: sorted(row["domain_list"].split()) for row in
            csv.DictReader(open(expected, newline="", encoding="utf-8"))}
    found = {}
    for name in glob.glob("box/new/*"):
        mail = parsed(name)
        [address] = mail["To"].addresses
        [part] = [part for part in mail.walk() if part.get_filename() == "affected-resources.csv"]
        rows = list(csv.DictReader(io.StringIO(part.get_content(), newline="")))
        assert address.addr_spec not in found, f"two messages to {address.addr_spec}"
        found[address.addr_spec] = sorted(row["resource"].lstrip("'") for row in rows)
    missing, more = sorted(want.keys() - found.keys()), sorted(found.keys() - want.keys())
    assert not missing and not more, (missing, more)
    wrong = [contact for contact in want if want[contact] != found[contact]]
    assert not wrong, [(contact, want[contact], found[contact]) for contact in wrong[:3]]
    calls = list(csv.DictReader(open("box/calls.csv", newline="", encoding="utf-8")))
    assert len(found) == 265 and len(calls) == 134, (len(found), len(calls))
    assert len({row["phone"] for row in calls}) == 134


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2])
