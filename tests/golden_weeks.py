"""Invented weeks of an invented association, for mails that are read by eye: normal, quiet, huge, hostile, corrected,
and in scripts that have no blanks or run from right to left."""

from __future__ import annotations

import datetime as dt

import msgspec

from aggregator.digest import compose
from aggregator.issue_model import (
    Digest,
    GapLine,
    History,
    Item,
    LinkView,
    PositionCount,
    QuoteView,
    SourceLine,
    Urls,
    WeekCount,
    Window,
)
from aggregator.store.window import thread_title

#: Where mails point to when readers can reach the web app.
URLS = Urls(
    view="https://cuttings.example/digests/2026-W46",
    preferences="https://cuttings.example/preferences/x",
    unsubscribe="https://cuttings.example/unsubscribe/x",
    review="https://cuttings.example/review",
    board="https://cuttings.example/positions",
)
UNTIL = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
WINDOW = Window(issue="2026-W46", from_at=UNTIL - WEEK, until_at=UNTIL, timezone="Europe/London")


def _position(n: int, title: str, area: str, ours: str | None = None, **fields: object) -> LinkView:
    values = {
        "statement_id": f"s-{n:02}", "title": title, "areas": (area,), "status": "proposed", "band": "likely",
        "score": 0.9 - n / 50, "our_sentence": ours or title,
    }  # fmt: skip
    return LinkView(**(values | fields))  # type: ignore[arg-type]


BENCHES = _position(1, "Main paths in parks should have a bench each two hundred metres", "Parks")
LAMPS = _position(2, "Towpath lamps should be off between midnight and five, unless a path is a way to work", "Light")
GATES = _position(3, "Gates on public paths should open with one hand and from both sides", "Access")
TOLLS = _position(4, "Nobody should pay to cross a footbridge that public money built or repaired", "Bridges")
MAPS = _position(5, "Every council should publish its map of public paths, correct to within a month", "Maps")
POSITIONS = (BENCHES, LAMPS, GATES, TOLLS, MAPS)


def _link(position: LinkView, sentence: str, *terms: str, **fields: object) -> LinkView:
    return msgspec.structs.replace(position, their_sentence=sentence, terms=terms, **fields)


def article(n: int, title: str, who: str, hours: int, text: str, **fields: object) -> Item:
    """One article, `hours` before the cut-off."""
    host = who.lower().replace(" ", "").replace("&", "and")
    values = {
        "id": f"a-{n:03}", "kind": "article", "title": title, "who": who, "url": f"https://www.{host}.example/news/{n}",
        "published_at": UNTIL - dt.timedelta(hours=hours), "text": text,
    }  # fmt: skip
    return Item(**(values | fields))  # type: ignore[arg-type]


def thread(n: int, text: str, hours: int, likes: int = 0, **fields: object) -> Item:
    """One thread, titled by its first sentence."""
    values = {
        "id": f"t-{n:03}", "kind": "thread", "title": thread_title(text), "who": "ida.brook.example",
        "url": None, "published_at": UNTIL - dt.timedelta(hours=hours), "text": text, "likes": likes,
    }  # fmt: skip
    return Item(**(values | fields))  # type: ignore[arg-type]


IDA, OMAR = "Ida Brook", "Omar Fell"
SEATS = "There is nowhere to sit down on the way to the pond, so people over seventy have stopped going."
NIGHT = "A lamp that burns all night helps nobody but the company that sells the current."
NORMAL = [
    article(
        1, "Nine parks have no seat for half a kilometre, count finds", "The Courier", 100,
        "Volunteers walked every main path in the county. Nine parks have no seat for half a kilometre.",
        story="y-1", is_lead=True, quotes=(QuoteView(speaker=IDA, quote=SEATS, verb="said"),),
        links=(
            _link(
                BENCHES, "Ramblers want a bench each two hundred metres on the main paths, and nine parks have none for half a kilometre.",
                "bench each two hundred metres", "main paths", echo=("a bench each two hundred metres",),
                stands_for=("Parks should have seats", "Rest places on main paths"),
            ),
        ),
    ),
    article(2, "Nowhere to rest: the parks without benches", "Fen Mercury", 96, "Nine parks have no seat.", story="y-1", quotes=(QuoteView(speaker=IDA, quote=SEATS, verb="said"),)),
    article(3, "Park benches vanish, walkers say", "Evening Post", 90, "Walkers say that benches vanish.", story="y-1"),
    article(
        4, "Council to switch towpath lamps off at midnight", "Evening Post", 70,
        "The council will switch its towpath lamps off.", quotes=(QuoteView(speaker=OMAR, quote=NIGHT, verb="told the paper"),),
        links=(_link(LAMPS, "From January the lamps on the towpath will be off between midnight and five, except on the way to the mill.", "lamps", "between midnight and five", status="confirmed"),),
    ),
    article(
        5, "Toll on Millbrook footbridge “a tax on walking”", "The Lantern", 60, "Campaigners called the toll a tax.", story="y-3", is_lead=True, follows="2026-W45",
        links=(_link(TOLLS, "The bridge was repaired with public money in 2019 and nobody should have to pay to cross it, campaigners say.", "public money", "footbridge", "pay to cross"),),
    ),
    article(6, "Footbridge toll brings in £40,000", "The Courier", 50, "The toll brings in £40,000.", story="y-3", follows="2026-W45"),
    article(
        7, "Kissing gate closes path to wheelchairs", "Fen Mercury", 44, "A new kissing gate keeps wheelchairs out.", updated=True, follows="2026-W45",
        links=(_link(GATES, "The new gate opens from one side only and takes two hands, which shuts out anyone in a wheelchair.", "gate", "opens", "two hands"),),
    ),
    article(8, "Geese close boating lake", "The Courier", 30, "Geese have closed the lake.", story="y-2"),
    article(9, "Boating lake shut by geese", "Fen Mercury", 28, "The lake is shut by geese.", story="y-2", is_lead=True),
    thread(
        1, "We walked all 61 miles of the county’s main paths. It took nine days and four pairs of socks. What we found is worse than the council’s own count, which leaves out every park that has no car park.", 80, 412,
        parts_found=6, parts_expected=7, missing=(3,), complete=False, links=(_link(BENCHES, "We walked all 61 miles", "main paths"),), likes_risen=120,
    ),
    thread(2, "Does your council’s map of paths show the one behind your house? Ours does not. We asked forty councils for theirs, and eleven sent a photocopy.", 40, 64, parts_found=4, parts_expected=4, complete=True, links=(_link(MAPS, "Does your council’s map of paths show the one behind your house?", "map of paths"),)),
    thread(3, "Lovely morning on the ridge.", 20, 31),
    thread(4, "Lamps again: three towns now switch theirs off.", 35, 12, links=(_link(LAMPS, "Lamps again", "lamps", band="possible", score=0.41),)),
    thread(5, "Who else has seen the gate at Fell Lane?", 33, 9, links=(_link(GATES, "Who else has seen the gate", "gate"),)),
]  # fmt: skip

HOSTILE_TEXT = "Evil\u202eeliF\u200b\r\nBcc: x@evil.example\x00 <script>alert(1)</script> {{7*7}} שלום =HYPER"
HOSTILE = [
    article(
        1, HOSTILE_TEXT, HOSTILE_TEXT, 1, HOSTILE_TEXT, url="javascript:alert(1)",
        links=(_link(msgspec.structs.replace(BENCHES, title=HOSTILE_TEXT), HOSTILE_TEXT, HOSTILE_TEXT),),
        quotes=(QuoteView(speaker=HOSTILE_TEXT, quote=HOSTILE_TEXT),),
    ),
    article(2, "x" * 100_000, "The Courier", 2, "Plain.", url='https://x.example/"><img src=x onerror=alert(1)>'),
    article(3, "A headline that goes on. " * 5_000, "word " * 400, 3, "y" * 100_000),
    thread(1, HOSTILE_TEXT + " word" * 50_000, 1, parts_found=3, title=HOSTILE_TEXT),
]  # fmt: skip


def many(n: int) -> list[Item]:
    """A week of `n` pieces, half of them threads."""
    return [
        item
        for k in range(n // 2)
        for item in (
            article(
                k, f"Parish {k} counts its benches and finds {k % 7} of them broken", f"Outlet {k % 40}", 1 + k % 160,
                f"Parish {k} counted its benches. More follows.",
                links=(_link(msgspec.structs.replace(POSITIONS[k % 5], statement_id=f"s-{k % 30}"), "Nine parks have no seat for half a kilometre.", "bench", "main paths"),),
            ),
            thread(k, f"We walked path {k}. It took all day and the rain came sideways.", 1 + k % 160, k % 50, parts_found=1 + k % 7, links=(_link(LAMPS, f"We walked path {k}", "lamps"),)),
        )
    ]  # fmt: skip


_CJK, _CJK_TEXT = (
    "公园步道每隔两百米应设一张长椅，志愿者统计发现九个公园",
    "志愿者走遍了全县的主要步道，发现九个公园在半公里内没有任何座位，老年人因此不再前往池塘。",
)
_ARABIC = "يجب أن يكون في كل حديقة مقعد كل مئتي متر على الممرات الرئيسية"
_ARABIC_TEXT = "سار المتطوعون في كل ممرات المقاطعة ووجدوا أن تسع حدائق بلا مقعد واحد لمسافة نصف كيلومتر. وقال كبار السن إنهم توقفوا عن الذهاب."


def foreign(title: str, text: str, who: str) -> list[Item]:
    """A busy week in another script."""
    link = _link(msgspec.structs.replace(BENCHES, title=title), text, title[:12])
    stories = [
        article(n, f"{title} {n}", f"{who} {n}", 10 * n + 3, text * 3, links=(link,), url=f"https://news{n}.example/{n}",
                quotes=(QuoteView(speaker=who, quote=text, verb=None),))
        for n in range(12)
    ]  # fmt: skip
    threads = [
        thread(n, text * 4, 5 * n + 1, 40, title=title, parts_found=4, parts_expected=5, missing=(2,)) for n in range(4)
    ]
    return [*stories, *threads]


WEEKS = {
    "normal": NORMAL,
    "quiet": [],
    "huge": many(500),
    "hostile": HOSTILE,
    "correction": NORMAL[7:9],
    "cjk": foreign(_CJK, _CJK_TEXT, "晨报"),
    "arabic": foreign(_ARABIC, _ARABIC_TEXT, "صحيفة الصباح"),
}
#: A link that an earlier issue mailed and that was rejected since.
WRONG = (
    (article(90, "Front benches fill up for the budget", "The Lantern", 200, ""), msgspec.structs.replace(BENCHES, status="rejected")),
)  # fmt: skip
#: An article that an earlier issue named and that was rewritten since.
REWRITTEN = (
    GapLine(
        kind="updated", subject="Mill weir to be rebuilt", n=34, since=UNTIL - WEEK, ids=("a-091",),
        item=article(91, "Mill weir to be rebuilt as a path for everyone", "Evening Post", 260, ""),
    ),
)  # fmt: skip
SOURCES = (
    SourceLine(name="The Courier (feed)", last_success=UNTIL - dt.timedelta(hours=3)),
    SourceLine(name="Bluesky: ida.brook.example", last_success=UNTIL - dt.timedelta(hours=1)),
    SourceLine(name="Evening Post (feed)", last_success=UNTIL - dt.timedelta(days=11), silent=True),
)


def history(*counts: int) -> History:
    """Weeks with so many pieces, and how each position fared in them."""
    weeks = tuple(
        WeekCount(from_at=WINDOW.from_at - WEEK * (len(counts) - n), coverage=count, stories=count * 2 // 3,
                  linked=count // 2, quotes=count // 4, threads=count // 5)
        for n, count in enumerate(counts)
    )  # fmt: skip
    positions = tuple(
        PositionCount(statement_id=p.statement_id, title=p.title, areas=p.areas, last_week=n, four_weeks=4 * n, last_covered=UNTIL - dt.timedelta(days=8 + n) if n else None, ever=n > 0)
        for n, p in enumerate((*POSITIONS, _position(6, "Stiles on public paths should be replaced by gates by the year 2030", "Access")))
    )  # fmt: skip
    return History(weeks=weeks, positions=positions, archive_since=UNTIL - 20 * WEEK)


def golden(name: str, *, turned: bool = False) -> Digest:
    """One of the weeks as an issue; `turned` hands its items over in another order."""
    return compose(
        WINDOW,
        WEEKS[name][::-1] if turned else WEEKS[name],
        history(9, 14, 11, 7, 16, 5, 12),
        organisation="National Association of Paths",
        corrections=WRONG if name == "correction" else (),
        updates=REWRITTEN if name == "correction" else (),
        sources=SOURCES if name in ("normal", "quiet") else (),
    )
