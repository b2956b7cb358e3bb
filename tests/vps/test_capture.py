"""`setpoint capture --unit shop.service` as root, on the running service."""

import setpoint
import shop
from harness import VpsTest


class Capture(VpsTest):
    @classmethod
    def setUpClass(cls):
        cls.snapshot = setpoint.capture(cls.machine)

    def effective(self, name: str):
        return setpoint.effective(self.snapshot, name)

    def process(self) -> dict:
        return next(process for process in self.snapshot["site"]["processes"] if process["name"] == "shop.service")

    def test_the_way_from_the_unit_to_the_code(self):
        process = self.process()
        self.assertEqual(process["program"], "gunicorn")
        self.assertEqual(process["app"], "shop.main:app")
        self.assertIn("/srv/shop/.venv", process["interpreter"])
        self.assertEqual(self.snapshot["site"]["root"], "/srv/shop")
        self.assertGreaterEqual(self.snapshot["site"]["python_files"], 10)

    def test_the_process_is_the_units_main_process_and_not_a_worker(self):
        process = self.process()
        self.assertEqual(process["pid"], shop.main_pid(self.machine, "shop.service"))
        self.assertTrue(process["live"])
        self.assertEqual(process["listens"], ["127.0.0.1:8000"])

    def test_the_env_file_wins_over_environment_lines_of_unit_and_drop_in(self):
        page_size = setpoint.default(self.snapshot, "SHOP_CATALOG_PAGE_SIZE")
        self.assertEqual(page_size["value"], 12)
        layers = [(reading["layer"], str(reading["value"])) for reading in page_size["readings"]]
        for reading in [("code", "12"), ("unit-environment", "48"), ("environment-file", "24"), ("process", "24")]:
            self.assertIn(reading, layers)
        self.assertEqual(str(page_size["effective"]["value"]), "24")

    def test_the_drop_ins_command_line_wins_over_gunicorn_conf_py(self):
        self.assertEqual(self.effective("gunicorn.timeout")[0], 120)
        self.assertEqual(self.effective("gunicorn.workers")[0], 3)
        self.assertEqual(self.effective("gunicorn.keepalive")[0], 5)

    def test_the_nginx_server_is_found_from_the_listening_socket(self):
        timeout = setpoint.default(self.snapshot, "nginx.proxy_read_timeout")
        self.assertIn("30s", [reading["text"] for reading in timeout["readings"]])
        written = [reading for reading in timeout["readings"] if reading["layer"] == "proxy"]
        self.assertTrue(all("sites-" in reading["file"] for reading in written), written)

    def test_units_properties_and_the_processs_limits(self):
        self.assertEqual(str(self.effective("systemd.TimeoutStopSec")[0]), "10")
        self.assertEqual(self.effective("process.max_open_files")[0], 4096)

    def test_nothing_is_hidden_from_root(self):
        self.assertEqual(self.snapshot["problems"], [])

    def test_the_text_says_the_same(self):
        done = setpoint.run(self.machine, "capture", "--unit", "shop.service", "--all")
        self.assertEqual(done.code, 0, done)
        for word in ["SHOP_CATALOG_PAGE_SIZE", "gunicorn.timeout", "/etc/shop/shop.env", "nginx.proxy_read_timeout"]:
            self.assertIn(word, done.out)
