"""A process that somebody started in a shell, while the unit is stopped: what runs is not what the unit says."""

import setpoint
import shop
from harness import VpsTest

START = """
cd /srv/shop
set -a
SHOP_BASE_URL=http://by-hand.example SHOP_PAYMENT__API_KEY=gw-by-hand
SHOP_DATABASE_URL=sqlite:////var/lib/shop/shop.db SHOP_POOL_SIZE=77
setsid .venv/bin/uvicorn shop.main:app --host 127.0.0.1 --port 8000 --timeout-keep-alive 99 >/dev/null 2>&1 &
echo $!
"""


class ByHand(VpsTest):
    @classmethod
    def setUpClass(cls):
        cls.machine.run("systemctl", "stop", "shop.service")
        cls.pid = int(cls.machine.shell(START, user="shop").out)
        shop.wait_until_healthy(cls.machine)

    @classmethod
    def tearDownClass(cls):
        cls.machine.run("kill", str(cls.pid))
        cls.machine.wait_for("its end", lambda: cls.machine.run("kill", "-0", str(cls.pid), check=False).code)
        cls.machine.run("systemctl", "start", "shop.service")
        shop.wait_until_healthy(cls.machine)

    def test_the_running_process_is_found_and_that_no_unit_started_it(self):
        snapshot = setpoint.capture(self.machine)
        by_hand = [process for process in snapshot["site"]["processes"] if process["pid"] == self.pid]
        self.assertEqual([process["program"] for process in by_hand], ["uvicorn"], snapshot["site"]["processes"])
        self.assertEqual(by_hand[0]["listens"], ["127.0.0.1:8000"])
        self.assertTrue(by_hand[0]["live"])
        self.assertIn("77", [str(r["value"]) for r in setpoint.default(snapshot, "SHOP_POOL_SIZE")["readings"]])
        self.assertIn(99, [r["value"] for r in setpoint.default(snapshot, "uvicorn.timeout_keep_alive")["readings"]])

    def test_the_unit_is_said_not_to_run(self):
        done = setpoint.run(self.machine, "capture", "--unit", "shop.service")
        self.assertIn("not running", done.out + done.err)
