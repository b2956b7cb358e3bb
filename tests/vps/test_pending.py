"""Files that were changed while the process runs on: what a restart would bring, before somebody restarts."""

import setpoint
import shop
from harness import VpsTest

DROP_IN = "/etc/systemd/system/shop.service.d/override.conf"
ENV_FILE = "/etc/shop/shop.env"


class Pending(VpsTest):
    def change(self, path: str, old: str, new: str) -> None:
        """Edits a file, and puts it and the service back at the end."""
        before = self.machine.read(path)
        self.assertIn(old, before)
        self.addCleanup(shop.restart, self.machine)
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.write, path, before)
        self.machine.write(path, before.replace(old, new))

    def pending(self) -> list[str]:
        return [finding["subject"] for finding in setpoint.findings(self.machine).get("restart-pending", [])]

    def test_nothing_is_pending_after_a_restart(self):
        self.assertEqual(self.pending(), [])

    def test_a_setting_changed_in_the_env_file(self):
        self.change(ENV_FILE, "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=20")
        self.assertEqual(self.pending(), ["SHOP_POOL_SIZE"])
        # The process still holds the old value, and that is what is effective.
        self.assertEqual(str(setpoint.effective(setpoint.capture(self.machine), "SHOP_POOL_SIZE")[0]), "10")

        # HUP replaces gunicorn's workers; their environment is the old master's.
        self.machine.run("systemctl", "reload", "shop.service")
        self.assertEqual(self.pending(), ["SHOP_POOL_SIZE"])

        shop.restart(self.machine)
        self.assertEqual(self.pending(), [])

    def test_a_setting_added_to_the_env_file(self):
        self.change(ENV_FILE, "SHOP_POOL_SIZE=10", "SHOP_POOL_SIZE=10\nSHOP_CURRENCY=CHF")
        self.assertEqual(self.pending(), ["SHOP_CURRENCY"])

    def test_a_setting_removed_from_the_env_file(self):
        self.change(ENV_FILE, "SHOP_POOL_SIZE=10\n", "")
        self.assertEqual(self.pending(), ["SHOP_POOL_SIZE"])

    def test_a_drop_in_changed_and_reloaded_but_not_restarted(self):
        self.change(DROP_IN, "--timeout 120", "--timeout 90")
        self.machine.run("systemctl", "daemon-reload")
        self.assertEqual(self.pending(), ["gunicorn.timeout"])

    def test_a_drop_in_changed_and_not_even_reloaded(self):
        self.change(DROP_IN, "--timeout 120", "--timeout 90")
        found = setpoint.findings(self.machine).get("restart-pending", [])
        self.assertIn("gunicorn.timeout", [finding["subject"] for finding in found])
        self.assertTrue(any("daemon-reload" in str(finding) for finding in found), found)
