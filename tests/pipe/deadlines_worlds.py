"""Random incidents, affected tenants and ledgers for deadlines-random: records, streams and ledgers with a right chain, made
from the manual pages. A world is what the account judges and what files are written from."""
import collections
import datetime
import hashlib
import types

import deadlines_account
from deadlines_account import DAY, HOUR, SECOND, Incident, Regime

REGIMES = [Regime("contract-72h-declared", "incident-declared", 72, "hours", "elapsed"),
           Regime("ms-office365-72h-declared", "breach-declared", 72, "hours", "elapsed"),
           Regime("own-36h-before", "incident-declared", 36, "hours", "elapsed", boundary="before-end"),
           Regime("own-24h-detected", "event-detected", 24, "hours", "elapsed"),
           Regime("own-48h-de", "breach-declared", 48, "hours", "elapsed", countries=("DE", "AT")),
           Regime("own-72h-or-1182", "incident-declared", 72, "hours", "elapsed", zone="Asia/Kolkata", latest="eu-1182-hours"),
           Regime("own-72h-1182", "breach-declared", 72, "hours", "eu-1182-hours", zone="Europe/Brussels"),
           Regime("own-2d-recipient", "breach-declared", 2, "days", "exclude-trigger-day", zone="recipient-zone"),
           Regime("own-1d-eu", "incident-declared", 1, "days", "eu-1182", zone="recipient-zone"),
           Regime("own-3d-tokyo", "incident-declared", 3, "days", "include-trigger-day", zone="Asia/Tokyo"),
           Regime("own-1m-lisbon", "event-detected", 1, "months", "eu-1182", zone="Europe/Lisbon"),
           Regime("own-2d-cutoff", "incident-declared", 2, "days", "exclude-trigger-day", "cutoff", "America/New_York",
                  "17:30 America/New_York"),
           Regime("eu-gdpr-33-sa", "controller-aware", 72, "hours", "elapsed")]
EMBEDDED = {"contract-72h-declared", "ms-office365-72h-declared", "eu-gdpr-33-sa"}
LEDGER = ("seq,at,incident_id,notice,tenant_id,channel,required,recipient,key,attempt,state,code,reason,reference,by,approved_by,"
          "content_sha256,declared_at,due_at,regime,happened_at,chain").split(",")
AFFECTED = ("incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,rows,"
            "events,data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,admin_phones,"
            "contact_gaps,identified_at,part").split(",")
ZONES = ["", "", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Nuuk", "Asia/Kolkata", "Asia/Beirut",
         "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Chatham", "UTC", "Nowhere/Land"]
TEXTS = ["", "", "", "no answer", 'he said "later", twice', "é", "550 5.1.1"]
DAYS_OF_CHANGE = ["2026-03-05", "2026-03-25", "2026-03-26", "2026-04-21", "2026-06-15", "2026-10-22", "2026-10-28", "2026-01-28"]


def nanoseconds(text):
    return int(datetime.datetime.fromisoformat(text + "T00:00:00+00:00").timestamp()) * SECOND


def told(at):
    """As streams have it."""
    if at is None:
        return ""
    second, fraction = divmod(at, SECOND)
    text = datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{fraction:09}".rstrip("0") if fraction else "") + "Z"


def cell(text):
    text = str(text)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


def row_text(cells):
    return ",".join(map(cell, cells))


class Maker:
    def __init__(self, draw):
        self.draw = draw

    def chance(self, share):
        return self.draw.random() < share

    def spelled(self, at):
        """A time as a person writes it: any offset."""
        minutes = self.draw.choice([0, 0, 120, -300, 330, 765, -210])
        text = told(at + minutes * 60 * SECOND)
        return text if not minutes else text[:-1] + f"{'+-'[minutes < 0]}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

    def fraction(self):
        return self.draw.choice([0, 0, 500_000_000, 1, 999_999_999, 123_456_000])

    def near(self, world, incident, tenant, regimes):
        """Times that matter to a tenant: a clock's start and end, and the edges of its holds, and a little beside them."""
        row, start, edges = world.affected.get((incident.id, tenant)), incident.base, []
        for name in sorted(regimes):
            verdict = deadlines_account.Verdict(set())
            zone = (row["time_zone"] if row else "") or world.options["zone"]
            deadlines_account.start_clock(world, incident, name, zone, verdict)
            edges += [at for at in (verdict.due_at, verdict.due_at, verdict.latest) if at is not None]
        edges += [at for hold in incident.holds if tenant in hold["tenants"] for at in (hold["from"], hold["until"]) if at]
        if self.chance(0.35) and edges:
            return self.draw.choice(edges) + self.draw.choice([0, 0, 1, -1, SECOND, -SECOND, HOUR])
        if self.chance(0.02):
            return start - self.draw.randint(1, 30) * HOUR
        latest = max(edges, default=start + 3 * DAY)
        return start + self.draw.randint(1, max((latest - start) // SECOND * 5 // 4, 3600)) * SECOND + self.fraction()

    # records

    def incident(self, number, recorded):
        draw, base = self.draw, nanoseconds(self.draw.choice(DAYS_OF_CHANGE)) + self.draw.randrange(86400) * SECOND
        base = draw.choice([base, base // HOUR * HOUR, base // DAY * DAY, base + self.fraction()])
        one = Incident(f"INC-{number}", recorded=recorded, drill=self.chance(0.2))
        one.base = base
        if not recorded:
            one.drill, one.regime = False, draw.choice(["contract-72h-declared", "own-36h-before"])
            return one
        one.status = draw.choice(["declared"] * 8 + ["closed", "closed", "withdrawn", "open"])
        one.timeline = [("event-started", base - 9 * HOUR), ("event-detected", base - draw.randint(1, 7200) * SECOND)]
        if one.status == "open":
            one.regime = ""
            return one
        one.timeline.append(("incident-declared", base))
        if self.chance(0.8):
            one.timeline.append(("breach-declared", base + draw.choice([0, 0, HOUR, 90 * 60 * SECOND])))
        stages = {stage for stage, _ in one.timeline}
        one.regime = draw.choice([r.id for r in REGIMES if r.trigger in stages and r.zone != "recipient-zone"] +
                                 ["contract-72h-declared"] * 4)
        anchor = min(at for stage, at in one.timeline if stage == self.regime(one.regime).trigger)
        one.started_at = anchor - (draw.randint(1, 7200) * SECOND if self.chance(0.15) else 0)
        return one

    @staticmethod
    def regime(name):
        return next(regime for regime in REGIMES if regime.id == name)

    def approvals(self, at):
        good = [("anna", at - 2 * HOUR), ("bert", at - HOUR + self.fraction())]
        kind = self.draw.random()
        if kind < 0.08:
            return good[:1]
        if kind < 0.16:
            return [("anna", at - HOUR), (self.draw.choice(["anna", "Anna", "AN NA"]), at)]
        if kind < 0.3:
            return [("anna", at - 2 * HOUR), ("anna", at + HOUR), ("Bert", at - HOUR)]
        if kind < 0.45:
            return [("anna", at - HOUR), ("bert", at + self.draw.randint(1, 40) * HOUR)]
        self.draw.shuffle(good)
        return good

    def holds(self, incident, tenants):
        """Holds around the due time: alone, in a row, with a gap, partly overlapping."""
        draw = self.draw
        due, _, _ = deadlines_account.due(self.regime(incident.regime), incident.started_at, "")
        start = draw.choice([due - 30 * HOUR, due - HOUR, due, due + HOUR, due - 50 * HOUR])
        for _ in range(draw.choice([0, 1, 1, 2, 3])):
            until = start + draw.choice([2, 5, 20, 40]) * HOUR + draw.choice([0, 0, SECOND])
            hold = {"reason": draw.choice(["risk-to-others", "extraordinary", "law-enforcement"]), "from": start, "until": until,
                    "tenants": draw.sample(tenants, draw.randint(1, len(tenants))), "approvals": self.approvals(start)}
            if hold["reason"] == "law-enforcement":
                hold.update({"authority": "police", "reference": "case 1"})
                if self.chance(0.2):
                    del hold[draw.choice(["authority", "reference"])]
            if self.chance(0.05):
                hold[draw.choice(["from", "until"])] = None
            incident.holds.append(hold)
            start = until + draw.choice([0, 0, 0, -HOUR, 1, HOUR])
        if self.chance(0.4):
            incident.exemptions.append({"reason": "unintelligible", "tenants": draw.sample(tenants, min(len(tenants), 2)),
                                        "approvals": self.approvals(due), "evidence": draw.choice(["keys are safe"] * 4 + [""])})

    # tenants

    def affected(self, incident, tenants):
        draw, rows = self.draw, {}
        for tenant in tenants:
            regimes = draw.sample([r.id for r in REGIMES], draw.choice([0, 0, 1, 1, 2])) if incident.recorded else []
            if incident.recorded and self.chance(0.02):
                regimes.append("nobody-knows")
            rows[incident.id, tenant] = {"time_zone": draw.choice(ZONES), "country": draw.choice(["", "", "DE", "AT", "US"]),
                                         "regimes": regimes, "change": draw.choice(["added"] * 6 + ["kept", "removed"]),
                                         "identified_at": incident.base + draw.randint(0, 48) * HOUR + self.fraction()}
        if self.chance(0.3):
            rows[incident.id, ""] = {"time_zone": "", "country": "", "regimes": [], "change": "added",
                                     "identified_at": incident.base}
        return rows

    # ledgers

    def life(self, channel, outbox):
        """States of one key with their codes, as a legal history has them; seldom one step that is not."""
        draw, steps, attempt = self.draw, [], 0
        if channel == "other":
            steps = [(draw.choice(["accepted", "accepted", "delivered", "reached"]), "", 1)]
            if steps[0][0] == "accepted" and self.chance(0.4):
                steps.append((draw.choice(["delivered", "reached", "bounced", "not-reached"]), "", 1))
            return steps
        if self.chance(0.1):
            steps.append((draw.choice(["skipped", "held"]), "", 1))
            if self.chance(0.6):
                return steps
        attempt, end = 1, {"accepted": 0.5, "deferred": 0.3, "rejected": 0.5, "unknown": 0.4, "bounced": 0.4, "not-reached": 0.4}
        steps.append(("intent", "outbox" if outbox else "", attempt))
        while len(steps) < 14:
            state = steps[-1][0]
            if state == "intent":
                if self.chance(0.03):
                    break
                weights = [12, 4, 2, 2] if channel != "phone" else [0, 9, 1, 1]
                state = draw.choices(["accepted", "deferred", "rejected", "unknown"], weights)[0]
                steps.append((state, "outbox" if outbox and state == "accepted" else "sheet" if channel == "phone" else "250", attempt))
                continue
            if state in ("delivered", "reached") or self.chance(end.get(state, 0)):
                break
            code = ""
            if state == "accepted":
                state = draw.choice(["delivered", "delivered", "bounced"])
                if steps[-1][1] == "outbox" and self.chance(0.5):
                    state, outbox, attempt = "intent", False, attempt + 1
            elif state == "deferred" and channel == "phone" and steps[-1][1] == "sheet":
                state = draw.choice(["reached", "reached", "not-reached"])
            elif state == "not-reached":
                state = draw.choice(["reached", "not-reached"])
            elif state in ("deferred", "skipped", "held"):
                state, attempt = "intent", attempt + 1
            elif state == "unknown":
                state, code = draw.choice([("accepted", "resolved"), ("deferred", "resend"), ("delivered", ""), ("bounced", "")])
            elif state in ("rejected", "bounced"):
                state, code = "deferred", "resend"
            steps.append((state, code, attempt))
        if self.chance(0.01):
            bad = {"rejected": "accepted", "bounced": "accepted", "accepted": draw.choice(["rejected", "unknown", "deferred"]),
                   "delivered": "accepted", "reached": "deferred", "deferred": "accepted"}
            if steps[-1][0] in bad and not (channel == "phone" and steps[-1][0] == "deferred"):
                steps.append((bad[steps[-1][0]], "", attempt))
                if self.chance(0.5):
                    steps.append(("intent", "", attempt + 1))
        return steps

    def plan(self):
        """Channels of a tenant: (channel, required, recipient)."""
        draw, keys, need = self.draw, [], self.draw.choice(["all", "any", "mixed", "mixed"])
        for channel in draw.sample(["message-center", "email-admin", "email-privacy", "phone"], draw.randint(1, 4)):
            required = draw.choice(["all", "any"]) if need == "mixed" else need
            for number in range(draw.choice([1, 1, 2, 3])):
                keys.append((channel, required if self.chance(0.9) else "no", f"{channel}{number}@x.example"))
        if self.chance(0.1):
            keys = [(channel, "no", recipient) for channel, _, recipient in keys]
        if self.chance(0.15):
            keys.append(("other", draw.choice(["any", "any", "all", "no"]), "the caretaker"))
        if self.chance(0.1):
            keys.append(("other", "no", "copies@x.example"))
        return keys

    def rows_of(self, world, incident, tenant, notice, outbox):
        draw, queues = self.draw, []
        regimes = deadlines_account.clocks(world, incident, tenant)
        for channel, required, recipient in self.plan():
            copy = recipient.startswith("copies")
            key = hashlib.sha256("".join(part + "\n" for part in (incident.id, notice, tenant, channel, recipient)).encode())
            skipped = self.chance(0.08) and channel != "other"
            steps = [("skipped", "", 1)] if skipped else self.life("message-center" if copy else channel, outbox)
            times = [self.near(world, incident, tenant, regimes) for _ in steps]
            if self.chance(0.9):
                times.sort()
            queue = []
            for (state, code, attempt), when in zip(steps, times):
                happened = when if state not in ("intent", "skipped", "held") and self.chance(0.4) else None
                at = when + (draw.randint(0, 90000) * SECOND if happened else 0)
                why = "no-admin-email" if state == "skipped" else "isolation" if state == "held" else draw.choice(TEXTS)
                queue.append({"incident_id": incident.id, "notice": notice, "tenant_id": tenant, "channel": channel,
                              "required": required, "recipient": recipient, "key": key.hexdigest(), "attempt": attempt,
                              "state": state, "code": code, "reason": "copy" if copy else why, "at": at, "happened_at": happened,
                              "regime": "" if copy else world.ledger_clock[incident.id][2]})
            queues.append(queue)
        return queues

    def interleaved(self, queues):
        rows, queues = [], [queue for queue in queues if queue]
        while queues:
            queue = self.draw.choice(queues)
            rows.append(queue.pop(0))
            if not queue:
                queues.remove(queue)
        return rows

    def notices(self, incident):
        """Which notices a tenant got: mostly the first one, of the right kind."""
        real = "drill-" if incident.drill else ""
        kinds = [real + "initial"] if self.chance(0.85) else []
        if self.chance(0.1):
            kinds.append(real + self.draw.choice(["update-1", "final"]))
        if self.chance(0.06):
            kinds.append("rehearsal-initial")
        if self.chance(0.06) and not incident.drill and incident.recorded:
            kinds.append("drill-initial")
        return kinds

    def world(self, recorded):
        draw = self.draw
        world = types.SimpleNamespace(incidents={}, affected={}, rows={}, queues=[], declared={}, ledger_clock={},
                                      regimes={regime.id: regime for regime in REGIMES})
        world.covered, world.recorded = self.chance(0.8), recorded
        world.options = {"satisfied_by": draw.choice(["accepted"] * 5 + ["delivered", "reached"]), "regime": "",
                         "zone": draw.choice(["", "", "Europe/Berlin", "Asia/Tokyo"]), "undue": draw.choice([6, 24, 24, 48]) * HOUR}
        if recorded and self.chance(0.12):
            world.options["regime"] = draw.choice(["contract-72h-declared", "own-24h-detected", "own-2d-recipient"])
        for number in range(draw.choice([1, 1, 2, 3])):
            incident = self.incident(number + 1, recorded)
            if incident.status == "open" and world.options["regime"]:
                incident.status, incident.timeline = "declared", [*incident.timeline, ("incident-declared", incident.base)]
                incident.regime, incident.started_at = "contract-72h-declared", incident.base
            if world.options["regime"]:
                incident.started_at = incident.started_at and min(
                    at for stage, at in incident.timeline if stage == self.regime(incident.regime).trigger)
            world.incidents[incident.id] = incident
            self.people(world, incident)
        if not recorded:
            self.forget(world)
        bases = [incident.base for incident in world.incidents.values()]
        world.options["now"] = draw.choice(bases) + draw.choice([30 * HOUR, 71 * HOUR, 72 * HOUR, 72 * HOUR + 1, 80 * HOUR,
                                                                110 * HOUR, 400 * HOUR, 9000 * HOUR])
        edges = [hold["until"] for incident in world.incidents.values() for hold in incident.holds if hold["until"]]
        if edges and self.chance(0.25):
            world.options["now"] = draw.choice(edges) + draw.choice([0, -1, -HOUR, -HOUR])
        for queue in world.queues:
            for row in queue:
                world.rows.setdefault((row["incident_id"], row["tenant_id"]), []).append(row)
        return world

    @staticmethod
    def forget(world):
        """Without a record only the ledger's rows say that there is an incident, and when it was declared."""
        known = {row["incident_id"] for queue in world.queues for row in queue if row["notice"] == "initial" and row["regime"]}
        for name in set(world.incidents) - known if known else ():
            del world.incidents[name]
        world.affected = {key: row for key, row in world.affected.items() if key[0] in world.incidents}
        world.queues = [queue for queue in world.queues if queue and queue[0]["incident_id"] in world.incidents]

    def people(self, world, incident):
        draw, odd = self.draw, ["a,b", 'q"q', "Übel & Söhne", " blank "]
        tenants = [f"t{number}" if self.chance(0.95) else f"{draw.choice(odd)}{number}" for number in range(draw.randint(1, 30))]
        if incident.recorded and incident.status != "open":
            self.holds(incident, tenants)
        if world.covered:
            world.affected.update(self.affected(incident, [tenant for tenant in tenants if self.chance(0.93)]))
        world.declared[incident.id] = incident.base if incident.status != "open" else None
        clock = deadlines_account.Verdict(set())
        deadlines_account.start_clock(world, incident, incident.regime, "", clock)
        world.ledger_clock[incident.id] = (world.declared[incident.id], clock.due_at, incident.regime)
        outbox = self.chance(0.3)
        for tenant in tenants:
            for notice in self.notices(incident):
                world.queues += self.rows_of(world, incident, tenant, notice, outbox)


# what is written

def write_incidents(maker, path, world):
    lines = []
    for incident in world.incidents.values():
        lines += ["---", "schema: duenotice/incident/1", f"id: {incident.id}", "title: random", f"status: {incident.status}",
                  f"drill: {str(incident.drill).lower()}", "findings:",
                  "  - {effect: access, cause: unauthorised, data: customer}", "timeline:"]
        lines += [f"  - {{stage: {stage}, at: {maker.spelled(at)}, by: soc}}" for stage, at in incident.timeline]
        if incident.started_at is not None:
            counted = deadlines_account.due(world.regimes[incident.regime], incident.started_at, "")
            lines += ["clock:", f"  regime: {incident.regime}", f"  started_at: {maker.spelled(incident.started_at)}",
                      f"  due_at: {maker.spelled(counted[0])}"]
        for name in "holds", "exemptions":
            if getattr(incident, name):
                lines.append(name + ":")
            for one in getattr(incident, name):
                lines += decision(maker, one)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines[1:]) + "\n")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def decision(maker, one):
    lines = [f"  - reason: {one['reason']}"]
    lines += [f"    {key}: {one[key]}" for key in ("authority", "reference", "evidence") if one.get(key)]
    lines += [f"    {key}: {maker.spelled(one[key])}" for key in ("from", "until") if one.get(key)]
    lines.append("    tenants: [" + ", ".join(map(quoted, one["tenants"])) + "]")
    lines.append("    approvals:")
    roles = ["legal", "executive-incident-manager", "legal"]
    return lines + [f"      - {{role: {role}, by: {quoted(who)}, at: {maker.spelled(at)}}}"
                    for role, (who, at) in zip(roles, one["approvals"])]


def write_regimes(path):
    lines = ["schema: duenotice/regimes/1", "regimes:"]
    for regime in REGIMES:
        if regime.id in EMBEDDED:
            continue
        pairs = [("id", regime.id), ("title", regime.id), ("trigger_event", regime.trigger), ("period", regime.period),
                 ("unit", regime.unit), ("counting", regime.counting), ("boundary", regime.boundary), ("zone_rule", regime.zone),
                 ("cutoff", regime.cutoff), ("latest", regime.latest), ("countries", "[" + ", ".join(regime.countries) + "]"),
                 ("recipient", "customer"), ("citation", "none")]
        lines += [("  - " if key == "id" else "    ") + f"{key}: {value}" for key, value in pairs if value not in ("", "[]")]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def write_affected(maker, path, world):
    rows = list(world.affected.items())
    maker.draw.shuffle(rows)
    text = [row_text(AFFECTED)]
    for number, ((incident, tenant), row) in enumerate(rows, 1):
        cells = collections.defaultdict(str, row, incident_id=incident, tenant_id=tenant, name="Name of " + tenant,
                                        regimes=";".join(row["regimes"]), effects="access" if tenant else "unresolved",
                                        certainty="confirmed", identified_at=told(row["identified_at"]),
                                        part=f"{number}/{len(rows)}", rows="1", events="1", resources="1")
        text.append(row_text(cells[name] for name in AFFECTED))
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(text) + "\n")


def write_ledger(maker, path, world, rows):
    """Writes the rows with seq and chain, and returns the head."""
    chain, lines = "0" * 64, [row_text(LEDGER).encode()]
    for seq, row in enumerate(rows, 1):
        declared, due, regime = world.ledger_clock[row["incident_id"]] if row["reason"] != "copy" else (None, None, "")
        spell = maker.spelled if maker.chance(0.05) else told
        cells = dict(row, seq=seq, at=told(row["at"]), happened_at=spell(row["happened_at"]) if row["happened_at"] else "",
                     reference="r", by="soc", approved_by="", content_sha256=hashlib.sha256(row["key"].encode()).hexdigest(),
                     declared_at=told(declared), due_at=told(due), regime=regime)
        body = row_text(cells[name] for name in LEDGER[:-1]).encode()
        chain = hashlib.sha256(chain.encode() + b"\n" + body).hexdigest()
        lines.append(body + b"," + chain.encode())
    with open(path, "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
    return f"{len(rows)} {chain}"
