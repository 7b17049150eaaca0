#!/usr/bin/env python3
"""The same made-up texts, read by Presidio's own recognisers of patterns (no language model): what it
finds, and what it wrongly takes. Samples come from `cargo bench -p case --bench redact -- --samples FILE`.

    python3 -m venv V && V/bin/pip install presidio-analyzer
    V/bin/python benches/peer/presidio.py FILE
"""

import json
import sys
from collections import defaultdict
from importlib.metadata import version

from presidio_analyzer import predefined_recognizers as known
from presidio_analyzer.nlp_engine import NlpArtifacts

RECOGNISERS = [
    getattr(known, name)()
    for name in ("CreditCardRecognizer", "IbanRecognizer", "UkNinoRecognizer")
    if hasattr(known, name)
]
NOTHING = NlpArtifacts(entities=[], tokens=[], tokens_indices=[], lemmas=[], nlp_engine=None, language="en")


def found(text):
    return any(r.analyze(text, r.supported_entities, NOTHING) for r in RECOGNISERS)


def main():
    score = defaultdict(lambda: [0, 0])
    for line in open(sys.argv[1], encoding="utf-8"):
        sample = json.loads(line)
        if sample["must_go"]:
            key = ("found, plain" if sample["way"] == "plain" else "found, disguised", sample["what"])
        else:
            key = ("wrongly taken", sample["what"])
        score[key][0] += found(sample["text"])
        score[key][1] += 1
    print(f"presidio-analyzer {version('presidio-analyzer')}: {', '.join(type(r).__name__ for r in RECOGNISERS)}")
    for (part, what), (hit, of) in sorted(score.items()):
        print(f"{part:<18} {what:<26} {100 * hit / of:7.2f} %")


main()
