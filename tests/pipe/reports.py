"""Reads audits back in all their formats: reports.py FOLDER... (each with csv, html, ics, junit and status in it)."""
import csv
import html.parser
import sys
import xml.etree.ElementTree

try:
    import icalendar
except ImportError:
    icalendar = None

OPEN = {"pending", "overdue", "missing", "held", "unknown"}
faults = []


def check(good, what):
    if not good:
        faults.append(what)


def read(name):
    with open(f"{FOLDER}/{name}", encoding="utf-8", newline="") as file:
        return file.read()


class Page(html.parser.HTMLParser):
    VOID = {"meta", "br", "hr", "link", "img", "input"}
    OPTIONAL = {"tr", "td", "th"}
    FETCHING = {"script", "link", "img", "iframe", "object", "embed", "audio", "video", "form", "base", "a", "image", "frame"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text, self.ids, self.refs = [], [], [], []

    def handle_starttag(self, tag, attrs):
        check(tag not in self.FETCHING, f"a <{tag}>")
        for name, value in attrs:
            check(not name.startswith("on"), f"the handler {name}")
            check("//" not in (value or ""), f"an address in {name}")
            check(name not in {"src", "srcset", "action", "data", "poster", "background"}, f"an attribute {name}")
            check(name != "href" or value.startswith("#m-"), f"href {value}")
            if name == "id":
                self.ids.append(value)
            if name in {"aria-labelledby", "aria-describedby"}:
                self.refs += value.split()
            if name == "href":
                self.refs.append(value[1:])
        while self.open and self.open[-1] in self.OPTIONAL and tag in self.OPTIONAL and not (self.open[-1] == "tr" and tag != "tr"):
            self.open.pop()
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in self.OPTIONAL:
            self.open.pop()
        check(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}")
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def check_page():
    page = Page()
    page.feed(read("html"))
    page.close()
    check(not page.open, f"open at the end: {page.open}")
    check(len(page.ids) == len(set(page.ids)), "an id twice")
    check(set(page.refs) <= set(page.ids), f"no such id: {set(page.refs) - set(page.ids)}")
    text = "".join(page.text)
    check(f"{STATUS}: " in text, "the exit status is not on the page")
    for row in rows:
        if row["status"] not in {"met"}:
            check(row["status"] in text, f"{row['status']} is not on the page")


def check_junit():
    tree = xml.etree.ElementTree.fromstring(read("junit"))
    cases = list(tree.iter("testcase"))
    red = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    check((len(red) > 0) == (STATUS == 1), f"{len(red)} red cases, status {STATUS}")
    for element in [tree, *tree.iter("testsuite")]:
        inside = list(element.iter("testcase"))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            count = sum(case.find(tag) is not None for case in inside)
            check(int(element.get(name)) == count, f"{name} of {element.get('name')}")
        check(int(element.get("tests")) == len(inside), f"tests of {element.get('name')}")
    check(sum(case.get("classname") != "audit" for case in cases) == len(rows), "one case per obligation")


def check_calendar():
    text = read("ics")
    check(text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n"), "no calendar")
    check("\n" not in text.replace("\r\n", ""), "a bare line end")
    check(all(len(line.encode()) <= 75 for line in text.split("\r\n")), "a long line")
    due = sorted(row["due_at"] for row in rows if row["status"] in OPEN and row["due_at"])
    check(text.count("BEGIN:VEVENT\r\n") == sum(row["status"] in OPEN for row in rows), "events")
    if icalendar is None:
        return
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    check(len({str(event["UID"]) for event in events}) == len(events), "a UID twice")
    starts = sorted(event["DTSTART"].dt.strftime("%Y-%m-%dT%H:%M:%S") for event in events)
    check(all(when[:19] in starts for when in due), f"due {due}, starts {starts}")
    for event in events:
        alarms = event.walk("VALARM")
        check(len(alarms) == 1 and alarms[0]["TRIGGER"].dt.total_seconds() <= 0, "the alarm")
        check(event["DTSTART"].dt.utcoffset().total_seconds() == 0, "not UTC")


bad = False
for FOLDER in sys.argv[1:]:
    faults.clear()
    STATUS = int(read("status"))
    rows = list(csv.DictReader(read("csv").splitlines()))
    check_page()
    check_junit()
    check_calendar()
    for fault in faults[:5]:
        print(f"FAIL {FOLDER.rsplit('/', 1)[-1]}: {fault}")
    bad = bad or bool(faults)
sys.exit(bad)
