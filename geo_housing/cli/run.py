"""The edge of every command: opens the database, one transaction, errors to exit codes.

Imported inside command bodies only, because it pulls in SQLAlchemy; ``geo-housing --help`` stays quick.
"""

import getpass
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.cli.opening import open_database
from geo_housing.db import Actor, Database
from geo_housing.reactions import connect_reactions
from geo_housing.scope import EVERYWHERE
from geo_housing.settings import Settings, get_settings


@dataclass(frozen=True)
class OpenWork:
    """An opened database and who acts; ``transaction()`` as often as the command needs."""

    actor: Actor
    settings: Settings
    database: Database

    def transaction(self) -> AbstractContextManager[Session]:
        """One transaction, committed when the block ends well."""
        return self.database.transaction(self.actor)


@dataclass(frozen=True)
class Work(OpenWork):
    """The same with the one transaction that most commands are."""

    session: Session


def cli_actor() -> Actor:
    """The operating system's user, who administers this machine; journalled as cli:<name>."""
    return Actor(name=f"cli:{getpass.getuser()}", scope=EVERYWHERE, permissions=CLI_PERMISSIONS, source="cli")


@contextmanager
def open_work() -> Iterator[OpenWork]:
    """Open the database for a command that needs several transactions, or one that it may roll back."""
    settings = get_settings()
    connect_reactions()
    database = open_database(settings)
    try:
        database.check_identity()
        yield OpenWork(cli_actor(), settings, database)
    finally:
        database.close()


@contextmanager
def work() -> Iterator[Work]:
    """One command, one transaction: committed when the block ends well, rolled back otherwise."""
    with open_work() as opened, opened.transaction() as session:
        yield Work(opened.actor, opened.settings, opened.database, session)
