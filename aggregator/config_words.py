"""What is wrong with a settings file, in words for who wrote it.

Which error is worse: a message that names the wrong line sends somebody looking, one that names none lets them search.
So a line is named only where the file has the setting as a line of its own; in tables written inline none is.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias, get_args, get_type_hints

#: Names of tables and settings and, in lists, places from 0: ("sources", 1, "kind").
Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"\s*[\"']?([\w.-]+?)[\"']?\s*=")
#: What people call the things that TOML has.
_STRAIGHT = 'texts stand between straight quotation marks, as in name = "Ada"'


def wrong_value(message: str, raw: dict[str, Any], text: str, model: type) -> str:
    """A complaint of msgspec about values `raw` of a file's `text`, which should be a `model`."""
    place = re.search(r" - at `\$\.?([^`]*)`$", message)
    path = _path(place[1] if place else "")
    said = message[: place.start()] if place else message
    unknown = re.match(r"Object contains unknown field `([^`]+)`", said)
    missing = re.match(r"Object missing required field `([^`]+)`", said)
    if unknown:
        return f"{line_of(text, (*path, unknown[1]))}{_unknown(unknown[1], path, model)}"
    if missing:
        wanted = _wanted(model, (*path, missing[1]))
        return f"{line_of(text, path)}{_table(path, raw)} lacks “{missing[1]}”: it must be {wanted}"
    while path and isinstance(path[-1], int) and not isinstance(_value(raw, path), dict):
        path = path[:-1]  # of a list the whole is told
    return f"{line_of(text, path)}{_named(path, raw)} must be {_wanted(model, path)}; it is {_shown(_value(raw, path))}"


def no_toml(message: str, text: str) -> str:
    """A complaint of the TOML reader about a file's `text`."""
    place = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = text.splitlines()[int(place[1]) - 1].strip() if place else ""
    where = f"line {place[1]}: " if place else ""
    section = re.match(r"Cannot declare \((.+?),?\) twice", message)
    if section:
        name = ".".join(re.findall(r"'([^']+)'", section[1]))
        return f"{where}[{name}] stands there twice; put the lines under it into the first one"
    if message.startswith("Cannot overwrite"):
        n, name = next(_again(text), (0, "a setting"))
        return f"{f'line {n}: ' if n else where}{name} stands there twice; keep one of them"
    if not place:
        return f"a quotation mark or bracket that opens is never closed; {_STRAIGHT}"
    return f"{where}“{line[:80]}” cannot be read; {_hint(line)}"


def _hint(line: str) -> str:
    if re.search("[“”‘’]", line):
        return 'quotation marks must be straight: " instead of “ and ”'
    if re.match(r"[\w.-]+\s*=", line):
        return _STRAIGHT
    return "a setting is written as name = value, a section as [name]"


# ------------------------------------------------------------------ places


def _path(place: str) -> Path:
    """
    >>> _path("sources[1].kind")
    ('sources', 1, 'kind')
    """
    return tuple(name or int(n) for name, n in re.findall(r"([^.\[\]]+)|\[(\d+)\]", place) if name or n)


def _value(raw: Any, path: Path) -> Any:
    for step in path:
        raw = raw[step]
    return raw


def _kind(model: type, path: Path) -> Any:
    """What msgspec expects at a place."""
    from msgspec import inspect

    kind: Any = inspect.type_info(model)
    for step in path:
        kind = _bare(kind)
        if isinstance(step, int):
            kind = kind.item_type
        else:
            kind = next(field.type for field in kind.fields if field.name == step)
    return kind


def _bare(kind: Any) -> Any:
    """A kind without its notes, and without “or nothing”."""
    from msgspec import inspect

    while isinstance(kind, (inspect.Metadata, inspect.UnionType)):
        kind = (
            kind.type
            if isinstance(kind, inspect.Metadata)
            else next(one for one in kind.types if not isinstance(one, inspect.NoneType))
        )
    return kind


def line_of(text: str, path: Path) -> str:
    """Where a setting or table stands, as the beginning of a sentence; "" where that is not known.

    >>> line_of("[web]\\nhost = '::1'\\nport = 'x'", ("web", "port"))
    'line 3: '
    """
    found = next((n for n, here in _lines(text) if here == path), None)
    return f"line {found}: " if found else ""


def _again(text: str) -> Iterator[tuple[int, str]]:
    """Settings that stand in a file for the second time, with their lines."""
    seen: set[Path] = set()
    for n, path in _lines(text):
        if path in seen:
            yield n, f"“{path[-1]}”"
        seen.add(path)


def _lines(text: str) -> Iterator[tuple[int, Path]]:
    """The tables and settings of a file, with their lines."""
    seen: Counter[str] = Counter()
    table: Path = ()
    for n, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            name = header[2]
            table = tuple(name.split("."))
            if header[1] == "[[":
                table = (*table, seen[name])
                seen[name] += 1
            yield n, table
        elif key:
            yield n, (*table, *key[1].split("."))


# ------------------------------------------------------------------ words


def _named(path: Path, raw: dict[str, Any]) -> str:
    """A setting as people find it: "port in [web]"."""
    if not path:
        return "the file"
    table = path[:-1]
    return f"{path[-1]} in {_table(table, raw)}" if table and isinstance(path[-1], str) else _table(path, raw)


def _table(path: Path, raw: dict[str, Any]) -> str:
    """A table as it stands in the file; one of a list by its name or place."""
    name = ".".join(step for step in path if isinstance(step, str))
    if not path or not isinstance(path[-1], int):
        return f"[{name}]" if path else "the top of the file"
    value = _value(raw, path)
    own = value.get("name") or value.get("address") if isinstance(value, dict) else None
    return f"[[{name}]] “{own}”" if own else f"[[{name}]] number {path[-1] + 1}"


def _wanted(model: type, path: Path) -> str:
    """What a setting may be, in words."""
    from msgspec import inspect

    kind = _bare(_kind(model, path))
    if isinstance(kind, inspect.LiteralType):
        return _one_of(model, path)
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
        if kind.ge is not None and kind.le is not None:
            return f"{noun} from {kind.ge:g} to {kind.le:g}"
        return noun if kind.ge is None else f"{noun}, {kind.ge:g} or more"
    if isinstance(kind, inspect.BoolType):
        return "true or false, without quotation marks"
    if isinstance(kind, inspect.VarTupleType):
        item = _bare(kind.item_type)
        if isinstance(item, inspect.StructType):
            return "a list of tables, each under its name in double square brackets: [[name]]"
        return "a list of numbers, as in [80, 443]" if isinstance(item, inspect.IntType) else 'a list, as in ["a", "b"]'
    if isinstance(kind, inspect.StructType):
        return "a section: its name in square brackets on a line of its own, its settings below"
    return f"a text between quotation marks{_example(model, path)}"


def _example(model: type, path: Path) -> str:
    """The default of a setting, where it has one that says something."""
    field = next(field for field in _bare(_kind(model, path[:-1])).fields if field.name == path[-1])
    return f', as in {path[-1]} = "{field.default}"' if isinstance(field.default, str) and field.default else ""


def _one_of(model: type, path: Path) -> str:
    """The values from which a setting chooses, in the order of the settings table."""
    hints = get_type_hints(_bare(_kind(model, path[:-1])).cls)
    *first, last = [f"“{value}”" for value in get_args(hints[str(path[-1])])]
    return f"{', '.join(first)} or {last}" if first else last


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value[:60]}”"
    if isinstance(value, bool):
        return str(value).lower()
    return "a list" if isinstance(value, list) else "a section" if isinstance(value, dict) else str(value)[:60]


def _unknown(key: str, path: Path, model: type) -> str:
    """That there is no such setting, and which may be meant."""
    known = [field.name for field in _bare(_kind(model, path)).fields]
    near = difflib.get_close_matches(key, known, n=1)
    guess = f"did you mean “{near[0]}”?" if near else f"known here: {', '.join(known)}"
    table = ".".join(step for step in path if isinstance(step, str))
    return f"there is no setting “{key}” {f'in [{table}]' if table else 'at the top'}; {guess}"
