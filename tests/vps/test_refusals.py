"""What the machine refuses in the middle of a change: it is said what failed and whether a retry is safe, and the shop is as
found."""

import shop
from harness import VpsTest

ENVIRONMENT = "/etc/shop/shop.env"
STATE = "/var/lib/setpoint"
ROLLED_BACK, NEVER_APPLIED = 4, 6


class Refusals(VpsTest):
    def setUp(self):
        shop.wait_until_healthy(self.machine)
        self.before = self.machine.read(ENVIRONMENT)
        self.pid = shop.main_pid(self.machine, "shop.service")

    def change(self, *words: str, user: str = "root", window: int = 2):
        command = ["setpoint", "--root", "/srv/shop", "change", "--environment", "production", "--yes"]
        return self.machine.run(*command, f"--window={window}", *words, user=user, check=False, seconds=120)

    def mounted(self, *words: str) -> None:
        """Mounts something for the length of a test."""
        self.machine.run("mount", *words)
        self.addCleanup(self.machine.run, "umount", words[-1])

    def is_as_found(self, done, *said: str) -> None:
        for text in said:
            self.assertIn(text, " ".join(done.err.split()), done)
        self.assertEqual(self.machine.run("cat", ENVIRONMENT).out, self.before, done)
        self.assertEqual(self.machine.run("ls", "-A", "/etc/shop").out, "shop.env\n", done)
        shop.wait_until_healthy(self.machine)

    def test_no_room_for_the_journal(self):
        self.machine.run("mkdir", "--parents", STATE)
        self.mounted("-t", "tmpfs", "-o", "size=32k", "tmpfs", STATE)
        self.machine.shell(f"dd if=/dev/zero of={STATE}/full bs=1k 2>/dev/null || :")
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual(done.code, 3, done)
        self.is_as_found(done, "No space left", "retry:")
        self.assertEqual(shop.main_pid(self.machine, "shop.service"), self.pid)

    def test_a_journal_that_cannot_be_written_once_it_is_applied(self):
        """The files are put back all the same, and the journal says so once it can."""
        words = "setpoint --root /srv/shop change --environment production --yes --window=8 SHOP_POOL_SIZE=12"
        self.machine.shell(f"setsid {words} >/root/full.log 2>&1 & echo $! >/root/full.pid")
        listed = lambda: self.machine.run("setpoint", "change", "list").out
        self.machine.wait_for("the watch", lambda: "applied, being watched" in listed())
        folder = max(self.machine.shell(f"ls -d {STATE}/changes/*/").out.split(), key=lambda path: int(path.split("/")[-2]))
        self.machine.run("mount", "--bind", folder, folder)
        self.machine.run("mount", "-o", "remount,bind,ro", folder)
        ended = lambda: self.machine.run("sh", "-c", "kill -0 $(cat /root/full.pid)", check=False).code != 0
        self.machine.wait_for("the end", ended, seconds=60)
        said = self.machine.read("/root/full.log")
        self.assertIn("Read-only file system", " ".join(said.split()))
        self.assertEqual(self.machine.run("cat", ENVIRONMENT).out, self.before, said)
        self.machine.run("umount", folder)
        done = self.machine.run("setpoint", "recover", check=False, seconds=120)
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.assertIn("rolled back and verified", listed())
        shop.wait_until_healthy(self.machine)

    def test_a_folder_that_is_read_only(self):
        self.mounted("--bind", "/etc/shop", "/etc/shop")
        self.machine.run("mount", "-o", "remount,bind,ro", "/etc/shop")
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.is_as_found(done, "Read-only file system")

    def test_a_disk_that_is_full(self):
        self.machine.run("cp", "--archive", "/etc/shop", "/root/shop-etc")
        self.addCleanup(self.machine.run, "rm", "-r", "/root/shop-etc")
        self.mounted("-t", "tmpfs", "-o", "size=16k", "tmpfs", "/etc/shop")
        self.machine.run("cp", "--archive", "/root/shop-etc/shop.env", ENVIRONMENT)
        self.machine.shell("dd if=/dev/zero of=/etc/shop/full bs=1k 2>/dev/null || :")
        done = self.change("SHOP_POOL_SIZE=12")
        self.machine.run("rm", "/etc/shop/full")
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.is_as_found(done, "No space left")

    def test_an_ordinary_user(self):
        self.machine.run("useradd", "--create-home", "visitor", check=False)
        done = self.change("SHOP_POOL_SIZE=12", user="visitor")
        self.assertEqual(done.code, NEVER_APPLIED, done)
        self.is_as_found(done, "`/var/backups/setpoint", "permission denied")
        done = self.change("SHOP_POOL_SIZE=12", "--without-backup", user="visitor")
        self.assertEqual(done.code, ROLLED_BACK, done)
        self.is_as_found(done, "cannot write `/etc/shop/shop.env`")
        self.assertEqual(shop.main_pid(self.machine, "shop.service"), self.pid)

    def test_a_unit_that_hangs_when_it_is_stopped(self):
        """systemd ends it after its own time, and the change goes on."""
        unit = "/etc/systemd/system/shop.service.d/zz-hangs.conf"
        self.machine.write(unit, "[Service]\nExecStop=/bin/sleep 60\nTimeoutStopSec=3\n")
        self.machine.run("systemctl", "daemon-reload")
        self.addCleanup(shop.restart, self.machine)
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "rm", unit)
        done = self.change("SHOP_POOL_SIZE=12")
        self.assertEqual(done.code, 0, done)
        done = self.machine.run("setpoint", "rollback", "--yes", check=False, seconds=120)
        self.assertEqual(done.code, 0, done)
        self.is_as_found(done)
