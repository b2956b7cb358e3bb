"""The engine and its sessions. `python -m shop.database` creates the tables; the unit runs it before each start."""

import csv
from collections.abc import Iterator
from importlib.resources import files

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from shop.models import Base, Item
from shop.settings import get_settings


def make_engine() -> Engine:
    settings = get_settings()
    engine = create_engine(
        settings.database_url,
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection, _record):
        # Without WAL a reader blocks the price import, and the import blocks every checkout.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA busy_timeout = {settings.busy_timeout_ms}")
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


engine = make_engine()
open_session = sessionmaker(engine)


def get_session() -> Iterator[Session]:
    """One transaction per request."""
    with open_session.begin() as session:
        yield session


def create_tables() -> None:
    Base.metadata.create_all(engine)
    with open_session.begin() as session:
        if session.scalar(select(Item.id).limit(1)) is None:
            rows = csv.DictReader(files("shop").joinpath("assortment.csv").read_text("utf-8").splitlines())
            session.add_all(
                Item(sku=row["sku"], name=row["name"], cents=int(row["cents"]), stock=int(row["stock"])) for row in rows
            )


if __name__ == "__main__":
    create_tables()
