"""Words, phrases and the glossary: how the linker reads a text.

The worse error is to join what does not belong together: a wrong synonym makes false links everywhere.
So words fold together only where a Snowball stem or the glossary says so, and the glossary is data that staff edit.

A reading is a list of tokens with a *key* each.
Equal keys mean equal subject matter: a stem (`inspect`), a glossary entry (`=ehcp`) or a pair (`singl_word`).
Urls, @handles and the association's own names carry nothing and have no key; a year carries little.
Small numbers have no key of their own, because "in 10 areas" is about nothing, but "Progress 8" is a pair;
from three digits on a number is as good as a word.
Capital abbreviations of up to four letters match in capitals only: SEND is not "send", MAT is not "mat".

A tag in small letters is read as words where all of it is words of statements or glossary: #schoolfunding.

Rejected: lemmatising by dictionary (slower, no better on posts); character n-grams (an explanation nobody can read);
abbreviations mined from "Long Name (LN)" (posts use those that the statements never spell out).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from aggregator.linking_glossary import Glossary

_WORD = re.compile(r"#?(?:\d{1,3}(?:,\d{3})+|[^\W_]+(?:[’'][^\W_]+)*)")
_NOISE = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|@[\w.@-]*\w"
    r"|\b\w[\w-]*(?:\.[\w-]+)*\.(?:com|org|net|uk|gov|ac|eu|info|tv|social|page|edu|io)\b(?:/\S*)?",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"@|/|\w\.\w")  # without one of these there is no url and no handle
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z]+|[A-Z]+|\d+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’')\]]{0,3}\s+(?=[\"“‘'(\[]{0,3}[A-Z0-9•])|\n+")
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_CACHE = 200_000  # words remembered; a private memory of what each looks up to
YEAR_SIGN = "#"  # before a year: it tells one year's demand from another's, and nothing by itself
PAIR_SIGN = "_"  # between the two of a pair; no word holds it
FARTHEST = 4  # words from the first of a pair to the second, small words between: "culture that is more inclusive"
LONGEST_WORD = 40  # letters; beyond this it is no word
SHORTEST_PART = 3  # letters of a word within a tag in small letters
_SHOUTED = re.compile(r"#([A-Z]{2,5})s?([a-z]{3,}|[A-Z][a-z]\w+)")
LONGEST_SENTENCE = 60  # words; a text without full stops is read in pieces of this length


class Info(NamedTuple):
    """What one written word means to the linker."""

    key: str | None  # None: carries nothing
    match: str  # what glossary phrases are compared with
    number: bool = False
    parts: tuple[tuple[Info, int, int], ...] = ()  # of a hashtag: each word with its offsets


class Token(NamedTuple):
    """A key with its place in the text."""

    key: str
    start: int
    end: int


class Span(NamedTuple):
    """A sentence's place in the text and how many words it has."""

    start: int
    end: int
    words: int


class Reader:
    """Reads texts into keys; one per linker, because the association's names and the glossary go in."""

    def __init__(self, glossary: Glossary, organisation: Iterable[str] = ()) -> None:
        import Stemmer  # here, because only a process that links needs it

        stemmer = Stemmer.Stemmer("english", 0)
        self._stem = stemmer.stemWord
        self._cache: dict[str, Info] = {}
        self._stop = {word.casefold() for word in glossary.stop}
        self._vocabulary: set[str] = set()  # written words of the statements and of the glossary's forms
        self._unread: list[str] = []  # texts whose words belong there, read when the first tag asks
        self._single: dict[str, str] = {}  # match key of a one-word form → its key
        # First word → second word → what follows the first, longest first, with the key.
        self._phrases: dict[str, dict[str, list[tuple[tuple[str, ...], str | None]]]] = {}
        self._matches: dict[str, str] = {}  # of the glossary's words: its thousands of forms share them
        self.extra: dict[str, tuple[str, ...]] = {}  # key → keys of related subjects (`~…`) that it brings along
        self.related: dict[str, tuple[float, tuple[str, ...]]] = {}  # `~…` → weight, the keys it stands for
        for name in (*organisation, *glossary.ignore):
            self._add_form(name, None)
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
        return " ".join([known.get(word) or self._remember(word) for word in _WORD.findall(form)])

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
        self._cache.clear()

    # ------------------------------------------------------------ words

    def _match_word(self, raw: str) -> str:
        word = raw.lstrip("#")
        capital = word[:-1] if word.endswith("s") else word
        capital = capital[:-1] if capital.endswith(("’", "'")) else capital
        if 2 <= len(capital) <= 4 and capital.isupper():
            return capital  # stays in capitals: an abbreviation
        word = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
        return str(self._stem(word.removesuffix("'s")))

    def _look(self, raw: str) -> Info:
        if len(self._cache) > _CACHE:
            self._cache.clear()
        info = self._tag(raw) if raw[0] == "#" else self._word(raw)
        self._cache[raw] = info
        return info

    def _word(self, raw: str) -> Info:
        match = self._match_word(raw[: LONGEST_WORD + 1])
        known = self._single.get(match)
        if known:
            return Info(known, match)
        plain = raw.casefold().replace("’", "'").removesuffix("'s")
        if plain in self._stop or plain.rstrip("0123456789") in self._stop or len(raw) > LONGEST_WORD:
            return Info(None, match)
        if (digits := plain.replace(",", "")).isdigit():
            year = _YEAR.fullmatch(plain)
            if year:
                return Info(YEAR_SIGN + plain, match)
            return Info(digits, match) if len(digits) > 2 else Info(None, match, number=True)
        if len(plain) < 2 or _YEAR.fullmatch(plain[:4]):
            return Info(None, match)
        return Info(match.lower(), match)

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
        self._cache.clear()

    def _read_words(self) -> None:
        for text in self._unread:
            self._vocabulary.update(map(str.casefold, _WORD.findall(text)))
        self._unread.clear()

    def _infos(self, words: Iterable[str]) -> list[Info]:
        out: list[Info] = []
        cache, look = self._cache, self._look
        for raw in words:
            info = cache.get(raw) or look(raw)
            if info.parts:
                out.extend(part for part, _, _ in info.parts)
            else:
                out.append(info)
        return out

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        for found in _WORD.finditer(text):
            info = self._cache.get(found.group()) or self._look(found.group())
            if info.parts:
                for _, start, end in info.parts:
                    yield found.start() + start, found.start() + end
            else:
                yield found.start() + (found.group()[0] == "#"), found.end()

    def is_small(self, word: str) -> bool:
        """Whether a word carries nothing: it, the, of, the association's name."""
        return word.casefold() in self._stop

    # ------------------------------------------------------------ readings

    def _emit(self, infos: Sequence[Info], names: Container[str] = ()) -> Iterator[tuple[str, int, int]]:
        """All keys with the first and the last word they stand for; words within one of the names are left out."""
        phrases = self._phrases
        named = -1  # last word of the known name we are in
        before, before_at = "", -9
        inside = -1  # last word of the glossary phrase we are in
        silent = False
        for at, (key, match, number, _) in enumerate(infos):
            if match in phrases and not (silent and at <= inside):
                following = infos[at + 1].match if at + 1 < len(infos) else ""
                for rest, name in phrases[match].get(following, ()):
                    if at + len(rest) >= len(infos):
                        continue
                    if len(rest) == 1 or all(map(_is_match, infos[at + 2 : at + 1 + len(rest)], rest[1:])):
                        inside, silent = max(inside, at + len(rest)), name is None
                        if silent:  # the longest comes first, and nothing within it counts
                            break
                        if name in names:
                            named = max(named, at + len(rest))
                        yield str(name), at, at + len(rest)
            if at <= inside and silent:
                before_at = -9
                continue
            if key and key[0] == YEAR_SIGN:
                yield key, at, at
                continue
            if key is None:
                if number:
                    this, gap = YEAR_SIGN + match, 1
                else:
                    continue
            else:
                this, gap = key, FARTHEST
            if at > inside and at - before_at <= gap:
                yield before + PAIR_SIGN + this, before_at, at
            if key and at > named:
                yield key, at, at
            before, before_at = this, at

    def keys(self, text: str) -> list[str]:
        """The distinct keys of a text, related subjects included; the fast path without places."""
        return self.keys_of(words_of(clean(text)))

    def keys_of(self, words: Iterable[str]) -> list[str]:
        """The same of a text whose words are known, as `words_of` gives them of the clean text."""
        found = dict.fromkeys([key for key, _, _ in self._emit(self._infos(words), self.names)])
        extra = self.extra
        for key in [key for key in found if key in extra]:
            for name in extra[key]:
                found[name] = None
        return list(found)

    def counts(self, text: str) -> dict[str, int]:
        """How often each key stands in a text, without related subjects: for the statements' side."""
        out: dict[str, int] = {}
        for key, _, _ in self._emit(self._infos(words_of(clean(text)))):
            out[key] = out.get(key, 0) + 1
        return out

    def tokens(self, text: str) -> list[Token]:
        """All keys with their places, related subjects included, in reading order."""
        text = clean(text)
        places = list(self._places(text))
        out: list[Token] = []
        for key, first, last in self._emit(self._infos(words_of(text)), self.names):
            start, end = places[first][0], places[last][1]
            out.append(Token(key, start, end))
            out.extend(Token(name, start, end) for name in self.extra.get(key, ()))
        return out


def _longest_first(entry: tuple[tuple[str, ...], str | None]) -> int:
    return -len(entry[0])


def _is_match(info: Info, match: str) -> bool:
    return info.match == match


def clean(text: str) -> str:
    """The text with urls and handles blanked out, every other character in its place."""
    if _DOTTED.search(text):
        return _NOISE.sub(lambda found: " " * len(found.group()), text)
    return text


def words_of(text: str) -> list[str]:
    """The written words, as they stand."""
    return _WORD.findall(text)


def word_places(text: str) -> list[tuple[str, int, int]]:
    """The written words, as they stand, with their places."""
    return [(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]


def sentences(text: str) -> list[Span]:
    """The sentences of a text; line ends close a sentence, endless ones are cut into pieces.

    >>> text = "Grades must go. Ofsted, e.g. its teams, said no\\nMore here"
    >>> [text[span.start:span.end] for span in sentences(text)]
    ['Grades must go.', 'Ofsted, e.g. its teams, said no', 'More here']
    """
    out: list[Span] = []
    blank = clean(text)
    start = 0
    for stop, following in [*((end.start(), end.end()) for end in _SENTENCE_END.finditer(blank)), (len(text), 0)]:
        stop += len(blank[stop:following].rstrip())  # a closing quotation mark belongs to the sentence
        out.extend(_pieces(blank, start, stop))
        start = following
    return out


def _pieces(text: str, start: int, stop: int) -> Iterator[Span]:
    """A sentence as one span, or as several where it has no end."""
    places = [word.span() for word in _WORD.finditer(text, start, stop)]
    for at in range(0, len(places), LONGEST_SENTENCE):
        piece = places[at : at + LONGEST_SENTENCE]
        last = at + LONGEST_SENTENCE >= len(places)
        yield Span(start if at == 0 else piece[0][0], stop if last else piece[-1][1], len(piece))


def shown(value: Any) -> str:
    """A piece of text on one line, as a person reads it."""
    return " ".join(str(value).split())
