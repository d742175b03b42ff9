"""What a browser's network log says it asked for: requests.py LOG. Only the page's own file is allowed; the browser's own start is not
the page's doing, so only requests that a document started count."""
import json
import re
import sys

with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    text = file.read()
try:
    log = json.loads(text)
except ValueError:  # cut off when the browser ended
    log = json.loads(text.rstrip().rstrip(",") + "]}")
kinds = {number: name for name, number in log["constants"]["logEventTypes"].items()}
asked = set()
for event in log["events"]:
    params = event.get("params") or {}
    if kinds.get(event["type"]) == "URL_REQUEST_START_JOB" and "url" in params:
        initiator = params.get("initiator", "not an origin")
        if initiator != "not an origin" and not params["url"].startswith("file:"):
            asked.add(params["url"])
        if re.search(r"evil\.example", params["url"]):
            asked.add(params["url"])
for url in sorted(asked):
    print("  asked for " + url)
sys.exit(bool(asked))
