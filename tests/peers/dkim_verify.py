"""Verifies every DKIM signature of the message on stdin with dkimpy. Arguments: names and TXT records in pairs."""

import sys

import dkim

records = dict(zip(sys.argv[1::2], sys.argv[2::2]))


def txt(name, timeout=5):
    return records[name.decode().rstrip(".")].encode()


message = dkim.DKIM(sys.stdin.buffer.read())
count = sum(1 for name, _ in message.headers if name.lower() == b"dkim-signature")
answers = []
for index in range(count):
    try:
        answers.append("ok" if message.verify(idx=index, dnsfunc=txt) else "bad")
    except dkim.DKIMException:
        answers.append("bad")
print(" ".join(answers))
