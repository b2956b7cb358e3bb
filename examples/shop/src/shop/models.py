"""What the shop stores. Money is in cents, always."""

from datetime import datetime, timezone

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def now() -> datetime:
    return datetime.now(timezone.utc)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    cents: Mapped[int]
    stock: Mapped[int] = mapped_column(default=0)


class CartLine(Base):
    __tablename__ = "cart_lines"

    session: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1)
    item: Mapped[Item] = relationship()


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    session: Mapped[str]
    cents: Mapped[int]
    payment_reference: Mapped[str | None]
    placed_at: Mapped[datetime] = mapped_column(default=now)
