"""Article bodies: ours beside trafilatura and, where installed, readability-lxml, in one run.

    python bench/extract.py [FOLDER]

FOLDER holds one folder a page with `source.html` and `expected.html` (the text a reader would keep, as HTML) or
`expected.txt`.
The score is the F1 of four-word groups, averaged over pages, as the published comparisons have it; `exact` is the
share of pages where nothing is missing and nothing too much.
Pastes are simulated: the visible text of a page, whole or from its headline on.
Times are CPU times of this process; look at ratios, not at seconds.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import lxml.html

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from parsers import article_html, article_meta, article_text, html_second, html_tree  # noqa: E402
from parsers.errors import ParseError  # noqa: E402

Extractor = Callable[[bytes], str]
#: A page with damaged text, for which tables are loaded.
FIRST = "".join(f"<p>“The roof leaks,” she said for the {n}th time – and it didnâ€™t.</p>" for n in range(9)).encode()


class Page(NamedTuple):
    """One page and the text a reader would keep."""

    name: str
    source: bytes
    expected: str


class Score(NamedTuple):
    """Averages over pages, 0–1."""

    precision: float
    recall: float
    f1: float
    exact: float
    seconds: float  # a page


def main(folder: Path) -> None:
    """Print one table of bodies and one of pastes."""
    pages = list(read_pages(folder))
    if not pages:
        sys.exit(f"no pages in {folder}: each needs a folder with source.html and expected.html")
    print(f"{len(pages)} pages, {sum(len(page.source) for page in pages) // 1000} kB\n")
    extractors = dict(html_extractors())
    for extract in extractors.values():
        extract(pages[0].source)  # imports and tables that are loaded once are not what is measured
        extract(FIRST)
    scores = {name: score(pages, extract) for name, extract in extractors.items()}
    table(scores, scores["trafilatura, defaults"].seconds)
    pastes = {
        "paste, whole page, as it is": lambda source: visible(source),
        "paste, whole page, ours": lambda source: cleaned(visible(source)),
        "paste, from the headline, as it is": lambda source: from_headline(source),
        "paste, from the headline, ours": lambda source: cleaned(from_headline(source)),
    }
    print()
    table({name: score(pages, extract) for name, extract in pastes.items()}, None)
    print()
    metadata(pages)


def read_pages(folder: Path) -> Iterable[Page]:
    """The pages of a folder, by name."""
    for source in sorted(folder.glob("*/source.html")):
        text, html = source.with_name("expected.txt"), source.with_name("expected.html")
        if text.exists():
            yield Page(source.parent.name, source.read_bytes(), text.read_text("utf-8"))
        elif html.exists():
            items = html_tree.outline(lxml.html.fromstring(html.read_text("utf-8"))).items
            yield Page(source.parent.name, source.read_bytes(), "\n".join(item.text for item in items))


def html_extractors() -> Iterable[tuple[str, Extractor]]:
    """Name and function of each extractor that is installed."""
    import trafilatura

    yield "ours", lambda source: _text_of(article_html.extract, source)
    yield "trafilatura, defaults", lambda source: trafilatura.extract(source) or ""
    yield "trafilatura, fast", lambda source: trafilatura.extract(source, fast=True) or ""
    yield "resiliparse, main content", lambda source: html_second.cheap(html_tree.decode(source)[0]).text
    try:
        import readability
    except ImportError:
        return

    def readable(source: bytes) -> str:
        summary = readability.Document(html_tree.decode(source)[0]).summary()
        return "\n".join(item.text for item in html_tree.outline(lxml.html.fromstring(summary)).items)

    yield "readability-lxml", readable


def metadata(pages: Sequence[Page], rounds: int = 5) -> None:
    """Time of metadata alone: both sides begin with the same bytes; the ratio is the median of the rounds."""
    import trafilatura.metadata

    readers: dict[str, Callable[[bytes], object]] = {
        "metadata, ours": article_meta.of_page,
        "metadata, trafilatura": trafilatura.metadata.extract_metadata,
    }
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            start = time.process_time()
            for page in pages:
                reader(page.source)
            seconds[name].append((time.process_time() - start) / len(pages))
    ours, theirs = seconds.values()
    ratio = statistics.median(slow / fast for fast, slow in zip(ours, theirs, strict=True))
    for name, times in seconds.items():
        milliseconds = 1000 * statistics.median(times)
        print(f"{name:36}{milliseconds:44.1f}" + (f"{ratio:7.2f}x" if times is ours else "   1.00x"))


def visible(source: bytes) -> str:
    """All visible text of a page, as select-all and copy would give it, roughly."""
    return html_second.everything(html_tree.decode(source)[0])


def from_headline(source: bytes) -> str:
    """The visible text from the headline on."""
    text = visible(source)
    headline = article_html.extract(source).headline
    place = text.find(headline) if headline else -1
    return text[max(0, place) :]


def cleaned(text: str) -> str:
    """Our reading of a paste."""
    return _text_of(article_text.extract, text)


def _text_of(extract: Callable[..., object], source: object) -> str:
    try:
        return str(getattr(extract(source), "text", ""))
    except ParseError:
        return ""


def score(pages: Iterable[Page], extract: Extractor) -> Score:
    """One extractor on all pages."""
    rows = []
    seconds = 0.0
    for page in pages:
        start = time.process_time()
        found = extract(page.source)
        seconds += time.process_time() - start
        rows.append(compare(found, page.expected))
    columns = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return Score(*columns, seconds=seconds / len(rows))


def compare(found: str, expected: str) -> tuple[float, float, float, float]:
    """Precision, recall, F1 of four-word groups, and 1 where they are the same.

    >>> compare("a b c d e", "a b c d e")
    (1.0, 1.0, 1.0, 1.0)
    """
    ours, theirs = groups(found), groups(expected)
    both = len(ours & theirs)
    precision = both / len(ours) if ours else 0.0
    recall = both / len(theirs) if theirs else 0.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return precision, recall, f1, float(ours == theirs)


def groups(text: str) -> set[tuple[str, ...]]:
    """All groups of four neighbouring words."""
    words = re.findall(r"\w+", text)
    return set(zip(*(words[start:] for start in range(4)), strict=False))


def table(scores: dict[str, Score], reference: float | None) -> None:
    """One line a method; the ratio says how much faster than the reference it is."""
    print(f"{'':36}{'F1':>7}{'P':>7}{'R':>7}{'exact':>7}{'ms/page':>9}" + ("   speed" if reference else ""))
    for name, row in scores.items():
        ratio = f"{reference / row.seconds:7.2f}x" if reference else ""
        milliseconds = 1000 * row.seconds
        print(f"{name:36}{row.f1:7.3f}{row.precision:7.3f}{row.recall:7.3f}{row.exact:7.2f}{milliseconds:9.1f}{ratio}")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "samples" / "pages"
    main(folder)
