"""The application of `proof.service`, once for WSGI and once for ASGI. It says when a request begins and when it ends."""

import asyncio
import os
import time

PROOF_MAX_UPLOAD_MB = int(os.environ.get("PROOF_MAX_UPLOAD_MB", "1"))


def wsgi(environ, start_response):
    """Takes the seconds that the last part of the path says, and a body up to its own limit."""
    path, length = environ["PATH_INFO"], int(environ.get("CONTENT_LENGTH") or 0)
    print("begins", path, flush=True)
    time.sleep(float(path.rpartition("/")[2] or 0))
    fits = length <= PROOF_MAX_UPLOAD_MB * 1024 * 1024
    read = len(environ["wsgi.input"].read(length)) if fits else 0
    print("ends", path, "with", read, "bytes", flush=True)
    start_response("200 OK" if fits else "413 Content Too Large", [("Content-Length", "3")])
    return [b"ok\n"]


async def asgi(scope, receive, send):
    """Works for the seconds that the last part of the path says, in steps between which others get their turn."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    end = time.monotonic() + float(scope["path"].rpartition("/")[2] or 0)
    while time.monotonic() < end:
        time.sleep(0.02)
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ok\n"})
