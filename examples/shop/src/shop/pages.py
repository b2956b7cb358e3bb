"""The pages that customers see."""

import math
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop import mail, payments
from shop.database import get_session
from shop.models import CartLine, Item, Order
from shop.sessions import current_session
from shop.settings import Settings, get_settings

router = APIRouter(default_response_class=HTMLResponse)
templates = Jinja2Templates(Path(__file__).parent / "templates")

Database = Annotated[Session, Depends(get_session)]
Config = Annotated[Settings, Depends(get_settings)]
Visitor = Annotated[str, Depends(current_session)]


def money(cents: int) -> str:
    return f"{cents / 100:.2f} {get_settings().currency}"


templates.env.filters["money"] = money


def cacheable(response: Response, settings: Settings) -> None:
    response.headers["Cache-Control"] = f"public, max-age={settings.catalog_cache_seconds}"


@router.get("/")
def home() -> RedirectResponse:
    return RedirectResponse("/catalog/1")


@router.get("/catalog/{page}")
def catalog(request: Request, page: int, database: Database, settings: Config, sort: str = "name"):
    size = settings.catalog_page_size
    pages = max(1, math.ceil((database.scalar(select(func.count(Item.id))) or 0) / size))
    if not 1 <= page <= pages:
        raise HTTPException(404, f"there are {pages} pages")
    order = Item.cents if sort == "price" else Item.name
    items = database.scalars(select(Item).order_by(order, Item.id).offset((page - 1) * size).limit(size)).all()
    answer = templates.TemplateResponse(
        request, "catalog.html", {"items": items, "page": page, "pages": pages, "settings": settings}
    )
    cacheable(answer, settings)
    return answer


@router.get("/item/{sku}")
def item(request: Request, sku: str, database: Database, settings: Config):
    found = database.scalar(select(Item).where(Item.sku == sku))
    if found is None:
        raise HTTPException(404, "no such item")
    answer = templates.TemplateResponse(request, "item.html", {"item": found, "settings": settings})
    cacheable(answer, settings)
    return answer


@router.get("/cart")
def cart(request: Request, database: Database, settings: Config, visitor: Visitor):
    lines = database.scalars(select(CartLine).where(CartLine.session == visitor)).all()
    total = sum(line.quantity * line.item.cents for line in lines)
    return templates.TemplateResponse(
        request, "cart.html", {"lines": lines, "total": total, "vat": settings.vat_rate, "settings": settings}
    )


@router.post("/cart")
def add_to_cart(sku: Annotated[str, Form()], database: Database, visitor: Visitor):
    found = database.scalar(select(Item).where(Item.sku == sku))
    if found is None:
        raise HTTPException(404, "no such item")
    line = database.get(CartLine, (visitor, found.id))
    if line is None:
        database.add(CartLine(session=visitor, item_id=found.id))
    else:
        line.quantity += 1
    return RedirectResponse("/cart", status_code=303)


@router.post("/checkout")
def checkout(email: Annotated[str, Form()], database: Database, settings: Config, visitor: Visitor):
    lines = database.scalars(select(CartLine).where(CartLine.session == visitor)).all()
    if not lines:
        raise HTTPException(409, "the cart is empty")
    order = Order(session=visitor, cents=sum(line.quantity * line.item.cents for line in lines))
    database.add(order)
    database.flush()
    try:
        order.payment_reference = payments.charge(settings.payment, order.id, order.cents, settings.currency)
    except payments.PaymentFailed as error:
        raise HTTPException(502, "the payment did not go through; nothing was charged twice, please try again") from error
    for line in lines:
        line.item.stock -= line.quantity
        database.delete(line)
    mail.confirm_order(settings, email, order.id)
    return RedirectResponse(f"/orders/{order.id}", status_code=303)


@router.get("/orders/{order_id}")
def order(request: Request, order_id: int, database: Database, settings: Config, visitor: Visitor):
    found = database.get(Order, order_id)
    if found is None or found.session != visitor:
        raise HTTPException(404, "no such order")
    placed = found.placed_at.strftime(settings.order_date_format)
    return templates.TemplateResponse(request, "order.html", {"order": found, "placed": placed, "settings": settings})
