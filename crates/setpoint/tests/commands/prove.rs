//! What was read of settings classes beside what real interpreters with real libraries have.

use crate::{empty, transcript};
use insta::{allow_duplicates, assert_snapshot};
use setpoint_testkit::{Picture, Sandbox, tool_is_here};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A version that people still run, and a newer one that names variables otherwise.
const OLD: &str = "pydantic-settings==2.1.0 pydantic==2.14.4";
const NEW: &str = "pydantic-settings==2.16.3 pydantic==2.14.4";
const VERSION_1: &str = "pydantic==1.10.24";

const EVERY_FEATURE: &str = r#"
import os
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Optional

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Level(str, Enum):
    INFO = "info"


class Pool(BaseModel):
    size: int = 5


class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__")
    debug: bool = False


class Settings(Base):
    port: int = 8000
    host: Optional[str] = None
    level: Level = Level.INFO
    mode: Literal["a", "b"] = "a"
    data: Path = Path("/srv") / "shop"
    every: timedelta = timedelta(minutes=5)
    key: SecretStr = SecretStr("hunter2-of-a-default")
    token: str = Field(validation_alias=AliasChoices("TOKEN", "KEY", AliasPath("TOKENS", 0)))
    url: str = Field("x", alias="GATEWAY")
    tags: set[str] = {"b", "a"}
    names: list[str] = Field(default_factory=list)
    home: str = Field(default_factory=os.getcwd)
    pool: Pool = Pool()
    limit: Annotated[int, Field(gt=1)] = 7
    twice: Annotated[int, BeforeValidator(lambda value: value * 2)] = 2
    quoted: "int | None" = None
    timeout: float = 5
    wide: float = float("inf")


class Named(BaseSettings, case_sensitive=True):
    Port: int
    debug: bool = True


class Outer:
    class Inner(BaseSettings):
        port: int = 1


settings = Settings()
"#;

/// What no reader can see: what is done to names once they are bound.
const BEHIND_THE_READER: &str = r#"
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PORT = 8000
KEY = "hunter2-of-the-source"
PREFIX = "SHOP_"
globals().update(PORT=9000, KEY="hunter2-of-the-interpreter", PREFIX="STORE_")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX)
    port: int = PORT
    secret_key: str = KEY
    retries: int
    size: int = 1


class Quiet(BaseSettings):
    level: str = "info"
    gone: int = 1


Settings.model_fields["retries"].default = 3
Settings.model_fields["size"].annotation = str
del Quiet.model_fields["gone"]
Quiet.model_fields["added"] = Settings.model_fields["port"]
"#;

/// The interpreter of a virtual environment with these packages, made once and kept in the user's cache. Without a
/// package index it is none on a laptop, and the test is skipped; where the variable `CI` is set the test fails.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn interpreter(packages: &str) -> Option<String> {
    let found = environment(packages);
    if found.is_none() {
        assert!(variable("CI").is_none(), "in CI nothing is skipped: {packages} could not be installed");
        eprintln!("skipped: {packages} could not be installed");
    }
    found.map(|environment| environment.join("bin/python").display().to_string())
}

/// The lock is for test runners that give each test its own process.
fn environment(packages: &str) -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?.join("setpoint/environments");
    let folder = cache.join(packages.replace(' ', "_"));
    std::fs::create_dir_all(&folder).ok()?;
    let lock = std::fs::File::create(folder.join("lock")).ok()?;
    lock.lock().ok()?;
    let ready = folder.join("ready");
    if !ready.exists() {
        run("python3", &["-m", "venv", folder.to_str()?])?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(folder.join("bin/python").to_str()?, &[&pip[..], &packages.split(' ').collect::<Vec<_>>()].concat())?;
        std::fs::File::create(ready).ok()?;
    }
    Some(folder)
}

#[expect(clippy::disallowed_methods, reason = "a test asks the real library")]
fn run(program: &str, arguments: &[&str]) -> Option<()> {
    Command::new(program).args(arguments).output().ok()?.status.success().then_some(())
}

#[expect(clippy::disallowed_methods, reason = "a test asks for its cache and whether it may be skipped")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Without what says which machine this is: the interpreter and its versions, and what that machine cuts off.
fn prove(shop: &Sandbox, python: &str, options: &str) -> Picture {
    let mut said = shop.run(&format!("capture --prove --python {python} {options}"));
    let is_of_machine = |line: &&str| !line.starts_with("asked") && !line.starts_with("in an empty ");
    let mut kept = String::new();
    let mut lines = said.stdout.lines().peekable();
    while let Some(line) = lines.next() {
        if is_of_machine(&line) {
            kept.push_str(line);
            kept.push('\n');
        } else {
            // What such a line goes on with is indented further.
            while lines.next_if(|next| next.starts_with("  ")).is_some() {}
        }
    }
    said.stdout = kept;
    said
}

fn shop(settings: &str) -> Sandbox {
    empty().file("src/shop/__init__.py", "").file("src/shop/settings.py", settings.trim_start())
}

#[test]
fn two_versions_of_the_library_agree_with_what_is_read() {
    let shop = shop(EVERY_FEATURE);
    for packages in [OLD, NEW] {
        let Some(python) = interpreter(packages) else { return };
        allow_duplicates! { assert_snapshot!(prove(&shop, &python, ""), @"
        exit: 0
        --- stdout
        agreed 23 of 23 fields of 4 settings classes; 3 defaults are known only when the
        code runs

        compared, though the import failed further down
          src/shop/settings.py  ValidationError: 1 validation error for Settings
        ") };
    }
}

#[test]
fn version_1_agrees_too() {
    let Some(python) = interpreter(VERSION_1) else { return };
    let settings = "
from typing import Optional
from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    port: int = 8000
    host: Optional[str]
    token: str = Field(..., env=['SHOP_TOKEN', 'TOKEN'])
    plain = 5

    class Config:
        env_prefix = 'SHOP_'
        fields = {'port': {'env': 'PORT'}}
";
    assert_snapshot!(prove(&shop(settings), &python, ""), @"
    exit: 0
    --- stdout
    agreed 4 of 4 fields of 1 settings class
    ");
}

#[test]
fn what_differs_is_shown_with_both_sides_and_its_place() {
    let Some(python) = interpreter(NEW) else { return };
    let shop = shop(BEHIND_THE_READER);
    let said = shop.run(&format!("capture --prove --python {python}"));
    transcript::of_command("docs/prove.md", "capture --prove").assert_is(&said.stdout);
    assert_snapshot!(prove(&shop, &python, ""), @"
    exit: 1
    --- stdout
    agreed 1 of 7 fields of 2 settings classes

    differs
      Settings.port  names: SHOP_PORT is read, Python has STORE_PORT
          src/shop/settings.py:12:17
      Settings.port  default: 8000 is read, Python has 9000
          src/shop/settings.py:12:17
      Settings.secret_key  names: SHOP_SECRET_KEY is read, Python has
          STORE_SECRET_KEY
          src/shop/settings.py:13:23
      Settings.secret_key  default: *** is read, Python has ***
          src/shop/settings.py:13:23
      Settings.retries  names: SHOP_RETRIES is read, Python has STORE_RETRIES
          src/shop/settings.py:14:5
      Settings.retries  required is read, Python has not required
          src/shop/settings.py:14:5
      Settings.size  names: SHOP_SIZE is read, Python has STORE_SIZE
          src/shop/settings.py:15:17
      Settings.size  type: int is read, Python has str
          src/shop/settings.py:15:17
      Quiet.added  no field is read, Python has a field
          src/shop/settings.py:18:7
      Quiet.gone  a field is read, Python has no field
          src/shop/settings.py:20:17
    ");
    let json = shop.run(&format!("capture --prove --python {python} --format json"));
    assert!(!json.to_string().contains("hunter2"), "{json}");
    let first = json.stdout.split("\"differences\": ").nth(1).unwrap().split("},").next().unwrap();
    assert_snapshot!(first, @r#"
    [
            {
              "field": "port",
              "aspect": "names",
              "read": "SHOP_PORT",
              "ran": "STORE_PORT",
              "file": "src/shop/settings.py",
              "line": 12,
              "column": 17,
              "span": {
                "start": 334,
                "end": 338
              }
    "#);
}

const CLASS: &str = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    port: int = 1\n";

/// In the form of an answer, so that it would be taken for one.
const PRINTS: &str = "
for stream in (1, 2):
    with open(stream, 'w', closefd=False) as file:
        for _ in range(200):
            file.write('{\"ended\": 4}\\n' * 50000)
";

/// Answers for modules that there are not.
const FORGES: &str = "
import os
with open(os.path.join(os.environ['HOME'], 'answers.jsonl'), 'a') as file:
    file.write('{\"begins\": 18446744073709551615}\\n{\"begins\": 1000, \"ended\": 1000}\\n')
";

const ALONE: &str = "
import os
assert 'SHOP_SECRET' not in os.environ
assert os.getcwd() == os.environ['HOME']
";

#[test]
fn a_module_costs_what_it_says_itself_and_nothing_more() {
    let Some(python) = interpreter(NEW) else { return };
    let before = |first: &str| format!("{first}\n{CLASS}");
    let shop = empty()
        .file("a_exits.py", before("import os; os._exit(7)"))
        .file("b_ends.py", before("import sys; sys.exit('enough')"))
        .file("c_missing.py", before("import nothing_of_that_name"))
        .file("d_killed.py", before("import os; os.abort()"))
        .file("e_prints.py", format!("{CLASS}{PRINTS}"))
        .file("f_is_asked.py", before("input('who?')"))
        .file("g_is_alone.py", before(ALONE))
        .file("h_comes_back_twice.py", before("import os; os.fork()"))
        .file("i_says_a_secret.py", before("raise ValueError('postgres://shop:hunter2-of-an-error@db/shop')"))
        .file("j_is_syntax.py", format!("{CLASS}def (:\n"))
        .file("k_makes_it.py", format!("def make():\n    {}\n", CLASS.replace('\n', "\n    ")))
        .file("l_forges.py", format!("{CLASS}{FORGES}"))
        .file("m_is_no_text.py", format!("{CLASS}    half: str = '\\ud800'\n"))
        .variable("SHOP_SECRET", "hunter2-of-the-caller");
    assert_snapshot!(prove(&shop, &python, ""), @"
    exit: 0
    --- stdout
    agreed 6 of 6 fields of 5 settings classes; 1 default is known only when the
    code runs

    not compared
      Settings  the interpreter ended with 7
          a_exits.py:3:7
      Settings  SystemExit: enough
          b_ends.py:3:7
      Settings  ModuleNotFoundError: No module named 'nothing_of_that_name'
          c_missing.py:3:7
      Settings  a signal ended the interpreter
          d_killed.py:3:7
      Settings  EOFError: EOF when reading a line
          f_is_asked.py:3:7
      Settings  ValueError: postgres://shop:***@db/shop
          i_says_a_secret.py:3:7
      Settings  SyntaxError: invalid syntax (j_is_syntax.py, line 4)
          j_is_syntax.py:2:7
      make.Settings  the module has no class of that name once it is imported
          k_makes_it.py:3:11
    ");
}

#[test]
fn one_that_hangs_is_given_up() {
    let Some(python) = interpreter(NEW) else { return };
    let shop = shop(
        "from pydantic_settings import BaseSettings\nwhile True: pass\nclass Settings(BaseSettings):\n    port: int\n",
    );
    assert_snapshot!(prove(&shop, &python, "--time-limit 1"), @"
    exit: 3
    --- stdout
    agreed 0 of 0 fields of 0 settings classes

    not compared
      Settings  it did not end within 1 s and was stopped
          src/shop/settings.py:3:7
    --- stderr
    error: none of the modules with settings classes could be imported, and so
      nothing is proven
    expected: modules that can be imported where nothing is set and no network is
      reached
    retry: safe once this is mended; nothing was changed
    hint: name the interpreter that runs the service with `--python`
    ");
}

#[test]
fn neither_a_network_nor_what_was_started_is_left() {
    let can_cut_off =
        tool_is_here("unshare") && run("unshare", &["--user", "--net", "--pid", "--fork", "true"]).is_some();
    let Some(python) = interpreter(NEW).filter(|_| can_cut_off) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let connect = format!(
        "import socket
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 1
socket.create_connection({:?})
",
        ("127.0.0.1", listener.local_addr().unwrap().port())
    );
    let stay = "import fcntl, os, time
from pydantic_settings import BaseSettings
lock = open(os.path.join(os.path.dirname(__file__), 'lock'), 'w')
fcntl.flock(lock, fcntl.LOCK_EX)
if os.fork() == 0:
    os.setsid()
    time.sleep(3600)
class Settings(BaseSettings):
    port: int = 1
";
    let shop = empty().file("connects.py", connect).file("stays.py", stay);
    assert_snapshot!(prove(&shop, &python, ""), @"
    exit: 0
    --- stdout
    agreed 2 of 2 fields of 2 settings classes

    compared, though the import failed further down
      connects.py  OSError: [Errno 101] Network is unreachable
    ");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    // Whoever still had the file open would hold the lock.
    std::fs::File::open(shop.path().join("lock")).unwrap().try_lock().unwrap();
}

#[test]
fn without_an_interpreter_or_a_class_it_says_what_it_needs() {
    let shop = shop("from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    port: int\n");
    assert_snapshot!(shop.run("capture --prove"), @"
    exit: 2
    --- stderr
    error: nothing says which interpreter runs the service
    expected: a unit whose command line names it, or a virtual environment beside
      the code
    retry: safe once this is mended; nothing was changed
    hint: name it: `setpoint capture --prove --python PATH`
    ");
    assert_snapshot!(shop.run("capture --prove --python nowhere"), @"
    exit: 2
    --- stderr
    error: `--python nowhere`: there is no interpreter
    expected: a Python program, or the folder of a virtual environment
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("capture --prove --python /bin/true").to_string().replace("/usr/bin", "/bin"), @"
    exit: 3
    --- stderr
    error: `/bin/true` did not run: the interpreter ended with 0
    expected: an interpreter of Python 3.8 or later
    retry: safe once this is mended; nothing was changed
    hint: name the interpreter that runs the service with `--python`
    ");
    assert_snapshot!(empty().file("main.py", "import os\nos.environ['PORT']\n").run("capture --prove --python /bin/true"), @"
    exit: 0
    --- stdout
    no pydantic settings classes were found, and so the interpreter was not asked
    ");
}

/// Only root may give files to others, so that it alone can run this.
#[test]
fn root_runs_no_code_of_several_users() {
    let shop = empty().file("one.py", CLASS).file("other.py", CLASS);
    let give = |file: &str, user| std::os::unix::fs::chown(shop.path().join(file), Some(user), None);
    if give("one.py", 65_534).and_then(|()| give("other.py", 65_533)).is_err() {
        return;
    }
    assert_snapshot!(shop.run("capture --prove --python /usr/bin/python3"), @"
    exit: 3
    --- stderr
    error: the code belongs to several users (65533, 65534), and root runs none of
      it
    expected: code that belongs to one user or to root
    retry: safe once this is mended; nothing was changed
    hint: ask as the user that the service runs as: `sudo -u USER setpoint capture
      --prove`
    ");
}
