"""Stands in for the card gateway and the supplier's price list, on a laptop and in tests: `python tests/gateway.py 9090`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PRICES = "sku,cents\nKET-100,4700\nMUG-010,1450\nBEA-HSE,2550\nGRD-500,119\n"


class Gateway(BaseHTTPRequestHandler):
    charges: dict[str, dict] = {}

    def do_POST(self):
        key = self.headers.get("Idempotency-Key", "")
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if not self.headers.get("Authorization", "").startswith("Bearer gw-"):
            self.answer(401, "application/json", json.dumps({"error": "who are you?"}))
            return
        charge = self.charges.setdefault(key, {"reference": f"ch_{len(self.charges) + 1:06}", **request})
        self.answer(201, "application/json", json.dumps(charge))

    def do_GET(self):
        if self.path == "/prices.csv":
            self.answer(200, "text/csv", PRICES)
        else:
            self.answer(404, "text/plain", "nothing here\n")

    def answer(self, status: int, kind: str, body: str):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Gateway)
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
