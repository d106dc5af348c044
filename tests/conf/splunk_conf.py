"""Splunk's .conf files and search macros, read as Splunk reads them, but strictly: what it would take
silently (a key given twice, text that belongs nowhere) is an error here."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent.parent
ADDON = ROOT / "conf/splunk/eventfwd"

CALL = re.compile(r"`(\w+)(?:\(([^`]*)\))?`")
ARGUMENT = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,"]*)\s*(?:,|$)')


def parse_conf(text):
    """Stanza to key to value. A comment is a line of its own; a line that ends in a backslash goes on."""
    stanzas = {}
    current = None
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if not line.endswith("]") or line[1:-1] in stanzas:
                raise ValueError(f"line {number}: no stanza, or one that was there: {line}")
            current = stanzas[line[1:-1]] = {}
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        while value.endswith("\\"):
            value = value[:-1] + "\n" + next(lines)[1].strip()
        if not equals or not re.fullmatch(r"[\w.-]+", key) or current is None or key in current:
            raise ValueError(f"line {number}: no setting of a stanza, or one that was there: {line}")
        current[key] = value
    return stanzas


def read_conf(name):
    return parse_conf((ADDON / name).read_text(encoding="utf-8"))


def split_arguments(text):
    """The arguments of a call, without the quotes around them."""
    if text is None:
        return []
    arguments, at = [], 0
    while at < len(text) or at == 0:
        match = ARGUMENT.match(text, at)
        if match is None or match.end() == at:
            raise ValueError(f"not arguments: {text}")
        argument = match.group(1).strip()
        if argument.startswith('"'):
            argument = re.sub(r"\\(.)", r"\1", argument[1:-1])
        arguments.append(argument)
        at = match.end()
    return arguments


def names_of(settings):
    return [name.strip() for name in settings.get("args", "").split(",") if name.strip()]


def expand(search, macros, depth=0):
    """SEARCH with every macro in it expanded."""
    if depth > 10:
        raise ValueError(f"a macro that leads to itself: {search}")

    def replaced(match):
        arguments = split_arguments(match.group(2))
        stanza = match.group(1) + (f"({len(arguments)})" if arguments else "")
        if stanza not in macros:
            raise ValueError(f"no macro {stanza}")
        definition = macros[stanza]["definition"]
        for name, argument in zip(names_of(macros[stanza]), arguments, strict=True):
            definition = definition.replace(f"${name}$", argument)
        return expand(definition, macros, depth + 1)

    return CALL.sub(replaced, search)


def unbalanced(search):
    """What is open or closed too often in SEARCH, quoted text aside; empty where nothing is."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", search)
    wrong = [mark for mark in '"`' if bare.count(mark) % 2]
    open_marks = []
    for mark in bare:
        if mark in "([{":
            open_marks.append(mark)
        elif mark in ")]}" and (not open_marks or open_marks.pop() + mark not in ("()", "[]", "{}")):
            wrong.append(mark)
    return wrong + open_marks
