"""All SQL: one object for each noun, opened together by `Store`.

Nothing above this package knows a table's name.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType

from aggregator.store import exports
from aggregator.store.articles import Articles
from aggregator.store.board import Board
from aggregator.store.care import Care
from aggregator.store.connect import Connection, connect, rows, transaction
from aggregator.store.deliveries import Deliveries
from aggregator.store.documents import Documents, Runs
from aggregator.store.editing import Editing
from aggregator.store.issues import Issues, Meta, Preferences
from aggregator.store.links import Links
from aggregator.store.people import People
from aggregator.store.posts import Posts
from aggregator.store.reading import Reading
from aggregator.store.review import Review
from aggregator.store.search import Search
from aggregator.store.sources import Sources
from aggregator.store.statements import Statements
from aggregator.store.stories import Quotes, Stories
from aggregator.store.threads import Threads
from aggregator.store.upkeep import Upkeep
from aggregator.store.uploads import Uploads
from aggregator.store.window import Windows

__all__ = ["Store", "exports"]


class Store:
    """An open archive.

    One object belongs to one thread at a time; open another for another.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: Connection = connect(path)
        self.documents = Documents(self.connection)
        self.runs = Runs(self.connection)
        self.care = Care(self.connection, path)
        self.posts = Posts(self.connection)
        self.threads = Threads(self.connection)
        self.articles = Articles(self.connection)
        self.statements = Statements(self.connection)
        self.sources = Sources(self.connection)
        self.links = Links(self.connection)
        self.stories = Stories(self.connection)
        self.quotes = Quotes(self.connection)
        self.windows = Windows(self.connection)
        self.issues = Issues(self.connection)
        self.deliveries = Deliveries(self.connection)
        self.preferences = Preferences(self.connection)
        self.meta = Meta(self.connection)
        self.search = Search(self.connection)
        self.people = People(self.connection)
        self.reading = Reading(self.connection)
        self.board = Board(self.connection)
        self.review = Review(self.connection)
        self.editing = Editing(self.connection)
        self.uploads = Uploads(self.connection)
        self.upkeep = Upkeep(self.connection)

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """All or nothing."""
        return transaction(self.connection)

    def issue_states(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return {row[0]: row[1] for row in rows(self.connection, "SELECT state, count(*) FROM delivery GROUP BY state")}

    def close(self) -> None:
        """Close the archive."""
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
