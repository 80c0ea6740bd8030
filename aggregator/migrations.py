"""The database's schema, as append-only migrations.

An applied migration is never edited; a change is a new function at the end.
Comments in the schema separate what comes `-- from the source` from what is `-- ours`: a second ingest may
change the first and never touches the second.

Times are UTC as `YYYY-MM-DDTHH:MM:SSZ`, so that they sort as text.
`id` is the database's own number and stays inside; `key` is the public name, made from content, so that the
same files give the same names whatever order they came in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Marks the file as ours in its header ("CUTT").
APPLICATION_ID = 0x43555454
SET_NAME = "cuttings"


def script(db: Database, sql: str) -> None:
    """Run several statements inside the migration's own transaction (`executescript` would commit it)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if _complete(statement):
            db.execute(statement)
            statement = ""
    if statement.strip():
        db.execute(statement)


def apply(db: Database) -> None:
    """Apply what is pending; the caller holds the write lock, so that two processes never apply twice."""
    from sqlite_utils import Migrations

    migrations = Migrations(SET_NAME)
    for step in STEPS:
        migrations()(step)
    migrations.apply(db)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _complete(statement: str) -> bool:
    import sqlite3  # only its tokeniser; the connection is the caller's

    return bool(statement.strip()) and sqlite3.complete_statement(statement)


def documents_and_runs(db: Database) -> None:
    """What was received, and what was done with it."""
    script(
        db,
        """
        CREATE TABLE document (
          id INTEGER PRIMARY KEY,
          sha256 TEXT NOT NULL UNIQUE,
          size INTEGER NOT NULL,          -- bytes
          name TEXT,                      -- file name or url it was first received under
          format TEXT,                    -- as recognised, null when it could not be read
          reason TEXT,                    -- why it was taken for that
          hint TEXT NOT NULL,             -- JSON: what the giver said about it
          notes TEXT NOT NULL,            -- JSON: encoding, channel of the damage, repair receipt
          received_at TEXT NOT NULL
        ) STRICT;

        -- The bytes as received, gzipped in pieces of one megabyte.
        CREATE TABLE document_chunk (
          document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
          n INTEGER NOT NULL,
          data BLOB NOT NULL,
          PRIMARY KEY (document_id, n)
        ) STRICT;

        -- One execution of a verb.
        CREATE TABLE run (
          id INTEGER PRIMARY KEY,
          verb TEXT NOT NULL,
          started_at TEXT NOT NULL,
          finished_at TEXT,
          counts TEXT NOT NULL DEFAULT '{}'   -- JSON
        ) STRICT;

        CREATE TABLE problem (
          id INTEGER PRIMARY KEY,
          run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
          document_id INTEGER REFERENCES document(id) ON DELETE CASCADE,
          name TEXT,                      -- of the document, also where it could not be stored
          message TEXT NOT NULL,
          place TEXT NOT NULL DEFAULT '', -- "line 12"
          severity TEXT NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
          excerpt TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX problem_run ON problem(run_id);
        CREATE INDEX problem_document ON problem(document_id);
        """,
    )


def coverage(db: Database) -> None:
    """Threads and articles share one row each in `coverage`: what is searched, linked and mailed."""
    script(
        db,
        """
        CREATE TABLE story (
          id INTEGER PRIMARY KEY,
          key TEXT NOT NULL UNIQUE
        ) STRICT;

        -- Ours: a person's split or merge of two pieces of coverage, by key.
        CREATE TABLE story_decision (
          one TEXT NOT NULL,
          two TEXT NOT NULL,
          verdict TEXT NOT NULL CHECK (verdict IN ('apart', 'together')),
          who TEXT NOT NULL,
          at TEXT NOT NULL,
          PRIMARY KEY (one, two)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE coverage (
          id INTEGER PRIMARY KEY,
          key TEXT NOT NULL UNIQUE,
          kind TEXT NOT NULL CHECK (kind IN ('thread', 'article')),
          -- from the source
          headline TEXT,
          summary TEXT,                   -- standfirst of an article, link cards of a thread
          text TEXT NOT NULL,             -- repaired, as shown and searched
          who TEXT,                       -- author or outlet
          url TEXT,
          published_at TEXT,
          -- ours
          text_sha TEXT NOT NULL,         -- of headline, summary and text; a change asks for linking anew
          ingested_at TEXT NOT NULL,      -- first stored; an issue's window freezes on this
          changed_at TEXT NOT NULL,       -- text last changed
          linked_sha TEXT,                -- text_sha and rule when links were last proposed
          quoted_sha TEXT,                -- text_sha and rule when quotations were last looked for
          grouped_sha TEXT,               -- text_sha when stories were last grouped
          story_id INTEGER REFERENCES story(id) ON DELETE SET NULL,
          story_reason TEXT,              -- why it belongs to that story
          is_lead INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX coverage_published ON coverage(published_at);
        CREATE INDEX coverage_ingested ON coverage(ingested_at);
        CREATE INDEX coverage_story ON coverage(story_id);
        CREATE INDEX coverage_who ON coverage(who, published_at);
        CREATE INDEX coverage_url ON coverage(url) WHERE url IS NOT NULL;

        CREATE VIRTUAL TABLE coverage_fts USING fts5(
          headline, summary, text,
          content='coverage', content_rowid='id',
          tokenize="unicode61 remove_diacritics 2"
        );
        -- New rows are indexed by the statement that inserts them, many at once (`index_new` in the store):
        -- an insert trigger makes a bulk load cost 2.7 times as much.
        CREATE TRIGGER coverage_fts_delete AFTER DELETE ON coverage BEGIN
          INSERT INTO coverage_fts(coverage_fts, rowid, headline, summary, text)
          VALUES ('delete', old.id, old.headline, old.summary, old.text);
        END;
        -- Guarded: an unguarded update trigger costs as much as the insert each time a count moves.
        CREATE TRIGGER coverage_fts_update AFTER UPDATE ON coverage
        WHEN old.text IS NOT new.text OR old.headline IS NOT new.headline OR old.summary IS NOT new.summary
        BEGIN
          INSERT INTO coverage_fts(coverage_fts, rowid, headline, summary, text)
          VALUES ('delete', old.id, old.headline, old.summary, old.text);
          INSERT INTO coverage_fts(rowid, headline, summary, text)
          VALUES (new.id, new.headline, new.summary, new.text);
        END;

        CREATE TABLE thread (
          coverage_id INTEGER PRIMARY KEY REFERENCES coverage(id) ON DELETE CASCADE,
          expected INTEGER,               -- last stated total
          missing TEXT NOT NULL,          -- JSON: part numbers or uris
          complete INTEGER,               -- null: no total was ever stated
          basis TEXT NOT NULL,
          flags TEXT NOT NULL,            -- JSON: what a reviewer should be told
          reason TEXT NOT NULL,           -- why these posts belong together
          parts_found INTEGER NOT NULL,
          -- ours
          joined_by TEXT                  -- a person's join or split is never undone
        ) STRICT;

        CREATE TABLE post (
          id INTEGER PRIMARY KEY,
          key TEXT NOT NULL UNIQUE,
          fold TEXT NOT NULL,             -- identity where no uri is known: folded text and minute
          -- from the source, best reading so far
          uri TEXT UNIQUE,
          cid TEXT,
          author TEXT,
          author_did TEXT,
          author_name TEXT,
          text TEXT NOT NULL,
          text_raw TEXT NOT NULL,
          created_at TEXT,
          minute_only INTEGER NOT NULL,
          likes INTEGER, reposts INTEGER, replies INTEGER, quotes INTEGER,
          card_title TEXT, card_description TEXT, card_url TEXT,
          reply_parent TEXT, reply_root TEXT, quote_uri TEXT,
          reposted_by TEXT,
          gone INTEGER NOT NULL DEFAULT 0, -- deleted at the source, kept here
          position INTEGER NOT NULL,      -- place in the document
          document_id INTEGER NOT NULL REFERENCES document(id),
          extra TEXT NOT NULL,            -- JSON: urls, alts, langs, labels, repair steps, raw block, …
          -- ours
          thread_id INTEGER REFERENCES coverage(id) ON DELETE SET NULL,
          role TEXT CHECK (role IN ('part', 'duplicate', 'branch')),
          part INTEGER,                   -- place in reading order, 1 first
          number INTEGER,                 -- as printed or inferred
          part_text TEXT                  -- text without its marker
        ) STRICT;
        CREATE INDEX post_fold ON post(fold);
        CREATE INDEX post_created ON post(created_at);
        CREATE INDEX post_thread ON post(thread_id, part);
        CREATE INDEX post_parent ON post(reply_parent) WHERE reply_parent IS NOT NULL;

        -- Counts as each document gave them; the newest reading stands in `post`.
        CREATE TABLE post_reading (
          post_id INTEGER NOT NULL REFERENCES post(id) ON DELETE CASCADE,
          document_id INTEGER NOT NULL REFERENCES document(id),
          read_at TEXT NOT NULL,
          likes INTEGER, reposts INTEGER, replies INTEGER, quotes INTEGER,
          PRIMARY KEY (post_id, document_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE article (
          coverage_id INTEGER PRIMARY KEY REFERENCES coverage(id) ON DELETE CASCADE,
          standfirst TEXT,
          bylines TEXT NOT NULL,          -- JSON
          outlet TEXT,
          section TEXT,
          date_only INTEGER NOT NULL,
          updated_at TEXT,
          source_url TEXT,
          language TEXT,
          guid TEXT,
          blocks TEXT NOT NULL,           -- JSON: kind and text of each block
          dropped TEXT NOT NULL,          -- JSON: lines taken for furniture, and why
          stub INTEGER NOT NULL,
          extractor TEXT NOT NULL,
          confidence REAL,
          steps TEXT NOT NULL,            -- JSON: repairs
          fold TEXT NOT NULL,             -- folded body: identity where no url is known
          document_id INTEGER NOT NULL REFERENCES document(id),
          -- ours
          version INTEGER NOT NULL DEFAULT 1
        ) STRICT;
        CREATE INDEX article_fold ON article(fold);
        CREATE INDEX article_guid ON article(guid) WHERE guid IS NOT NULL;

        CREATE TABLE article_version (
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE,
          version INTEGER NOT NULL,
          headline TEXT,
          text TEXT NOT NULL,
          seen_at TEXT NOT NULL,
          document_id INTEGER NOT NULL REFERENCES document(id),
          PRIMARY KEY (coverage_id, version)
        ) STRICT;

        -- Which documents brought which coverage: the same article may come as page, feed entry and paste.
        CREATE TABLE coverage_document (
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE,
          document_id INTEGER NOT NULL REFERENCES document(id),
          PRIMARY KEY (coverage_id, document_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quote (
          id INTEGER PRIMARY KEY,
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE,
          speaker TEXT NOT NULL,
          quote TEXT NOT NULL,
          verb TEXT,
          reason TEXT NOT NULL,
          partial INTEGER NOT NULL DEFAULT 0,
          n INTEGER NOT NULL              -- order in the text
        ) STRICT;
        CREATE INDEX quote_coverage ON quote(coverage_id, n);
        """,
    )


def positions_and_links(db: Database) -> None:
    """The association's statements with their versions, and the links from coverage to them."""
    script(
        db,
        """
        CREATE TABLE statement (
          id INTEGER PRIMARY KEY,
          key TEXT NOT NULL UNIQUE,       -- from the position of its first version
          -- from the source, text in force
          title TEXT NOT NULL,
          context TEXT,
          position TEXT NOT NULL,
          rationale TEXT,
          adopted_on TEXT,
          organisation TEXT,
          version INTEGER NOT NULL DEFAULT 1,
          first_seen_at TEXT NOT NULL,
          ordinal INTEGER NOT NULL,       -- place in the paper that brought it
          -- ours
          title_by TEXT,                  -- who wrote the title, when staff did
          valid_from TEXT,
          retired_at TEXT
        ) STRICT;

        CREATE TABLE statement_version (
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          version INTEGER NOT NULL,
          text_key TEXT NOT NULL UNIQUE,  -- key of this wording; finds the statement when a paper comes again
          context TEXT, position TEXT NOT NULL, rationale TEXT,
          document_id INTEGER REFERENCES document(id),
          in_force_from TEXT NOT NULL,
          PRIMARY KEY (statement_id, version)
        ) STRICT;

        CREATE TABLE statement_area (
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          area TEXT NOT NULL,
          PRIMARY KEY (statement_id, area)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE statement_document (
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          document_id INTEGER NOT NULL REFERENCES document(id),
          title TEXT NOT NULL,            -- a title tells a statement from the others of its paper
          PRIMARY KEY (statement_id, document_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE statement_alias (
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          alias TEXT NOT NULL,
          added_by TEXT,
          added_at TEXT NOT NULL,
          PRIMARY KEY (statement_id, alias)
        ) STRICT, WITHOUT ROWID;

        CREATE VIRTUAL TABLE statement_fts USING fts5(
          title, context, position, rationale,
          content='statement', content_rowid='id',
          tokenize="unicode61 remove_diacritics 2"
        );
        CREATE TRIGGER statement_fts_insert AFTER INSERT ON statement BEGIN
          INSERT INTO statement_fts(rowid, title, context, position, rationale)
          VALUES (new.id, new.title, new.context, new.position, new.rationale);
        END;
        CREATE TRIGGER statement_fts_delete AFTER DELETE ON statement BEGIN
          INSERT INTO statement_fts(statement_fts, rowid, title, context, position, rationale)
          VALUES ('delete', old.id, old.title, old.context, old.position, old.rationale);
        END;
        CREATE TRIGGER statement_fts_update AFTER UPDATE ON statement BEGIN
          INSERT INTO statement_fts(statement_fts, rowid, title, context, position, rationale)
          VALUES ('delete', old.id, old.title, old.context, old.position, old.rationale);
          INSERT INTO statement_fts(rowid, title, context, position, rationale)
          VALUES (new.id, new.title, new.context, new.position, new.rationale);
        END;

        CREATE TABLE link (
          id INTEGER PRIMARY KEY,
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE,
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          status TEXT NOT NULL CHECK (status IN ('proposed', 'confirmed', 'rejected', 'added')),
          -- from the linker
          statement_version INTEGER NOT NULL,
          score REAL,
          band TEXT CHECK (band IN ('likely', 'possible')),
          evidence TEXT NOT NULL,         -- JSON: the whole proposal
          rule TEXT NOT NULL,             -- which linker proposed it
          proposed_at TEXT NOT NULL,
          -- ours
          decided_at TEXT,
          decided_by TEXT,
          decided_text TEXT,              -- the coverage as it was when decided
          version INTEGER NOT NULL DEFAULT 1, -- counts changes, so that two people never overwrite each other
          UNIQUE (coverage_id, statement_id)
        ) STRICT;
        CREATE INDEX link_statement ON link(statement_id, status);
        CREATE INDEX link_status ON link(status);

        -- Append-only: who decided what, when.
        CREATE TABLE link_event (
          id INTEGER PRIMARY KEY,
          link_id INTEGER NOT NULL REFERENCES link(id) ON DELETE CASCADE,
          at TEXT NOT NULL,
          who TEXT NOT NULL,
          before TEXT,
          after TEXT NOT NULL,
          rule TEXT NOT NULL,
          note TEXT
        ) STRICT;
        CREATE INDEX link_event_link ON link_event(link_id);
        CREATE TRIGGER link_event_no_update BEFORE UPDATE ON link_event
        BEGIN SELECT RAISE(ABORT, 'the decision log is append-only'); END;
        """,
    )


def issues_and_deliveries(db: Database) -> None:
    """Weekly issues, what they hold, and who got them."""
    script(
        db,
        """
        CREATE TABLE issue (
          id TEXT PRIMARY KEY,            -- ISO week of the cut-off in the team's zone, "2026-W47"
          from_at TEXT NOT NULL,          -- the cut-off before
          until_at TEXT NOT NULL,         -- coverage that came in before this and is in no other issue
          send_at TEXT NOT NULL,          -- goes out then by itself, unless held
          state TEXT NOT NULL CHECK (
            state IN ('draft', 'held', 'released', 'sending', 'sent', 'skipped', 'merged')),
          frozen_at TEXT NOT NULL,        -- contents do not change after
          released_at TEXT,               -- a person let it go; it is never too late before six days after
          late INTEGER NOT NULL DEFAULT 0, -- its mails say "sent late"
          note TEXT,                      -- why it is held or skipped, as a person reads it
          merged_into TEXT,               -- the issue that holds what this week would have held
          digest TEXT NOT NULL            -- JSON: the whole issue as it was chosen
        ) STRICT;

        -- Append-only: who drafted, held, released or skipped an issue, and why.
        CREATE TABLE issue_event (
          id INTEGER PRIMARY KEY,
          issue_id TEXT NOT NULL REFERENCES issue(id),
          at TEXT NOT NULL,
          before TEXT,
          after TEXT NOT NULL,
          who TEXT NOT NULL,
          note TEXT
        ) STRICT;
        CREATE INDEX issue_event_issue ON issue_event(issue_id);
        CREATE TRIGGER issue_event_no_update BEFORE UPDATE ON issue_event
        BEGIN SELECT RAISE(ABORT, 'the log of issues is append-only'); END;
        CREATE TRIGGER issue_event_no_delete BEFORE DELETE ON issue_event
        BEGIN SELECT RAISE(ABORT, 'the log of issues is append-only'); END;

        -- An item is in one issue only: nothing goes twice.
        CREATE TABLE issue_item (
          coverage_id INTEGER PRIMARY KEY REFERENCES coverage(id),
          issue_id TEXT NOT NULL REFERENCES issue(id) ON DELETE CASCADE,
          section TEXT NOT NULL,          -- where it is listed; "archive": counted, not listed
          position INTEGER NOT NULL,
          statement_id INTEGER REFERENCES statement(id) -- of the link that was mailed
        ) STRICT;
        CREATE INDEX issue_item_issue ON issue_item(issue_id, position);

        -- Coverage that no issue will hold, and why: digested + excluded + waiting = all.
        CREATE TABLE issue_excluded (
          coverage_id INTEGER PRIMARY KEY REFERENCES coverage(id) ON DELETE CASCADE,
          issue_id TEXT NOT NULL REFERENCES issue(id) ON DELETE CASCADE,
          reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX issue_excluded_issue ON issue_excluded(issue_id);
        -- Threads that grow together hand their issue on.
        CREATE TRIGGER issue_item_insert AFTER INSERT ON issue_item BEGIN
          DELETE FROM issue_excluded WHERE coverage_id = new.coverage_id;
        END;
        CREATE TRIGGER issue_item_update AFTER UPDATE ON issue_item BEGIN
          DELETE FROM issue_excluded WHERE coverage_id = new.coverage_id;
        END;

        CREATE TABLE delivery (
          id INTEGER PRIMARY KEY,
          issue_id TEXT NOT NULL REFERENCES issue(id),
          recipient TEXT NOT NULL,        -- address, as in the envelope
          sender TEXT NOT NULL,           -- address, as in the envelope
          message_id TEXT NOT NULL UNIQUE,
          body BLOB NOT NULL,             -- the mail as sent, byte for byte
          body_sha256 TEXT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'unknown', 'held')),
          attempts INTEGER NOT NULL DEFAULT 0,
          created_at TEXT NOT NULL,
          first_attempt_at TEXT,          -- given up five days after
          next_attempt_at TEXT,
          claimed_by TEXT,                -- the process that is at it
          answer TEXT,                    -- what the server said last
          updated_at TEXT NOT NULL,
          UNIQUE (issue_id, recipient)
        ) STRICT;
        CREATE INDEX delivery_state ON delivery(state);

        CREATE TABLE delivery_event (
          id INTEGER PRIMARY KEY,
          delivery_id INTEGER NOT NULL REFERENCES delivery(id),
          at TEXT NOT NULL,
          before TEXT,
          after TEXT NOT NULL,
          who TEXT NOT NULL,
          note TEXT
        ) STRICT;
        CREATE INDEX delivery_event_delivery ON delivery_event(delivery_id);
        CREATE TRIGGER delivery_event_no_update BEFORE UPDATE ON delivery_event
        BEGIN SELECT RAISE(ABORT, 'the send log is append-only'); END;
        CREATE TRIGGER delivery_event_no_delete BEFORE DELETE ON delivery_event
        BEGIN SELECT RAISE(ABORT, 'the send log is append-only'); END;

        -- Small facts about the installation: instance, heartbeat of the service.
        CREATE TABLE meta (
          name TEXT PRIMARY KEY,
          value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
    )


def people_and_sessions(db: Database) -> None:
    """Who may use the web app, what they did there, and what they are about to add."""
    script(
        db,
        """
        CREATE TABLE account (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE COLLATE NOCASE,
          role TEXT NOT NULL CHECK (role IN ('viewer', 'reviewer', 'admin')),
          password TEXT,                  -- argon2id; null until the one-time link was used
          one_key INTEGER NOT NULL DEFAULT 1, -- whether single keys decide
          created_at TEXT NOT NULL,
          removed_at TEXT                 -- what they decided keeps their name
        ) STRICT;

        -- Secrets are kept as SHA-256 only: a leaked database opens nothing.
        CREATE TABLE setup_link (
          token_sha TEXT PRIMARY KEY,
          account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          expires_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE session (
          id INTEGER PRIMARY KEY,
          token_sha TEXT NOT NULL UNIQUE,
          account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          created_at TEXT NOT NULL,
          seen_at TEXT NOT NULL,
          expires_at TEXT NOT NULL,       -- however active
          agent TEXT NOT NULL DEFAULT ''  -- browser as it names itself, for the list of sessions
        ) STRICT;

        CREATE TABLE api_token (
          id INTEGER PRIMARY KEY,
          token_sha TEXT NOT NULL UNIQUE,
          account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          created_at TEXT NOT NULL
        ) STRICT;

        -- Failed sign-ins, kept for a day, so that throttling survives a restart.
        CREATE TABLE sign_in_failure (
          at TEXT NOT NULL,
          name TEXT NOT NULL,             -- SHA-256 of what was typed: people type passwords there
          address TEXT NOT NULL
        ) STRICT;
        CREATE INDEX sign_in_failure_at ON sign_in_failure(at);

        CREATE TABLE saved_search (
          account_id INTEGER NOT NULL REFERENCES account(id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          query TEXT NOT NULL,
          PRIMARY KEY (account_id, name)
        ) STRICT, WITHOUT ROWID;

        -- Append-only: who did what. Names instead of row ids, so that it outlives what it speaks of.
        CREATE TABLE audit (
          id INTEGER PRIMARY KEY,
          at TEXT NOT NULL,
          who TEXT NOT NULL,
          session TEXT NOT NULL,          -- number of the session, or "api"
          act INTEGER NOT NULL,           -- id of the first event of one action; undo takes back all of it
          action TEXT NOT NULL,           -- confirm, reject, add, no-fit, undo, split, merge, edit, …
          coverage TEXT,                  -- key
          statement TEXT,                 -- key
          before TEXT,
          after TEXT,
          rule TEXT,                      -- which linker had proposed it
          version INTEGER,                -- of the link, after the action
          undoes INTEGER,                 -- the act that this one takes back
          note TEXT
        ) STRICT;
        CREATE INDEX audit_act ON audit(act);
        CREATE INDEX audit_coverage ON audit(coverage);
        CREATE INDEX audit_statement ON audit(statement);
        CREATE INDEX audit_who ON audit(who, id);
        CREATE INDEX audit_undoes ON audit(undoes) WHERE undoes IS NOT NULL;
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

        -- Coverage on which a person said that no position of ours fits: topics without a position.
        CREATE TABLE no_fit (
          coverage_id INTEGER PRIMARY KEY REFERENCES coverage(id) ON DELETE CASCADE,
          who TEXT NOT NULL,
          at TEXT NOT NULL
        ) STRICT;

        -- What coverage says of the position, as a person reads it.
        ALTER TABLE link ADD COLUMN stance TEXT CHECK (stance IN ('supports', 'challenges', 'mentions'));

        -- Who chose the areas, when staff did: a paper that comes again does not bring the old ones back.
        ALTER TABLE statement ADD COLUMN areas_by TEXT;

        -- Documents handed in through the web app, from the first look until they are in the archive.
        CREATE TABLE upload (
          id INTEGER PRIMARY KEY,
          who TEXT NOT NULL,
          at TEXT NOT NULL,
          name TEXT NOT NULL,
          data BLOB,                      -- dropped once stored or given up
          size INTEGER NOT NULL,
          hint TEXT NOT NULL DEFAULT '{}', -- JSON: what the person filled in
          state TEXT NOT NULL CHECK (state IN ('preview', 'waiting', 'running', 'done', 'failed')),
          progress TEXT NOT NULL DEFAULT '', -- what it is doing, in plain words
          report TEXT                     -- JSON: what storing it did
        ) STRICT;

        -- Ours, beside the settings file: what a recipient chose through the signed link.
        CREATE TABLE preference (
          address TEXT PRIMARY KEY,
          depth TEXT CHECK (depth IN ('full', 'headlines')),
          format TEXT CHECK (format IN ('html', 'text')),
          areas TEXT,                     -- JSON; null: as the settings say
          unsubscribed_at TEXT,
          changed_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
    )


def sources_and_state(db: Database) -> None:
    """Where coverage comes from by itself, and what was found there."""
    script(
        db,
        """
        CREATE TABLE source (
          id INTEGER PRIMARY KEY,
          key TEXT NOT NULL UNIQUE,       -- kind and place: under a new name it keeps its memory
          -- from the settings
          name TEXT NOT NULL,
          kind TEXT NOT NULL,
          silence_days INTEGER NOT NULL,
          place INTEGER,                  -- order in the settings; null: no longer there
          added_at TEXT NOT NULL,
          -- from polling
          asked_at TEXT,                  -- last poll
          answered_at TEXT,               -- last poll without failure
          gave_at TEXT,                   -- last poll that brought something new
          next_at TEXT,                   -- no poll by itself before
          failures INTEGER NOT NULL DEFAULT 0, -- in a row
          failure TEXT,                   -- what the last one was, as a person reads it
          idle INTEGER NOT NULL DEFAULT 0, -- polls in a row without validators that gave nothing new
          stopped TEXT,                   -- why it is not polled by itself any more
          etag TEXT, modified TEXT,       -- validators, as the server gave them
          body_sha TEXT,                  -- of the last body that was stored
          url TEXT,                       -- where the feed has moved to, once confirmed
          moved_to TEXT, moved_times INTEGER NOT NULL DEFAULT 0, -- a move that is not confirmed yet
          memory TEXT NOT NULL DEFAULT '{}' -- JSON: what a kind of source remembers for itself
        ) STRICT;

        -- Pages of feed entries, files of folders, posts that were asked for: what was done with each.
        CREATE TABLE source_item (
          source_id INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,
          key TEXT NOT NULL,              -- address, name of a file, at-URI
          mark TEXT NOT NULL,             -- fingerprint of what was seen; another one asks for it anew
          state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given up')),
          tries INTEGER NOT NULL DEFAULT 0,
          next_at TEXT,                   -- not before
          note TEXT,                      -- why it was given up
          seen_at TEXT NOT NULL,
          PRIMARY KEY (source_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX source_item_waiting ON source_item(source_id, seen_at) WHERE state = 'waiting';

        -- Servers: what their robots.txt says, and until when they asked us to stay away.
        CREATE TABLE host (
          name TEXT PRIMARY KEY,          -- with scheme and port
          robots TEXT,                    -- null: not read yet
          robots_at TEXT,
          not_before TEXT
        ) STRICT, WITHOUT ROWID;

        -- Other addresses of an article: a feed's link and the page's own may differ.
        CREATE TABLE article_address (
          url TEXT PRIMARY KEY,
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """,
    )


def posts_and_joins(db: Database) -> None:
    """What an import leaves to do, deletions that came before their posts, and what people said about threads."""
    script(
        db,
        """
        -- Ours: rules and hint that the document was last read with, to its end; null: never, or cut short.
        ALTER TABLE document ADD COLUMN read_as TEXT;
        ALTER TABLE document ADD COLUMN records TEXT NOT NULL DEFAULT '{}'; -- JSON: kind of record → how many

        -- Posts that came or changed and are not stitched yet; an import that was killed goes on from here.
        CREATE TABLE stitch_due (
          post_id INTEGER PRIMARY KEY REFERENCES post(id) ON DELETE CASCADE
        ) STRICT;

        -- From the source: deletions of posts that the archive did not have; should one come, it is marked.
        CREATE TABLE deletion (
          uri TEXT PRIMARY KEY,
          document_id INTEGER NOT NULL REFERENCES document(id)
        ) STRICT, WITHOUT ROWID;

        -- Ours, append-only: people's joins and splits of threads, by key.
        CREATE TABLE thread_event (
          id INTEGER PRIMARY KEY,
          at TEXT NOT NULL,
          who TEXT NOT NULL,
          action TEXT NOT NULL CHECK (action IN ('join', 'split', 'release')),
          threads TEXT NOT NULL,          -- JSON: keys before
          result TEXT NOT NULL,           -- JSON: keys after
          posts TEXT NOT NULL             -- JSON: keys of the posts, a list for each thread after
        ) STRICT;
        CREATE TRIGGER thread_event_no_update BEFORE UPDATE ON thread_event
        BEGIN SELECT RAISE(ABORT, 'the log of threads is append-only'); END;
        CREATE TRIGGER thread_event_no_delete BEFORE DELETE ON thread_event
        BEGIN SELECT RAISE(ABORT, 'the log of threads is append-only'); END;

        -- Ours: address of the stored article that a scraped card is of; the card itself names none.
        ALTER TABLE post ADD COLUMN card_found TEXT;

        CREATE INDEX post_scraped ON post(created_at) WHERE uri IS NULL;
        CREATE INDEX post_card ON post(id) WHERE card_title IS NOT NULL AND card_url IS NULL AND card_found IS NULL;
        CREATE INDEX thread_by_hand ON thread(coverage_id) WHERE joined_by IS NOT NULL;
        """,
    )


def decisions_and_words(db: Database) -> None:
    """What decisions were made on, learned words that staff deleted, and a quick way to what waits to be linked."""
    script(
        db,
        """
        ALTER TABLE link_event ADD COLUMN text TEXT;                  -- the coverage as it was then
        ALTER TABLE link_event ADD COLUMN statement_version INTEGER;  -- the wording it was judged against
        ALTER TABLE link_event ADD COLUMN undoes INTEGER;             -- id of the event that this one takes back
        ALTER TABLE link ADD COLUMN decided_version INTEGER;          -- the wording it was decided against

        -- Ours: learned words that staff deleted; they stay away.
        CREATE TABLE forgotten_word (
          statement_id INTEGER NOT NULL REFERENCES statement(id) ON DELETE CASCADE,
          word TEXT NOT NULL,
          who TEXT NOT NULL,
          at TEXT NOT NULL,
          PRIMARY KEY (statement_id, word)
        ) STRICT, WITHOUT ROWID;

        -- `linked_sha` says since now which positions and which knowledge links were proposed with;
        -- null asks for it anew, and a new text makes it null.
        UPDATE coverage SET linked_sha = NULL;
        CREATE INDEX coverage_to_link ON coverage(id) WHERE linked_sha IS NULL;
        CREATE TRIGGER coverage_text_changed AFTER UPDATE OF text_sha ON coverage
        WHEN old.text_sha IS NOT new.text_sha AND new.linked_sha IS NOT NULL
        BEGIN UPDATE coverage SET linked_sha = NULL WHERE id = new.id; END;
        """,
    )


def names_of_coverage(db: Database) -> None:
    """Names that coverage once had, so that what refers to them still finds it."""
    script(
        db,
        """
        CREATE TABLE coverage_name (
          key TEXT PRIMARY KEY,
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX coverage_name_coverage ON coverage_name(coverage_id);
        CREATE TRIGGER coverage_renamed AFTER UPDATE OF key ON coverage
        WHEN old.key NOT LIKE '~%' AND new.key IS NOT old.key
        BEGIN
          INSERT INTO coverage_name VALUES (old.key, new.id)
          ON CONFLICT (key) DO UPDATE SET coverage_id = excluded.coverage_id;
        END;
        """,
    )


def article_headlines(db: Database) -> None:
    """Each article that comes in asks whether its headline is known."""
    script(
        db,
        """
        CREATE INDEX coverage_headline ON coverage(headline) WHERE kind = 'article' AND headline IS NOT NULL;
        """,
    )


def order_of_pages(db: Database) -> None:
    """Lists of the newest coverage and of what waits, without touching texts or evidence."""
    script(
        db,
        """
        CREATE INDEX coverage_newest ON coverage(coalesce(published_at, '') DESC, id DESC, kind, who);
        CREATE INDEX link_waiting ON link(status, coverage_id, statement_id, band, score);
        """,
    )


def words_and_wordings_by_staff(db: Database) -> None:
    """The team's own glossary, and who wrote a wording of a position."""
    script(
        db,
        """
        -- Ours: what staff add to the glossary, and entries of the shipped one that they turned off.
        CREATE TABLE glossary_entry (
          kind TEXT NOT NULL CHECK (kind IN ('same', 'related', 'generic', 'ignore', 'stop', 'topics', 'chatter')),
          says TEXT NOT NULL,             -- JSON: the forms, or the words of coverage
          means TEXT NOT NULL DEFAULT '[]', -- JSON: of related ones, the words of positions
          weight REAL,                    -- of related ones, 0 to 1
          state TEXT NOT NULL CHECK (state IN ('on', 'off')),
          who TEXT NOT NULL,
          at TEXT NOT NULL,
          PRIMARY KEY (kind, says, means)
        ) STRICT, WITHOUT ROWID;

        -- Ours: who wrote a wording in the web app, and when; null where a paper brought it.
        ALTER TABLE statement_version ADD COLUMN who TEXT;
        ALTER TABLE statement_version ADD COLUMN written_at TEXT;
        """,
    )


def queue_and_mail(db: Database) -> None:
    """The order of the review without touching texts, who shares an article, and where staff get test mails."""
    script(
        db,
        """
        DROP INDEX link_status;         -- link_waiting begins with the same column
        CREATE INDEX link_queue ON link(coverage_id, status, score, statement_id, band);
        -- What lists and the queue ask of a row by its number: the row itself has its text in between.
        CREATE INDEX coverage_small ON coverage(id, story_id, is_lead, published_at, ingested_at, kind, who);
        CREATE INDEX post_card_url ON post(card_url, thread_id) WHERE card_url IS NOT NULL;

        ALTER TABLE account ADD COLUMN mail TEXT;       -- ours: where this person wants test mails
        """,
    )


def posts_of_an_author(db: Database) -> None:
    """An author's posts of some days without walking everybody's of these days."""
    script(
        db,
        """
        CREATE INDEX post_author ON post(author, created_at) WHERE author IS NOT NULL;
        CREATE INDEX post_author_did ON post(author_did, created_at) WHERE author_did IS NOT NULL;
        CREATE INDEX post_nobody ON post(created_at) WHERE author IS NULL AND author_did IS NULL;
        """,
    )


def pages_checked_again(db: Database) -> None:
    """What an article page was when it was read, so that an edit of it is noticed before the issue closes."""
    script(
        db,
        """
        ALTER TABLE source_item ADD COLUMN etag TEXT;       -- validators of the page, as its server gave them
        ALTER TABLE source_item ADD COLUMN modified TEXT;
        ALTER TABLE source_item ADD COLUMN body_sha TEXT;   -- of the page as it was read
        ALTER TABLE source_item ADD COLUMN read_at TEXT;    -- null: no page
        ALTER TABLE source_item ADD COLUMN checked_at TEXT; -- when it was asked for once more; null: not yet
        CREATE INDEX source_item_read ON source_item(source_id, read_at)
          WHERE read_at IS NOT NULL AND checked_at IS NULL;
        """,
    )


def places_of_quotes(db: Database) -> None:
    """Where quotations stand, so that a page marks them there and nowhere else; filled when texts are searched."""
    script(
        db,
        """
        ALTER TABLE quote ADD COLUMN spans TEXT NOT NULL DEFAULT '[]'; -- JSON: start and end of each part in the text
        """,
    )


def newest_by_arrival(db: Database) -> None:
    """What has no date stands among the newest by when it came in, not at the end."""
    script(
        db,
        """
        DROP INDEX coverage_newest;
        CREATE INDEX coverage_newest
          ON coverage(coalesce(published_at, ingested_at) DESC, id DESC, kind, who, published_at);
        """,
    )


def articles_told(db: Database) -> None:
    """What staff say of articles: the fields that sources leave open or have wrong."""
    script(
        db,
        """
        -- Ours: one row each time that a person gives a field of an article; the latest of a field counts.
        CREATE TABLE article_told (
          id INTEGER PRIMARY KEY,
          coverage_id INTEGER NOT NULL REFERENCES coverage(id) ON DELETE CASCADE,
          field TEXT NOT NULL CHECK (field IN ('outlet', 'date', 'url', 'headline', 'byline')),
          value TEXT,                     -- JSON, where null means that nobody knows; NULL: the sources count again
          source TEXT NOT NULL,           -- JSON: what the sources say, kept up to date while a person's word hides it
          act INTEGER NOT NULL,           -- in audit; undo takes back all of it
          who TEXT NOT NULL,
          at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX article_told_field ON article_told(coverage_id, field, id);
        CREATE INDEX article_told_act ON article_told(act);
        -- Articles that miss something, which are few where feeds bring most; the texts are not touched.
        CREATE INDEX coverage_open
          ON coverage(coalesce(published_at, ingested_at) DESC, id DESC, published_at, who, url, headline)
          WHERE kind = 'article' AND (published_at IS NULL OR who IS NULL OR url IS NULL OR headline IS NULL);
        """,
    )


def posts_by_other_names(db: Database) -> None:
    """Only posts whose name is not their fold have it in an index: a second one of all names costs every import."""
    script(
        db,
        """
        DROP INDEX post_fold;
        CREATE INDEX post_fold ON post(fold) WHERE fold != key;
        """,
    )


#: All migrations in order; append only.
STEPS: tuple[Callable[[Database], None], ...] = (
    documents_and_runs,
    coverage,
    positions_and_links,
    issues_and_deliveries,
    people_and_sessions,
    sources_and_state,
    posts_and_joins,
    decisions_and_words,
    names_of_coverage,
    article_headlines,
    order_of_pages,
    words_and_wordings_by_staff,
    queue_and_mail,
    posts_of_an_author,
    pages_checked_again,
    places_of_quotes,
    newest_by_arrival,
    articles_told,
    posts_by_other_names,
)
NAMES = tuple(step.__name__ for step in STEPS)
