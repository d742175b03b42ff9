"""What the tests of delivery over a network share: an incident declared an hour ago, as many tenants as wanted, a configuration for servers on
127.0.0.1, the fault server and its log (which is the truth), an endpoint for posts, authorities and certificates, runs of notify-send, and the ledger they leave."""
import collections
import csv
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
import time

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
AFFECTED = ("incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,rows,events,"
            "data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,admin_phones,contact_gaps,identified_at,"
            "part").split(",")
MAIL = ("email-admin", "email-privacy")
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def authority(name):
    """NAME.pem and NAME.key."""
    openssl("req", "-x509", *EC, "-days", "30", "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".pem", "-addext",
            "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")


def certificate(name, by, host, days="30"):
    """NAME.pem and NAME.key, by an authority for hosts."""
    openssl("req", "-new", *EC, "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".csr")
    with open("ext", "w", encoding="ascii") as file:
        file.write("subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n" % host)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", by + ".pem", "-CAkey", by + ".key", "-CAcreateserial", "-days", days, "-extfile", "ext",
            "-out", name + ".pem")


def moment(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * hours))


def write_incident(folder):
    """The record of the cases of notify-send, declared an hour ago."""
    with open(os.path.join(SOURCE, "tests", "inputs", "notify", "incident.yaml"), encoding="utf-8") as file:
        text = file.read()
    for old, new in (("2026-06-15T18:00:00Z", moment(-1)), ("2026-06-18T18:00:00Z", moment(71)), ("2026-06-17T18:00:00Z", moment(24))):
        text = text.replace(old, new)
    with open(os.path.join(folder, "incident.yaml"), "w", encoding="utf-8") as file:
        file.write(text)


def tenant(number, **more):
    """One row of the affected stream; t0001 has the administrator a1@t0001.example."""
    name = "t%05d" % number
    return {"incident_id": "INC-2026-0042", "tenant_id": name, "name": "Tenant %d Ltd" % number, "country": "GB", "language": "en",
            "time_zone": "Europe/London", "change": "added", "effects": "access", "certainty": "confirmed", "services": "exchange-online",
            "resources": 1, "rows": 3, "events": 3, "first_seen": "2026-06-15T01:00:00Z", "last_seen": "2026-06-15T02:00:00Z",
            "matched_by": "domain", "message_center": "no", "admin_emails": "a1@%s.example" % name, "identified_at": moment(-0.5), **more}


def write_affected(folder, tenants, name="affected.csv"):
    tenants = sorted(tenants, key=lambda row: row["tenant_id"])
    with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, AFFECTED, restval="", lineterminator="\n")
        out.writeheader()
        for number, row in enumerate(tenants, 1):
            out.writerow({**row, "part": "%d/%d" % (number, len(tenants))})


def configure(folder, email=None, posts=None, send="email-admin, email-privacy", more=""):
    """email, posts: the keys of their channels; tls is none unless said."""
    def flow(keys):
        return "{%s}" % ", ".join('%s: "%s"' % pair for pair in keys.items() if pair[1] is not None)
    text = ("schema: duenotice/notify/1\n"
            "from: {name: Provider Example Security, email: security-notices@provider.example}\n"
            'provider: {name: Provider Example Ltd, misuse_contact: report-misuse@provider.example, callback: "+44 20 7946 0000"}\n'
            "message_id_domain: notices.provider.example\n"
            "policy: [{send: [%s], require: all}]\nfallback: [phone]\nchannels:\n" % send)
    if email:
        text += "  email: %s\n" % flow({**({} if "tls" in email else {"tls": "none"}), **email})
    if posts:
        text += "  message-center: %s\n" % flow(posts)
    with open(os.path.join(folder, "notify.yaml"), "w", encoding="utf-8") as file:
        file.write(text + more)


class Fault:
    """tests/tools/smtp-fault, and what it logged."""

    def __init__(self, build, folder, *options):
        self.log = os.path.join(folder, "server.log")
        self.process = subprocess.Popen([os.path.join(build, "tests", "smtp-fault"), *options, self.log], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = "smtp://127.0.0.1:%d" % self.port

    def lines(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def taken(self):
        """How often each key was taken for each recipient."""
        return collections.Counter((words[3], words[2]) for words in (line.split() for line in self.lines()) if words[0] == "A")

    def commands(self, word):
        return sum(" ".join(line.split()[2:]).startswith(word) for line in self.lines() if line.startswith("C "))

    def connections(self):
        return sum(line.startswith("C ") and line.split()[2:] == ["connect"] for line in self.lines())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Aio:
    """tests/tools/smtp-tls-server.py: the one login is me / secret."""

    def __init__(self, name, mode, log="log"):
        self.log = log
        self.process = subprocess.Popen(["/usr/bin/python3", SOURCE + "/tests/tools/smtp-tls-server.py", name + ".pem", name + ".key", log, mode],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())

    def heard(self):
        try:
            with open(self.log, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def stop(self):
        self.process.terminate()
        self.process.wait()


class PostHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one piece

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        read = self.rfile.read(size)
        if len(read) < size:  # whoever posted it is gone: nothing was taken
            self.close_connection = True
            return
        body = json.loads(read)
        self.server.accepted[self.headers["Idempotency-Key"].strip('"')] += 1
        if self.server.delay:
            time.sleep(self.server.delay)
        answer = json.dumps({"id": "MC%d" % sum(self.server.accepted.values()), "title": body["title"]}).encode()
        try:
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
        except ConnectionError:
            self.close_connection = True

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass

    def log_message(self, *args):
        pass


class Posts(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, delay=0, certificate=None):
        super().__init__(("127.0.0.1", 0), PostHandler)
        self.accepted = collections.Counter()
        self.connections = 0
        self.delay = delay
        self.url = "http://127.0.0.1:%d/posts" % self.server_address[1]
        if certificate:
            self.encrypt(certificate)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def encrypt(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate + ".pem", certificate + ".key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = "https://localhost:%d/posts" % self.server_address[1]

    def get_request(self):
        got = super().get_request()
        self.connections += 1
        return got

    def stop(self):
        self.shutdown()
        self.server_close()


def start(build, folder, *more, command="notify-send", program=None, wait=False, **how):
    words = [program or os.path.join(build, command), "--by", "test", "-i", "incident.yaml", "-c", "notify.yaml", "-l", "ledger.csv",
             *([] if wait else ["--no-wait"]), *more, "affected.csv"]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "text": True}
    return subprocess.Popen(words, cwd=folder, **{**streams, **how})


def run(build, folder, *more, **how):
    """Status and what it said."""
    process = start(build, folder, *more, **how)
    err = process.communicate(timeout=300)[1]
    return process.returncode, err


def rows(folder):
    """All whole rows of the ledger, oldest first."""
    with open(os.path.join(folder, "ledger.csv"), newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["chain"] and len(row["chain"]) == 64]


def last_states(folder):
    return {row["key"]: row for row in rows(folder)} if os.path.exists(os.path.join(folder, "ledger.csv")) else {}


def is_own(row):
    """A row whose message or post leaves under its own key."""
    return row["channel"] in (*MAIL, "message-center") and row["state"] not in ("skipped", "held") and not row["reason"].startswith("same-message")


def verify(build, folder):
    done = subprocess.run([os.path.join(build, "deadline-check"), "-q", "--verify", "ledger.csv"], cwd=folder, capture_output=True, text=True,
                          check=False)
    return done.returncode in (0, 1), done.stderr


class Claims:
    """Counts what does not hold, and says it."""

    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, claim, good, more=""):
        self.count += 1
        if not good:
            self.failed += 1
            print("FAIL", claim, re.sub(r"\s+", " ", str(more))[:1000], flush=True)

    def end(self):
        print("%d claims, %d failed" % (self.count, self.failed))
        return self.failed != 0
