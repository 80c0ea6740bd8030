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
    NAV,
    PT,
    TEASER,
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

add(
    "next articles",
    f"<main><article>{HEAD}{ps(EN[:7])}</article><article><h2><a href='/n'>Dog found on roof again</a></h2><p>{TEASERS[0]}</p><p>{TEASERS[1]}</p><p>{TEASER}</p><p>{TEASERS[2]}</p></article><article><h2>Bridge</h2><p>{COMMENT}</p><p>{TEASERS[1]} Again.</p></article></main>{FOOT}",
)
add(
    "liveblog articles",
    f"<article>{HEAD}{ps(EN[:4])}"
    + "".join(f"<article class='blk'><h2>{t('Post number ' + str(k))}</h2>{p(EN[4 + k])}</article>" for k in range(4))
    + f"</article>{FOOT}",
)
add(
    "breadcrumb title",
    f"<div class='w'><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li><li>Library saved after vote</li></ul>{HEAD}<div class='c'><p><strong>Library saved after vote</strong></p>{ps(EN[:7])}</div></div>",
)
add(
    "divs br",
    f"<div id=wrapper><div id=left>{HEAD}<div class=date>July 4, 2026</div>"
    + "".join(f"<div>{t(x)}<br></div><div><br></div>" for x in EN[:8])
    + "</div><div id=right2><b>Archive</b><br><a href=/1>June 2026</a><br><a href=/2>May 2026</a></div></div>",
)
add(
    "blockquote embed insta",
    f"<article>{HEAD}{ps(EN[:4])}<blockquote class='instagram-media'><a href='https://x.example/p/1'>View this post on Instagram</a><p>A post shared by Marl Library (@marl)</p></blockquote>{ps(EN[4:8])}</article>",
)
add(
    "dropcap",
    f"<article>{HEAD}<p><span class='dropcap'>{t('A')}</span>XX</p>{ps(EN[1:6])}</article>".replace(
        f"<p><span class='dropcap'>{t('A')}</span>XX</p>",
        p(
            "<span class='dropcap'>A</span> council has dropped its plan to close the last public library in the town after a long campaign by readers."
        ),
    ),
)
add(
    "caption p",
    f"<article>{HEAD}{ps(EN[:2])}<div class='wp-caption'><img><p class='wp-caption-text'>Readers on the square in the rain on Thursday night, with umbrellas.</p></div>{ps(EN[2:7])}</article>",
)
add(
    "related inline h4 links",
    f"<div class='story'>{HEAD}{ps(EN[:3])}<div class='xx'><h4>Related:</h4><p><a href=/1>{TEASERS[0]}</a></p></div>{ps(EN[3:6])}<p><a href=/2>READ: {TEASERS[1]}</a></p>{ps(EN[6:9])}</div>{FOOT}",
)
add(
    "sponsor box",
    f"<div class='story'>{HEAD}{ps(EN[:4])}<div class='yy'><span>Sponsored</span><p>Buy a new roof today and get the second one for half of the price, says Roofs &amp; Sons.</p></div>{ps(EN[4:9])}</div>{FOOT}",
)
add(
    "table layout 90s",
    f"<center><table><tr><td bgcolor=red><font color=white><b>MARL TIMES</b></font></td></tr><tr><td><h1>Library saved after vote</h1><p><i>By Ada Marsh</i><p>{t(EN[0])}<p>{t(EN[1])}<p>{t(EN[2])}<p>{t(EN[3])}<p>{t(EN[6])}</td></tr><tr><td><font size=1>Copyright 2026 Marl Times</font></td></tr></table></center>",
)
add(
    "main aside main",
    f"<main>{HEAD}<div class='col'>{ps(EN[:5])}</div><div class='col2'><aside><h3>Facts</h3><p>{TEASER}</p></aside></div><div class='col'>{ps(EN[5:10])}</div></main>{FOOT}",
)
add(
    "p spans newsletters",
    f"<article>{HEAD}{ps(EN[:5])}<p>Want more news from Marl? <a href=/n>Sign up for the Marl Morning newsletter.</a></p>{ps(EN[5:9])}<p>Have a tip for us? Write to tips@marl.example.</p></article>{FOOT}",
)
add(
    "es",
    "<div class='nota'><h1>La biblioteca seguirá abierta</h1><p class='bajada'></p><div class='cuerpo'>"
    + ps(
        (
            "El ayuntamiento ha renunciado a cerrar la última biblioteca pública de la ciudad tras una larga campaña.",
            "«Hemos escuchado a la gente», dijo la alcaldesa.",
            "La medida costará unos 210.000 euros al año, que saldrán del alquiler de las salas del primer piso.",
            "Mirá también",
            "El edificio se construyó en 1911 y su tejado es más viejo que nadie.",
        )
    )
    + "</div><div class='tags'>Temas: <a href=/b>Bibliotecas</a></div></div>",
    lang="es",
)
add(
    "zh",
    "<div class='wrap'><h1>图书馆不关门</h1><div class='info'>2026年7月4日 来源：马尔时报</div><div class='content'>"
    + ps(
        (
            "市议会周四晚上决定，不再关闭镇上最后一座公共图书馆。",
            "投票结果是七票赞成、两票反对，图书馆至少开放到二〇三〇年春天。",
            "“我们听到了读者的声音。”市长说。",
            "这座建筑建于一九一一年，屋顶从未更换过。",
            "工程将于明年夏天开始，阅览室关闭六个星期。",
        )
    )
    + "</div><div class='share'>分享到：微信 微博</div></div>",
    lang="zh",
)
add(
    "ru",
    "<div class='wrap'><h1>Библиотеку сохранят</h1><div class='content'>"
    + ps(
        (
            "Городской совет в четверг вечером отказался закрывать последнюю публичную библиотеку города.",
            "«Мы услышали людей», — сказал мэр.",
            "За это проголосовали семь депутатов, против — двое, и здание будет открыто по крайней мере до весны 2030 года.",
            "Здание построили в 1911 году, и крышу с тех пор не меняли.",
            "Ремонт начнётся следующим летом.",
        )
    )
    + "</div><div><a href=/x>Читайте также: Собака на крыше</a></div></div>",
    lang="ru",
)
SOC = "<ul>" + "".join(f"<li><a href='#'>{x}</a></li>" for x in ("Facebook", "Twitter", "WhatsApp", "Email")) + "</ul>"
add(
    "lead1",
    f"{NAV}<div class='hd'><div class='hd2'>{HEAD}<p>{t(EN[0])}</p></div></div><div class='mt'><span>Ada Marsh</span><span>4 July 2026, 10:00</span>{SOC}</div><figure><img><figcaption>Picture of it. Photo: Jo</figcaption></figure><div class='ct'><div class='tx'>{ps(EN[1:10])}</div></div>{FOOT}",
)
add(
    "lead2",
    f"{NAV}<section><div>{HEAD}</div><div class='lead'>{t(EN[0])}</div></section><section>{SOC}</section><section class='txt'>{ps(EN[1:10])}</section>{FOOT}",
)
add(
    "lead3",
    f"{NAV}<article><div class='article-header'>{HEAD}<div class='teaser-text'><p>{t(EN[0])}</p></div></div><div class='article-body'>{ps(EN[1:10])}</div></article>{FOOT}",
)
add(
    "lead5",
    f"{NAV}<div id='a'><h1>Library saved after vote</h1><p><b>{t(EN[0])}</b></p><div class='by'>Ada Marsh</div><img><div class='cap'>A picture of the library</div><div id='b'>{ps(EN[1:10])}</div></div>{FOOT}",
)
add(
    "lead6",
    f"{NAV}<div class='top'>{HEAD}<div><p>{t(EN[0])}</p><p>{t(EN[1])}</p></div></div><div class='ad'></div><div class='body-2'>{ps(EN[2:11])}</div>{FOOT}",
)
add(
    "last outside",
    f"{NAV}<div class='top'>{HEAD}</div><div class='body-2'>{ps(EN[:9])}</div><div class='more'><p>{t(EN[9])}</p><p>{t(EN[10])}</p></div>{FOOT}",
)
add(
    "three parts",
    f"{NAV}{HEAD}<div class='p1'>{ps(EN[:2])}</div><div class='adv'><p>Advertisement</p></div><div class='p2'>{ps(EN[2:4])}</div><div class='adv'><p>Advertisement</p></div><div class='p3'>{ps(EN[4:6])}</div><div class='rel'><h3>More news</h3>{cards()}</div>{FOOT}",
)
add(
    "expand",
    f"{NAV}<article>{HEAD}<div class='visible'>{ps(EN[:2])}</div><div class='collapsed hidden' style='display:none'>{ps(EN[2:9])}</div><button>Read more</button></article>{FOOT}",
)
OTHERS = (
    "The bridge at Nether Hallam will stay shut for another month because of a crack in the northern pier.",
    "Drivers are asked to go by way of the mill, where lights will be put up at the end of the week.",
    "“It is a long way round,” said Piet Holm, who drives the bus, “and the lights will not make it shorter.”",
    "The county paid for the pier eleven years ago and says that nobody can tell yet what the crack will cost.",
)
UNDER = "<p>By {}</p><p>{} July 2026, 10:00</p>"
add(
    "next story without an article element",
    f"{NAV}<div id='c'>{HEAD}{UNDER.format('Ada Marsh', 4)}{ps(EN[:9])}"
    f"<h2>Bridge to stay shut for another month</h2>{UNDER.format('Tom Okoro', 3)}"
    f"{''.join(f'<p>{x}</p>' for x in OTHERS)}</div>{FOOT}",
)
add(
    "parts by the same author",
    f"{NAV}<div id='c'>{HEAD}{UNDER.format('Ada Marsh', 4)}{ps(EN[:4])}"
    f"<h2>{t('What happened before the vote')}</h2>{UNDER.format('Ada Marsh', 3)}{ps(EN[4:10])}</div>{FOOT}",
)
add(
    "a part by somebody else, without a day",
    f"{NAV}<div id='c'>{HEAD}{UNDER.format('Ada Marsh', 4)}{ps(EN[:4])}"
    f"<h2>{t('Why the roof had to wait')}</h2><p>By Tom Okoro</p>{ps(EN[4:10])}</div>{FOOT}",
)
add(
    "a page of many hands",
    f"{NAV}<div id='c'>{HEAD}{UNDER.format('Ada Marsh', 4)}{ps(EN[:3])}"
    + "".join(
        f"<h2>{t(f'What the {place} thinks of it')}</h2>{UNDER.format(name, 4)}{ps(EN[start : start + 2])}"
        for place, name, start in (("mayor", "Tom Okoro", 3), ("reader", "Bo Lane", 5), ("builder", "Cy Holt", 7))
    )
    + f"</div>{FOOT}",
)
NAMES = ("Ada Marsh, Nether Hallam", "Tom Okoro", "Cy Holt, by email", "Bo Lane, Upper Street, Marl")
add(
    "letters with their names",
    f"{NAV}<div>{HEAD}"
    + "".join(f"{ps(EN[2 * place : 2 * place + 2])}{p(name)}" for place, name in enumerate(NAMES))
    + f"<p>Piet Holm</p></div><div><h3>More news</h3>{cards()}</div>{FOOT}",
)
add(
    "letters with their names in bold",
    f"{NAV}<article>{HEAD}"
    + "".join(
        f"{ps(EN[2 * place : 2 * place + 2])}<p class='n{place}'><b>{t(name)}</b></p>"
        for place, name in enumerate(NAMES)
    )
    + f"</article>{FOOT}",
)
add(
    "a name below the story",
    f"{NAV}<div>{HEAD}{ps(EN[:4])}{p('Tom Okoro')}{ps(EN[4:8])}<p>Ada Marsh</p></div>{FOOT}",
)
SCENE = "Hester Vane, who has borrowed books there since 1974, stands outside the town hall with a wet umbrella."
add(
    "captions in boxes that are called pictures",
    f"{NAV}<div id='c'>{HEAD}<div class='lead-photo'><p>{SCENE}</p><p>(Bo Lane)</p></div>{ps(EN[:3])}"
    f"<div class='inline-image'><span>{SCENE.replace('wet', 'black')}</span></div>{ps(EN[3:6])}"
    f"<figure class='wide'><p>{SCENE.replace('wet', 'green')}</p></figure>{ps(EN[6:10])}</div>{FOOT}",
)
add(
    "a caption between headline and story",
    f"{NAV}{HEAD}<div class='top'><p class='image-caption'>{SCENE}</p></div><div class='b'>{ps(EN[:10])}</div>{FOOT}",
)
add(
    "an author between headline and story",
    f"{NAV}{HEAD}<div class='author-drop'><div class='text'><p>Ada Marsh writes about the council for this newspaper "
    f"and has lived in the old town for eleven years.</p></div></div><div class='b'>{ps(EN[:10])}</div>{FOOT}",
)
add(
    "parts with a picture in their names",
    f"{NAV}<article>{HEAD}"
    + "".join(f"<div class='item image'>{ps(EN[2 * n : 2 * n + 2])}</div>" for n in range(5))
    + f"</article>{FOOT}",
)
add(
    "a table in a figure",
    f"{NAV}<article>{HEAD}{ps(EN[:5])}<figure class='wp-table'><table><tr><td>{t('Monday and Tuesday')}</td>"
    f"<td>{t('ten until six')}</td></tr></table></figure>{ps(EN[5:10])}</article>{FOOT}",
)
add(
    "comments in blocks of that name",
    f"{NAV}<div id='c'>{HEAD}{ps(EN[:4])}<div class='visitors_comment_block'><p>What they say</p>"
    + "".join(
        f"<div><h3>Roof {n}</h3><p>{COMMENT} That was in {1960 + n}.</p><p>{x}</p></div>" for n, x in enumerate(OTHERS)
    )
    + f"</div></div>{FOOT}",
)
add(
    "labels with a linked title",
    f"{NAV}<article>{HEAD}{ps(EN[:3])}<p>IN NETHER HALLAM: <a href='/n/1'>Bridge to stay shut for a month</a></p>"
    f"{ps(EN[3:6])}<p><b>At the brewery: <a href='/n/0'>Who put the dog on the roof?</a></b></p>{ps(EN[6:9])}"
    f"<p>{t('The rule is simple: <a href=/n/2>read what you like</a> and bring it back.')}</p></article>{FOOT}",
)
add(
    "titles of parts that read like buttons",
    f"{NAV}<article>{HEAD}{ps(EN[:2])}"
    + "".join(
        f"<h3>{t(title)}</h3>{ps(EN[2 + 2 * n : 4 + 2 * n])}"
        for n, title in enumerate(("Take your time", "Share your books", "Read on the cheap", "Bring your children"))
    )
    + f"</article>{FOOT}",
)
add(
    "a list of cards below the story",
    f"{NAV}<div id='c'>{HEAD}{ps(EN[:10])}<ul>"
    + "".join(f"<li><a href='/n/{n}'>Another story number {n}</a><p>{x}</p></li>" for n, x in enumerate(TEASERS))
    + f"</ul></div>{FOOT}",
)
add(
    "comments with their buttons in one line",
    f"{NAV}<div id='c'>{HEAD}{ps(EN[:4])}<ol>"
    + "".join(
        f"<li><p>{COMMENT} It was {n}.</p><div>Reply Quote post</div></li>" for n in ("dry", "warm", "old", "cold")
    )
    + f"</ol></div>{FOOT}",
)
add(
    "comments that are signed with the hour",
    f"{NAV}<div id='c'>{HEAD}{ps(EN[:4])}<div class='k'>"
    + "".join(
        f"<p>{COMMENT} It was {n}.</p><p>Posted by: Reader {n}, 27 Sep 2026 | 15:2{k}</p>" for k, n in enumerate(NAMES)
    )
    + f"</div></div>{FOOT}",
)
add(
    "stories in boxes of their own",
    f"{NAV}<main><h1>Latest stories</h1><div class='list'>"
    f"<article class='entry first'><header><h2>Library saved after vote</h2></header>"
    f"<div class='text'>{ps(EN[:9])}</div></article>"
    + "".join(
        f"<article class='entry e{n}'><header><h2>The bridge, part {n}</h2></header>"
        f"<div class='text'>{''.join(f'<p>{x} It is day {n}.</p>' for x in (*OTHERS, *OTHERS[:2]))}</div></article>"
        for n in range(4)
    )
    + f"</div></main>{FOOT}",
)
add(
    "parts of one story in boxes",
    f"{NAV}<div class='c'>"
    + "".join(
        f"<div class='block'><h2>{title}</h2>{ps(EN[5 * n : 5 * n + 5])}</div>"
        for n, title in enumerate(("Library saved after vote", t("What it costs")))
    )
    + f"</div>{FOOT}",
)
add(
    "a cookie notice below the story",
    f"{NAV}<div class='c'>{HEAD}{ps(EN[:11])}</div><div class='ci'><p>Cookies are small files that our site keeps in your "
    f"browser so that it works as it should when you come back.</p><p>You can turn cookies off in your browser, but then "
    f"some parts of the site may not work as they should.</p></div>{FOOT}",
)
add(
    "a story about cookies",
    f"{NAV}<div class='c'>{HEAD}{ps(EN[:6])}{p('The library’s own site sets no cookies, the council said, and never will.')}"
    f"{ps(EN[6:8])}</div>{FOOT}",
)
add(
    "bylines of other languages in the story",
    f"{NAV}<article>{HEAD}<p>Von Ilse Brandner und Odo Weiß</p>{ps(DE[:4])}<p>Por Ana Reis, Marl</p>{ps(DE[4:])}</article>{FOOT}",
)
add(
    "captions in picture boxes without a full stop",
    f"{NAV}<article>{HEAD}{ps(EN[:4])}<div class='picBox full'><p>Hester Vane outside the town hall on Thursday</p></div>"
    f"{ps(EN[4:8])}</article>{FOOT}",
)
add(
    "a column in a box called comment", f"{NAV}<main>{HEAD}<div class='comment-article'>{ps(EN[:9])}</div></main>{FOOT}"
)
