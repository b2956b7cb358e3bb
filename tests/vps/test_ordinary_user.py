"""The same as a user who may not read everything: what could not be read is said, and the rest is captured."""

import setpoint
import shop
from harness import VpsTest

USER = "visitor"
ENV_FILE = "/etc/shop/shop.env"


class OrdinaryUser(VpsTest):
    @classmethod
    def setUpClass(cls):
        cls.machine.run("useradd", "--create-home", USER)

    @classmethod
    def tearDownClass(cls):
        cls.machine.run("userdel", "--remove", USER)

    def told(self, snapshot: dict, path: str) -> dict:
        for problem in snapshot["problems"]:
            if path in f"{problem['what']} {problem.get('place')}":
                return problem
        self.fail(f"nothing is said about `{path}`: {snapshot['problems']}")

    def test_the_processs_environment_is_named_and_how_to_get_it(self):
        snapshot = setpoint.capture(self.machine, user=USER)
        problem = self.told(snapshot, f"/proc/{shop.main_pid(self.machine, 'shop.service')}/environ")
        self.assertEqual(problem["kind"], "machine")
        self.assertIn("sudo setpoint capture --unit shop.service", problem["hint"])

    def test_the_rest_is_captured(self):
        snapshot = setpoint.capture(self.machine, user=USER)
        self.assertEqual(setpoint.effective(snapshot, "gunicorn.timeout")[0], 120)
        self.assertEqual(str(setpoint.effective(snapshot, "SHOP_CATALOG_PAGE_SIZE")[0]), "24")
        self.assertEqual(setpoint.default(snapshot, "SHOP_POOL_SIZE")["value"], 5)
        self.assertFalse(any(process["live"] for process in snapshot["site"]["processes"]))

    def test_an_env_file_that_only_root_may_read(self):
        path = self.machine.path(ENV_FILE)
        path.chmod(0o600)
        self.addCleanup(path.chmod, 0o644)
        snapshot = setpoint.capture(self.machine, user=USER)
        self.assertIn("sudo", self.told(snapshot, ENV_FILE)["hint"])
        readings = setpoint.default(snapshot, "SHOP_CATALOG_PAGE_SIZE")["readings"]
        self.assertNotIn("environment-file", [reading["layer"] for reading in readings])

    def test_the_person_is_told_in_the_text_too(self):
        done = setpoint.run(self.machine, "capture", "--unit", "shop.service", user=USER)
        self.assertEqual(done.code, 3, done)
        self.assertIn("not surely known", done.out)
        self.assertIn("permission denied", done.err)
        self.assertIn("sudo setpoint capture --unit shop.service", done.err)
        self.assertIn("gunicorn.timeout", done.out)
