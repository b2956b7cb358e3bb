"""The application: `shop.main:app`."""

import logging

from fastapi import FastAPI
from sqlalchemy import text

from shop import pages, sessions
from shop.database import open_session
from shop.settings import get_settings

settings = get_settings()
logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")

app = FastAPI(title="Shop", docs_url=None, redoc_url=None, debug=settings.environment == "development")
app.middleware("http")(sessions.remember_session)
app.include_router(pages.router)


@app.get("/health")
def health() -> dict[str, bool]:
    """Up, and the database answers."""
    with open_session() as session:
        session.execute(text("SELECT 1"))
    return {"ok": True}
