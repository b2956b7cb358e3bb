"""The shop end to end, in one process with the gateway beside it: `python -m unittest discover -s tests`."""

import os
import sys
import tempfile
import threading
import unittest
from http.server import ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from gateway import Gateway

scratch = tempfile.TemporaryDirectory()
gateway = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
threading.Thread(target=gateway.serve_forever, daemon=True).start()
os.environ |= {
    "SHOP_BASE_URL": "http://testserver",
    "SHOP_LOG_LEVEL": "ERROR",
    "SHOP_DATABASE_URL": f"sqlite:///{scratch.name}/shop.db",
    "SHOP_PAYMENT__URL": f"http://127.0.0.1:{gateway.server_port}/v2",
    "SHOP_PAYMENT__API_KEY": "gw-test",
    "SHOP_PRICES_URL": f"http://127.0.0.1:{gateway.server_port}/prices.csv",
}

from fastapi.testclient import TestClient

from shop import database, import_prices
from shop.main import app
from shop.models import Item

database.create_tables()


class Shop(unittest.TestCase):
    def setUp(self):
        self.client = TestClient(app)

    def price(self, sku: str) -> int:
        with database.open_session() as session:
            return session.query(Item).filter_by(sku=sku).one().cents

    def test_health(self):
        self.assertEqual(self.client.get("/health").json(), {"ok": True})

    def test_catalog_pages_may_be_cached_and_carts_not(self):
        self.assertEqual(self.client.get("/catalog/1").headers["cache-control"], "public, max-age=60")
        self.assertNotIn("set-cookie", self.client.get("/catalog/1").headers)
        cart = self.client.get("/cart").headers
        self.assertNotIn("cache-control", cart)
        self.assertIn("set-cookie", cart)
        self.assertEqual(self.client.get("/catalog/9").status_code, 404)

    def test_from_the_item_to_a_paid_order(self):
        self.assertEqual(self.client.post("/checkout", data={"email": "a@example.org"}).status_code, 409)
        self.client.post("/cart", data={"sku": "MUG-020"})
        cart = self.client.post("/cart", data={"sku": "MUG-020"}).text
        self.assertIn("Total 22.00 EUR", cart)
        order = self.client.post("/checkout", data={"email": "a@example.org"})
        self.assertIn("paid (ch_", order.text)
        self.assertEqual(TestClient(app).get(order.url.path).status_code, 404, "another visitor may not see it")

    def test_the_import_can_be_repeated_and_refuses_the_implausible(self):
        for _ in range(2):
            self.assertEqual(import_prices.main(), 1, "one price is refused")
            self.assertEqual(self.price("KET-100"), 4700)
            self.assertEqual(self.price("GRD-500"), 11900)


if __name__ == "__main__":
    unittest.main()
