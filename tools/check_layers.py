"""Refuses an #include that goes against the arrows between rooms.

The arrows stand in one place: what each signpost_room() of the top CMakeLists.txt links. A room may include itself,
the public headers, and the rooms it links directly; its tests may also use `testing`. `apps` may use everything but
`testing`, and `testing` everything. The public headers include only the standard library and each other. The table of
ARCHITECTURE.md says the same as the build, for each room in a line: the rooms by name, "all above", "all above but
NAMES", "everything" or "std".
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROOM = re.compile(r"^signpost_room\((\w+)([^)]*)\)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
STANDARD = re.compile(r"[a-z_0-9]+")
ROW = re.compile(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", re.MULTILINE)
FREE_ROOMS = {"testing", "apps"}


def read_rooms():
    """What each room may include, from the build."""
    text = (ROOT / "CMakeLists.txt").read_text()
    return {name: set(re.findall(r"signpost_(\w+)", links)) for name, links in ROOM.findall(text)}


def includes(path):
    """(line number, bracket, target) of each #include."""
    text = path.read_text()
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match[1], match[2]


def check_room_file(path, room, rooms):
    """Problems of one file below src/."""
    is_test = path.stem.endswith("_test")
    allowed = rooms.get(room, set()) | {room}
    if is_test:
        allowed = allowed | {"testing"}
    for line, bracket, target in includes(path):
        used = target.split("/")[0]
        if bracket == "<" or used not in rooms:
            continue
        if room in FREE_ROOMS:
            if room == "apps" and used == "testing":
                yield f"{path}:{line}: apps may not use testing"
        elif used not in allowed:
            links = ", ".join(sorted(allowed - {room})) or "nothing"
            yield f"{path}:{line}: {room} may not use {used} (it links {links})"


def check_public(path):
    """Problems of one public header: users need nothing but the standard library to include it."""
    for line, bracket, target in includes(path):
        if bracket == "<" and not STANDARD.fullmatch(target):
            yield f"{path}:{line}: a public header may not include <{target}>"
        if bracket == '"' and not target.startswith("signpost/"):
            yield f'{path}:{line}: a public header may not include "{target}"'


def named_rooms(words, above):
    """The rooms that the last cell of a row allows, where `above` are the rooms of the rows before."""
    if words == "std":
        return set()
    if words.startswith("all above"):
        return set(above) - set(filter(None, words.removeprefix("all above").removeprefix(" but ").split(", ")))
    return set(words.split(", "))


def check_table(rooms):
    """Problems of the table in ARCHITECTURE.md."""
    above = []
    for name, words in ROW.findall((ROOT / "ARCHITECTURE.md").read_text()):
        if name in FREE_ROOMS:
            continue
        linked = rooms.get(name, set())
        if named_rooms(words, above) != linked:
            yield f"ARCHITECTURE.md: {name} may use {words}, but links {', '.join(sorted(linked)) or 'nothing'}"
        above.append(name)
    for name in sorted(set(rooms) - FREE_ROOMS - set(above)):
        yield f"ARCHITECTURE.md: no line for {name}"


def check():
    """All problems."""
    rooms = read_rooms()
    problems = list(check_table(rooms))
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in (".h", ".cc"):
            problems += check_room_file(path, path.relative_to(ROOT / "src").parts[0], rooms)
    for path in sorted((ROOT / "include").rglob("*.h")):
        problems += check_public(path)
    return problems


if __name__ == "__main__":
    found = check()
    print("\n".join(found))
    sys.exit(1 if found else 0)
