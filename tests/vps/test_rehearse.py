"""Rehearsals in a staging beside production, with the shop's own scripts: a way back that works is proven, one that does not
is not, production notices nothing, and a release asks for the proof."""

import json
import re
import time

import shop
from harness import VpsTest
from test_release import ASKING

PRODUCTION = [
    "/etc/shop/shop.env",
    "/etc/systemd/system/shop.service",
    "/etc/systemd/system/shop.service.d/override.conf",
    "/etc/nginx/sites-available/shop",
    "/srv/shop/src/shop/main.py",
    "/var/lib/shop/previous-revision",
]
STAGING = ["/etc/shop-staging/shop.env", "/etc/systemd/system/shop-staging.service", "/srv/shop-staging/src/shop/main.py"]
REGISTER = "/srv/shop/setpoint.toml"
FINE, FINDINGS, INPUT, ROLLED_BACK = 0, 1, 2, 4
OVERRIDES = {"SHOP_BIND": "127.0.0.1:8001", "SHOP_DATABASE_URL": "sqlite:////var/lib/shop-staging/shop.db"}


class Rehearse(VpsTest):
    @classmethod
    def setUpClass(cls):
        """The shop's folder becomes a checkout, and a staging is put in place beside it with the real script."""
        shop.wait_until_healthy(cls.machine)
        cls.register = cls.machine.read(REGISTER)
        shop.make_checkout(cls.machine, "setpoint.toml")
        cls.first = cls.git("rev-parse", "HEAD")
        cls.machine.write("/var/lib/shop/previous-revision", cls.first + "\n")
        variables = {"SETPOINT_ENVIRONMENT": "staging", **OVERRIDES, **shop.WITH_WHEELS}
        cls.machine.shell("cd /srv/shop && ./deploy/deploy.sh", seconds=300, **variables)

    @classmethod
    def tearDownClass(cls):
        cls.machine.run("systemctl", "disable", "--now", "shop-staging.service")
        unit = "/etc/systemd/system/shop-staging.service"
        folders = ["/srv/shop/.git", "/srv/shop/.gitignore", "/srv/origin.git", "/srv/shop-staging", "/etc/shop-staging"]
        cls.machine.run("rm", "-rf", unit, f"{unit}.d", "/var/lib/shop-staging", "/var/lib/shop/previous-revision", *folders)
        cls.machine.run("systemctl", "daemon-reload")

    @classmethod
    def git(cls, *words: str) -> str:
        return cls.machine.run(*shop.GIT, *words).out.strip()

    def setUp(self):
        shop.wait_until_healthy(self.machine)
        self.machine.write(REGISTER, self.register)
        self.production = self.state(PRODUCTION, "/srv/shop", "shop.service", "nginx.service")
        self.staging = self.state(STAGING, "/srv/shop-staging")

    def state(self, files: list[str], folder: str, *units: str) -> dict[str, str]:
        state = {path: self.machine.run("stat", "--format=%a %u %g %Y", path).out + self.machine.read(path) for path in files}
        # When a file of staging was written is not what makes it another.
        if not units:
            state = {path: re.sub(r"\d+\n", "", text, count=1) for path, text in state.items()}
        for unit in units:
            state[unit] = self.machine.run("systemctl", "show", "--property=MainPID,NRestarts,ActiveState", unit).out
        git = ["git", "-c", "safe.directory=*", "-C", folder]
        return {**state, "revision": self.machine.run(*git, "rev-parse", "HEAD").out}

    def push(self, path: str, old: str, new: str) -> None:
        """Of the first version; the folder is at that afterwards."""
        self.git("checkout", "--quiet", "--detach", self.first)
        shop.push(self.machine, path, old, new)
        self.production = self.state(PRODUCTION, "/srv/shop", "shop.service", "nginx.service")

    def rehearse(self, *words: str):
        command = ["setpoint", "--root", "/srv/shop", "rehearse", "--window=3", "--yes", *words]
        return self.machine.run(*command, check=False, seconds=240, **shop.WITH_WHEELS)

    def release(self, *words: str):
        command = ["setpoint", "--root", "/srv/shop", "release", "--environment", "production", "--window=3", "--yes", *words]
        return self.machine.run(*command, check=False, seconds=240, **shop.WITH_WHEELS)

    def newest(self) -> dict:
        return json.loads(self.machine.run("setpoint", "rehearse", "list", "--format", "json").out)[0]

    def assert_nothing_of_production_was_touched(self, done) -> None:
        self.assertEqual(self.state(PRODUCTION, "/srv/shop", "shop.service", "nginx.service"), self.production, done)

    def test_a_way_back_that_works_is_proven_and_production_notices_nothing(self):
        self.push("/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=11")
        database = self.machine.run("sha256sum", "/var/lib/shop/shop.db").out
        self.machine.write("/root/asking.py", ASKING)
        self.machine.shell("rm -f /root/stop-asking /root/asked; python3 /root/asking.py >/root/asked 2>&1 &")
        done = self.rehearse()
        self.machine.shell("touch /root/stop-asking")
        said = self.machine.wait_for("the count", lambda: self.machine.shell("cat /root/asked || :").out)
        asked, lost = map(int, said.split())
        self.assertEqual((done.code, lost), (FINE, 0), done)
        self.assertGreater(asked, 20)
        self.assert_nothing_of_production_was_touched(done)
        self.assertEqual(self.machine.run("sha256sum", "/var/lib/shop/shop.db").out, database)
        self.assertEqual(self.state(STAGING, "/srv/shop-staging"), self.staging, done)
        proof = self.newest()
        self.assertEqual((proof["void"], proof["environment"], proof["of"]), ([], "staging", "production"), proof)
        ran = [(ran["command"], ran["code"]) for ran in proof["ran"]]
        self.assertEqual(ran, [("./deploy/deploy.sh", 0), ("./deploy/deploy.sh --previous", 0)])
        self.assertIn("`/etc/shop-staging/shop.env`", proof["changed"])
        self.assertEqual(proof["from"], self.first)

    def test_a_way_back_that_leaves_a_file_is_not_proven(self):
        self.push("/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=11")
        # Back at the old version, but with the settings of the new one.
        back = 'cp /etc/shop-staging/shop.env /run/kept && ./deploy/deploy.sh --previous && cp /run/kept /etc/shop-staging/shop.env'
        text = self.register.replace('rollback = "./deploy/deploy.sh --previous"', f'rollback = "{back}"')
        self.assertNotEqual(text, self.register)
        self.machine.write(REGISTER, text)
        done = self.rehearse()
        self.assertEqual(done.code, FINDINGS, done)
        self.assertIn("the way back left otherwise than it was found: `/etc/shop-staging/shop.env`", self.newest()["void"])
        # It was put back from the journal all the same.
        self.assertEqual(self.state(STAGING, "/srv/shop-staging"), self.staging, done)
        self.assert_nothing_of_production_was_touched(done)
        refused = self.release()
        self.assertEqual((refused.code, "proved nothing" in refused.err), (INPUT, True), refused)

    def test_a_version_that_is_ill_is_taken_back_and_not_proven(self):
        self.push("/srv/shop/src/shop/main.py", 'return {"ok": True}', 'return {"ok": False}')
        done = self.rehearse()
        self.assertEqual(done.code, FINDINGS, done)
        self.assertIn("check `health`", " ".join(self.newest()["void"]))
        self.assertEqual(self.state(STAGING, "/srv/shop-staging"), self.staging, done)
        self.assert_nothing_of_production_was_touched(done)

    def test_one_that_is_killed_is_put_back_and_not_proven(self):
        self.push("/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=11")
        command = "setpoint --root /srv/shop rehearse --window=600 --yes"
        self.machine.shell(f"setsid {command} >/tmp/rehearse.log 2>&1 & echo $! >/tmp/rehearse.pid", **shop.WITH_WHEELS)

        def first() -> str:
            return self.machine.run("setpoint", "change", "list").out.partition("\n")[0]

        self.machine.wait_for("the watch", lambda: re.search("being watched +rehearsal", first()), seconds=60)
        self.assertIn("SHOP_POOL_SIZE=11", self.machine.read("/etc/shop-staging/shop.env"))
        self.machine.shell("kill -KILL $(cat /tmp/rehearse.pid)")
        done = self.machine.run("setpoint", "recover", check=False, seconds=240, **shop.WITH_WHEELS)
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.assertEqual(self.state(STAGING, "/srv/shop-staging"), self.staging, done)
        self.assert_nothing_of_production_was_touched(done)
        number = int(first().split()[0])
        listed = json.loads(self.machine.run("setpoint", "rehearse", "list", "--format", "json").out)
        self.assertNotIn(number, [proof["id"] for proof in listed])

    def test_production_is_never_shared(self):
        text = re.sub(r', SHOP_DATABASE_URL = "[^"]*"', "", self.register, count=1)
        self.assertNotEqual(text, self.register)
        self.machine.write(REGISTER, text)
        done = self.rehearse()
        self.assertEqual((done.code, "`SHOP_DATABASE_URL` is not kept apart" in re.sub(r"\s+", " ", done.err)), (INPUT, True), done)
        self.assertEqual(self.state(STAGING, "/srv/shop-staging"), self.staging, done)

    def test_what_was_changed_in_production_is_copied(self):
        command = ["setpoint", "--root", "/srv/shop", "change", "--environment", "production", "--window=1", "--yes"]
        done = self.machine.run(*command, "SHOP_BUSY_TIMEOUT_MS=6000", check=False, seconds=120)
        self.assertEqual(done.code, FINE, done)
        try:
            self.push("/srv/shop/src/shop/main.py", 'return {"ok": True}', 'return {"ok": True, "new": 1}')
            done = self.rehearse()
            copied = self.machine.read("/etc/shop-staging/shop.env")
            self.assertIn("SHOP_BUSY_TIMEOUT_MS=6000", copied, done)
            self.assertIn("SHOP_BIND=127.0.0.1:8001", copied)
            self.assertNotIn("gw-live-2f7c1be09a5d4e63", done.out + done.err)
            # The shop's scripts install the settings of the repository: neither forward nor back would they keep it.
            self.assertEqual(done.code, FINDINGS, done)
            self.assertIn("the way back left otherwise than it was found: `/etc/shop-staging/shop.env`", self.newest()["void"])
            self.assert_nothing_of_production_was_touched(done)
        finally:
            # Without a number it is production's change, not the copy, that is meant.
            done = self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=120)
            self.machine.shell("cd /srv/shop && ./deploy/deploy.sh", seconds=300, SETPOINT_ENVIRONMENT="staging", **OVERRIDES, **shop.WITH_WHEELS)
        self.assertEqual(done.code, FINE, done)
        self.assertIn("SHOP_BUSY_TIMEOUT_MS=5000", self.machine.read("/etc/shop/shop.env"))

    def test_a_release_asks_for_a_fresh_proof(self):
        self.push("/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=12")
        self.machine.shell("rm -f /var/lib/setpoint/changes/*/proof.json")
        refused = self.release()
        self.assertEqual((refused.code, "it was never rehearsed" in re.sub(r"\s+", " ", refused.err)), (INPUT, True), refused)
        self.assertEqual(self.rehearse().code, FINE)
        self.machine.write(REGISTER, self.register.replace('staging  = "staging"', 'staging  = "staging"\nproof_lasts = "1s"'))
        time.sleep(1)
        refused = self.release()
        self.assertEqual((refused.code, "its proof lasts 1 s" in re.sub(r"\s+", " ", refused.err)), (INPUT, True), refused)
        self.assert_nothing_of_production_was_touched(refused)
        self.machine.write(REGISTER, self.register)
        done = self.release()
        self.assertEqual(done.code, FINE, done)
        note = self.machine.run("setpoint", "change", "show").out
        self.assertIn(f"its way back was proven by rehearsal {self.newest()['id']}", note)
        back = self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=240, **shop.WITH_WHEELS)
        self.assertEqual(back.code, FINE, back)
        # What a later rehearsal has shown stands against the one before it.
        self.push("/srv/shop/src/shop/main.py", 'return {"ok": True}', 'return {"ok": False}')
        self.assertEqual(self.rehearse().code, FINDINGS)
        refused = self.release()
        self.assertEqual((refused.code, "proved nothing" in re.sub(r"\s+", " ", refused.err)), (INPUT, True), refused)
