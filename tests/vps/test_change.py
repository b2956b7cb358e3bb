"""Changes of a running shop: what goes well is kept and can be put back, what does not is put back by itself, and whoever is
killed in the middle leaves nothing between as found and as left."""

import setpoint
import shop
from harness import VpsTest

ENVIRONMENT = "/etc/shop/shop.env"
DROP_IN = "/etc/systemd/system/shop.service.d/override.conf"
UNIT_FILE = "/etc/systemd/system/shop.service"
NGINX = "/etc/nginx/sites-available/shop"
REGISTER = "/srv/shop/setpoint.toml"
GUNICORN = "/srv/shop/gunicorn.conf.py"
FILES = [ENVIRONMENT, DROP_IN, UNIT_FILE, NGINX, GUNICORN]
KEPT, ROLLED_BACK, NEVER_APPLIED = 0, 4, 6


class Change(VpsTest):
    def setUp(self):
        shop.wait_until_healthy(self.machine)
        self.before = self.files()
        self.addCleanup(self.end_what_goes_on)

    def files(self) -> dict[str, str]:
        """Every file that a change may touch, with its mode, owner and text; and what lies beside it."""
        listed = self.machine.shell("ls -1A /etc/shop /etc/systemd/system/shop.service.d /etc/nginx/sites-available").out
        status = {path: self.machine.run("stat", "--format=%a %u %g", path).out for path in FILES}
        return {"listed": listed} | {path: status[path] + self.machine.read(path) for path in FILES}

    def change(self, *words: str, window: int = 2, seconds: float = 120):
        command = ["setpoint", "--root", "/srv/shop", "change", "--environment", "production", "--yes"]
        return self.machine.run(*command, f"--window={window}", *words, check=False, seconds=seconds)

    def end_what_goes_on(self) -> None:
        """Whatever a test that failed has left."""
        if "watched" in self.state():
            self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=120)

    def rollback(self, expected: int = 0) -> None:
        done = self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=120)
        self.assertEqual(done.code, expected, done)

    def kept_and_put_back(self, assignment: str, path: str, old: str, new: str) -> None:
        """Changes it, finds just that text changed, and puts it back."""
        done = self.change(*assignment.split())
        self.assertEqual(done.code, KEPT, done)
        now = self.files()
        self.assertEqual(now[path], self.before[path].replace(old, new, 1), done)
        self.assertEqual({**now, path: self.before[path]}, self.before)
        shop.wait_until_healthy(self.machine)
        self.rollback()
        self.assertEqual(self.files(), self.before)
        shop.wait_until_healthy(self.machine)

    def test_an_option_of_gunicorn_in_a_drop_in(self):
        self.kept_and_put_back("gunicorn.timeout=90", DROP_IN, "--timeout 120", "--timeout 90")

    def test_a_literal_of_gunicorns_own_file(self):
        self.kept_and_put_back("gunicorn.keepalive=7", GUNICORN, "keepalive = 5", "keepalive = 7")

    def test_a_property_of_a_unit(self):
        self.kept_and_put_back("systemd.TimeoutStopSec=25 --process=shop.service", UNIT_FILE, "TimeoutStopSec=10", "TimeoutStopSec=25")

    def test_a_directive_of_nginx(self):
        self.kept_and_put_back("nginx.proxy_connect_timeout=4s", NGINX, "connect_timeout 5s", "connect_timeout 4s")

    def test_a_variable_of_the_environment_file_reaches_the_process(self):
        register = self.machine.read(REGISTER)
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual(done.code, KEPT, done)
        held = shop.environment_of(self.machine, shop.main_pid(self.machine, "shop.service"))
        self.assertEqual(held["SHOP_POOL_SIZE"], "12")
        # What is written down about it changes with it.
        said = register.replace("value    = 10\n", "value    = 12\n", 1)
        self.assertEqual(self.machine.read(REGISTER), said)
        self.rollback()
        self.assertEqual(self.machine.read(REGISTER), register)
        held = shop.environment_of(self.machine, shop.main_pid(self.machine, "shop.service"))
        self.assertEqual(held["SHOP_POOL_SIZE"], "10")
        self.assertEqual(self.files(), self.before)

    def test_a_default_of_the_code_is_overridden_beside_its_like(self):
        self.kept_and_put_back("SHOP_CURRENCY=CHF", ENVIRONMENT, "PERCENT=40", "PERCENT=40\nSHOP_CURRENCY=CHF")

    def test_what_breaks_the_service_is_put_back(self):
        done = self.change("SHOP_DATABASE_URL=sqlite:////proc/no/shop.db", "--process=shop.service", window=20)
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.assertEqual(self.files(), self.before)
        shop.wait_until_healthy(self.machine)

    def test_what_nginx_refuses_is_never_written(self):
        done = self.change("nginx.proxy_connect_timeout=soon")
        self.assertEqual(done.code, 2, done)
        self.assertIn("nginx -t", done.err)
        self.assertEqual(self.files(), self.before)

    def test_what_systemd_complained_of_before_hinders_nothing(self):
        complained = "/etc/systemd/system/shop.service.d/zz-older.conf"
        self.machine.write(complained, "[Service]\nExecStopPost=/no/such/program\n")
        self.machine.run("systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "rm", complained)
        verified = self.machine.run("systemd-analyze", "verify", "shop.service", check=False)
        self.assertNotEqual(verified.code, 0, verified)
        done = self.change("systemd.TimeoutStopSec=25", "--process=shop.service")
        self.assertEqual(done.code, KEPT, done)
        self.assertIn("refuses the files as they are, too", " ".join(done.err.split()))
        self.rollback()

    def started(self, *words: str, window: int, until: str = "applied, being watched") -> None:
        """A change that goes on in the background, up to a state."""
        command = f"setpoint --root /srv/shop change --environment production --yes --window={window} {' '.join(words)}"
        self.machine.shell(f"setsid {command} >/tmp/change.log 2>&1 & echo $! >/tmp/change.pid")

        self.machine.wait_for(until, lambda: until in self.state())

    def state(self) -> str:
        return self.machine.run("setpoint", "change", "list").out.partition("\n")[0]

    def test_a_word_ends_the_watch(self):
        self.started("SHOP_POOL_SIZE=12", window=600)
        done = self.change("SHOP_POOL_SIZE=13")
        self.assertEqual((done.code, "another change" in done.err), (3, True), done)
        done = self.machine.run("setpoint", "change", "confirm", check=False)
        self.assertEqual(done.code, 0, done)
        self.machine.wait_for("the end", lambda: "applied and kept" in self.state())
        self.rollback()

        self.started("SHOP_POOL_SIZE=12", window=600)
        done = self.machine.run("setpoint", "change", "cancel", check=False, seconds=120)
        self.assertEqual(done.code, 0, done)
        self.assertIn("rolled back and verified", self.state())
        done = self.machine.run("setpoint", "change", "cancel", check=False)
        self.assertEqual((done.code, "a change that has not ended" in done.err), (2, True), done)

        # What is extended lasts longer than its window, and than the timer that was armed for that.
        self.started("SHOP_POOL_SIZE=12", window=4)
        self.machine.run("setpoint", "change", "extend", "600")
        self.machine.run("sleep", "12")
        self.assertIn("applied, being watched", self.state())
        self.rollback()
        self.assertEqual(self.files(), self.before)

    def test_a_change_is_cancelled_while_it_is_applied(self):
        unit = "/etc/systemd/system/shop.service.d/zz-slow.conf"
        self.machine.write(unit, "[Service]\nExecStop=/bin/sleep 5\nTimeoutStopSec=20\n")
        self.machine.run("systemctl", "daemon-reload")
        self.addCleanup(shop.restart, self.machine)
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "rm", unit)
        self.started("SHOP_POOL_SIZE=12", window=600, until="being applied")
        done = self.machine.run("setpoint", "change", "cancel", check=False, seconds=120)
        self.assertEqual(done.code, 0, done)
        self.assertIn("rolled back and verified", self.state())
        self.assertIn("SHOP_POOL_SIZE=10\n", self.machine.read(ENVIRONMENT))

    def test_the_timer_puts_back_what_nobody_ends(self):
        self.started("SHOP_POOL_SIZE=12", window=1)
        self.machine.shell("kill -KILL $(cat /tmp/change.pid)")
        self.assertIn("SHOP_POOL_SIZE=12", self.machine.read(ENVIRONMENT))
        done = self.change("SHOP_POOL_SIZE=13")
        self.assertEqual((done.code, "has not ended" in done.err), (2, True), done)
        self.machine.wait_for("the timer", lambda: "rolled back and verified" in self.state(), seconds=90)
        self.assertEqual(self.files(), self.before)

    def test_a_start_of_the_machine_puts_back_what_was_cut_off(self):
        self.started("SHOP_POOL_SIZE=12", window=600)
        self.machine.cut_power()
        self.machine.wait_for("the recovery", lambda: "rolled back and verified" in self.state(), seconds=60)
        self.assertEqual(self.files(), self.before)
        shop.wait_until_healthy(self.machine)
