"""Feeds: ours beside feedparser alone, on made feeds, in one run.

    python bench/feeds.py [ENTRIES]

Four made feeds of ENTRIES (default 200): RSS and Atom, teasers and whole stories.
feedparser runs with its defaults (it cleans the HTML and resolves addresses) and without both.
Times are CPU times of this process; look at the ratio: what ours takes of feedparser's defaults.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import feedparser

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from parsers import feeds  # noqa: E402
from parsers.model import Hint  # noqa: E402

NOUNS = """
    school council pupil teacher budget summer winter report minister parent office building repair window
    library sports music science plan meeting letter answer question weather garden kitchen lunch train road
"""
WORDS = NOUNS.split()


def main(entries: int) -> None:
    """Print a line for each made feed."""
    print(f"{'feed':22}{'kB':>7}{'defaults':>11}{'bare':>9}{'ours':>9}{'ours/defaults':>15}{'entries/s':>11}")
    whole = [0.0, 0.0]
    for name, data in made_feeds(entries).items():
        defaults = timed(lambda data=data: feedparser.parse(io.BytesIO(data)))
        bare = timed(
            lambda data=data: feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
        )
        ours = timed(lambda data=data: feeds.parse(data, Hint()))
        whole[0] += defaults
        whole[1] += ours
        print(
            f"{name:22}{len(data) // 1000:7}{defaults:10.3f}s{bare:8.3f}s{ours:8.3f}s{ours / defaults:14.2f}x"
            f"{entries / ours:11.0f}"
        )
    print(f"{'together':22}{'':7}{whole[0]:10.3f}s{'':9}{whole[1]:8.3f}s{whole[1] / whole[0]:14.2f}x")


def timed(work: Callable[[], object]) -> float:
    """The best of three, in CPU seconds."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def made_feeds(entries: int) -> dict[str, bytes]:
    """Feeds by name."""
    chance = random.Random(11)  # the same feeds in every run
    return {
        f"{kind}, {size}": make(kind, entries, paragraphs, chance)
        for kind in ("RSS", "Atom")
        for size, paragraphs in (("teasers", 1), ("whole stories", 14))
    }


def make(kind: str, entries: int, paragraphs: int, chance: random.Random) -> bytes:
    """One feed; a paragraph has about fifty words and a link."""
    parts = []
    for number in range(entries):
        body = "".join(
            f'<p>{sentence(chance, 40)} <a href="/x/{number}">{sentence(chance, 6)}</a> '
            f"isn’t {sentence(chance, 5)}.</p>"
            for _ in range(paragraphs)
        )
        title, link = sentence(chance, 9), f"https://marl.example/story/{number}?utm_source=rss"
        if kind == "RSS":
            parts.append(
                f"<item><title>{title}</title><link>{link}</link><guid>{number}</guid>"
                f"<pubDate>Tue, 04 Aug 2026 {number % 24:02}:00:00 BST</pubDate>"
                f"<description>{sentence(chance, 20)}</description>"
                f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
            )
        else:
            parts.append(
                f'<entry><title>{title}</title><link href="{link}"/><id>tag:marl.example,2026:{number}</id>'
                f"<updated>2026-08-04T{number % 24:02}:00:00Z</updated>"
                f'<content type="html"><![CDATA[{body}]]></content></entry>'
            )
    inside = "".join(parts)
    if kind == "RSS":
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Marl Times</title>'
            f"<link>https://marl.example/</link>{inside}</channel></rss>"
        ).encode()
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Marl Times</title>{inside}</feed>"
    ).encode()


def sentence(chance: random.Random, count: int) -> str:
    """Words without sense."""
    return " ".join(chance.choice(WORDS) for _ in range(count)).capitalize()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
