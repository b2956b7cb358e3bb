"""Bursts of POST requests with a pause before each, and how often each status came: `{"200": 380, "502": 4}`.

    proof_bursts.py PORT AT_ONCE PAUSE...

Each of the clients keeps its connection to nginx. Only POST shows what a lost connection does to a visitor: nginx tries
a GET again by itself.
"""

import asyncio
import collections
import json
import sys

REQUEST = b"POST / HTTP/1.1\r\nHost: proof.example\r\nContent-Length: 2\r\n\r\nhi"


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))
    return head.split()[1].decode()


async def main(port: int, at_once: int, pauses: list[float]) -> None:
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(at_once)]
    # The first burst opens nginx's connections to the app server; those after it find them idle.
    await asyncio.gather(*(post(*client) for client in clients))
    statuses = collections.Counter()
    for pause in pauses:
        await asyncio.sleep(pause)
        statuses.update(await asyncio.gather(*(post(*client) for client in clients)))
    print(json.dumps(statuses))


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), [float(pause) for pause in sys.argv[3:]]))
