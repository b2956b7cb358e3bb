"""Releases of the shop by its own deployment script: a good one is kept, and each way to fail ends as found, byte for byte,
while the shop goes on answering."""

import re

import setpoint
import shop
from harness import VpsTest

FILES = [
    "/etc/shop/shop.env",
    "/etc/systemd/system/shop.service",
    "/etc/systemd/system/shop.service.d/override.conf",
    "/etc/nginx/sites-available/shop",
    "/srv/shop/deploy/shop.env",
    "/srv/shop/src/shop/main.py",
]
KEPT, ROLLED_BACK, NEVER_APPLIED = 0, 4, 6
# Deploys without git: edits the code where it lies, as people do who copy files to a server. Its way back takes a while.
IN_PLACE = """#!/bin/sh
set -eu
cd /srv/shop
if [ "${1:-}" = --back ]; then
    echo back >>/root/in-place.log
    sleep 4
    sed -i 's/"ok": False/"ok": True/; /^# of this version$/d' src/shop/main.py
elif [ -e /root/in-place-is-good ]; then
    echo '# of this version' >>src/shop/main.py
else
    sed -i 's/"ok": True/"ok": False/' src/shop/main.py
fi
systemctl restart shop.service
"""
# Asks for a page again and again, and says in the end how often, and how often nothing good came.
ASKING = """
import time, urllib.request
asked = lost = 0
while not __import__("os").path.exists("/root/stop-asking"):
    asked += 1
    try:
        request = urllib.request.Request("http://127.0.0.1/catalog/1", headers={"Host": "shop.example"})
        urllib.request.urlopen(request, timeout=5).read()
    except Exception:
        lost += 1
    time.sleep(0.02)
print(asked, lost)
"""


class Release(VpsTest):
    @classmethod
    def setUpClass(cls):
        shop.wait_until_healthy(cls.machine)
        shop.make_checkout(cls.machine)

    @classmethod
    def tearDownClass(cls):
        shop.unmake_checkout(cls.machine)

    @classmethod
    def git(cls, *words: str) -> str:
        return cls.machine.run(*shop.GIT, *words).out.strip()

    def setUp(self):
        shop.wait_until_healthy(self.machine)
        self.before = self.state()

    def state(self) -> dict[str, str]:
        state = {path: self.machine.run("stat", "--format=%a %u %g", path).out + self.machine.read(path) for path in FILES}
        return {**state, "revision": self.git("rev-parse", "HEAD")}

    def push(self, path: str, old: str, new: str) -> None:
        shop.push(self.machine, path, old, new)

    def release(self, window: int = 6) -> tuple:
        """How the release ended, and how many of how many requests were lost meanwhile."""
        self.machine.write("/root/asking.py", ASKING)
        self.machine.shell("rm -f /root/stop-asking /root/asked; python3 /root/asking.py >/root/asked 2>&1 &")
        command = ["setpoint", "--root", "/srv/shop", "release", "--environment", "production", "--yes", "--without-rehearsal"]
        done = self.machine.run(*command, f"--window={window}", check=False, seconds=240, **shop.WITH_WHEELS)
        self.machine.shell("touch /root/stop-asking")
        said = self.machine.wait_for("the count", lambda: self.machine.shell("cat /root/asked || :").out)
        asked, lost = map(int, said.split())
        print(f"      {self.id().rpartition('.')[2]}: {lost} of {asked} requests lost", flush=True)
        return done, asked, lost

    def ends_as_found(self, reason: str):
        done, asked, lost = self.release()
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.assertIn(reason, re.sub(r"\s+", " ", done.err), done)
        self.assertEqual(self.state(), self.before, done)
        shop.wait_until_healthy(self.machine)
        self.assertGreater(asked, 20)
        self.assertLessEqual(lost, asked // 10, done)
        return done

    def test_a_good_version_is_kept_and_can_be_taken_back(self):
        self.push("/srv/shop/deploy/shop.env", "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=11")
        done, _, lost = self.release(window=3)
        self.assertEqual((done.code, lost), (KEPT, 0), done)
        left = self.machine.read("/etc/shop/shop.env")
        self.assertIn("SHOP_POOL_SIZE=11", left)

        def rollback():
            return self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=240, **shop.WITH_WHEELS)

        # Somebody moves on: what they did is not overwritten.
        self.machine.write("/etc/shop/shop.env", left + "# by hand\n")
        done = rollback()
        self.assertEqual((done.code, "/etc/shop/shop.env" in done.err), (2, True), done)
        self.machine.write("/etc/shop/shop.env", left)
        done = rollback()
        self.assertEqual(done.code, 0, done)
        self.assertEqual(self.state(), self.before)

    def test_a_version_whose_health_fails(self):
        self.push("/srv/shop/src/shop/main.py", 'return {"ok": True}', 'return {"ok": False}')
        done = self.ends_as_found("check `health`")
        # The data that were there before are in a backup that is proven and held.
        backup = re.search(r"as found: `setpoint backup restore ([0-9a-f]{8}) --database SHOP_DATABASE_URL ", done.out).group(1)
        listed = self.machine.run("setpoint", "--root", "/srv/shop", "backup", "list").out
        self.assertRegex(listed, rf"{backup} .* proven .* for change \d+\n")

    def test_a_version_that_starts_and_then_logs_errors(self):
        line = 'logging.getLogger("shop").error("the stock is negative")\n    '
        self.push("/srv/shop/src/shop/main.py", 'return {"ok": True}', line + 'return {"ok": True}')
        self.ends_as_found("no errors in journal:shop.service")

    def test_a_script_that_fails_half_way(self):
        self.push("/srv/shop/deploy/install.sh", "install -m 644 deploy/nginx", "exit 7\ninstall -m 644 deploy/nginx")
        self.ends_as_found("ended with code 7")

    def test_data_that_a_release_deleted_come_back_with_the_command_that_it_says(self):
        def items() -> int:
            counting = "import sqlite3; print(sqlite3.connect('/var/lib/shop/shop.db').execute('select count(*) from items').fetchone()[0])"
            return int(self.machine.run("python3", "-c", counting).out)

        before = items()
        self.assertGreater(before, 1)
        deleting = "import sqlite3; c = sqlite3.connect('/var/lib/shop/shop.db'); c.execute('delete from items where id > 1'); c.commit()"
        self.push("/srv/shop/deploy/install.sh", "nginx -t -q", f'python3 -c "{deleting}"\nexit 7')
        done = self.ends_as_found("ended with code 7")
        # The unit fills a table that is empty when it starts.
        self.assertEqual(items(), 1)
        [command] = re.findall(r"as found: `(setpoint backup restore [^`]+)`", done.out)
        restored = self.machine.shell(f"cd /srv/shop && {command} --yes", check=False)
        self.assertEqual((restored.code, items()), (0, before), restored)
        shop.wait_until_healthy(self.machine)

    def test_a_version_that_breaks_nginx(self):
        self.push("/srv/shop/deploy/nginx/shop.conf", "proxy_connect_timeout 5s;", "proxy_connect_timeout 5s")
        self.ends_as_found("`./deploy/deploy.sh` ended with code 1")

    def test_a_script_that_fails_before_it_changes_anything(self):
        self.machine.run("mv", "/srv/origin.git", "/srv/away.git")
        self.addCleanup(self.machine.run, "mv", "/srv/away.git", "/srv/origin.git")
        self.ends_as_found("`./deploy/deploy.sh` ended with code")

    def deploys_in_place(self) -> None:
        """For the length of a test."""
        self.machine.write("/srv/shop/deploy/in-place.sh", IN_PLACE, mode=0o755)
        self.addCleanup(self.machine.run, "rm", "-f", "/srv/shop/deploy/in-place.sh", "/root/in-place.log")
        self.registers("./deploy/in-place.sh", "./deploy/in-place.sh --back")

    def ways_back(self) -> int:
        return self.machine.shell("cat /root/in-place.log 2>/dev/null || :").out.count("back")

    def test_a_deployment_that_edits_where_the_code_lies(self):
        self.deploys_in_place()
        self.ends_as_found("check `health`")
        self.assertEqual(self.ways_back(), 1)

    def registers(self, deploy: str, rollback: str) -> None:
        """Other commands for the length of a test."""
        register = self.machine.read("/srv/shop/setpoint.toml")
        other = register.replace("./deploy/deploy.sh --previous", rollback)
        self.machine.write("/srv/shop/setpoint.toml", other.replace("./deploy/deploy.sh", deploy))
        self.addCleanup(self.machine.write, "/srv/shop/setpoint.toml", register)

    def test_a_deployment_that_switches_the_link_that_the_unit_runs_from(self):
        self.registers("ln -sfn /srv/other /srv/current; exit 7", "ln -sfn /srv/shop /srv/current")
        self.machine.run("ln", "-sfn", "/srv/shop", "/srv/current")
        unit = "/etc/systemd/system/shop.service.d/zz-current.conf"
        self.machine.write(unit, "[Service]\nWorkingDirectory=/srv/current\n")
        for words in (["systemctl", "daemon-reload"], ["rm", unit, "/srv/current"]):
            self.addCleanup(self.machine.run, *words)
        self.machine.run("systemctl", "daemon-reload")
        shop.restart(self.machine)
        done = self.ends_as_found("ended with code 7")
        self.assertEqual(self.machine.run("readlink", "/srv/current").out, "/srv/shop\n", done)

    def test_an_older_release_is_not_taken_back_under_a_later_one(self):
        self.deploys_in_place()
        self.machine.shell("touch /root/in-place-is-good")
        self.addCleanup(self.machine.run, "rm", "-f", "/root/in-place-is-good")
        for _ in range(2):
            done, _, _ = self.release(window=2)
            self.assertEqual(done.code, KEPT, done)
        later, older = re.findall(r"^ *(\d+) ", self.machine.run("setpoint", "change", "list").out, re.MULTILINE)[:2]
        done = self.machine.run("setpoint", "rollback", older, "--yes", check=False)
        self.assertEqual((done.code, f"change {later} (release by `./deploy/in-place.sh`) was made after change {older}" in " ".join(done.err.split())), (2, True), done)
        for number in (later, older):
            done = self.machine.run("setpoint", "rollback", number, "--yes", check=False, seconds=120)
            self.assertEqual(done.code, 0, done)
        self.assertEqual(self.state(), self.before)

    def test_programs_that_a_checkout_names_do_not_run_as_root(self):
        self.deploys_in_place()
        self.git("config", "filter.who.clean", "id -u >>/tmp/who-cleans; cat")
        self.machine.write("/srv/shop/.git/info/attributes", "*.py filter=who\n")
        self.machine.run("chown", "--recursive", "shop:", "/srv/shop/.git")
        for words in (
            ["chown", "--recursive", "root:", "/srv/shop/.git"],
            ["rm", "-f", "/srv/shop/.git/info/attributes", "/tmp/who-cleans"],
            [*shop.GIT, "config", "--remove-section", "filter.who"],
        ):
            self.addCleanup(self.machine.run, *words)
        # Git asks the filter about what is not as its index has it.
        self.machine.shell("touch /srv/shop/src/shop/*.py")
        done, _, _ = self.release()
        self.assertEqual(done.code, ROLLED_BACK, done)
        who = self.machine.run("cat", "/tmp/who-cleans").out.split()
        self.assertEqual(set(who), {self.machine.run("id", "-u", "shop").out.strip()})

    def test_a_deployment_whose_process_is_killed_does_not_go_on_beside_the_way_back(self):
        self.deploys_in_place()
        slow = IN_PLACE.replace('echo back >>', 'echo "back $(pgrep --count --full [i]n-place.sh)" >>')
        slow = slow.replace("else\n", "else\n    sleep 6\n")
        self.machine.write("/srv/shop/deploy/in-place.sh", slow, mode=0o755)
        words = "setpoint --root /srv/shop release --environment production --yes --without-rehearsal --window=60"
        self.machine.shell(f"setsid {words} >/root/killed.log 2>&1 & echo $! >/root/killed.pid")
        deploys = lambda: self.machine.shell("pgrep --full [i]n-place.sh || :").out.split()
        self.machine.wait_for("the deployment", deploys)
        self.machine.shell("kill -KILL $(cat /root/killed.pid)")
        self.assertTrue(deploys(), "the script outlives the process that started it")
        done = self.machine.run("setpoint", "recover", check=False, seconds=120)
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.assertEqual(deploys(), [])
        self.machine.run("sleep", "7")
        self.assertEqual(self.state(), self.before)

    def test_nothing_stops_a_way_back_half_way(self):
        """Neither Ctrl-C nor a lost terminal; and where its process is killed, a timer goes on with it."""
        for signal in ["INT", "TERM", "HUP", "KILL"]:
            with self.subTest(signal):
                self.nothing_stops_a_way_back(signal)
                self.doCleanups()

    def nothing_stops_a_way_back(self, signal: str):
        self.deploys_in_place()
        code = self.machine.read("/srv/shop/src/shop/main.py")
        self.assertIn('"ok": True', code)
        self.machine.shell("touch /root/in-place-is-good")
        self.addCleanup(self.machine.run, "rm", "-f", "/root/in-place-is-good")
        done, _, _ = self.release(window=3)
        self.assertEqual(done.code, KEPT, done)
        self.assertTrue(self.machine.read("/srv/shop/src/shop/main.py").endswith("# of this version\n"))
        self.machine.shell("setsid setpoint rollback --yes >/root/back.log 2>&1 & echo $! >/root/back.pid")
        self.machine.wait_for("the way back", lambda: self.ways_back())
        timers = self.machine.run("systemctl", "list-timers", "--all", "--no-legend", "setpoint-change-*").out
        self.assertEqual(timers.count(".timer"), 1, timers)
        self.machine.shell(f"kill -{signal} $(cat /root/back.pid)")
        listed = lambda: self.machine.run("setpoint", "change", "list").out.splitlines()[0]
        self.machine.wait_for("the end", lambda: "being rolled back" not in listed(), seconds=120)
        self.assertIn("rolled back and verified", listed(), self.machine.read("/root/back.log"))
        self.assertEqual(self.machine.read("/srv/shop/src/shop/main.py"), code)
        # What runs of it goes on without the process that was killed, and is run again by who finds that.
        self.assertIn(self.ways_back(), [1] if signal != "KILL" else [1, 2])
        shop.wait_until_healthy(self.machine)

    def test_what_others_may_write_is_not_followed_as_root(self):
        register = "/srv/shop/setpoint.toml"
        for others, undo in [
            (["chmod", "o+w", register], ["chmod", "o-w", register]),
            (["chmod", "g+w", "/srv/shop"], ["chmod", "g-w", "/srv/shop"]),
            (["chown", "shop", register], ["chown", "root", register]),
            (["chown", "shop", "/srv"], ["chown", "root", "/srv"]),
            (["chmod", "o+w", "/srv/shop/deploy/deploy.sh"], ["chmod", "o-w", "/srv/shop/deploy/deploy.sh"]),
            (["chown", "shop", "/srv/shop/deploy"], ["chown", "root", "/srv/shop/deploy"]),
        ]:
            self.machine.run(*others)
            self.addCleanup(self.machine.run, *undo)
            command = ["setpoint", "--root", "/srv/shop", "release", "--environment", "production", "--yes", "--without-rehearsal"]
            done = self.machine.run(*command, check=False)
            self.assertEqual((done.code, "is not followed as root" in done.err), (2, True), done)
            if register in others:
                for other in ("backup list", "backup create", "backup restore latest --yes"):
                    done = self.machine.run("setpoint", "--root", "/srv/shop", *other.split(), check=False)
                    self.assertEqual((done.code, "is not followed as root" in done.err), (2, True), done)
            self.machine.run(*undo)
        self.assertEqual(self.state(), self.before)
