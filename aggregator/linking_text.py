"""Words, phrases and the glossary: how the linker reads a text.

The worse error is to join what does not belong together: a wrong synonym makes false links everywhere.
So words fold together only where a Snowball stem or the glossary says so, and the glossary is data that staff edit.

A reading is a list of tokens with a *key* each.
Equal keys mean equal subject matter: a stem (`inspect`), a glossary entry (`=ehcp`) or a pair (`singl_word`).
Urls, @handles and the association's own names carry nothing and have no key; a year carries little.
Small numbers have no key of their own, because "in 10 areas" is about nothing, but "Progress 8" is a pair;
from three digits on a number is as good as a word.
Among thousands of statements, near-same ones differ in nothing but a small number, a preposition or "US": there a
reading is fine, and these have keys as years have.
Capital abbreviations of up to four letters match in capitals only: SEND is not "send", MAT is not "mat".

A tag in small letters is read as words where all of it is words of statements or glossary: #schoolfunding.

Rejected: lemmatising by dictionary (slower, no better on posts); character n-grams (an explanation nobody can read);
abbreviations mined from "Long Name (LN)" (posts use those that the statements never spell out).
"""

from __future__ import annotations

import bisect
import itertools
import operator
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from aggregator.linking_glossary import Glossary
from aggregator.linking_words import WORD, Remembering, Span, clean, words_between

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z]+|[A-Z]+|\d+")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_CACHE = 200_000  # words remembered; a private memory of what each looks up to
YEAR_SIGN = "#"  # before a year: it tells one year's demand from another's, and nothing by itself
# Small words that carry nothing in any archive; the others of the stop list may tell one of thousands from the rest.
_SMALLEST = """
a am an and any are as at be been but by can did do does for from had has have he her him his i if in into is it its
just me my no not of on or our she so some such than that the their them then there these they this to us was we were
what which who will with would you your
"""
SMALLEST = frozenset(_SMALLEST.split())
PAIR_SIGN = "_"  # between the two of a pair; no word holds it
FARTHEST = 4  # words from the first of a pair to the second, small words between: "culture that is more inclusive"
LONGEST_WORD = 40  # letters; beyond this it is no word
SHORTEST_PART = 3  # letters of a word within a tag in small letters
_SHOUTED = re.compile(r"#([A-Z]{2,5})s?([a-z]{3,}|[A-Z][a-z]\w+)")


_KEY = operator.itemgetter(0)
Following: TypeAlias = dict[str, list[tuple[tuple[str, ...], str | None]]]


#: First of a pair → the seconds.
Pairs: TypeAlias = Mapping[str, Container[str]]


class Info(NamedTuple):
    """What one written word means to the linker."""

    key: str | None  # None: carries nothing
    match: str  # what glossary phrases are compared with
    paired: str | None = None  # what stands for it in a pair; None: it is in none
    starts: Following | None = None  # the glossary phrases that begin with it
    parts: tuple[tuple[Info, int, int], ...] = ()  # of a hashtag: each word with its offsets


class Token(NamedTuple):
    """A key with its place in the text."""

    key: str
    start: int
    end: int


class Reader:
    """Reads texts into keys; one per linker, because the association's names and the glossary go in."""

    def __init__(self, glossary: Glossary, organisation: Iterable[str] = ()) -> None:
        import Stemmer  # here, because only a process that links needs it

        stemmer = Stemmer.Stemmer("english", 0)
        self._stem = stemmer.stemWord
        self._cache: dict[str, Info] = {}
        self._light: dict[str, bool] = {}
        self._stretches = Remembering(self._read)
        self._small = frozenset(word.casefold() for word in glossary.stop)
        self._stop = set(self._small)
        self._vocabulary: set[str] = set()  # written words of the statements and of the glossary's forms
        self._unread: list[str] = []  # texts whose words belong there, read when the first tag asks
        self._single: dict[str, str] = {}  # match key of a one-word form → its key
        # First word → second word → what follows the first, longest first, with the key.
        self._phrases: dict[str, Following] = {}
        self._matches: dict[str, str] = {}  # of the glossary's words: its thousands of forms share them
        self.extra: dict[str, tuple[str, ...]] = {}  # key → keys of related subjects (`~…`) that it brings along
        self.related: dict[str, tuple[float, tuple[str, ...]]] = {}  # `~…` → weight, the keys it stands for
        for name in (*organisation, *glossary.ignore):
            self._add_form(name, None)
        self.reads_finely = False  # small words and numbers too, as among thousands of statements
        self.generic: frozenset[str] = frozenset()
        self.names: Container[str] = ()  # glossary phrases that statements hold: in a text each counts as one word
        self._read_glossary(glossary)

    # ------------------------------------------------------------ the glossary

    def _read_glossary(self, glossary: Glossary) -> None:
        for group in glossary.same:
            for form in group:
                self._add_form(form, "=" + self._match(group[0]))
        self.generic = frozenset(self.form_key(word) for word in glossary.generic)
        for number, rule in enumerate(glossary.related):
            means = tuple(dict.fromkeys(map(self.form_key, rule.means)))
            both = rule.says == rule.means  # a word is no evidence for itself twice
            for form in rule.says:
                key = self.form_key(form)
                name, weight = f"~{number}", rule.weight
                if key in self.generic:  # "places" may speak of admissions, and of much else
                    name, weight = f"~{number}?", rule.weight / 2
                if both:
                    name = f"{name}{key}"
                if name not in self.extra.get(key, ()):
                    self.related[name] = (weight, tuple(other for other in means if other != key) if both else means)
                    self.extra[key] = (*self.extra.get(key, ()), name)
        self.extra = {key: self._once(names) for key, names in self.extra.items()}
        self.topics = frozenset(self.form_key(form) for form in glossary.topics)
        self.chatter = frozenset(self.form_key(form) for form in glossary.chatter)

    def _once(self, names: Sequence[str]) -> tuple[str, ...]:
        """Of entries that mean much the same by a word the strongest: it speaks once, however often it is listed."""
        if len(names) == 1:
            return (names[0],)
        kept: list[str] = []
        for name in sorted(names, key=lambda name: -self.related[name][0]):
            means = set(self.related[name][1])
            if all(2 * len(means & set(self.related[other][1])) < len(means) for other in kept):
                kept.append(name)
        return tuple(name for name in names if name in kept)

    def _match(self, form: str) -> str:
        known = self._matches
        return " ".join([known.get(word) or self._remember(word) for word in WORD.findall(form)])

    def _remember(self, word: str) -> str:
        return self._matches.setdefault(word, self._match_word(word))

    def form_key(self, form: str) -> str:
        """The key of a glossary form; a phrase not known yet becomes one, so that texts show it from now on."""
        match = self._match(form)
        if " " not in match:
            return self._single.get(match) or match.lower()
        first, _, rest = match.partition(" ")
        following = tuple(rest.split(" "))
        for words, key in self._phrases.get(first, {}).get(following[0], ()):
            if words == following and key:
                return key
        self._add_form(form, "=" + match)
        return "=" + match

    def _add_form(self, form: str, key: str | None) -> None:
        match = self._match(form)
        if not match:
            return
        self._unread.append(form)
        first, _, rest = match.partition(" ")
        if rest:
            following = tuple(rest.split(" "))
            known = self._phrases.setdefault(first, {}).setdefault(following[0], [])
            known[:] = [entry for entry in known if entry[0] != following]
            known.append((following, key))
            known.sort(key=_longest_first)
        elif key is None:
            self._stop.add(form.casefold())
        else:
            self._single[first] = key
        self._forget()

    def read_finely(self) -> None:
        """Give small numbers, small words and capitals such as US a key too: near-same claims differ in these."""
        self.reads_finely = True
        self._cache.clear()
        self._stretches.clear()

    # ------------------------------------------------------------ words

    def _match_word(self, raw: str) -> str:
        word = raw.lstrip("#")
        if word.isascii() and word.isdigit():
            return word
        capital = word[:-1] if word.endswith("s") else word
        capital = capital[:-1] if capital.endswith(("’", "'")) else capital
        if 2 <= len(capital) <= 4 and capital.isupper():
            return capital  # stays in capitals: an abbreviation
        word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
        return str(self._stem(word.removesuffix("'s")))

    def _forget(self) -> None:
        self._cache.clear()
        self._stretches.clear()

    def _look(self, raw: str) -> Info:
        if len(self._cache) > _CACHE:
            self._cache.clear()
        info = self._tag(raw) if raw[0] == "#" else self._word(raw)
        self._cache[raw] = info
        return info

    def _word(self, raw: str) -> Info:
        match = self._match_word(raw[: LONGEST_WORD + 1])
        key, paired = self._key_of(raw, match)
        return Info(key, match, paired, self._phrases.get(match))

    def _key_of(self, raw: str, match: str) -> tuple[str | None, str | None]:
        """A word's key, and what stands for it in a pair."""
        known = self._single.get(match)
        if known:
            return known, known
        plain = raw.casefold().replace("’", "'").removesuffix("'s")
        if plain in self._stop or plain.rstrip("0123456789") in self._stop or len(raw) > LONGEST_WORD:
            return self._fine_key(plain, match), None
        if (digits := plain.replace(",", "")).isdigit():
            if _YEAR.fullmatch(plain):
                return YEAR_SIGN + plain, None
            return (digits, digits) if len(digits) > 2 else (None, YEAR_SIGN + match)
        if len(plain) < 2 or _YEAR.fullmatch(plain[:4]):
            return None, None
        return match.lower(), match.lower()

    def _fine_key(self, plain: str, match: str) -> str | None:
        """The key of a small word where the reader reads finely."""
        if not self.reads_finely or plain not in self._small:
            return None
        return YEAR_SIGN + match if match.isupper() or plain not in SMALLEST else None

    def _tag(self, raw: str) -> Info:
        whole = self._word(raw[1:])
        if whole.key is None or whole.key.startswith("="):
            return whole
        places = self._tag_places(raw[: 2 * LONGEST_WORD])
        if len(places) < 2:
            return whole
        return Info(None, "", parts=tuple((self._word(raw[start:end]), start, end) for start, end in places))

    def _tag_places(self, raw: str) -> list[tuple[int, int]]:
        """Where the words of a tag stand: by its capitals, by a known abbreviation at its head, or by our words."""
        shouted = _SHOUTED.fullmatch(raw)
        if shouted and shouted[1] in self._single:
            return [(1, 1 + len(shouted[1])), (shouted.start(2), len(raw))]
        pieces = [found.span() for found in _CAMEL.finditer(raw)]
        self._read_words()
        if len(pieces) > 1 or raw[1:].casefold() in self._vocabulary:
            return pieces
        return self._split(raw[1:].casefold(), 1)

    def _split(self, word: str, start: int) -> list[tuple[int, int]]:
        """A run of letters as the fewest words of ours, small ones between them; nothing where it is none."""
        best: list[list[tuple[int, int]] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for begin in range(max(0, end - LONGEST_WORD // 2), end):
                before, part = best[begin], word[begin:end]
                known = (len(part) >= SHORTEST_PART and part in self._vocabulary) or part in self._stop
                if before is not None and known and (best[end] is None or len(before) + 1 < len(best[end] or ())):
                    best[end] = [*before, (begin + start, end + start)]
        return best[-1] or []

    def learn_words(self, texts: Iterable[str]) -> None:
        """Know the written words of statements, so that tags in small letters can be read: #schoolfunding."""
        self._unread.extend(texts)
        self._forget()

    def _read_words(self) -> None:
        for text in self._unread:
            self._vocabulary.update(map(str.casefold, WORD.findall(text)))
        self._unread.clear()

    def infos(self, stretches: Iterable[str]) -> list[Info]:
        """What each word of a text means that is split at its spaces; the words of a tag one by one."""
        return list(itertools.chain.from_iterable(map(self._stretches.__getitem__, stretches)))

    def _read(self, stretch: str) -> tuple[Info, ...]:
        """What the words between two spaces mean."""
        out: list[Info] = []
        for raw in words_between(stretch):
            info = self._cache.get(raw) or self._look(raw)
            if info.parts:
                out += [part for part, _, _ in info.parts]
            else:
                out.append(info)
        return tuple(out)

    def _places(self, text: str) -> tuple[list[Info], list[tuple[int, int]]]:
        """What each word of a clean text means, and where it stands."""
        infos: list[Info] = []
        places: list[tuple[int, int]] = []
        for found in WORD.finditer(text):
            raw, (first, last) = found.group(), found.span()
            info = self._cache.get(raw) or self._look(raw)
            if info.parts:
                infos += [part for part, _, _ in info.parts]
                places += [(first + start, first + end) for _, start, end in info.parts]
            else:
                infos.append(info)
                places.append((first + (raw[0] == "#"), last))
        return infos, places

    def is_small(self, word: str) -> bool:
        """Whether a word carries nothing: it, the, of, the association's name."""
        return word.casefold() in self._stop

    def is_light(self, key: str) -> bool:
        """Whether a key tells little: a generic word, a year, a pair with one."""
        light = self._light.get(key)
        if light is None:
            first, _, second = key.partition(PAIR_SIGN)
            light = first in self.generic or second in self.generic or YEAR_SIGN in (first[0], second[:1])
            if len(self._light) > _CACHE:
                self._light.clear()
            self._light[key] = light
        return light

    # ------------------------------------------------------------ readings

    def _emit(
        self, infos: Sequence[Info], names: Container[str] = (), pairs: Pairs | None = None
    ) -> list[tuple[str, int, int]]:
        """All keys with the first and the last word they stand for; words within one of the names are left out.

        With `pairs` no others are made: nobody asks for most of them.
        """
        out: list[tuple[str, int, int]] = []
        named = -1  # last word of the known name we are in
        before, before_at = "", -9
        seconds: Container[str] = ()  # of the pairs that begin with the word before
        inside = -1  # last word of the glossary phrase we are in
        silent = False
        end, fine = len(infos) - 1, self.reads_finely
        for at, (key, _, paired, starts, _) in enumerate(infos):
            if starts and at < end and (second := infos[at + 1][1]) in starts and not (silent and at <= inside):
                for rest, name in starts[second]:
                    last = at + len(rest)
                    if len(rest) > 1 and not _follows(infos[at + 2 : last + 1], rest[1:]):
                        continue
                    inside, silent = max(inside, last), name is None
                    if name is None:  # the longest comes first, and nothing within it counts
                        break
                    if name in names:
                        named = max(named, last)
                    out.append((name, at, last))
            if silent and at <= inside:
                before_at = -9
                continue
            if paired is None:
                if key:
                    out.append((key, at, at))
                continue
            if (pairs is None or paired in seconds) and at > inside and at - before_at <= (FARTHEST if key else 1):
                out.append((before + PAIR_SIGN + paired, before_at, at))
            if at > named and (key or fine):
                out.append((key or paired, at, at))
            before, before_at = paired, at
            if pairs is not None:
                seconds = pairs.get(paired, ())
        return out

    def keys(self, text: str) -> list[str]:
        """The distinct keys of a text, related subjects included; the fast path without places."""
        return self.keys_of(self.infos(text.split()))

    def keys_of(self, infos: Sequence[Info], pairs: Pairs | None = None) -> list[str]:
        """The same of a text that is read already, where `pairs` are given with only these of all pairs."""
        found = dict.fromkeys(map(_KEY, self._emit(infos, self.names, pairs)))
        extra = self.extra
        for key in list(filter(extra.__contains__, found)):
            for name in extra[key]:
                found[name] = None
        return list(found)

    def counts(self, text: str) -> dict[str, int]:
        """How often each key stands in a text, without related subjects: for the statements' side."""
        return dict(Counter(key for key, _, _ in self._emit(self.infos(text.split()))))

    def tokens(self, text: str) -> list[Token]:
        """All keys with their places, related subjects included, in reading order."""
        return [Token(key, start, end) for key, start, end in self.emitted(text)]

    def emitted(self, text: str) -> list[tuple[str, int, int]]:
        """The same as bare tuples, of which many are made."""
        infos, places = self._places(clean(text))
        return self._placed(infos, places, None)

    def emitted_of(self, blank: str, spans: Sequence[Span], pairs: Pairs) -> list[list[tuple[str, int, int]]]:
        """The same of some sentences of a text whose urls and handles are blanked out already, with only these pairs.

        Places are those in the text.
        """
        infos, places = self._places(blank)
        starts = [start for start, _ in places]
        out = []
        for span in spans:
            words = slice(bisect.bisect_left(starts, span.start), bisect.bisect_left(starts, span.end))
            out.append(self._placed(infos[words], places[words], pairs))
        return out

    def _placed(
        self, infos: Sequence[Info], places: Sequence[tuple[int, int]], pairs: Pairs | None
    ) -> list[tuple[str, int, int]]:
        out: list[tuple[str, int, int]] = []
        extra = self.extra
        for key, first, last in self._emit(infos, self.names, pairs):
            start, end = places[first][0], places[last][1]
            out.append((key, start, end))
            if key in extra:
                out += [(name, start, end) for name in extra[key]]
        return out


def _follows(infos: Sequence[Info], rest: Sequence[str]) -> bool:
    return len(infos) == len(rest) and all(map(_is_match, infos, rest))


def _longest_first(entry: tuple[tuple[str, ...], str | None]) -> int:
    return -len(entry[0])


def _is_match(info: Info, match: str) -> bool:
    return info.match == match
