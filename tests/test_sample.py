"""The sample corpus is what its answer sheet says, and the parsers read it so.

`data/sample/expected.json` is made by hand; nothing here is computed from what the parsers gave.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import runpy
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import parsers
from aggregator.linking import Linker
from aggregator.model import LinkProposal
from aggregator.quote_model import Speaker
from aggregator.quotes import find
from aggregator.stories import group
from aggregator.story_model import StoryItem
from parsers.model import Article, ParseResult, Post, Statement, Thread
from parsers.threads import stitch
from parsers.urls import canonical

DATA = Path(__file__).parents[1] / "data"
SAMPLE = DATA / "sample"
EXPECTED: dict[str, Any] = json.loads((SAMPLE / "expected.json").read_text(encoding="utf-8"))
SCRAPE, FEED, ARTICLES = EXPECTED["scrape"], EXPECTED["feed"], EXPECTED["articles"]
PAPERS, STATEMENTS = EXPECTED["statements"]["papers"], EXPECTED["statements"]["list"]
HINTS: dict[str, Any] = tomllib.loads((SAMPLE / "hints.toml").read_text(encoding="utf-8"))
STATUS = re.compile(r"^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d) — \D+(\d+)\D+(\d+)\D+(\d+)\D+(\d+)$")


@cache
def read(name: str) -> ParseResult:
    """One sample file through the door that the application uses."""
    return parsers.parse((SAMPLE / name).read_bytes())


def each_article(known_failures: dict[str, str]) -> list[Any]:
    """The articles as test parameters; a known failure that passes fails, so that its line here goes."""
    return [
        pytest.param(wanted, id=wanted["file"], marks=[pytest.mark.xfail(reason=reason)] if reason else [])
        for wanted in ARTICLES
        for reason in [known_failures.get(wanted["file"])]
    ]


def posts() -> tuple[Post, ...]:
    return tuple(item for item in read(SCRAPE["file"]).records if isinstance(item, Post))


def statements(name: str) -> list[Statement]:
    return [item for item in read(name).records if isinstance(item, Statement)]


def article(name: str) -> Article:
    (item,) = read(name).records
    assert isinstance(item, Article)
    return item


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(dt.UTC)


def undamaged() -> list[tuple[str, str]]:
    """Time and block of each post as it was written, from the readable source."""
    found, block = [], []
    for line in (DATA / "sample-source" / SCRAPE["file"]).read_text(encoding="utf-8").split("\n"):
        if match := STATUS.match(line):
            day, month, year, clock = match.group(1, 2, 3, 4)
            found.append((f"{year}-{month}-{day}T{clock}Z", "\n".join(block)))
            block = []
        else:
            block.append(line)
    return found


def told_apart(text: str) -> str:
    """Text reduced to what the damage left decidable.

    Emoji and invisible marks go; “ and ‘ look alike, and so do ” and ’ outside words, – and —.
    Dashes and emoji of three bytes, of which only the first is left, look alike too: “☕” between words, and
    a dash or a tick that opens a line.
    """
    text = re.sub("^– ", "", text.replace(" ☕ ", " – "), flags=re.MULTILINE)
    text = "".join(c for c in text if unicodedata.category(c) not in {"So", "Cf", "Mn"}).replace("\u00a0", " ")
    text = re.sub(r"(?<=\w)’(?=\w)", "'", text).translate(str.maketrans("‘’“”—", '""""–'))
    return re.sub(r"[ \t]+(?=\n|$)|(?<= ) +", "", text).strip()


# ------------------------------------------------------------------ the files themselves


def test_the_damaged_scrape_comes_from_its_readable_source() -> None:
    """Running the script again would change nothing; the page of the week before has its last seven posts."""
    script = runpy.run_path(str(DATA / "make_sample.py"))
    text = script["SOURCE"].read_text(encoding="utf-8")
    assert script["damage"](text) == script["TARGET"].read_text(encoding="utf-8")
    assert script["damage"](script["a_week_earlier"](text)) == script["BEFORE"].read_text(encoding="utf-8")
    before = [post for post in parsers.parse(script["BEFORE"].read_bytes()).records if isinstance(post, Post)]
    assert [post.text_raw for post in before] == [post.text_raw for post in posts()[-7:]]


def test_every_file_to_ingest_is_there_and_described() -> None:
    """The list in the answer sheet is the folder's content, and the README names each file."""
    files = {path.name for path in SAMPLE.iterdir()} - {"README.md", "expected.json", "cuttings.toml", "hints.toml"}
    assert files == set(EXPECTED["ingest"])
    described = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert [name for name in files if f"`{name}`" not in described] == []


def test_addresses_are_ones_that_nobody_can_own() -> None:
    """Handles, hosts and e-mail addresses end in .example or example.org; only the government's host is real."""
    pattern = re.compile(r"(?:@|https?://)[\w.-]*\w", re.ASCII)
    allowed = (".example", "example.org", "www.gov.uk", "schema.org", "ogp.me", "www.w3.org", "purl.org")
    before = [f"../sample-before/{path.name}" for path in (DATA / "sample-before").iterdir()]
    for name in [*EXPECTED["ingest"], "../sample-source/bluesky-profile.txt", *before]:
        text = (SAMPLE / name).read_text(encoding="utf-8").replace("\u202c", " ")
        found = [item for item in pattern.findall(text) if "." in item and not item.endswith(allowed)]
        assert found == [], name


def test_the_answer_sheet_speaks_of_things_that_exist() -> None:
    """Every coverage and every statement that a link names is in the corpus."""
    keys = {item["key"] for item in STATEMENTS}
    counts = {"post": SCRAPE["posts"], "thread": len(SCRAPE["threads"]), "feed": len(FEED["entries"])}
    known = {f"{kind} {n}" for kind, count in counts.items() for n in range(count)} | set(EXPECTED["ingest"])
    links = EXPECTED["links"]["positive"]
    assert {key for link in links for key in link["strong"] + link["fair"]} <= keys
    assert {link["coverage"] for link in links} | set(EXPECTED["links"]["none"]) <= known
    assert not {link["coverage"] for link in links} & set(EXPECTED["links"]["none"])


# ------------------------------------------------------------------ position papers


@pytest.mark.parametrize("paper", PAPERS, ids=[paper["file"] for paper in PAPERS])
def test_papers_give_their_statements_whole_and_in_order(paper: dict[str, Any]) -> None:
    """Each statement begins and ends where the answer sheet says; the old ones stand alone."""
    wanted = {item["key"]: item for item in STATEMENTS}
    found = statements(paper["file"])
    assert len(found) == len(paper["keys"])
    for key, item in zip(paper["keys"], found, strict=True):
        assert item.position.startswith(wanted[key]["position_starts"]), key
        assert item.text.endswith(wanted[key]["ends"]), key
        headless = key in paper["without_headings"]
        assert (item.context is None, item.rationale is None) == (headless, headless), key
        assert item.areas == (paper["area"],)
        assert item.organisation in EXPECTED["organisation"].values()


def test_a_statement_in_both_papers_has_one_id() -> None:
    """Twenty-five different statements stand in the two papers."""
    ids = [item.id for paper in PAPERS for item in statements(paper["file"])]
    assert (len(ids), len(set(ids))) == (26, EXPECTED["statements"]["unique"])


def test_an_adoption_line_gives_its_day() -> None:
    """ "Adopted: …" under a statement is its date and no part of its text; the others have none."""
    adopted = EXPECTED["statements"]["adopted"]
    starts = {item["key"]: item["position_starts"] for item in STATEMENTS}
    for key, day in adopted.items():
        dated = [s for paper in PAPERS for s in statements(paper["file"]) if s.position.startswith(starts[key])]
        assert [s.adopted_on for s in dated] == [dt.date.fromisoformat(day)]
    every = [s.adopted_on for paper in PAPERS for s in statements(paper["file"])]
    assert len([day for day in every if day]) == len(adopted)


def test_titles_tell_statements_apart() -> None:
    """Every statement has a title of its own, short enough for a list."""
    titles = {item.id: item.title for paper in PAPERS for item in statements(paper["file"])}
    assert len(set(titles.values())) == EXPECTED["statements"]["unique"]
    assert [title for title in titles.values() if not 15 <= len(title) <= 110] == []


# ------------------------------------------------------------------ the scrape


def test_the_scrape_gives_every_post_with_time_and_counts() -> None:
    """Forty-one posts, in the order of the page, with the four counts under each."""
    wanted = [(utc(at), block) for at, block in undamaged()]
    assert [post.created_at for post in posts()] == [at for at, _ in wanted]
    assert len(posts()) == SCRAPE["posts"]
    for place, name in ((0, "first"), (-1, "last")):
        counts = posts()[place].counts
        assert [counts.likes, counts.reposts, counts.replies, counts.quotes] == SCRAPE[name]["counts"]


def test_cards_are_kept_apart_from_the_text() -> None:
    """The five link cards and no others, each split at the right lines."""
    assert [n for n, post in enumerate(posts()) if post.card] == [card["post"] for card in SCRAPE["cards"]]
    for wanted in SCRAPE["cards"]:
        post = posts()[wanted["post"]]
        assert post.card
        assert told_apart(post.card.title) == told_apart(wanted["title"])
        assert told_apart(post.card.description or "") == told_apart(wanted["description"])
        assert post.text.startswith(wanted["text_starts"])


def test_repaired_posts_read_as_they_were_written() -> None:
    """Apart from what the damage made undecidable, each post is its original again."""
    for post, (_, block) in zip(posts(), undamaged(), strict=True):
        card = (post.card.title, post.card.description or "") if post.card else ()
        assert told_apart("\n".join([*card, post.text])) == told_apart(block)


def test_biographies_never_become_posts() -> None:
    """What stands after the last status line is in no record."""
    shown = "\n".join([*(post.text for post in posts()), *(post.text_raw for post in posts())])
    assert [text for text in SCRAPE["never_a_post"] if text in shown] == []


def test_both_threads_are_stitched_and_nothing_else_is_joined() -> None:
    """Six of six in reading order; five with part 3 named as missing; every other post alone."""
    order = {post.position: n for n, post in enumerate(posts())}

    def facts(thread: Thread) -> tuple[list[int], int | None, list[int | str], bool | None]:
        places = [order[post.position] for post in thread.posts]
        return places, thread.expected, list(thread.missing), thread.complete

    joined = [facts(thread) for thread in stitch(posts()) if len(thread.parts) > 1]
    wanted = [(t["posts"], t["total"], t["missing"], t["complete"]) for t in SCRAPE["threads"]]
    assert sorted(joined) == sorted(wanted)
    assert len(stitch(posts())) == SCRAPE["posts"] - 10 + 2


# ------------------------------------------------------------------ articles


@pytest.mark.parametrize(
    "wanted",
    each_article({}),
)
def test_articles_begin_and_end_where_they_should(wanted: dict[str, Any]) -> None:
    """Headline, standfirst once, the whole body with its subheads and none of the furniture."""
    found = article(wanted["file"])
    assert found.headline == wanted["headline"]
    assert found.standfirst == wanted["standfirst"]
    body = [block.text for block in found.blocks if block.kind != "h"]
    assert body[0].startswith(wanted["first"])
    assert body[-1].endswith(wanted["last"])
    assert len(body) == wanted["paragraphs"]
    assert [block.text for block in found.blocks if block.kind == "h"] == wanted["subheads"]
    assert [text for text in wanted["absent"] if text in found.text] == []


@pytest.mark.parametrize(
    "wanted",
    each_article({}),
)
def test_articles_have_their_day_byline_and_outlet(wanted: dict[str, Any]) -> None:
    """What the page says about itself is read; what it does not say stays unknown."""
    found = article(wanted["file"])
    assert found.published_at is not None
    assert found.published_at.date().isoformat() == wanted["published_on"]
    assert found.byline == wanted["byline"]
    if "url" in wanted:
        assert (found.url, found.outlet) == (wanted["url"], wanted["outlet"])
        assert found.published_at == utc(wanted["published_at"])


def test_the_feed_gives_its_entries_with_times_in_utc() -> None:
    """Six teasers; GMT, +0000 and BST all become UTC, and tracking parameters leave the url."""
    found = [item for item in read(FEED["file"]).records if isinstance(item, Article)]
    assert [item.headline for item in found] == [entry["title"] for entry in FEED["entries"]]
    assert [item.published_at for item in found] == [utc(entry["published_at"]) for entry in FEED["entries"]]
    assert [canonical(item.url or "") for item in found] == [entry["url"] for entry in FEED["entries"]]
    assert {item.outlet for item in found} == {FEED["outlet"]}
    assert all(item.stub for item in found)


# ------------------------------------------------------------------ links


def coverage_text(name: str) -> str:
    """What a coverage of the answer sheet says, as one text."""
    kind, _, number = name.rpartition(" ")
    if kind == "post":
        post = posts()[int(number)]
        card = (post.card.title, post.card.description or "") if post.card else ()
        return "\n".join([*card, post.text])
    if kind == "thread":
        return "\n\n".join(posts()[n].text for n in SCRAPE["threads"][int(number)]["posts"])
    item = read(FEED["file"]).records[int(number)] if kind == "feed" else article(name)
    assert isinstance(item, Article)
    return "\n\n".join(part for part in (item.headline, item.standfirst, item.text) if part)


@cache
def proposals() -> dict[str, dict[str, LinkProposal]]:
    """What the linker proposes for each coverage, by the short keys of the statements."""
    found = {item.id: item for paper in PAPERS for item in statements(paper["file"])}
    keys = {
        id_: next(known["key"] for known in STATEMENTS if item.position.startswith(known["position_starts"]))
        for id_, item in found.items()
    }
    linker = Linker(list(found.values()))
    names = [link["coverage"] for link in EXPECTED["links"]["positive"]] + EXPECTED["links"]["none"]
    return {name: {keys[p.statement_id]: p for p in linker.propose(coverage_text(name))} for name in names}


def test_the_links_that_matter_are_proposed() -> None:
    """At least nine in ten of the links that ought to be found are."""
    wanted = [(link["coverage"], key) for link in EXPECTED["links"]["positive"] for key in link["strong"]]
    missed = [(name, key) for name, key in wanted if key not in proposals()[name]]
    assert len(missed) <= len(wanted) // 10, missed


def test_few_links_are_proposed_that_nobody_would_accept() -> None:
    """At most one link in five is neither strong nor fair; small talk, thanks and adverts get none."""
    fine = {link["coverage"]: {*link["strong"], *link["fair"]} for link in EXPECTED["links"]["positive"]}
    wrong = [(name, key) for name, keys in proposals().items() for key in keys.keys() - fine.get(name, set())]
    assert len(wrong) <= sum(map(len, proposals().values())) // 5, wrong
    assert {name for name, _ in wrong} & {f"post {n}" for n in (1, 2, 4, 12, 14, 19, 21, 32, 40)} == set()


@pytest.mark.parametrize("kind", ["echo", "old_line"])
def test_our_own_words_are_noticed_in_coverage(kind: str) -> None:
    """A run of a position's words that an article repeats stands with the link, an old position's too."""
    for wanted in EXPECTED[kind]:
        proposal = proposals()[wanted["coverage"]].get(wanted["statement"])
        assert proposal, wanted["coverage"]
        assert any(wanted["words"] in run for run in proposal.echo), proposal.echo


# ------------------------------------------------------------------ stories


def story_item(name: str) -> StoryItem:
    """A coverage of the answer sheet as the grouping sees it; a lone post is a thread of one."""
    kind, _, number = name.rpartition(" ")
    if kind == "post":
        post = posts()[int(number)]
        urls = tuple(word for word in post.text.split() if word.endswith("..."))
        titles = (post.card.title,) if post.card else ()
        return StoryItem(
            id=name, kind="thread", text=post.text, published_at=post.created_at, urls=urls, card_titles=titles
        )
    item = read(FEED["file"]).records[int(number)] if kind == "feed" else article(name)
    assert isinstance(item, Article)
    known = HINTS.get(name, {})
    headlines = {wanted["file"]: wanted["headline"] for wanted in ARTICLES}
    at = item.published_at or dt.datetime.fromisoformat(known["published"]).replace(tzinfo=dt.UTC)
    url = item.url or known.get("url")
    return StoryItem(
        id=name,
        kind="article",
        headline=headlines.get(name, item.headline),
        text=item.text,
        standfirst=item.standfirst,
        outlet=item.outlet or known.get("outlet"),
        published_at=at,
        urls=(url,) if url else (),
        stub=item.stub,
    )


def test_pieces_on_one_event_are_one_story() -> None:
    """Each story of the answer sheet is together, and no two of them in one group."""
    singles = {f"{kind} {n}" for kind, count in (("post", SCRAPE["posts"]), ("feed", 6)) for n in range(count)}
    in_threads = {f"post {n}" for thread in SCRAPE["threads"] for n in thread["posts"]}
    names = sorted(singles - in_threads | {wanted["file"] for wanted in ARTICLES})
    homes = {id_: story.lead_id for story in group([story_item(name) for name in names]) for id_ in story.ids}
    leads = [{homes[name] for name in story} for story in EXPECTED["stories"]]
    assert [len(lead) for lead in leads] == [1] * len(leads), leads
    assert len(set().union(*leads)) == len(leads)


# ------------------------------------------------------------------ quotes


@pytest.mark.parametrize("article_wanted", each_article({}))
def test_our_people_are_quoted_and_nobody_else(article_wanted: dict[str, Any]) -> None:
    """Every quotation of the answer sheet with its speaker, in the order of the article, and no other."""
    name = article_wanted["file"]
    people = EXPECTED["organisation"]["spokespeople"]
    speakers = [Speaker(name=one["name"], role=one["role"], handles=(one["handle"],)) for one in people]
    found = [(one.speaker, one.quote) for one in find(article(name).text, speakers) if not one.partial]
    wanted = [(one["speaker"], one["starts"]) for one in EXPECTED["quotes"] if one["coverage"] == name]
    assert [speaker for speaker, _ in found] == [speaker for speaker, _ in wanted]
    assert [quote[: len(start)] for (_, quote), (_, start) in zip(found, wanted, strict=True)] == [
        start for _, start in wanted
    ]
