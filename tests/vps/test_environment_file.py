"""`EnvironmentFile=` read by setpoint, beside what systemd really gave to the process.

One file a case, so that a quote that is never closed swallows its own case alone. Each case names its variables after
itself (`CASE_03`, `CASE_03_B`), and the process's own environment is the truth.
"""

import setpoint
import shop
from harness import VpsTest

CASES = {
    "bare": b"N=value\n",
    "spaces around the name and the value": b"  N  =  two words  \n",
    "no newline at the end": b"N=value",
    "empty": b"N=\n",
    "double quotes": b'N="two  words"\n',
    "single quotes": b"N='two  words'\n",
    "quotes in the middle": b"N=one\"two\"'three'\n",
    "text after a closing quote": b'N="one" two\n',
    "a comment of its own": b"# N=no\n; N_B=no\nN=yes\n",
    "a comment behind a value": b"N=value # literally\n",
    "a comment behind a quoted value": b'N="value" # literally\n',
    "a hash within a word": b"N=a#b\n",
    "export": b"export N=value\n",
    "a dollar is no expansion": b"N_A=x\nN=$N_A-${N_A}\n",
    "a percent is no specifier": b"N=%d.%m.%Y %%\n",
    "an escaped newline outside quotes": b"N=one\\\ntwo\n",
    "an escaped newline in double quotes": b'N="one\\\ntwo"\n',
    "an escaped newline in single quotes": b"N='one\\\ntwo'\n",
    "a newline in double quotes": b'N="one\ntwo"\n',
    "a newline in single quotes": b"N='one\ntwo'\n",
    "backslashes outside quotes": b"N=a\\b\\\\c\\nd\\\"e\n",
    "backslashes in double quotes": b'N="a\\b\\\\c\\nd\\"e\\$f\\`g"\n',
    "backslashes in single quotes": b"N='a\\b\\\\c\\nd'\n",
    "a backslash at the end of a comment": b"# note \\\nN=hidden\nN_B=seen\n",
    "a quote that is never closed": b"N='open\nN_B=swallowed\n",
    "a line without an equals sign": b"nonsense\nN=value\n",
    "two equals signs": b"N=a=b\n",
    "a name twice": b"N=first\nN=second\n",
    "a name that is none": b"1N=no\nN-B=no\nN.C=no\nN=yes\n",
    "tabs": b"\tN\t=\ta\tb\t\n",
    "carriage returns": b"N=value\r\nN_B=next\r\n",
    "trailing blanks in quotes": b'N="value  "  \n',
    "a quoted empty value": b"N=''\n",
    "json": b'N={"a": [1, 2]}\n',
    "json in single quotes": b"N='{\"a\": [1, 2]}'\n",
    "not ASCII": "N=größer\n".encode(),
    "not UTF-8": b"N=gr\xf6\xdfer\nN_B=next\n",
    "not UTF-8 behind a good setting": b"N_A=first\nN=gr\xf6\xdfer\n",
    "a comment that is not UTF-8": b"# gr\xf6\xdfer\nN=value\n",
    "a NUL": b"N=value\nN_B=a\0b\n",
    "a byte order mark": b"\xef\xbb\xbfN=value\nN_B=next\n",
    "blank lines and nothing else": b"\n\n   \n",
    "a value that begins with an equals sign": b"N==value\n",
    "only a comment sign": b"N=#\n",
    "a semicolon behind a value": b"N=value ; literally\n",
}
# What the tool must say beside reading the same, by case.
REFUSED = "refuses the whole file"
SAID = {"not UTF-8": REFUSED, "not UTF-8 behind a good setting": REFUSED, "a NUL": REFUSED}
# systemd 254 changed what it makes of this one: where the tool reads more than this systemd does, it must say so.
SAID_BEFORE_254 = {"a backslash at the end of a comment": "systemd before 254"}
UNIT = "quoting.service"


def variable(number: int) -> str:
    return f"CASE_{number:02}"


def file(number: int) -> str:
    return f"/etc/quoting/{number:02}.env"


class EnvironmentFile(VpsTest):
    def test_every_case_reads_as_systemd_reads_it(self):
        machine = self.machine
        lines = ["[Service]", "WorkingDirectory=/srv/quoting", "ExecStart=/usr/bin/sleep infinity"]
        for number, text in enumerate(CASES.values()):
            path = file(number)
            machine.write(path, "")
            machine.path(path).write_bytes(text.replace(b"N", variable(number).encode()))
            # systemd refuses a file that is not UTF-8 or has a NUL; with `-` it goes on without the whole of it.
            lines.append(f"EnvironmentFile=-{path}")
        machine.write(f"/etc/systemd/system/{UNIT}", "\n".join(lines) + "\n")
        machine.write("/srv/quoting/app.py", 'import os\n\nNAME = os.environ.get("QUOTING_NAME", "quoting")\n')
        machine.run("systemctl", "daemon-reload")
        machine.run("systemctl", "start", UNIT)
        self.addCleanup(machine.run, "systemctl", "stop", UNIT)

        truth = shop.environment_of(machine, shop.main_pid(machine, UNIT))
        self.assertGreater(len(truth), 40, "systemd itself understood most cases")
        version = int(machine.run("systemctl", "--version").out.split()[1])
        reads_more = SAID_BEFORE_254 if version < 254 else {}
        said = SAID | reads_more
        snapshot = setpoint.capture(machine, UNIT)
        # The strongest reading comes last, so that of a name that comes twice the last one stays.
        captured = {
            default["name"]: reading["value"]
            for default in snapshot["defaults"]
            for reading in default["readings"]
            if reading["layer"] == "environment-file"
        }
        for number, (case, text) in enumerate(CASES.items()):
            with self.subTest(case, text=text):
                of_case = lambda values: {k: v for k, v in values.items() if variable(number) in k}
                if case in said:
                    problems = [p["what"] for p in snapshot["problems"] if file(number) in str(p["place"])]
                    self.assertTrue(any(said[case] in what for what in problems), problems)
                if case not in reads_more:
                    self.assertEqual(of_case(captured), of_case(truth))
