"""More made pages: lists, timelines, questions, boxes and comments in elements that say nothing.

As in `made_pages`, what stands in `t()` or `p()` is the story.
"""

from __future__ import annotations

from made_pages import (
    COMMENT,
    DE,
    EN,
    FOOT,
    HEAD,
    IT,
    LD,
    PT,
    TEASERS,
    Made,
    cards,
    made,
    p,
    ps,
    t,
)  # fmt: skip

PAGES: list[Made] = []


def add(name: str, body: str, head: str = "", lang: str = "en-GB", title: str = "Library saved after vote") -> None:
    """Keep a page."""
    PAGES.append(made(name, body, head, lang, title))


add(
    "nested tables",
    f"<form><table><tr><td><table><tr><td>{HEAD}</td></tr>"
    + "".join(f"<tr><td><font size=2>{p(x)}</font></td></tr>" for x in EN[:8])
    + "</table></td><td><table><tr><td><a href=/1>Dog</a></td></tr></table></td></tr></table></form>",
)
add(
    "sections",
    f"<main>{HEAD}"
    + "".join(
        f"<section class='s{k}'>{p(x)}</section><aside class='ad'><p>Advertisement</p></aside>"
        for k, x in enumerate(EN[:8])
    )
    + "</main>"
    + FOOT,
)
add(
    "lists",
    f"<article>{HEAD}{ps(EN[:2])}<h2>{t('All winners')}</h2><ul>"
    + "".join(
        f"<li>{t(x)}</li>"
        for x in (
            "Best book: The Long Roof",
            "Best first book: Puddles",
            "Best cover: Jo Moss",
            "Best library: Marl",
            "Best reader: Hester Vane",
            "Best loan",
            "Lifetime award: The old boiler, by public vote",
        )
    )
    + f"</ul>{p(EN[5])}</article><div>{cards()}</div>",
)
add(
    "italian",
    f"<div class='x'><h1>La biblioteca</h1><div class='y'>{p(IT[0])}<p>{t('«Non ci credo», dice.')}</p><p>{t('Poi sorride.')}</p>{p(IT[2])}<p>{t('E il tetto?')}</p>{p(IT[3])}<p>{t('«È vecchio, ma è nostro».')}</p>{p(IT[4])}</div></div>",
    lang="it",
)
add(
    "german",
    f"<div class='x'><h1>Die Bücherei</h1><div class='y'>{p(DE[0])}<p>{t('„Das Dach ist alt, aber es ist unser Dach.“')}</p><h3>{t('Was kostet das?')}</h3>{p(DE[3])}{p(DE[4])}<p>{t('„Wir kommen wieder, und zwar jeden Abend.“')}</p></div></div><div><a href=/x>Mehr</a></div>",
    lang="de",
)
add(
    "anchors",
    f"<article>{HEAD}{ps(EN[:2])}<h2 id='a'><a href='#a'>{t('The cost of it')}</a></h2>{p(EN[3])}<h2 id='b'><a href='#b'>{t('The roof')}</a></h2>{ps(EN[6:8])}<h2 id='c'><a href='#c'>{t('What next')}</a></h2>{p(EN[11])}</article>{FOOT}",
)
add(
    "timeline",
    f"<article>{HEAD}{ps(EN[:2])}"
    + "".join(
        f"<h3>{t(d)}</h3>{p(x)}" for d, x in zip(("4 July 2026", "12 May 2026", "March 1911"), EN[3:6], strict=True)
    )
    + f"{p(EN[8])}</article>{FOOT}",
)
add(
    "timeline bold",
    f"<article>{HEAD}{ps(EN[:2])}"
    + "".join(
        f"<p><strong>{t(d)}</strong></p>{p(x)}"
        for d, x in zip(("4 July 2026", "12 May 2026", "1911"), EN[3:6], strict=True)
    )
    + f"{p(EN[8])}</article>{FOOT}",
)
add(
    "recipe",
    f"<article>{HEAD}{p(EN[4])}<h3>{t('Ingredients')}</h3><ul>"
    + "".join(f"<li>{t(x)}</li>" for x in ("200g flour", "2 eggs", "A pinch of salt", "1 tbsp olive oil"))
    + f"</ul><h3>{t('Method')}</h3><ol>"
    + "".join(
        f"<li>{t(x)}</li>"
        for x in (
            "Mix the flour and the eggs in a bowl.",
            "Leave it to rest.",
            "Fry in hot oil until brown, which takes about ten minutes.",
        )
    )
    + f"</ol>{p(EN[5])}</article>{FOOT}",
)
add(
    "faq dl",
    f"<main>{HEAD}{ps(EN[:2])}<dl>"
    + "".join(
        f"<dt>{t(q)}</dt><dd>{t(a)}</dd>"
        for q, a in (("When does it open?", EN[7]), ("Who pays?", "Nobody does."), ("And the roof?", EN[6]))
    )
    + f"</dl>{p(EN[11])}</main>{FOOT}",
)
add(
    "read more sentence",
    f"<article>{HEAD}{ps(EN[:3])}{p('Read more books, the council says, and the roof will look after itself in the end.')}{ps(EN[3:6])}{p('Subscribe to that view and you will need a bucket, said Hester Vane.')}{p('Watch the roof: that was the advice of every librarian since 1911.')}{p(EN[8])}</article>{FOOT}",
)
add(
    "cite",
    f"<article>{HEAD}{ps(EN[:3])}<blockquote><p>{t('A town without a library is a car park with houses.')}</p><cite>{t('— Hester Vane')}</cite></blockquote>{ps(EN[3:6])}</article>{FOOT}",
)
add(
    "br article",
    f"<article>{HEAD}By Ada Marsh<br><br>"
    + "<br><br>".join(t(x) for x in EN[:7])
    + f"<br><br><a href=/b>Back</a></article>{FOOT}",
)
add(
    "bilingual quotes",
    f"<div><h1>Biblioteca</h1><div>{p(PT[0])}{p('“A biblioteca é nossa.”')}{p('“O telhado também.”')}{p(PT[2])}{p('Ninguém respondeu.')}{p(PT[3])}</div></div><div><h4>Veja também</h4><ul><li><a href=/1>{PT[4]}</a></li><li><a href=/2>{PT[5]}</a></li></ul></div>",
    lang="pt",
)
add(
    "comments nameless",
    f"<div class='q1'>{HEAD}<div class='q2'>{ps(EN[:8])}</div></div><div class='q3'>"
    + "".join(
        f"<div class='q4'><b>reader{k}</b> <i>{k} hours ago</i><p>{COMMENT} Number {k}.</p><a href='#'>Reply</a></div>"
        for k in range(15)
    )
    + "</div>",
)
add(
    "ld body list",
    f"<div id='root'><div class='a'>{HEAD}<div class='b'>"
    + "".join(f"<div class='para-{k}'><div><span>{t(x)}</span></div></div>" for k, x in enumerate(EN[:8]))
    + "</div><div class='b2'><span>More</span></div></div></div>",
)
add(
    "inline widget texts",
    f"<article>{HEAD}{ps(EN[:3])}<div class='w9'><h4>Get the Marl briefing</h4><p>All you need to know about the town, every weekday morning at seven.</p><form><input></form></div>{ps(EN[3:6])}<div class='w8'><b>More on libraries</b><ul><li><a href=/1>{TEASERS[0]}</a></li><li><a href=/2>{TEASERS[1]}</a></li></ul></div>{ps(EN[6:9])}</article>{FOOT}",
)
add(
    "short pars many",
    f"<article>{HEAD}<div>"
    + "".join(
        p(x)
        for x in (
            "It was raining.",
            "The vote was at eight.",
            "Nobody spoke.",
            "Seven hands went up.",
            "Two did not.",
            "“That is that,” said Amir Quill.",
            "It was.",
            "The library stays.",
            "The roof will be mended next summer, and the reading room will be shut for six weeks.",
        )
    )
    + f"</div></article>{FOOT}",
    LD,
)
add(
    "figure story",
    f"<article>{HEAD}{ps(EN[:2])}<figure><img><figcaption><p>A long caption which tells what the picture shows in some detail, as captions sometimes do.</p></figcaption></figure>{ps(EN[2:7])}</article>{FOOT}",
)
add(
    "in li",
    f"<article>{HEAD}{p(EN[0])}<ul>"
    + "".join(f"<li><p>{t(x)}</p></li>" for x in EN[1:5])
    + f"</ul>{ps(EN[5:7])}</article>{FOOT}",
)
add(
    "chat",
    f"<article>{HEAD}<div class='entry-content'>{p(EN[0])}<h4>{t('Q: Why?')}</h4>{p('A: Because.')}<h4>{t('Q: And the roof?')}</h4>{p(EN[7])}</div><h3>About the author</h3><p>Ada Marsh is a reporter. She writes about roofs and the people below them.</p></article>{FOOT}",
)
add(
    "uppercase lead",
    f"<article>{HEAD}<p class='lead'><strong>{t(EN[0].upper())}</strong></p>{ps(EN[1:7])}</article>{FOOT}",
)
add(
    "rel in body ul",
    f"<div class='article-body'>{HEAD}{ps(EN[:5])}<p><strong>Related stories:</strong></p><ul><li><a href=/1>Dog found on roof</a></li><li><a href=/2>Bridge stays shut</a></li></ul>{ps(EN[5:9])}<p>—</p><p><strong>Ada Marsh</strong></p></div>{FOOT}",
)
