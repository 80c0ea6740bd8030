"""Imports point down only, modules do not shadow the standard library, and the start stays light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from aggregator.store import Store

ROOT = Path(__file__).parents[1]

#: Floors from the bottom up; a module may import from its own parts and from lower floors.
AGGREGATOR = [
    {"errors", "times", "units", "article_dates", "bulk", "unknown"},
    {"model", "story_model"},
    {"issue_model"},
    {
        "config",
        "identity",
        "inputs",
        "merging",
        "neutral",
        "migrations",
        "shingles",
        "query",
        "journal",
        "lock",
        "workers",
    },
    {"weeks", "settings", "addresses", "marks"},
    {"linking", "editions", "stories", "quotes", "digest", "render", "mail", "send", "fetch", "charts"},
    {"store"},  # keeps what the rules below say, and asks some of them what may be kept
    {"pipeline", "explain"},
    {"demo", "operations", "reprocess"},
    {"doctor"},
    {"web", "schedule"},
    {"cli"},
    {"cli_docs"},
]
#: Rooms that outgrew one file; their parts belong to them.
PARTS = {
    "explain_": "explain",
    "linking_": "linking",
    "linkage": "pipeline",
    "quote_marks": "marks",  # where a text has quotations, whoever speaks: mails ask too
    "quote_model": "marks",
    "quote_pieces": "marks",
    "quote_": "quotes",
    "digest_": "digest",
    "render_": "render",
    "cli_docs": "cli_docs",
    "cli_": "cli",
    "intake": "pipeline",
    "intake_": "pipeline",
    "issue_readers": "pipeline",
    "issues": "pipeline",
    "sending": "pipeline",
    "since": "pipeline",
    "sending_": "pipeline",
    "send_": "send",
    "config_words": "config",
    "copies": "stories",
    "doctor_": "doctor",
    "fetch_": "fetch",
    "polling": "pipeline",
    "polling_": "pipeline",
    "events": "stories",
    "shares": "stories",
    "store.": "store",
    "web.": "web",
}


def modules(package: str) -> dict[str, Path]:
    """Dotted names below a package and their files."""
    folder = ROOT / package
    return {
        ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path
        for path in folder.rglob("*.py")
        if path.name != "__init__.py" or path.parent != folder
    }


def imports(path: Path, package: str) -> set[str]:
    """Modules of `package` that a file imports, at any depth of it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            rest = node.module.split(".")[1:]
            found |= {".".join(rest)} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[2] for alias in node.names if alias.name.startswith(package + ".")}
    return found - {""}


def room(module: str) -> str:
    for start, name in PARTS.items():
        if module == start or (start[-1] in "_." and module.startswith(start)):
            return name
    return module.split(".")[0]


def floor(module: str) -> int:
    for number, rooms in enumerate(AGGREGATOR):
        if room(module) in rooms:
            return number
    pytest.fail(f"aggregator.{module} stands on no floor; add it to AGGREGATOR in {__file__}")


@pytest.mark.parametrize("module", sorted(modules("aggregator")))
def test_imports_point_down(module: str) -> None:
    """A module of aggregator imports from lower floors and from its own room only."""
    for other in imports(modules("aggregator")[module], "aggregator"):
        if room(other) != room(module):
            assert floor(other) < floor(module), f"{module} imports {other}"


@pytest.mark.parametrize("module", sorted(modules("parsers")))
def test_parsers_know_nothing_above(module: str) -> None:
    """A parser imports neither aggregator nor a database, network or clock library."""
    tree = ast.parse(modules("parsers")[module].read_text(encoding="utf-8"))
    names = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not names & {"aggregator", "sqlite3", "pysqlite3", "sqlite_utils", "httpx", "requests", "urllib3", "socket"}


@pytest.mark.parametrize("package", ["parsers", "aggregator"])
def test_the_map_names_every_module(package: str) -> None:
    """docs/architecture.md has a line for each module, and none for a module that has gone."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| modules of `{package}/`.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    named = set(re.findall(r"`([\w/*]+)`", " ".join(row.split("|")[1] for row in "".join(rows).splitlines())))
    found = {path.relative_to(ROOT / package).with_suffix("").as_posix() for path in (ROOT / package).rglob("*.py")}
    assert {name for name in found - {"__init__"} if not any(fnmatchcase(name, one) for one in named)} == set()
    assert {one for one in named if not any(fnmatchcase(name, one) for name in found)} == set()


def test_no_module_shadows_the_standard_library() -> None:
    """A script started in one of the folders must still find its own `types` or `email`."""
    names = {module.split(".")[-1] for package in ("parsers", "aggregator") for module in modules(package)}
    assert not (names & sys.stdlib_module_names), names & sys.stdlib_module_names


def test_one_door_to_the_database() -> None:
    """Only the store's factory connects, and nothing replaces rows."""
    for package in ("aggregator", "parsers"):
        for module, path in modules(package).items():
            source = path.read_text(encoding="utf-8")
            if module != "store.connect":
                assert ".connect(" not in source or "smtp" in source.lower(), module
            assert "INSERT OR REPLACE" not in source.upper(), module
            assert "replace=True" not in source, module


def loaded_by(*arguments: str) -> set[str]:
    """The modules in memory when a command has ended."""
    code = (
        f"import sys; sys.argv = ['run.py', *{arguments!r}]\n"
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    import run; run.main()\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


#: What takes a tenth of a second or more to load.
HEAVY = {"sqlite_utils", "jinja2", "flask", "lxml", "bs4", "numpy", "trafilatura", "feedparser", "ftfy", "httpx"}


def test_help_loads_little() -> None:
    """`run.py --help` imports no parser, no database and no template engine."""
    loaded = loaded_by("--help")
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith("parsers.")} - {"parsers.errors"}


def test_search_loads_little(tmp_path: Path) -> None:
    """A search opens the archive and imports the search alone: no parser, no rules, no other noun of the store."""
    Store(tmp_path / "a.db").close()
    loaded = loaded_by("--db", str(tmp_path / "a.db"), "search", "benches")
    assert not loaded & (HEAVY | {"aggregator.pipeline", "aggregator.config"})
    assert not {name for name in loaded if name.startswith("parsers.")} - {"parsers.errors", "parsers.model"}
    assert not {"aggregator.store." + noun for noun in ("posts", "articles", "statements", "review")} & loaded
    assert len(loaded) < 250  # 146 of these with Python 3.11
