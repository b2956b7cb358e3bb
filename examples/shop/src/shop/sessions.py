"""The cart's cookie: a random name, signed, so that nobody can walk through other people's carts."""

import hashlib
import hmac
import secrets

from fastapi import Request

from shop.settings import Settings, get_settings

COOKIE = "session"


def sign(name: str, settings: Settings) -> str:
    key = settings.session_key.get_secret_value().encode()
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()


def current_session(request: Request) -> str:
    """The visitor's name; a new one for those who bring none of ours."""
    name, _, signature = request.cookies.get(COOKIE, "").partition(".")
    if not (name and hmac.compare_digest(signature, sign(name, get_settings()))):
        name = secrets.token_urlsafe(16)
    request.state.session = name
    return name


async def remember_session(request: Request, call_next):
    """Middleware: sets the cookie on pages that asked for the visitor, and on no other, since those are cached."""
    response = await call_next(request)
    if name := getattr(request.state, "session", None):
        settings = get_settings()
        response.set_cookie(
            COOKIE,
            f"{name}.{sign(name, settings)}",
            max_age=settings.session_lifetime,
            httponly=True,
            samesite="lax",
            secure=settings.environment == "production",
        )
    return response
