"""The machine itself: without this, nothing that the other tests say about it is worth anything."""

import shop
from harness import VpsTest


class Serving(VpsTest):
    def test_the_shop_answers_through_nginx(self):
        self.assertIn("Stovetop kettle", shop.fetch(self.machine, "/item/KET-100").out)
        self.assertIn("Page 1 of 1", shop.fetch(self.machine, "/catalog/1").out)

    def test_a_checkout_reaches_the_card_gateway(self):
        first = shop.fetch(self.machine, "/cart", "--include", "--data", "sku=MUG-010")
        session = ("--header", f"Cookie: {shop.cookie(first)}")
        paid = shop.fetch(self.machine, "/checkout", "--include", "--data", "email=a@shop.example", *session)
        self.assertIn("303 See Other", paid.out)
        order = paid.out.split("location: ")[1].split()[0]
        self.assertIn("paid (ch_", shop.fetch(self.machine, order, *session).out)

    def test_gunicorn_runs_three_workers_below_the_units_main_process(self):
        main = shop.main_pid(self.machine, "shop.service")
        self.assertEqual(len(self.machine.run("pgrep", "--parent", str(main)).out.split()), 3)

    def test_the_journal_has_the_units_own_lines(self):
        lines = self.machine.run("journalctl", "--unit", "shop.service", "--output=cat", "--no-pager").out
        self.assertIn("Application startup complete", lines)
