"""What five rules say, against reality: with the mistake the rule finds it and it hurts; with the advice neither."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import proof
import setpoint
from harness import VpsTest


class Proofs(VpsTest):
    @classmethod
    def tearDownClass(cls):
        proof.remove(cls.machine)

    def start(self, service: proof.Service) -> None:
        proof.start(self.machine, service)

    def assert_found(self, rule: str, advice: str) -> None:
        """The rule finds the mistake once, and its hint says what the test does next."""
        found = setpoint.findings(self.machine, proof.UNIT).get(rule, [])
        self.assertEqual(len(found), 1, found)
        self.assertIn(advice, found[0]["hint"])

    def assert_not_found(self, rule: str) -> None:
        self.assertNotIn(rule, setpoint.findings(self.machine, proof.UNIT))

    def test_keepalive_race(self):
        mistake = proof.Service(
            proof.uvicorn("--timeout-keep-alive 1"), upstream="keepalive 64; keepalive_timeout 2s;"
        )
        self.start(mistake)
        self.assert_found("keepalive-race", "set `uvicorn.timeout_keep_alive` to 17 s")
        self.assertGreater(self.lost_requests(), 0)
        self.assertRegex(proof.errors(self.machine), r"upstream prematurely closed|recv\(\) failed \(104")

        self.start(replace(mistake, command=proof.uvicorn("--timeout-keep-alive 17")))
        self.assert_not_found("keepalive-race")
        self.assertEqual(self.lost_requests(), 0)
        # Nor is one lost about when nginx closes.
        self.assertEqual(self.lost_requests(later=1.0), 0)
        self.assertEqual(proof.errors(self.machine), "")

    def lost_requests(self, later: float = 0.0) -> int:
        """How many of 384 requests got a 502: in bursts about a second after the one before, which is when a server
        that keeps a connection for a second closes it. Beside them one request keeps the server busy, so that between
        the second's end and the closing there is time for another to arrive; in production chance does that."""
        pauses = [pause + later for pause in [0.99, 1.0, 1.01, 1.02, 1.03, 1.04]]
        with ThreadPoolExecutor() as beside:
            beside.submit(proof.status, self.machine, f"/busy/{sum(pauses) + 2}")
            statuses = proof.bursts(self.machine, 64, pauses)
        self.assertEqual(statuses["200"] + statuses.get("502", 0), 384, statuses)
        return statuses.get("502", 0)

    def test_proxy_gives_up_first(self):
        mistake = proof.Service(proof.gunicorn("--timeout 5"), server="proxy_read_timeout 1s;")
        self.start(mistake)
        self.assert_found("proxy-gives-up-first", "or `nginx.proxy_read_timeout` above it")
        self.assertEqual(proof.status(self.machine, "/given-up/3"), "504")
        self.assertIn("upstream timed out (110: Connection timed out) while reading", proof.errors(self.machine))
        # The visitor has been told that it failed, and it is still being done.
        self.assertNotIn("ends /given-up/3", proof.journal(self.machine))
        self.machine.wait_for("its end", lambda: "ends /given-up/3" in proof.journal(self.machine))

        self.start(replace(mistake, server="proxy_read_timeout 6s;"))
        self.assert_not_found("proxy-gives-up-first")
        self.assertEqual(proof.status(self.machine, "/waited-for/3"), "200")
        self.assertEqual(proof.errors(self.machine), "")

    def test_stop_kills_requests(self):
        mistake = proof.Service(proof.gunicorn("--graceful-timeout 10"), unit="TimeoutStopSec=1")
        self.start(mistake)
        self.assert_found("stop-kills-requests", "set `TimeoutStopSec=15s`")
        self.assertEqual(self.status_across_a_restart("/killed/4"), "502")
        self.assertNotIn("ends /killed/4", proof.journal(self.machine))
        killed = "State 'stop-sigterm' timed out. Killing."
        self.assertEqual(proof.journal(self.machine).count(killed), 1)

        self.start(replace(mistake, unit="TimeoutStopSec=15s"))
        self.assert_not_found("stop-kills-requests")
        self.assertEqual(self.status_across_a_restart("/spared/4"), "200")
        self.assertEqual(proof.journal(self.machine).count(killed), 1, "the one of the mistake, and no other")

    def status_across_a_restart(self, path: str) -> str:
        """The answer to a request that the unit is restarted under."""
        with ThreadPoolExecutor() as beside:
            answer = beside.submit(proof.status, self.machine, path)
            self.machine.wait_for("its begin", lambda: f"begins {path}" in proof.journal(self.machine))
            self.machine.run("systemctl", "restart", proof.UNIT)
            return answer.result()

    def test_body_limit_below_app(self):
        self.machine.run("truncate", "--size=2M", "/tmp/photo")
        self.addCleanup(self.machine.run, "rm", "/tmp/photo")
        photo = ("--data-binary", "@/tmp/photo")
        mistake = proof.Service(proof.gunicorn(), unit="Environment=PROOF_MAX_UPLOAD_MB=4")
        self.start(mistake)
        self.assert_found("body-limit-below-app", "set `client_max_body_size 5m;`")
        self.assertEqual(proof.status(self.machine, "/refused/0", *photo), "413")
        self.assertIn("client intended to send too large body: 2097152 bytes", proof.errors(self.machine))
        self.assertNotIn("begins /refused/0", proof.journal(self.machine))

        self.start(replace(mistake, server="client_max_body_size 5m;"))
        self.assert_not_found("body-limit-below-app")
        self.assertEqual(proof.status(self.machine, "/taken/0", *photo), "200")
        self.assertIn("ends /taken/0 with 2097152 bytes", proof.journal(self.machine))

    def test_forwarded_headers_from_anywhere(self):
        overwrites = "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;"
        adds = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        passes_on = "proxy_set_header X-Forwarded-For $http_x_forwarded_for;"
        leaves_as_it_came = "proxy_set_header Host $host;"
        mistakes = {
            "added": proof.Service(proof.uvicorn("--forwarded-allow-ips '*'"), server=adds),
            "passed-on": proof.Service(proof.uvicorn(), server=passes_on),
            "left": proof.Service(proof.uvicorn(), server=leaves_as_it_came),
        }
        for case, mistake in mistakes.items():
            with self.subTest(case):
                self.start(mistake)
                self.assert_found("forwarded-headers-from-anywhere", "$remote_addr")
                self.assertEqual(self.client_in_the_log(f"/spoofed/{case}/0"), "6.6.6.6")

                self.start(replace(mistake, server=overwrites))
                self.assert_not_found("forwarded-headers-from-anywhere")
                self.assertEqual(self.client_in_the_log(f"/overwritten/{case}/0"), "127.0.0.1")

    def client_in_the_log(self, path: str) -> str:
        """Who sent the request, in the application's own access log, if its client says that it is 6.6.6.6."""
        self.assertEqual(proof.status(self.machine, path, "--header", "X-Forwarded-For: 6.6.6.6"), "200")
        lines = lambda: [line for line in proof.journal(self.machine).splitlines() if f'"GET {path} ' in line]
        line = self.machine.wait_for("its line in the log", lines)[0]
        return line.split(" - ")[0].rpartition(" ")[2].rpartition(":")[0]
