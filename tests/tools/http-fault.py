#!/usr/bin/env python3
"""An endpoint that fails as told: http-fault.py LOG [CERTIFICATE KEY]

Listens on 127.0.0.1, prints its port, ends when its standard input does. The path says how it behaves (the functions
below); "/used" in front: only from the second request of a connection on. LOG gets a line for every request: PATH KEY
CONNECTION WHAT TIME AUTHORIZATION, WHAT being "post" for a whole one that is well formed, "head" where the body was not
waited for, else what is wrong with it. It is the truth that tests hold results against.
"""
import email.utils
import json
import socket
import ssl
import struct
import sys
import threading
import time

STATUS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found",
          303: "See Other", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
          401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
          408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 422: "Unprocessable Content",
          425: "Too Early", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
          503: "Service Unavailable", 504: "Gateway Timeout"}
lock = threading.Lock()
seen = {}  # how many requests a path and key have made
date = email.utils.formatdate(1800000000, usegmt=True)
later = email.utils.formatdate(1800000001, usegmt=True)  # one second behind date


class Gone(Exception):
    """Hang up."""


def answer(status, body=b"", **fields):
    head = f"HTTP/1.1 {status} {STATUS.get(status, 'Odd')}\r\nContent-Length: {len(body)}\r\n"
    head += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return (head + "\r\n").encode("latin-1") + body


def reset(request):
    request.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Gone


def say(request, *pieces, hang_up=False):
    for piece in pieces:
        request.socket.sendall(piece)
    if hang_up:
        raise Gone


def drip(request):
    while True:
        request.socket.sendall(b"H" if not request.dripped else b"x")
        request.dripped = True
        time.sleep(0.05)


def flood(request, pieces):
    while True:
        request.socket.sendall(pieces)


def repeat(request, status, times):
    say(request, answer(status) if request.turn <= times else answer(202, b'{"id": "late"}'))


def graph_error(code, message):
    return json.dumps({"error": {"code": code, "message": message}}).encode()


BIG = b"x" * (10 << 20)
PATHS = {
    # taken
    "/id": lambda r: say(r, answer(202, b'{"id": "MC-1"}')),
    "/number": lambda r: say(r, answer(201, b'{"id": 4711}')),
    "/location": lambda r: say(r, answer(201, Location="/announcements/MC-2")),
    "/request-id": lambda r: say(r, answer(204, request_id="r-3")),
    "/x-request-id": lambda r: say(r, answer(200, b"not json", X_Request_Id="r-4")),
    "/continue": lambda r: say(r, b"HTTP/1.1 100 Continue\r\n\r\n", answer(202)),
    "/chunked": lambda r: say(r, b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n"
                                 b'{"id": "MC"}\r\n0\r\n\r\n'),
    "/close": lambda r: say(r, b'HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n{"id": "MC-5"}', hang_up=True),
    # taken, though the rest of the answer is wrong
    "/short": lambda r: say(r, b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf", hang_up=True),
    "/stall-body": lambda r: (say(r, b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf"), time.sleep(60)),
    "/big": lambda r: say(r, answer(202, BIG)),
    "/big-head": lambda r: say(r, b"HTTP/1.1 202 Accepted\r\n" + b"X-Pad: y\r\n" * 220000 + b"\r\n"),
    "/long-line": lambda r: say(r, b"HTTP/1.1 202 Accepted\r\nX-Pad: " + BIG + b"\r\n\r\n"),
    "/bad-chunk": lambda r: say(r, b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", hang_up=True),
    # nobody knows
    "/drop": lambda r: say(r, hang_up=True),
    "/rst": reset,
    "/half": lambda r: say(r, b"HTTP/1.1 20", hang_up=True),
    "/stall": lambda r: time.sleep(60),
    "/drip": drip,
    "/flood": lambda r: flood(r, b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "/only-100": lambda r: say(r, b"HTTP/1.1 100 Continue\r\n\r\n", hang_up=True),
    "/switch": lambda r: say(r, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", hang_up=True),
    "/garbage": lambda r: say(r, b"\x00\xff\x1b[2Jgarbage\r\n\r\n" * 3, hang_up=True),
    "/http09": lambda r: say(r, b"<html>accepted</html>\n", hang_up=True),
    "/smtp": lambda r: say(r, b"220 mail.example ESMTP\r\n", hang_up=True),
    "/999": lambda r: say(r, answer(999)),
    "/000": lambda r: say(r, b"HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n"),
    # later
    "/429": lambda r: say(r, answer(429)),
    "/429-1": lambda r: say(r, answer(429, Retry_After="1") if r.turn == 1 else answer(202)),
    "/429-date": lambda r: say(r, answer(429, Date=date, Retry_After=later) if r.turn == 1 else answer(202)),
    "/429-long": lambda r: say(r, answer(429, Retry_After="7200")),
    "/429-huge": lambda r: say(r, answer(429, Retry_After="99999999999999")),
    "/429-overflow": lambda r: say(r, answer(429, Retry_After="9" * 40)),
    "/429-far": lambda r: say(r, answer(503, Date=date, Retry_After="Wed, 01 Jan 2098 00:00:00 GMT")),
    "/429-past": lambda r: say(r, answer(429, Date=date, Retry_After="Wed, 01 Jan 2020 00:00:00 GMT")),
    "/429-negative": lambda r: say(r, answer(429, Retry_After="-5")),
    "/429-words": lambda r: say(r, answer(429, Retry_After="\x1b[31msoon")),
    "/500-after": lambda r: say(r, answer(500, Retry_After="2")),
    "/503-once": lambda r: repeat(r, 503, 1),
    "/500-twice": lambda r: repeat(r, 500, 2),
    "/graph": lambda r: say(r, answer(400, graph_error("BadRequest", "Property 'x' is unknown"))),
    "/problem": lambda r: say(r, answer(422, b'{"title": "No such tenant", "detail": "t1 has left"}')),
    # hostile
    "/echo": lambda r: say(r, answer(400, graph_error("x", "you sent " + r.fields.get("authorization", "-")))),
    "/echo-location": lambda r: say(r, answer(202, Location="/x?" + r.fields.get("authorization", "-").split()[-1])),
    "/echo-phrase": lambda r: say(r, f"HTTP/1.1 500 {r.fields.get('authorization', '-')}\r\n"
                                     "Content-Length: 0\r\n\r\n".encode()),
    "/escape": lambda r: say(r, answer(202, b'{"id": "a\\u001b[31m\\u202eb\\nc"}')),
    "/escape-phrase": lambda r: say(r, b"HTTP/1.1 400 \x1b[31mred\x07\xff\r\nContent-Length: 0\r\n\r\n"),
    "/long-id": lambda r: say(r, answer(202, b'{"id": "' + "\u00e9".encode() * 5000 + b'"}')),
    "/deep": lambda r: say(r, answer(202, b"[" * 60000)),
    # a connection that is used again and dies before a byte of an answer
    "/reuse-drop": lambda r: say(r, answer(202, b'{"id": "first"}')) if r.number == 1 else say(r, hang_up=True),
    "/reuse-rst": lambda r: say(r, answer(202, b'{"id": "first"}')) if r.number == 1 else reset(r),
    "/reuse-close": lambda r: say(r, answer(202, b'{"id": "first"}'), hang_up=True),
}
for code in (301, 302, 303, 307, 308):
    PATHS[f"/{code}"] = lambda r, code=code: say(r, answer(code, Location=f"{here}/trap"))
for code in (400, 401, 403, 404, 407, 408, 409, 413, 422, 425, 500, 502, 503, 504):
    PATHS.setdefault(f"/{code}", lambda r, code=code: say(r, answer(code)))

# These answer, or do not, when only the head has come.
EARLY = {
    "/early-drop": lambda r: say(r, hang_up=True),
    "/early-rst": reset,
    "/early-202": lambda r: (say(r, answer(202)), time.sleep(60)),  # no close: it could overtake the answer
    "/early-413": lambda r: (say(r, answer(413, Connection="close")), time.sleep(60)),
    "/early-stall": lambda r: time.sleep(60),
}


class Request:
    def __init__(self, connection, number):
        self.socket, self.number, self.turn, self.dripped = connection, number, 0, False
        self.path, self.key, self.fields = "-", "-", {}


def read_head(stream):
    lines = []
    while True:
        line = stream.readline(70000)
        if not line:
            raise Gone
        if line in (b"\r\n", b"\n"):
            return [text.decode("latin-1").rstrip("\r\n") for text in lines]
        lines.append(line)


def wrong_with(request, method, body):
    """What is not as it should be in a request, as one word; "post": nothing."""
    fields = request.fields
    key = fields.get("idempotency-key", "")
    if method != "POST":
        return method
    if len(body) != int(fields.get("content-length", "-1")):
        return "short"
    if len(key) != 66 or key[0] != '"' or key[-1] != '"' or key in fields.get("authorization", ""):
        return "key"
    if fields.get("content-type") != "application/json" or "expect" in fields or "x-injected" in fields:
        return "fields"
    try:
        json.loads(body)
    except ValueError:
        return "json"
    return "post"


def note(request, connection, what):
    with lock:
        log.write(f"{request.path} {request.key} {connection} {what} {time.monotonic():.3f} "
                  f"{request.fields.get('authorization', '-')}\n")
        log.flush()


def serve_one(connection, stream, request, place):
    lines = read_head(stream)
    method, request.path, _ = lines[0].split(" ", 2)
    for line in lines[1:]:
        name, _, value = line.partition(":")
        request.fields[name.lower()] = value.strip()
    request.key = request.fields.get("idempotency-key", "-").strip('"')[:12]
    path = request.path
    if path.startswith("/used/"):
        path = path[5:] if request.number > 1 else "/id"
    if path in EARLY:
        note(request, place, "head")
        EARLY[path](request)
        return
    body = stream.read(int(request.fields.get("content-length", "0")))
    with lock:
        request.turn = seen[path, request.key] = seen.get((path, request.key), 0) + 1
    note(request, place, wrong_with(request, method, body))
    PATHS.get(path, lambda r: say(r, answer(404)))(request)


def serve(connection, place):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rb")
        number = 0
        while True:
            number += 1
            serve_one(connection, stream, Request(connection, number), place)
    except (Gone, OSError, ValueError):
        pass
    finally:
        try:  # a close alone would not hang up while the stream still holds the socket
            stream.close()
        except (OSError, NameError, UnboundLocalError):
            pass
        connection.close()


log = open(sys.argv[1], "a", encoding="ascii", errors="backslashreplace")
context = None
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # so that a large body does not fit in
listener.bind(("127.0.0.1", 0))
listener.listen(512)
port = listener.getsockname()[1]
here = f"https://localhost:{port}" if context else f"http://127.0.0.1:{port}"


def listen():
    place = 0
    while True:
        connection, _ = listener.accept()
        place += 1
        threading.Thread(target=serve, args=(connection, place), daemon=True).start()


threading.Thread(target=listen, daemon=True).start()
print(port, flush=True)
sys.stdin.read()
