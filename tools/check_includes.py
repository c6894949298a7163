#!/usr/bin/env python3
"""Reads every #include against the arrows of the house, which stand once: in each room's CMakeLists.txt.

A room includes its own files, the face (room/room.h, and what its FACES name) of the rooms on its KNOWS line and of those
they know, platform and web. Nothing includes app. Platform knows no room. Other people's headers of a room are its own business.
"""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent / "src"
knows: dict[str, set[str]] = {}
faces: dict[str, set[str]] = {}


def words_after(words: list[str], keyword: str) -> set[str]:
    """The words behind KEYWORD up to the next keyword."""
    if keyword not in words:
        return set()
    rest = words[words.index(keyword) + 1 :]
    end = next((i for i, word in enumerate(rest) if word.isupper()), len(rest))
    return set(rest[:end])


for lists in root.glob("*/CMakeLists.txt"):
    match = re.search(r"osier_room\((\w+)([^)]*)\)", lists.read_text())
    if match:
        words = match.group(2).split()
        knows[match.group(1)] = words_after(words, "KNOWS")
        faces[match.group(1)] = words_after(words, "FACES")


def closure(room: str) -> set[str]:
    seen: set[str] = set()
    todo = list(knows.get(room, ()))
    while todo:
        other = todo.pop()
        if other not in seen:
            seen.add(other)
            todo += knows.get(other, ())
    return seen


# Headers that a face is split into; each face includes its own.
def is_face(room: str, header: str) -> bool:
    if header == f"{room}/{room}.h" or header.removeprefix(f"{room}/") in faces[room]:
        return True
    face = root / room / f"{room}.h"
    return face.exists() and f'#include "{header}"' in face.read_text()


problems = []
for room in sorted(knows):
    if room in closure(room):
        problems.append(f"{room}: knows itself in a circle")
for source in sorted(root.rglob("*")):
    if source.suffix not in {".h", ".cc"}:
        continue
    room = source.relative_to(root).parts[0]
    for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
        match = re.match(r'#include "([^"]+)"', line)
        if not match:
            continue
        header = match.group(1)
        other = header.split("/")[0]
        place = f"{source.relative_to(root.parent)}:{number}"
        if not (root / header).exists():
            problems.append(f"{place}: {header} is no path from src/")
        elif other == room or room == "app":
            continue
        elif room == "platform":
            problems.append(f"{place}: platform knows no room, but includes {header}")
        elif other == "platform" or other == "web":
            continue
        elif other == "app" or other not in closure(room):
            problems.append(f"{place}: {room} does not know {other}")
        elif header.startswith(f"{other}/test/") and ("/test/" in str(source) or source.name.endswith("_test.cc")):
            continue  # A room's help for tests, among tests.
        elif not is_face(other, header):
            problems.append(f"{place}: only {other}/{other}.h is {other}'s face, not {header}")

for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
