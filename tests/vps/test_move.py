"""What the machine of the shop has is taken away piece by piece: `check` finds each piece, and its own command brings it back.

The commands are run as they stand, in the checkout's folder. `sudo` is a script here, since root runs them already.
"""

import json

import shop
from harness import VpsTest

ENVIRONMENT = "production"
LACKS = [f"SP{number}" for number in range(137, 145)]


class Move(VpsTest):
    @classmethod
    def setUpClass(cls):
        """What the shop needs is written into the lock; a copy of the folder stands for the next machine's checkout."""
        shop.wait_until_healthy(cls.machine)
        cls.machine.write("/usr/local/bin/sudo", '#!/bin/sh\nexec "$@"\n', 0o755)
        cls.machine.run("cp", "-a", "/srv/shop/setpoint.toml", "/root/setpoint.toml")
        cls.said = cls.setpoint("/srv/shop", "capture", "--write")
        cls.lock = cls.machine.read("/srv/shop/setpoint.lock")
        cls.machine.run("cp", "-a", "/srv/shop", "/root/checkout")
        cls.machine.run("rm", "-rf", "/root/checkout/.venv")

    @classmethod
    def tearDownClass(cls):
        cls.machine.run("cp", "-a", "/root/setpoint.toml", "/srv/shop/setpoint.toml")
        cls.machine.run("rm", "-rf", "/srv/shop/setpoint.lock", "/root/checkout", "/usr/local/bin/sudo", "/root/setpoint.toml")

    @classmethod
    def setpoint(cls, folder: str, command: str, *arguments: str):
        words = ["setpoint", "--root", folder, *command.split(), "--environment", ENVIRONMENT, *arguments]
        return cls.machine.run("env", f"--chdir={folder}", *words, check=False)

    def lacks(self, *arguments: str) -> list[tuple[str, str, str]]:
        """What `check` says from the next machine's checkout: code, what it is about, and the command that mends it."""
        done = self.setpoint("/root/checkout", "check", "--format", "json", *arguments)
        self.assertIn(done.code, (0, 1, 3), done)
        found = json.loads(done.out)["findings"]
        return [(each["code"], each["subject"], each["hint"]) for each in found if each["code"] in LACKS]

    def mend(self, lacks: list[tuple[str, str, str]]) -> None:
        for command in dict.fromkeys(command for _, _, command in lacks):
            self.machine.shell(f"cd /root/checkout && {command}", seconds=300, **shop.WITH_WHEELS)

    def assert_found_and_mended(self, take_away: str, expected: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
        self.machine.shell(take_away)
        lacks = self.lacks()
        self.assertEqual([(code, subject) for code, subject, _ in lacks], expected, lacks)
        self.mend(lacks)
        self.assertEqual(self.lacks(), [])
        return lacks

    def test_the_machine_itself_lacks_nothing(self):
        self.assertEqual(self.said.code, 0, self.said)
        self.assertEqual(self.lacks(), [])
        done = self.setpoint("/srv/shop", "capture", "--check")
        self.assertEqual((done.code, done.out), (0, ""), done)

    def test_the_lock_says_what_is_needed_and_no_secret(self):
        machine = self.lock[self.lock.index("# What `production` needs") :]
        for line in [
            'nginx = { files = ["/usr/sbin/nginx"] }',
            'shop = { group = "shop", home = "/srv/shop", shell = "/usr/sbin/nologin" }',
            '"/var/lib/shop" = { mode = "0755", owner = "shop:shop", for = "state" }',
            '"/etc/nginx/sites-enabled/shop" = { target = "../sites-available/shop" }',
            '"/etc/shop/shop.env" = { mode = "0644", owner = "root:root" }',
            '"shop-import-prices.timer" = { enabled = true }',
            '"shop-import-prices.service" = { enabled = false }',
        ]:
            self.assertIn(line + "\n", machine)
        self.assertRegex(machine, r'(?m)^SHOP_SESSION_KEY = \{ secret = true \}$|^SHOP_PAYMENT__API_KEY = \{ secret = true \}$')

    def test_settings_access_link_and_a_timer(self):
        self.assert_found_and_mended("sed -i /^SHOP_POOL_SIZE=/d /etc/shop/shop.env", [("SP143", "SHOP_POOL_SIZE")])
        self.assert_found_and_mended("chmod 600 /etc/shop/shop.env", [("SP141", "/etc/shop/shop.env")])
        link = "/etc/nginx/sites-enabled/shop"
        self.assert_found_and_mended(f"rm {link}; systemctl reload nginx", [("SP141", link)])
        timer = "shop-import-prices.timer"
        self.assert_found_and_mended(f"systemctl disable --quiet --now {timer}", [("SP144", timer)])
        shop.restart(self.machine)

    def test_a_distribution_and_the_whole_environment(self):
        lacks = self.assert_found_and_mended("/srv/shop/.venv/bin/pip uninstall -qy jinja2", [("SP142", "/srv/shop/.venv")])
        self.assertRegex(lacks[0][2], r"^sudo /srv/shop/\.venv/bin/pip install --no-deps jinja2==[0-9.]+$")
        self.assert_found_and_mended("rm -rf /srv/shop/.venv", [("SP142", "/srv/shop/.venv")])
        shop.restart(self.machine)

    def test_the_account_and_the_state(self):
        self.machine.run("systemctl", "stop", "shop.service")
        take_away = "mv /var/lib/shop /root/state; userdel shop"
        expected = [("SP138", "shop"), ("SP139", "shop"), ("SP140", "/var/lib/shop")]
        self.assert_found_and_mended(take_away, expected)
        self.machine.shell("rm -rf /var/lib/shop; mv /root/state /var/lib/shop; chown -R shop:shop /var/lib/shop")
        shop.restart(self.machine)

    def test_the_checkout_in_its_place(self):
        self.machine.shell("systemctl stop shop.service; mv /srv/shop /srv/away")
        lacks = self.lacks()
        self.assertEqual([(code, subject) for code, subject, _ in lacks], [("SP140", "/srv/shop"), ("SP142", "/srv/shop/.venv")])
        self.mend(lacks)
        self.assertEqual(self.lacks(), [])
        self.machine.shell("rm -rf /srv/shop; mv /srv/away /srv/shop")
        shop.restart(self.machine)

    def test_the_environment_file_from_the_backup(self):
        done = self.setpoint("/root/checkout", "backup create")
        self.assertEqual(done.code, 0, done)
        lacks = self.assert_found_and_mended("rm /etc/shop/shop.env", [("SP141", "/etc/shop/shop.env")])
        self.assertEqual(lacks[0][2], "sudo setpoint backup restore latest --yes")
        shop.restart(self.machine)

    def test_a_unit_and_a_package(self):
        away = "mv /etc/systemd/system/shop.service /root; mv /usr/sbin/nginx /root; systemctl daemon-reload"
        self.machine.shell(f"systemctl stop shop.service; {away}")
        lacks = self.lacks()
        self.machine.shell("mv /root/shop.service /etc/systemd/system; mv /root/nginx /usr/sbin; systemctl daemon-reload")
        self.assertIn(("SP137", "nginx", "sudo apt-get install nginx"), lacks)
        self.assertIn(("SP141", "/etc/systemd/system/shop.service", "sudo sh -c ./deploy/deploy.sh"), lacks)
        started = "sudo systemctl daemon-reload && sudo systemctl enable --now shop.service"
        self.assertIn(("SP144", "shop.service", started), lacks)
        shop.restart(self.machine)

    def test_nobody_asks_about_this_machine_where_a_url_says_which(self):
        self.machine.shell("chmod 600 /etc/shop/shop.env")
        self.assertEqual(self.lacks("--url", "http://127.0.0.1"), [])
        self.machine.shell("chmod 644 /etc/shop/shop.env")
