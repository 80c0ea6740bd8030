"""What kind of words carry a link moves its margin."""

from __future__ import annotations

from aggregator.linking import Linker
from aggregator.linking_glossary import Glossary, Related
from parsers.model import Statement

OTHERS = [
    Statement(id=f"{place}{number}", position=f"The {word} of {place}s should be painted every spring.")
    for number, word in enumerate(["walls", "lamps", "ropes", "stairs", "gates", "cranes", "chains", "posts", "rails"])
    for place in ("harbour", "station", "market", "school")
]
FERRY = Statement(id="ferry", position="Ferry crews should rest on winter crossings.")
GLOSSARY = Glossary(
    stop=("the", "of", "on", "and", "should", "be", "every", "a", "to", "in", "is", "our"),
    related=(Related(says=("tired sailors", "doze"), means=("ferry crews", "rest"), weight=0.4),),
)


def margins(text: str, statements: list[Statement], glossary: Glossary = GLOSSARY) -> dict[str, tuple[float, float]]:
    """Of each ranked statement the margin that is told, and that of its score."""
    linker = Linker([*statements, *OTHERS], glossary=glossary)
    plain = dict(zip((s.id for s in linker.statements), linker.margins([text])[0].tolist(), strict=True))
    return {one.statement_id: (one.margin, plain[one.statement_id]) for one in linker.rank(text)}


def test_a_phrase_of_the_glossary_lifts_what_it_carries() -> None:
    """People gave it its meaning; a single word of the glossary is met by accident, and a word of ours needs no lift."""
    phrase, plain = margins("Tired sailors again", [FERRY])["ferry"]
    word, bare = margins("They doze again", [FERRY])["ferry"]
    own, ours = margins("Winter again", [FERRY])["ferry"]
    assert phrase - plain > max(word - bare, own - ours) + 0.5


def test_what_the_glossary_carries_is_not_likely_by_that() -> None:
    """A lift ends below the threshold of likely links."""
    linker = Linker([FERRY, *OTHERS], glossary=GLOSSARY)
    for text in ("Tired sailors doze", "Tired sailors doze. Tired sailors again"):
        for one in linker.rank(text):
            plain = float(linker.margins([text])[0][0])
            assert one.margin < max(linker.calibration.likely, plain + 0.2001)


def test_a_runner_up_on_other_words_than_the_best_pays() -> None:
    """Beside a text's best statement, one that stray words carry sinks; one that the same words carry does not."""
    best = Statement(id="best", position="Ferry crews should rest on winter crossings. Ferry crews sleep.")
    same = Statement(id="same", position="Ferry crews deserve pensions, hostels, uniforms, doctors and letters.")
    stray = Statement(id="stray", position="Museums deserve pensions, hostels, umbrellas, doctors and letters.")
    text = "Ferry crews rest on winter crossings, ferry crews sleep, bring umbrellas"
    found = margins(text, [best, same, stray], Glossary(stop=GLOSSARY.stop))
    drop = {name: plain - told for name, (told, plain) in found.items()}
    assert drop["stray"] > drop["same"] + 0.5


def test_many_texts_get_the_proposals_that_each_gets_alone() -> None:
    """The look at many texts at once leaves none out that a lift brings up."""
    linker = Linker([FERRY, *OTHERS], glossary=GLOSSARY)
    texts = ["Tired sailors again", "Tired sailors doze", "They doze", "Harbour lamps", "Ferry crews rest", "Nothing"]
    assert [linker.propose(text) for text in texts] == list(linker.propose_many(texts))


def test_among_few_statements_the_glossary_lifts_less() -> None:
    """It knows more of the sector than they do."""
    many = margins("Tired sailors again", [FERRY])["ferry"]
    linker = Linker([FERRY, *OTHERS[:4]], glossary=GLOSSARY)
    (few,) = [one.margin for one in linker.rank("Tired sailors again") if one.statement_id == "ferry"]
    plain = float(linker.margins(["Tired sailors again"])[0][0])
    assert few - plain < many[0] - many[1] - 0.2
