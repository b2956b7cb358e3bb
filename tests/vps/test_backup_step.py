"""The backup step of a change: what the register names is saved and proven before anything moves, or nothing moves."""

import json
import re

import shop
from harness import VpsTest

ENVIRONMENT = "/etc/shop/shop.env"
REGISTER = "/srv/shop/setpoint.toml"
KEPT, REFUSED, NEVER_APPLIED = 0, 2, 6


class BackupStep(VpsTest):
    def setUp(self):
        shop.wait_until_healthy(self.machine)
        for path in (ENVIRONMENT, REGISTER):
            self.addCleanup(self.machine.write, path, self.machine.read(path))
        self.addCleanup(self.machine.run, "rm", "-rf", "/srv/shop/notes")

    def setpoint(self, *words: str, seconds: float = 120):
        return self.machine.run("setpoint", "--root", "/srv/shop", *words, check=False, seconds=seconds)

    def change(self, *words: str, window: int = 2):
        return self.setpoint("change", "--environment", "production", "--yes", f"--window={window}", *words)

    def last(self) -> int:
        return json.loads(self.setpoint("change", "list", "--format", "json").out)[0]["number"]

    def held(self) -> dict[str, list[str]]:
        """Who holds each backup that is proven, by its id."""
        listed = json.loads(self.setpoint("backup", "list", "--format", "json").out)
        proven = [backup for backup in listed if backup["record"]["verification"]["passed"]]
        return {backup["id"]: backup["record"].get("pinned_by", []) for backup in proven}

    def register(self, old: str, new: str) -> None:
        text = self.machine.read(REGISTER)
        self.assertIn(old, text)
        self.machine.write(REGISTER, text.replace(old, new, 1))

    def test_it_is_proven_named_in_the_note_and_held_until_the_next_change_is_kept(self):
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual(done.code, KEPT, done)
        self.assertIn("save  /etc/shop, /etc/nginx/sites-enabled/shop, SHOP_DATABASE_URL", done.out)
        first = self.last()
        [note] = self.machine.shell("ls /srv/shop/notes/").out.split()
        text = self.machine.read(f"/srv/shop/notes/{note}")
        backup = re.search(r'^backup = "([0-9a-f]{64})"$', text, re.MULTILINE).group(1)
        for said in ("gives each of 2 files as it was found", "the hash of every byte", "`SHOP_DATABASE_URL`"):
            self.assertIn(said, text)
        self.assertEqual(self.held()[backup], [f"change {first}"])

        self.assertEqual(self.change("SHOP_POOL_SIZE=13").code, KEPT)
        self.assertEqual(self.held()[backup], [])
        self.assertIn([f"change {self.last()}"], self.held().values())

    def test_what_cannot_be_saved_stops_the_change(self):
        self.register('include    = ["/etc/shop"', 'include    = ["/etc/missing", "/etc/shop"')
        before = self.machine.read(ENVIRONMENT)
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual((done.code, "/etc/missing" in done.err), (NEVER_APPLIED, True), done)
        self.assertEqual(self.machine.read(ENVIRONMENT), before)
        self.assertEqual(self.change("SHOP_POOL_SIZE=12", "--without-backup").code, KEPT)

    def test_a_release_whose_data_nothing_saves_is_refused(self):
        self.register('databases  = ["SHOP_DATABASE_URL"]\n', "")
        release = ("release", "--environment", "production", "--dry-run", "--without-rehearsal")
        done = self.setpoint(*release)
        self.assertEqual((done.code, "`SHOP_DATABASE_URL` names a database" in done.err), (REFUSED, True), done)
        done = self.setpoint(*release, "--not-reversible")
        self.assertEqual((done.code, "it is not reversible" in done.out), (0, True), done)

    def test_what_was_cut_off_goes_on(self):
        command = "setpoint --root /srv/shop change --environment production --yes --window=8 SHOP_POOL_SIZE=12"
        self.machine.shell(f"setsid {command} >/root/change.log 2>&1 & echo $! >/root/change.pid")
        listed = lambda: self.setpoint("change", "list").out.partition("\n")[0]
        self.machine.wait_for("the watch", lambda: "being watched" in listed())
        self.machine.shell("kill -KILL $(cat /root/change.pid)")
        done = self.setpoint("change", "resume", "--yes")
        self.assertEqual((done.code, "applied and kept" in listed()), (KEPT, True), done)
        self.assertIn("SHOP_POOL_SIZE=12", self.machine.read(ENVIRONMENT))
        timers = self.machine.run("systemctl", "list-timers", "--all", "--no-legend", "setpoint-change-*").out
        self.assertEqual(timers, "")

    def test_it_can_be_in_a_store_and_without_an_answer_of_that_nothing_moves(self):
        secret = "hunter2-of-the-store"
        self.machine.shell("mkdir -p /srv/buckets/backups")
        self.addCleanup(self.machine.run, "rm", "-rf", "/srv/buckets", "/etc/shop-s3.env")
        options = f"--host 127.0.0.1 --port 8014 --access-key AKIASHOP --secret-key {secret} /srv/buckets"
        self.machine.shell(f"systemd-run --quiet --unit=store --collect s3s-fs {options}")
        self.addCleanup(self.machine.run, "systemctl", "stop", "store", check=False)
        self.machine.wait_for("the store", lambda: self.machine.shell("ss -ltn").out.count("127.0.0.1:8014 "))
        key = f"AWS_ACCESS_KEY_ID=AKIASHOP\nAWS_SECRET_ACCESS_KEY={secret}\n"
        self.machine.write("/etc/shop-s3.env", key, mode=0o600)
        [repository] = [line for line in self.machine.read(REGISTER).splitlines() if line.startswith("repository ")]
        store = 'repository = "s3:http://127.0.0.1:8014/backups/shop"\ncredentials_file = "/etc/shop-s3.env"'
        self.register(repository, store)

        self.assertEqual(self.change("SHOP_POOL_SIZE=12").code, KEPT)
        self.assertEqual(list(self.held().values()), [[f"change {self.last()}"]])
        [backup] = self.held()
        self.assertEqual(self.machine.shell("ls /srv/buckets/backups/shop/snapshots").out.split(), [backup])
        self.assertEqual(self.machine.shell("ls -A /srv/buckets/backups/shop/locks").out, "")

        self.machine.run("systemctl", "stop", "store")
        before = self.machine.read(ENVIRONMENT)
        done = self.change("SHOP_POOL_SIZE=13")
        self.assertEqual((done.code, "gave no answer" in done.err), (NEVER_APPLIED, True), done)
        self.assertEqual(self.machine.read(ENVIRONMENT), before)
        # The unit that runs the store has the key on its command line; nothing of ours has.
        written = ("/var/lib/setpoint", "/srv/shop/notes", REGISTER)
        found = self.machine.run("grep", "--recursive", "--files-with-matches", secret, *written, check=False)
        self.assertEqual((found.code, found.out), (1, ""), found)
