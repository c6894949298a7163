#!/usr/bin/env python3
"""docs/asvs.csv holds every requirement of OWASP ASVS 5.0.0, levels 1 and 2, once and in order, and the evidence it
names is there: each path is a file or folder of the repository, and each quoted name stands in a file named before it."""

import csv
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTS = {"1": 70, "2": 183}
STATUSES = {"met", "partly", "not met", "not applicable"}
PATH = r"(?:src|tests|docs|db|cmake|tools|bench|demo)/[\w./-]*\w|SECURITY\.md|CONTRIBUTING\.md|README\.md"


def problems_of(row):
    name, status, evidence = row["requirement"], row["status"], row["evidence"]
    if status not in STATUSES:
        yield f"{name}: no such status: {status}"
    if status != "not met" and not evidence:
        yield f"{name}: {status} needs evidence, or a reason"
    files = []
    for path, quoted in re.findall(rf'({PATH})|"([^"]+)"', evidence):
        if quoted:
            if not any(quoted in file.read_text(encoding="utf-8") for file in files):
                yield f'{name}: "{quoted}" is in no file named before it'
        elif not (ROOT / path).exists():
            yield f"{name}: {path} is not there"
        elif (ROOT / path).is_file():
            files.append(ROOT / path)


def main():
    with open(ROOT / "docs/asvs.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [problem for row in rows for problem in problems_of(row)]
    ids = [tuple(int(part) for part in row["requirement"][1:].split(".")) for row in rows]
    if ids != sorted(set(ids)):
        found.append("a requirement stands twice or out of order")
    for level, count in COUNTS.items():
        there = sum(row["level"] == level for row in rows)
        if there != count:
            found.append(f"level {level} has {count} requirements, here are {there}")
    for problem in found:
        print(f"docs/asvs.csv: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
