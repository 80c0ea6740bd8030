"""The command line's verb of the service: schedule."""

from __future__ import annotations

import sys

import click

from aggregator.cli_base import App, pass_app, say

#: Another scheduler runs already (EX_TEMPFAIL).
EXIT_LOCKED = 75


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@pass_app
def schedule(app: App, /, once: bool) -> None:
    """The long-running service: polls, links, drafts and sends; one at a time.

    Looks once a minute at what is due; what was missed while it was down is done when it comes back.
    A second one started by mistake ends with exit code 75 and names the first.

    \b
    Example:
      python run.py schedule
    """
    import logging

    from aggregator import schedule as service
    from aggregator.errors import LockedError

    # The system's journal has the time of each line; APScheduler's own lines, one a minute, stay out.
    logging.basicConfig(format="%(message)s")
    logging.getLogger("cuttings").setLevel(logging.INFO)
    try:
        service.run(app.db, app.config(), once=once, say=say)
    except LockedError as exc:
        say(str(exc))
        sys.exit(EXIT_LOCKED)
