"""Data and source code are refused as articles; prose that holds some code, tables and lists goes in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make import ARTICLE

from parsers import article_text, code_text
from parsers.detect import detect
from parsers.errors import ParseError, UnknownFormatError
from parsers.model import Hint

ROOT = Path(__file__).parents[1]
SENTENCE = "The number of benches that a park has to offer is counted each spring by its keepers, the council said."

SCHEMA = json.dumps(
    {"id": "park.bench", "defs": {f"field{n}": {"type": "string", "description": SENTENCE} for n in range(9)}}, indent=2
)
SETTINGS = "\n".join(f'[bench.{n}]\nlength = {n}\n# {SENTENCE}\ntold = "{SENTENCE}"\n' for n in range(9))
XSD = "<schema>\n" + "\n".join(f'<element name="bench{n}">\n{SENTENCE}\n</element>' for n in range(9)) + "\n</schema>"
PYTHON = "\n".join(
    f'def bench_{n}(park: Park) -> int:\n    """{SENTENCE}"""\n    found = park.benches[{n}]\n    return found.length\n'
    for n in range(9)
)
SCRIPT = "\n".join(
    f"// {SENTENCE}\nfunction bench{n}(park) {{\n  const found = park.benches;\n  return found.length;\n}}"
    for n in range(9)
)
STYLE = "\n".join(f"/*\n{SENTENCE}\n*/\n.bench{n} {{\n  color: green;\n  margin: 0 1rem;\n}}" for n in range(9))
MINIFIED = "".join(f'function b{n}(p){{var f=p.benches;if(f=={n}){{say("{SENTENCE}")}};return f}}' for n in range(9))


@pytest.mark.parametrize(
    "text",
    [SCHEMA, json.dumps(json.loads(SCHEMA)), SCHEMA[:-9], SETTINGS, XSD, PYTHON, SCRIPT, STYLE, MINIFIED],
    ids=["json", "json-line", "json-cut", "toml", "xml", "python", "script", "style", "minified"],
)
def test_data_and_code_are_refused_in_plain_words(text: str) -> None:
    """Sentences in descriptions and comments make no article; the message says what it is and how to insist."""
    assert article_text.looks_like(text), "the test needs prose that would pass for an article"
    with pytest.raises(UnknownFormatError, match=r"so it is no article; .*say so"):
        detect(text.encode())
    assert detect(text.encode(), Hint(kind="article")).format == "article-text"


@pytest.mark.parametrize("path", ["aggregator/cli.py", "aggregator/store/articles.py", "parsers/furniture.toml"])
def test_files_of_a_program_are_refused(path: str) -> None:
    """Source with long explanations is still source."""
    with pytest.raises(UnknownFormatError):
        detect((ROOT / path).read_bytes())


@pytest.mark.parametrize(
    "extra",
    [
        "Type this:\n\nimport benches\nbenches.count(park)\nif park.open:\n    print(benches)\n",
        "\n".join(f"Park {n}\t{n * 3}\t{n * 7} %\t£{n}00" for n in range(30)),
        "\n".join(f"| Park {n} | {n * 3} | {n * 7} % |" for n in range(30)),
        "\n".join(f"Park {n}; {n * 3}; {n * 7}" for n in range(30)),
        "\n".join(f"Park {n},{n * 3},{n * 7}" for n in range(30)),
        "\n".join(f"- the keepers of park {n} (all wards);" for n in range(30)),
        "\n".join(f"@keeper{n}.example.org" for n in range(30)),
        "\n".join(f"https://parks.example.org/?park={n}&year=2026&source=mail;x={n}" for n in range(30)),
        "\n".join(f"Keeper {n} (park {n}): “We need benches.”" for n in range(30)),
    ],
    ids=["code", "tabs", "pipes", "semicolons", "commas", "list", "handles", "addresses", "names"],
)
def test_prose_with_other_things_goes_in(extra: str) -> None:
    """Some code, tables, lists and addresses in or under an article leave it an article."""
    assert detect(f"{ARTICLE}\n{extra}\n{SENTENCE}".encode()).format == "article-text"
    assert detect(f"{ARTICLE}\n{extra}\n{SENTENCE}".replace("\n\n", "\n").encode()).format == "article-text"


def test_articles_are_far_from_code(shared: Path) -> None:
    """In real articles and position papers hardly a line has the shape of code."""
    paths = sorted((shared / "seeds").glob("*.txt"))
    assert paths
    for path in paths:
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        assert sum(map(code_text.is_code, lines)) <= 0.1 * len(lines), path.name


def test_hardly_any_prose_and_no_headline_is_refused() -> None:
    """A long table of numbers with a few sentences in it is no article; a person may say that it is."""
    parks = "\n".join(f"{n} {n % 7} {n % 5} 2026 100" for n in range(900))
    text = f"{parks}\n{SENTENCE}\n{SENTENCE.replace('spring', 'autumn')}\n{SENTENCE.replace('keepers', 'friends')}\n{parks}"
    with pytest.raises(ParseError, match="hardly anything in it is running text"):
        article_text.parse(text, Hint())
    assert article_text.parse(text, Hint(kind="article-text")).records


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("aB_ 1(){}[]=;:,.\"'<>/#@\n\t-|\\é"), max_size=400))
def test_whatever_comes_is_judged(text: str) -> None:
    """Any text gives a reason or None, and the same one with blank lines around it."""
    assert code_text.what(text) == code_text.what(f"\n\n{text}\n\n")
