"""The web app: the archive to read, and one key per decision.

Server-rendered pages; each file here is one group of pages.
Every page and every action works without JavaScript; the one small script only turns keys into clicks.
`security` stands in front of all of them and refuses whatever is not expressly allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import BaseConverter, Map

    from aggregator.config import Config

TEMPLATES = Path(__file__).parents[2] / "templates" / "web"


def create_app(db_path: Path, config: Config, *, keep: bool = False) -> Flask:
    """The application over one archive; needs no server of its own to be tested.

    With `keep` connections to the archive stay open between requests; see `kept`.
    """
    import jinja2
    from flask import Flask

    from aggregator.web import (
        add,
        api,
        archive,
        base,
        complete,
        coverage,
        digests,
        errors,
        glossary,
        health,
        kept,
        people,
        positions,
        readers,
        review,
        security,
        show,
        threads,
    )

    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder="static")
    app.url_map.converters = {**app.url_map.converters, "int": _row_number()}
    app.extensions["cuttings"] = base.Place(db=db_path, config=config, kept=kept.Kept() if keep else None)
    app.config.update(
        TRUSTED_HOSTS=security.trusted_hosts(config),
        MAX_CONTENT_LENGTH=1 << 20,
        MAX_FORM_MEMORY_SIZE=1 << 20,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_options = {
        "undefined": jinja2.StrictUndefined,
        "finalize": show.finalize,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "autoescape": True,
    }
    show.register(app)
    security.register(app)
    errors.register(app)
    for group in (
        # `glossary` brings the pages of words along, of which it is a part.
        archive, coverage, complete, threads, review, positions, glossary, digests, add, health, people, readers, api,
    ):  # fmt: skip
        app.register_blueprint(group.pages)
    return app


def _row_number() -> type[BaseConverter]:
    """Numbers in addresses that a row can have; larger ones are addresses of nothing."""
    from werkzeug.routing import IntegerConverter

    class RowNumber(IntegerConverter):
        def __init__(self, map: Map) -> None:
            super().__init__(map, max=2**63 - 1)

    return RowNumber
