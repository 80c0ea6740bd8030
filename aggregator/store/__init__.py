"""All SQL: one object for each noun, opened together by `Store`.

Nothing above this package knows a table's name.
A noun is imported when it is first used, so that a command starts without those that it does not need.
"""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from aggregator.store.connect import Connection, connect, joined, roomy, transaction

if TYPE_CHECKING:
    from aggregator.store.articles import Articles
    from aggregator.store.board import Board
    from aggregator.store.care import Care
    from aggregator.store.choices import Choices
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
    from aggregator.store.telling import Telling
    from aggregator.store.threads import Threads
    from aggregator.store.upkeep import Upkeep
    from aggregator.store.uploads import Uploads
    from aggregator.store.window import Windows
    from aggregator.store.words import Words

__all__ = ["Store"]


class Store:
    """An open archive.

    One object belongs to one thread at a time; open another for another.
    """

    def __init__(self, path: Path, connection: Connection | None = None) -> None:
        """Open the archive at `path`, or take over a connection to it that is open already."""
        self.path = path
        self.connection: Connection = connection or connect(path)

    @cached_property
    def documents(self) -> Documents:
        from aggregator.store.documents import Documents

        return Documents(self.connection)

    @cached_property
    def runs(self) -> Runs:
        from aggregator.store.documents import Runs

        return Runs(self.connection)

    @cached_property
    def care(self) -> Care:
        from aggregator.store.care import Care

        return Care(self.connection, self.path)

    @cached_property
    def posts(self) -> Posts:
        from aggregator.store.posts import Posts

        return Posts(self.connection)

    @cached_property
    def threads(self) -> Threads:
        from aggregator.store.threads import Threads

        return Threads(self.connection)

    @cached_property
    def articles(self) -> Articles:
        from aggregator.store.articles import Articles

        return Articles(self.connection)

    @cached_property
    def statements(self) -> Statements:
        from aggregator.store.statements import Statements

        return Statements(self.connection)

    @cached_property
    def sources(self) -> Sources:
        from aggregator.store.sources import Sources

        return Sources(self.connection)

    @cached_property
    def links(self) -> Links:
        from aggregator.store.links import Links

        return Links(self.connection)

    @cached_property
    def words(self) -> Words:
        from aggregator.store.words import Words

        return Words(self.connection)

    @cached_property
    def stories(self) -> Stories:
        from aggregator.store.stories import Stories

        return Stories(self.connection)

    @cached_property
    def quotes(self) -> Quotes:
        from aggregator.store.stories import Quotes

        return Quotes(self.connection)

    @cached_property
    def windows(self) -> Windows:
        from aggregator.store.window import Windows

        return Windows(self.connection)

    @cached_property
    def issues(self) -> Issues:
        from aggregator.store.issues import Issues

        return Issues(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        from aggregator.store.deliveries import Deliveries

        return Deliveries(self.connection)

    @cached_property
    def preferences(self) -> Preferences:
        from aggregator.store.issues import Preferences

        return Preferences(self.connection)

    @cached_property
    def meta(self) -> Meta:
        from aggregator.store.issues import Meta

        return Meta(self.connection)

    @cached_property
    def search(self) -> Search:
        from aggregator.store.search import Search

        return Search(self.connection)

    @cached_property
    def people(self) -> People:
        from aggregator.store.people import People

        return People(self.connection)

    @cached_property
    def reading(self) -> Reading:
        from aggregator.store.reading import Reading

        return Reading(self.connection)

    @cached_property
    def board(self) -> Board:
        from aggregator.store.board import Board

        return Board(self.connection)

    @cached_property
    def review(self) -> Review:
        from aggregator.store.review import Review

        return Review(self.connection)

    @cached_property
    def editing(self) -> Editing:
        from aggregator.store.editing import Editing

        return Editing(self.connection)

    @cached_property
    def telling(self) -> Telling:
        from aggregator.store.telling import Telling

        return Telling(self.connection)

    @cached_property
    def uploads(self) -> Uploads:
        from aggregator.store.uploads import Uploads

        return Uploads(self.connection)

    @cached_property
    def choices(self) -> Choices:
        from aggregator.store.choices import Choices

        return Choices(self.connection)

    @cached_property
    def upkeep(self) -> Upkeep:
        from aggregator.store.upkeep import Upkeep

        return Upkeep(self.connection)

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """All or nothing."""
        return transaction(self.connection)

    def joined(self) -> contextlib.AbstractContextManager[None]:
        """Part of the transaction that is open, else one of its own."""
        return joined(self.connection)

    def roomy(self) -> contextlib.AbstractContextManager[None]:
        """Room in memory and in the log for writing very much."""
        return roomy(self.connection)

    def read_only(self) -> None:
        """Refuse every write from here on."""
        from aggregator.store.search_words import prepare

        prepare(self.connection)
        self.connection.execute("PRAGMA query_only = ON")

    def close(self) -> None:
        """Close the archive."""
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
