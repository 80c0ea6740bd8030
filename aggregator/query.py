"""The search language: a line of words and operators as a tree.

    "pupil premium" outlet:tes -from:minister is:proposed position:funding date:P2W has:quote (a OR b)

Words stand together with AND; `OR` and brackets join, `-` or `NOT` excludes, quotation marks keep words in order,
a star at the end of a word finds its beginnings, and `name:value` asks for a property.

Which error is worse: to search for something else than was meant is worse than to ask.
So a slip (an open bracket, an unknown operator) is an error that says where it stands and what is known;
only what cannot mean anything, such as a lone dash, is passed over, and a search of nothing else is told so.
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re
from collections.abc import Iterator
from typing import TypeAlias

from aggregator.errors import CuttingsError
from parsers.model import Record

#: Operators and what they ask for; the same list is the help of the search page.
FIELDS = {
    "outlet": "name of an outlet, or a part of it: outlet:courier",
    "from": "author of a thread or outlet of an article: from:ada.example; by: is the same",
    "position": 'id of a position, or words of its title: position:funding, position:"league tables"',
    "is": "thread (two parts and more), post (a lone one), article, linked, unlinked, proposed, confirmed, rejected, "
    "added, likely, possible, broken, stub; beside position: or area: it is that link which is meant",
    "has": "quote, card, url, story",
    "missing": "date, outlet, url, headline or any: articles that lack it",
    "date": "day 2026-11-09, month 2026-11, span 2026-11-02..2026-11-15, today, yesterday, or the last P2W (days D, "
    "weeks W, months M); since: and until: give one end of a span, after: and before: the same without the day itself; "
    "beside these four P2W is the day two weeks ago",
    "week": "ISO week of publication: 2026-W46",
    "area": "policy area of a linked position: area:inclusion",
    "story": "id of a story: story:y-0123456789ab",
}
#: Other names for operators.
SAME = {
    "author": "from", "by": "from", "who": "from", "kind": "is", "status": "is",
    "since": "date", "until": "date", "after": "date", "before": "date",
}  # fmt: skip
IS = ("thread", "post", "article", "linked", "unlinked", "proposed", "confirmed", "rejected", "added", "likely",
      "possible", "broken", "stub")  # fmt: skip
HAS = ("quote", "card", "url", "story")
MISSING = ("date", "outlet", "url", "headline", "any")
_CHOICES = {"is": IS, "has": HAS, "missing": MISSING}
#: Deeper brackets are nobody's question.
MAX_DEPTH = 20
MAX_LENGTH = 1000


class QueryError(CuttingsError):
    """A search that cannot be understood; `place` is the character at which it goes wrong, 0 first."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


class Text(Record, frozen=True, kw_only=True):
    """Words that stand next to each other; `prefix` when the last one is only a beginning."""

    words: str
    prefix: bool = False


class Field(Record, frozen=True, kw_only=True):
    """A property that is asked for."""

    name: str
    value: str


class Span(Record, frozen=True, kw_only=True):
    """Days of publication, the last one excluded."""

    from_day: dt.date
    until_day: dt.date


class Not(Record, frozen=True, kw_only=True):
    """What must not be."""

    item: Node


class And(Record, frozen=True, kw_only=True):
    """All of these."""

    items: tuple[Node, ...]


class Or(Record, frozen=True, kw_only=True):
    """Any of these."""

    items: tuple[Node, ...]


Node: TypeAlias = Text | Field | Span | Not | And | Or

_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<not>-(?=[^\s\-]))"
    r'|(?P<field>[A-Za-z]+):(?P<value>"[^"]*"?|[^\s()"]*)'
    r'|(?P<phrase>"[^"]*"?|“[^”]*”?)(?P<star>\*?)|(?P<stray>”)|(?P<word>[^\s()"“”]+))'
)


def parse(text: str, today: dt.date) -> Node:
    """The tree of a search; an empty search asks for everything: `And(items=())`.

    `today` is the day that spans such as P2W count back from.
    Raises `QueryError`.
    """
    # Neither NUL nor a lone surrogate can stand in a stored text.
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a search has at most {MAX_LENGTH} characters", MAX_LENGTH)
    reader = _Reader(text, today)
    node = reader.any_of(0)
    if reader.token is not None:
        raise QueryError("this bracket closes nothing", reader.token.start())
    if _is_empty(node) and text.strip():
        raise QueryError("there is nothing to look for here; write a word, or nothing at all to see everything", 0)
    return node


def _is_empty(node: Node) -> bool:
    """Whether a search asks for nothing, in however many brackets."""
    if isinstance(node, Not):
        return _is_empty(node.item)
    return isinstance(node, (And, Or)) and all(map(_is_empty, node.items))


def _refuse_unclosed(token: re.Match[str], name: str) -> None:
    """Words behind a quotation mark that is never closed would be searched for in their order, all of them."""
    text = token[name]
    if text[:1] in ('"', "“") and (len(text) == 1 or text[-1] != {"“": "”"}.get(text[0], '"')):
        raise QueryError(
            "this quotation mark is not closed; put one behind the words too, or leave it out", token.start(name)
        )


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, text: str, today: dt.date) -> None:
        self._tokens = self._scan(text)
        self._today = today
        self._end = len(text)
        self.token: re.Match[str] | None = None
        self._next()

    @staticmethod
    def _scan(text: str) -> Iterator[re.Match[str]]:
        place = 0
        while match := _TOKEN.match(text, place):
            yield match
            place = match.end()

    def _next(self) -> None:
        self.token = next(self._tokens, None)

    def any_of(self, depth: int) -> Node:
        """Alternatives."""
        items = [self._all_of(depth)]
        while self.token is not None and self.token["word"] == "OR":
            place = self.token.start("word")
            self._next()
            after = self._all_of(depth)
            if after == And(items=()) or items[-1] == And(items=()):
                raise QueryError(
                    "OR needs something on both sides; write “or” in quotation marks to search for it", place
                )
            items.append(after)
        return items[0] if len(items) == 1 else Or(items=tuple(items))

    def _all_of(self, depth: int) -> Node:
        items = []
        while self.token is not None and not self.token["close"] and self.token["word"] != "OR":
            item = self._one(depth)
            if item is not None:
                items.append(item)
        return items[0] if len(items) == 1 else And(items=tuple(items))

    def _one(self, depth: int) -> Node | None:
        token = self.token
        assert token is not None
        self._next()
        if token["not"] or token["word"] == "NOT":
            return self._negated(token, depth)
        if token["open"]:
            return self._bracket(token, depth)
        if token["field"]:
            return self._field(token)
        if token["stray"]:
            raise QueryError("this quotation mark closes nothing; put one before the words too", token.start("stray"))
        if token["phrase"]:
            _refuse_unclosed(token, "phrase")
            words = token["phrase"].strip('"“”').strip()
            return Text(words=words, prefix=bool(token["star"])) if re.search(r"\w", words) else None
        word = token["word"]
        if word == "AND" or not re.search(r"\w", word):
            return None
        return Text(words=word.rstrip("*"), prefix=word.endswith("*"))

    def _negated(self, token: re.Match[str], depth: int) -> Node | None:
        if self.token is None or self.token["close"]:
            raise QueryError("there is nothing behind this to exclude", token.start())
        if depth >= MAX_DEPTH:
            raise QueryError("this goes too deep", token.start())
        item = self._one(depth + 1)
        return None if item is None else Not(item=item)

    def _bracket(self, token: re.Match[str], depth: int) -> Node:
        if depth >= MAX_DEPTH:
            raise QueryError("these brackets go too deep", token.start("open"))
        node = self.any_of(depth + 1)
        if self.token is None:
            raise QueryError("this bracket is not closed", token.start("open"))
        self._next()
        return node

    def _field(self, token: re.Match[str]) -> Node:
        if token["field"].lower() in ("http", "https"):  # an address that was pasted
            return Text(words=token["value"].strip('"/'))
        name = SAME.get(token["field"].lower(), token["field"].lower())
        _refuse_unclosed(token, "value")
        value = token["value"].strip('"').strip()
        place = token.start("field")
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            hint = f"; did you mean “{near[0]}:”?" if near else f"; known are {', '.join(f'{f}:' for f in FIELDS)}"
            raise QueryError(f"“{token['field']}:” is no operator{hint}", place)
        if not value:
            raise QueryError(f"“{name}:” needs a value: {FIELDS[name]}", place)
        if name == "date":
            return _dates(token["field"].lower(), value, self._today, place)
        if name == "week":
            return _week(value, place)
        if name in _CHOICES:
            value = _choice(name, value, place)
        return Field(name=name, value=value)


def _choice(name: str, value: str, place: int) -> str:
    """One of the values that an operator takes; “articles” is “article”."""
    known, low = _CHOICES[name], value.lower()
    if low in known or low.removesuffix("s") in known:
        return low if low in known else low.removesuffix("s")
    raise QueryError(f"“{name}:{value}” is not known; {name}: takes {', '.join(known)}", place)


def _dates(name: str, value: str, today: dt.date, place: int) -> Span:
    """What “date:” says, “since:” begins, “until:” ends, “after:” follows or “before:” precedes.

    What is a span by itself stays as it is for “since:” and “until:”, where it does not point the other way.
    For all but “date:” P2W is the day two weeks ago: “until:P2W” is what is older, not what is newer.
    """
    span = _span(value, today, place)
    if value[:2] == ".." or value[-2:] == "..":
        _refuse_other_way(name, value, place)
    if name == "date" or (".." in value and name in ("since", "until")) or (value[:1] in "Pp" and name == "since"):
        return span
    if value[:1] in "Pp":
        span = Span(from_day=span.from_day, until_day=span.from_day + dt.timedelta(days=1))
    first = {"since": span.from_day, "after": span.until_day}.get(name, dt.date.min)
    end = {"until": span.until_day, "before": span.from_day}.get(name, dt.date.max)
    if end <= first:
        raise QueryError(f"“{name}:{value}” leaves no day", place)
    return Span(from_day=first, until_day=end)


def _refuse_other_way(name: str, value: str, place: int) -> None:
    """“until:2026-11-02..” says until and from at once; “since:2026-11-02..” says the same twice, which is fine."""
    if name == "date" or (name == "since" and value[:2] != "..") or (name == "until" and value[-2:] != ".."):
        return
    day = value.strip(".") or "2026-11-02"
    raise QueryError(
        f"“{name}:{value}” can be read two ways; write {name}:{day}, or date:{day}.. or date:..{day} for a span", place
    )


def _span(value: str, today: dt.date, place: int) -> Span:
    """A day, a month, a span of days, or the last so many days, weeks or months."""
    back = re.fullmatch(r"[Pp](\d{1,4})([DWMdwm])", value)
    try:
        if back:
            days = int(back[1]) * {"D": 1, "W": 7, "M": 30}[back[2].upper()]
            return Span(from_day=today - dt.timedelta(days=days), until_day=today + dt.timedelta(days=1))
        first, separator, last = value.partition("..")
        start = _edge(first, today, last=False) if first else dt.date.min
        end = _edge(last or first, today, last=True) if (last or not separator) else dt.date.max
    except (ValueError, OverflowError) as exc:
        raise QueryError(f"“{value}” is no date; date: takes a {FIELDS['date']}", place) from exc
    if end <= start:
        raise QueryError(f"“{value}” ends before it begins", place)
    return Span(from_day=start, until_day=end)


def _edge(text: str, today: dt.date, *, last: bool) -> dt.date:
    """The first day of a day, month or year, or with `last` the day after it."""
    back = {"today": 0, "yesterday": 1}.get(text.lower())
    if back is not None:
        return today - dt.timedelta(days=back - last)
    match = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text)
    if not match:
        raise ValueError(text)
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    first = dt.date(year, month, day)
    if not last:
        return first
    if match[3]:
        return first + dt.timedelta(days=1)
    if match[2]:
        return first + dt.timedelta(days=calendar.monthrange(year, month)[1])
    return dt.date(year + 1, 1, 1)


def _week(value: str, place: int) -> Span:
    match = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", value)
    try:
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        monday = None
    if monday is None:
        raise QueryError(f"“{value}” is no week; write one like week:2026-W46", place)
    return Span(from_day=monday, until_day=monday + dt.timedelta(days=7))


def texts(node: Node) -> list[Text]:
    """The words that a result must hold somewhere, for marking them: those not excluded."""
    if isinstance(node, Text):
        return [node]
    if isinstance(node, (And, Or)):
        return [text for item in node.items for text in texts(item)]
    return []
