"""What deadline-check has to say about ledgers of ours: an account in plain words of the manual pages, nothing shared with
the command. Times are whole nanoseconds since 1970. Where the pages leave a choice, an obligation may have several
statuses; `met` is never one of two."""
import collections
import dataclasses
import datetime
import functools
import math
import zoneinfo

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
STATUSES = "met late excused pending held overdue missing exempt void unknown stray".split()
GREEN = {"met", "excused", "exempt", "void"}
WEAKEST = {"accepted": {"accepted", "delivered", "reached"}, "delivered": {"delivered", "reached"}, "reached": {"reached"}}
AFTER = {"intent": {"accepted", "deferred", "rejected", "unknown"},
         "accepted": {"delivered", "bounced", "reached", "not-reached"},
         "deferred": {"intent", "reached", "not-reached"},
         "rejected": set(), "bounced": set(), "delivered": set(), "reached": set(),
         "unknown": {"delivered", "bounced"},
         "not-reached": {"reached", "not-reached"}, "skipped": {"intent"}, "held": {"intent"}}
Regime = collections.namedtuple("Regime", "id trigger period unit counting boundary zone cutoff latest countries",
                                defaults=["", "", "", "", ()])


@dataclasses.dataclass
class Incident:
    id: str
    status: str = "declared"
    drill: bool = False
    timeline: list = dataclasses.field(default_factory=list)  # (stage, time)
    regime: str = ""
    started_at: int = None  # of the record's clock
    holds: list = dataclasses.field(default_factory=list)
    exemptions: list = dataclasses.field(default_factory=list)
    recorded: bool = True


@dataclasses.dataclass
class Verdict:
    status: set
    started_at: int = None
    due_at: int = None
    latest: int = None
    satisfied_at: int = None
    exclusive: bool = False
    by: tuple = (set(), set())  # channels that have to be named, channels that may be
    reasons: set = dataclasses.field(default_factory=set)
    open: dict = None  # of a pending one: channel -> states of its keys
    outbox: set = dataclasses.field(default_factory=set)


# clocks

def offset(zone, at):
    moment = datetime.datetime.fromtimestamp(at // SECOND, zoneinfo.ZoneInfo(zone))
    return int(moment.utcoffset().total_seconds()) * SECOND


def civil_day(zone, at):
    return (at + offset(zone, at)) // DAY


@functools.lru_cache(None)
def end_of_day(zone, day):
    """The first instant behind a local day: behind the last quarter of an hour that is still in it."""
    quarter = HOUR // 4
    return max(at for at in range((day + 1) * DAY - 20 * HOUR, (day + 1) * DAY + 20 * HOUR, quarter)
               if civil_day(zone, at) <= day) + quarter


def on_the_clock(zone, day, time):
    hours, minutes = map(int, time.split(":"))
    wall = day * DAY + hours * HOUR + minutes * HOUR // 60
    fits = [wall - shift for shift in {offset(zone, wall - DAY), offset(zone, wall + DAY)}
            if offset(zone, wall - shift) == shift]
    return min(fits)


def months_later(day, months):
    date = datetime.date.fromordinal(day + datetime.date(1970, 1, 1).toordinal())
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    for last in range(date.day, 0, -1):
        try:
            moved = datetime.date(year, month + 1, last)
            return moved.toordinal() - datetime.date(1970, 1, 1).toordinal()
        except ValueError:
            pass


def hours_of_1182(zone, at, hours):
    shift = offset(zone, at)
    return (at + shift) // HOUR * HOUR - shift + (hours + 1) * HOUR


def due(regime, start, recipient_zone):
    """(due_at, late at due_at itself, latest_due_at), or the reason why there is none."""
    zone = regime.zone
    if zone == "recipient-zone":
        if not recipient_zone:
            return "no-zone:recipient-zone"
        zone = recipient_zone
        if zone not in zoneinfo.available_timezones():
            return "unknown-zone:" + zone
    if regime.counting == "elapsed":
        end = start + regime.period * HOUR
        latest = max(end, hours_of_1182(zone, start, regime.period)) if regime.latest else end
        return end, regime.boundary == "before-end", latest
    if regime.counting == "eu-1182-hours":
        end = hours_of_1182(zone, start, regime.period)
        return end, True, end
    day = civil_day(zone, start)
    if regime.unit == "months":
        last = months_later(day, regime.period)
    else:
        last = day + regime.period - (regime.counting == "include-trigger-day")
    if regime.boundary == "cutoff":
        end = on_the_clock(regime.cutoff.split()[1], last, regime.cutoff.split()[0])
        return end, False, end
    end = end_of_day(zone, last)
    return end, True, end


# what a person decided

def approved(approvals):
    """When the second of two different people approved, or nothing."""
    first = {}
    for who, at in approvals:
        name = "".join(who.split()).lower()
        first[name] = min(at, first.get(name, at))
    return sorted(first.values())[1] if len(first) > 1 else None


def complete_hold(hold):
    needs = ["from", "until"] + (["authority", "reference"] if hold["reason"] == "law-enforcement" else [])
    return bool(hold["tenants"]) and all(hold.get(key) for key in needs) and approved(hold["approvals"]) is not None


def complete_exemption(exemption):
    return (bool(exemption["tenants"]) and bool(exemption["reason"]) and bool(exemption.get("evidence"))
            and approved(exemption["approvals"]) is not None)


def held_spans(incident, tenant):
    """The times during which a tenant is lawfully not told; those without a gap between them are one."""
    spans = sorted((max(hold["from"], approved(hold["approvals"])), hold["until"]) for hold in incident.holds
                   if complete_hold(hold) and tenant in hold["tenants"])
    joined = []
    for start, end in spans:
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([start, end])
    return joined


# what became of one key, one channel, one tenant

def follows(before, row):
    """Whether a row may follow the state before it."""
    state, code = row["state"], row["code"]
    if before is None:
        return state in {"intent", "skipped", "held"} or row["channel"] == "other"
    if state in AFTER[before["state"]]:
        return True
    if state == "intent" and before["state"] == "accepted":
        return before["code"] == "outbox"
    if state == "accepted" and code == "resolved":
        return before["state"] == "unknown"
    return state == "deferred" and code == "resend" and before["state"] in {"unknown", "rejected", "bounced"}


def key_outcome(rows, satisfied_by):
    """('told', time, by an outbox), ('unknown',) or ('not', last state)."""
    enough = {"reached"} if rows[0]["channel"] == "phone" else WEAKEST[satisfied_by]
    before, told, outbox = None, None, False
    for row in rows:
        if not follows(before, row):
            return ("unknown",)
        state = row["state"]
        if state in {"bounced", "not-reached", "intent", "deferred"}:
            told = None
        elif state in enough:
            when = row["happened_at"] or row["at"]
            if told is None:
                told, outbox = when, row["code"] == "outbox"
        before = row
    if told is not None:
        return "told", told, outbox
    return ("unknown",) if before["state"] in {"intent", "unknown"} else ("not", before["state"])


def last_state(rows):
    """A key whose states do not follow one another has none that is known."""
    follow = all(follows(before, row) for before, row in zip([None] + rows, rows))
    return rows[-1]["state"] if follow else "unknown"


def best(outcomes):
    """What satisfies is the first; an outcome that nobody knows may yet have been one."""
    told = [outcome for outcome in outcomes if outcome[0] == "told"]
    if told:
        return min(told, key=lambda outcome: outcome[1])
    return next((outcome for outcome in outcomes if outcome[0] == "unknown"), ("not",))


def tenant_outcome(rows, satisfied_by):
    """('told', time, channels that must be named, that may be, codes), ('unknown',) or ('not', open channels)."""
    keys = collections.OrderedDict()
    for row in rows:
        keys.setdefault(row["key"], []).append(row)
    channels = {"all": {}, "any": {}}
    for history in keys.values():
        first = history[0]
        if first["required"] != "no":
            channels[first["required"]].setdefault(first["channel"], []).append(history)
    outcomes = {need: {name: best([key_outcome(history, satisfied_by) for history in histories])
                       for name, histories in group.items()} for need, group in channels.items()}
    other = outcomes["all"].get("other") or outcomes["any"].get("other")
    states = {name: {last_state(history) for history in histories}
              for group in channels.values() for name, histories in group.items()}
    by_hand = set()
    for need, group in outcomes.items():
        for name in group:
            if other and name != "other" and states[name] == {"skipped"}:
                group[name] = other
                by_hand |= {name}
    every, one = list(outcomes["all"].values()), best(outcomes["any"].values())
    parts = every + ([one] if outcomes["any"] else [])
    if parts and all(part[0] == "told" for part in parts):
        must = set(outcomes["all"]) - by_hand
        may = {name for name, part in outcomes["any"].items() if part[:2] == one[:2]}
        return ("told", max(part[1] for part in parts), must, must | may | by_hand | ({"other"} if by_hand else set()),
                {part[2] for part in parts})
    if parts and all(part[0] != "not" for part in parts):
        return ("unknown",)
    open_ones = {name for name, part in outcomes["all"].items() if part[0] != "told"}
    if one[0] != "told":
        open_ones |= set(outcomes["any"])
    return "not", {name: states[name] for name in open_ones} if parts else None


# the verdict

def judge(verdict, outcome, spans, now):
    """The status of an obligation of a tenant who has to be told, and about whom there are rows."""
    if outcome[0] == "told":
        told = verdict.satisfied_at = outcome[1]
        verdict.by, verdict.outbox = (outcome[2], outcome[3]), outcome[4]
        if verdict.due_at is None:
            return {"unknown"}
        if told < verdict.started_at:
            verdict.reasons |= {"negative"}
            return {"unknown"}
        if told < verdict.due_at or told == verdict.due_at and not verdict.exclusive:
            return {"met"}
        if any(start <= verdict.due_at and told <= end for start, end in spans):
            return {"excused"}
        if verdict.due_at < told < verdict.latest:
            verdict.reasons |= {"within-1182-only"}
        return {"late"}
    if verdict.due_at is None or outcome[0] == "unknown":
        return {"unknown"}
    past = now > verdict.due_at or now == verdict.due_at and verdict.exclusive
    if any(start <= now < end and (not past or start <= verdict.due_at) for start, end in spans):
        return {"held"}
    if past:
        return {"overdue"}
    verdict.open = outcome[1]
    return {"pending"}


def obligation(world, incident, tenant, regime_id):
    """One row: a Verdict."""
    verdict, options, row = Verdict(set()), world.options, world.affected.get((incident.id, tenant))
    if incident.drill:
        verdict.reasons.add("drill")
    verdict.status = status_of(world, incident, tenant, row, regime_id, verdict, options)
    undue = row and row["identified_at"] is not None and verdict.satisfied_at is not None and \
        verdict.satisfied_at > row["identified_at"] + options["undue"]
    if undue and verdict.status == {"met"}:
        verdict.reasons.add("slow")
    return verdict


def start_clock(world, incident, regime_id, zone, verdict):
    regime = world.regimes.get(regime_id)
    if not regime:
        verdict.reasons |= {"not-declared"} if incident.status == "open" else set()
        return
    if not incident.recorded:
        start = world.declared.get(incident.id) if regime.trigger == "incident-declared" else None
    else:
        start = min((at for stage, at in incident.timeline if stage == regime.trigger), default=None)
        if start is not None and regime_id == incident.regime and incident.started_at is not None:
            start = min(start, incident.started_at)
    if start is None:
        verdict.reasons.add("not-declared" if incident.status == "open" else "no-start")
        return
    verdict.started_at = start
    counted = due(regime, start, zone)
    if isinstance(counted, str):
        verdict.reasons.add(counted)
    else:
        verdict.due_at, verdict.exclusive, verdict.latest = counted


def counting_rows(world, incident, tenant):
    """The rows that count for anything, of every notice."""
    rows = world.rows.get((incident.id, tenant), [])
    if incident.drill:
        return [dict(row, notice=row["notice"].replace("drill-", "", 1)) for row in rows if row["notice"].startswith("drill-")]
    return [row for row in rows if not row["notice"].startswith(("drill-", "rehearsal-"))]


def status_of(world, incident, tenant, row, regime_id, verdict, options):
    zone = (row["time_zone"] if row else "") or options["zone"]
    start_clock(world, incident, regime_id, zone, verdict)
    rows = counting_rows(world, incident, tenant)
    initial = [r for r in rows if r["notice"] == "initial"]
    outcome = tenant_outcome(initial, options["satisfied_by"])
    spans = held_spans(incident, tenant)
    withdrawn = {"void"} if incident.status == "withdrawn" else set()
    if tenant == "":
        if outcome[0] == "told":
            verdict.satisfied_at = outcome[1]
        verdict.reasons |= {"unsettled"} - ({"unsettled"} if withdrawn else set())
        return withdrawn | {"unknown"}
    if world.covered and (not row or row["change"] == "removed"):
        if outcome[0] == "told":
            verdict.satisfied_at = outcome[1]
        taken = {"accepted", "delivered", "reached", "bounced"}
        if any(r["state"] in taken and r["reason"] != "copy" for r in rows):
            return withdrawn | {"stray"}
        silent = all(r["state"] in {"skipped", "held"} for r in rows)
        return {"void"} if silent else {"void", "stray", "unknown"}
    if withdrawn:
        if outcome[0] == "told":
            verdict.satisfied_at = outcome[1]
        return withdrawn
    if any(complete_exemption(one) and tenant in one["tenants"] for one in incident.exemptions):
        if outcome[0] == "told":
            verdict.satisfied_at = outcome[1]
        return {"exempt"}
    status = judge(verdict, outcome, spans, options["now"])
    if not initial and "met" not in status and "held" not in status:
        status = (status | {"missing"}) if rows or verdict.due_at is None else {"missing"}
        if not world.covered:
            status |= {"unknown"}
    return status


def clocks(world, incident, tenant):
    """The regimes that apply to a tenant."""
    own = world.options["regime"] or incident.regime or "contract-72h-declared"
    row = world.affected.get((incident.id, tenant))
    found = {own}
    if row and tenant and row["change"] != "removed":
        found |= set(row["regimes"])
        found |= {regime.id for regime in world.regimes.values() if row["country"] in regime.countries}
    return found


def account(world):
    """{(incident, tenant, regime): Verdict}, and the keys that may be absent: of tenants about whom nothing counts."""
    found, loose = {}, set()
    for incident in world.incidents.values():
        tenants = {tenant for who, tenant in [*world.affected, *world.rows] if who == incident.id}
        for tenant in tenants:
            for regime in clocks(world, incident, tenant):
                found[incident.id, tenant, regime] = obligation(world, incident, tenant, regime)
                if (incident.id, tenant) not in world.affected and not counting_rows(world, incident, tenant):
                    loose.add((incident.id, tenant, regime))
    return found, loose


def nearest_rank(values, percent):
    return sorted(values)[math.ceil(percent * len(values) / 100) - 1] if values else None
