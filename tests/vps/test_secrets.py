"""No output holds a secret's text, wherever the secret stands: file, unit, command line, URL or process."""

import setpoint
import shop
from harness import VpsTest

DROP_IN = "/etc/systemd/system/shop.service.d/secrets.conf"
SECRETS = {
    "key of the env file": "gw-live-2f7c1be09a5d4e63",
    "default in the code": "not-a-secret-on-a-laptop",
    "key in a drop-in": "drop-in-5b1e77",
    "password of a URL": "url-password-90ac",
    "token on the command line": "command-line-77d0",
}
COMMANDS = [
    ("capture", "--unit", "shop.service"),
    ("capture", "--unit", "shop.service", "--all"),
    ("capture", "--unit", "shop.service", "--format", "json"),
    ("explain", "--unit", "shop.service", "SHOP_SESSION_KEY"),
    ("explain", "--unit", "shop.service", "SHOP_PAYMENT__API_KEY"),
    ("explain", "--unit", "shop.service", "SHOP_REDIS_URL"),
    *[("check", "--unit", "shop.service", "--format", form) for form in ["text", "json", "sarif", "junit", "github"]],
]


class Secrets(VpsTest):
    @classmethod
    def setUpClass(cls):
        cls.machine.write(
            DROP_IN,
            "[Service]\n"
            f"Environment=SHOP_SESSION_KEY={SECRETS['key in a drop-in']}\n"
            f"Environment=SHOP_BROKER_URL=amqp://shop:{SECRETS['password of a URL']}@queue.example/shop\n"
            "ExecStart=\n"
            "ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app -c gunicorn.conf.py "
            f"--env SHOP_ADMIN_TOKEN={SECRETS['token on the command line']}\n",
        )
        cls.machine.run("systemctl", "daemon-reload")
        shop.restart(cls.machine)

    @classmethod
    def tearDownClass(cls):
        cls.machine.path(DROP_IN).unlink()
        cls.machine.run("systemctl", "daemon-reload")
        shop.restart(cls.machine)

    def test_no_command_prints_one(self):
        for command in COMMANDS:
            with self.subTest(" ".join(command)):
                done = setpoint.run(self.machine, *command)
                self.assertIn(done.code, (0, 1), done.err)
                self.assertTrue(done.out, "it said something")
                for kind, secret in SECRETS.items():
                    self.assertNotIn(secret, done.out + done.err, kind)

    def test_the_pages_hold_none(self):
        self.addCleanup(self.machine.run, "rm", "-rf", "/tmp/pages")
        done = setpoint.run(self.machine, "docs", "--unit", "shop.service", "--output", "/tmp/pages")
        self.assertEqual(done.code, 0, done)
        pages = self.machine.shell("find /tmp/pages -type f -exec cat {} +").out
        self.assertIn("SHOP_SESSION_KEY", pages)
        for kind, secret in SECRETS.items():
            self.assertNotIn(secret, pages, kind)

    def test_they_are_known_to_be_set(self):
        snapshot = setpoint.capture(self.machine)
        for name in ["SHOP_PAYMENT__API_KEY", "SHOP_SESSION_KEY"]:
            default = setpoint.default(snapshot, name)
            self.assertTrue(default["secret"], name)
            self.assertIsNotNone(default["effective"], name)
            self.assertIn("***", [reading["text"] for reading in default["readings"]], name)
            self.assertEqual({reading["value"] for reading in default["readings"]}, {None}, name)
