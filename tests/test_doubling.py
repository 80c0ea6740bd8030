"""Time in proportion for readers that `test_fuzz` does not reach with one repeated unit: containers, exports, papers.

Each document is built from real parts, a small one and one of four times the size, and must be read as its kind.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable

import bluesky_forms as forms
import pytest
from make import ARTICLE, PAPER, post, scrape
from measure import grows_more

import parsers
from parsers import hard_wrap, hyphens, richtext, short_urls, statement_pages, urls
from parsers.containers import unwrap
from parsers.model import Hint
from parsers.threads import stitch

_PARTS = [part.strip() for part in PAPER.split("What is the context?")[1:]]
_SENTENCES = ARTICLE.replace("\n\n", "\n").splitlines()


def _feed(n: int) -> bytes:
    items = [{"id": f"{i}", "url": f"https://path.example/{i}", "title": f"Report {i}", "content_text": ARTICLE} for i in range(n)]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "The Path", "items": items}).encode()


def _atom(n: int) -> bytes:
    entry = "<entry><id>urn:{0}</id><title>Report {0}</title><link href='https://path.example/{0}'/><updated>2026-11-09T08:00:00Z</updated><content type='html'>&lt;p&gt;{1}&lt;/p&gt;</content></entry>"  # fmt: skip
    return ("<feed xmlns='http://www.w3.org/2005/Atom'><title>The Path</title>"
            + "".join(entry.format(i, ARTICLE) for i in range(n)) + "</feed>").encode()  # fmt: skip


def _page(n: int, head: str = "", tail: str = "") -> bytes:
    text = "".join(f"<p>{i}. {line}</p>" for i in range(n) for line in _SENTENCES if line)
    return f"<!doctype html><html lang='en'><head><title>Benches vanish</title>{head}</head><body><article><h1>Benches vanish</h1>{text}</article>{tail}</body></html>".encode()  # fmt: skip


def _linked_data(n: int) -> bytes:
    things = [{"@type": "NewsArticle", "headline": f"Benches {i}", "author": [{"@type": "Person", "name": f"Ida {i}"}]} for i in range(n)]  # fmt: skip
    return _page(4, head=f"<script type='application/ld+json'>{json.dumps({'@graph': things})}</script>")


def _web_paper(n: int) -> bytes:
    part = "<h3>What is the context?</h3><p>Councils removed bench {0} of the {0} parks.</p><h3>Our position</h3><p>NALP believes that park {0} should have {0} benches along its paths.</p><h3>Why are we saying this?</h3><p>Visitors of park {0} tell us that they stay at home.</p>"  # fmt: skip
    return f"<!doctype html><html><body><main><h1>NALP position statements</h1>{''.join(f'<h2>Park {i}</h2>' + part.format(i) for i in range(n))}</main></body></html>".encode()  # fmt: skip


def _printed_paper(n: int) -> bytes:
    head = "Parks and Paths\n\nNALP position statements\n\n"
    pages = (f"What is the context?\n{part.replace('benches', f'benches {i}')}\n\nPosition statements | {i}\n\f" for i in range(n) for part in _PARTS)  # fmt: skip
    return (head + "\n".join(pages)).encode()


def _scrape(n: int) -> bytes:
    return scrape(*((f"Part {i} of what we wrote. {i % 9 + 1}/9", f"09.11.2026 {i // 60 % 24:02}:{i % 60:02}", (i, 1, 0, 0)) for i in range(n)))  # fmt: skip


def _nested_mail(n: int) -> bytes:
    body = "Content-Type: text/plain\n\n" + ARTICLE
    for i in range(min(n, 40)):
        body = f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n{body}\n--b{i}--\n"
    return f"From: Ida Brook <ida@parks.example>\nSubject: Benches\nDate: Mon, 9 Nov 2026 08:30:00 +0000\n{body}".encode()  # fmt: skip


def _mail(n: int) -> bytes:
    parts = "".join(f"--b\nContent-Type: text/plain; name=a{i}.txt\n\n{ARTICLE}\n" for i in range(n))
    return f"From: Ida Brook <ida@parks.example>\nSubject: Benches\nDate: Mon, 9 Nov 2026 08:30:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n".encode()  # fmt: skip


def _car(n: int) -> bytes:
    return forms.repo([forms.record(f"Bench {i} has gone.", i) for i in range(n)]).file()


#: Kind: how often its small document repeats its part, and how it is made.
DOCUMENTS: dict[str, tuple[str, int, Callable[[int], bytes]]] = {
    "JSON feed": ("feed", 60, _feed),
    "Atom": ("feed", 60, _atom),
    "page": ("article-html", 40, _page),
    "page with data": ("article-html", 200, _linked_data),
    "paper on the web": ("positions", 60, _web_paper),
    "printed paper": ("positions", 40, _printed_paper),
    "scrape": ("bluesky-scrape", 150, _scrape),
    "mail in mail": ("mail", 10, _nested_mail),
    "mail of many parts": ("mail", 20, _mail),
    "paste": ("article-text", 40, lambda n: ("Benches vanish\n\n" + "\n\n".join(_SENTENCES * n)).encode()),
    "paste on one line": ("article-text", 40, lambda n: ("Benches vanish " + " ".join(_SENTENCES * n)).encode()),
    "account": ("bluesky-car", 60, _car),
    "post views": ("bluesky-json", 60, lambda n: forms.author_feed([forms.record(f"Bench {i} has gone.", i) for i in range(n)])),
}  # fmt: skip
#: Four times the work takes four times the time, and sixteen times where it grows with the square.
TIMES, LINEAR = 4, 9


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_read_in_linear_time(name: str) -> None:
    """Four times the document, of its real parts, takes no more than a few times as long."""
    kind, size, build = DOCUMENTS[name]
    small, large = build(size), build(TIMES * size)
    result = parsers.parse(small, Hint(timezone="Europe/London"))
    assert (result.format, bool(result.records)) == (kind, True)
    hint = Hint(kind=kind, timezone="Europe/London")
    found = grows_more(LINEAR, lambda: parsers.parse(small, hint), lambda: parsers.parse(large, hint))
    assert found is None, found


def _zip(n: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(n):
            archive.writestr(f"folder/{i}.txt", ARTICLE)
    return out.getvalue()


def _chain(n: int) -> list[object]:
    return [post(f"Bench {i} of the park has gone, and nobody knows why. {i % 5 + 1}/5", i) for i in range(n)]


#: What is worked on outside of a document's reader: how large, how it is made, and the work.
PIECES: dict[str, tuple[int, Callable[[int], object], Callable[..., object]]] = {
    "zip": (60, _zip, lambda data: list(unwrap(data))),
    "gzip members": (60, lambda n: gzip.compress(ARTICLE.encode()) * n, lambda data: list(unwrap(data))),
    "threads": (120, _chain, stitch),
    "wrapped lines": (400, lambda n: list(enumerate([
        "the council said that it had no budget for repairs and that each",
        "bench cost about nine hundred pounds to replace, which a spokesman",
    ] * n, 1)), lambda lines: hard_wrap.is_wrapped(lines) and hard_wrap.unwrapped(lines)),
    "hyphens": (1000, lambda n: ["the coun-", "cil and the walk-"] * n,
                lambda lines: hyphens.joined(lines, hyphens.vocabulary("\n".join(lines)))),
    "running heads": (2000, lambda n: [f"Position statements | {i}\n" for i in range(n)], statement_pages.running_heads),
    "addresses": (500, lambda n: "https://a.example/b?" + "&".join(f"utm_source={i}" for i in range(n)), urls.canonical),
    "shortened addresses": (500, lambda n: "see parks.example/benches-va... " * n, short_urls.shortened),
    "written-out addresses": (500, lambda n: "see parks.example/benches-va... " * n,
                              lambda text: richtext.write_out(text, "https://parks.example/other")),
    "facets": (400, lambda n: ("é a.example/b… " * n, [{
        "index": {"byteStart": 19 * i + 3, "byteEnd": 19 * i + 18},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/b/c"}],
    } for i in range(n)]), lambda given: richtext.expand(*given)),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
def test_pieces_take_linear_time(name: str) -> None:
    """Four times as much takes no more than a few times as long."""
    size, build, work = PIECES[name]
    small, large = build(size), build(TIMES * size)
    found = grows_more(LINEAR, lambda: work(small), lambda: work(large))
    assert found is None, found
