"""Checks a ledger's chain by the words of duenotice-ledger(5) alone: chain.py FILE prints its head."""
import hashlib
import sys

chain, seq = "0" * 64, 0
with open(sys.argv[1], "rb") as file:
    header = file.readline()
    assert header.rstrip(b"\n").endswith(b",chain"), header
    for line in file:
        body, _, value = line.rstrip(b"\n").rpartition(b",")
        seq += 1
        assert body.split(b",")[0] == str(seq).encode(), line
        chain = hashlib.sha256(chain.encode() + b"\n" + body).hexdigest()
        assert value.decode() == chain, line
print(seq, chain)
