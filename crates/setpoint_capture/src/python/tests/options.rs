//! Options on the command line: click, typer, argparse, configargparse and Tornado.

use super::declared;
use insta::assert_snapshot;

#[test]
fn click_options() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import click
@click.command()
@click.option("--workers", "-w", default=2, envvar="SHOP_WORKERS", help="How many\n  run")
@click.option("--reload/--no-reload", default=False)
@click.option("--verbose", is_flag=True)
@click.option("-v", "--verbosity", count=True)
@click.option("--name", required=True)
@click.option("--token", hide_input=True, envvar=["TOKEN", "SHOP_TOKEN"])
@click.option("--port", "bind_port", type=int, default=lambda: 8000)
@click.option("--none")
@click.version_option()
@click.argument("file")
def serve(**options): pass
"#)]), @r#"
    cli.py:3 click --workers = 2 (in serve, also -w, from SHOP_WORKERS, "How many run")
    cli.py:4 click --reload: bool = false (in serve, also --no-reload)
    cli.py:5 click --verbose: bool = false (in serve)
    cli.py:6 click --verbosity = 0 (in serve, also -v)
    cli.py:7 click --name (required, in serve)
    cli.py:8 click --token (secret, in serve, from TOKEN SHOP_TOKEN)
    cli.py:9 click --port: int = 8000 (in serve)
    cli.py:10 click --none (in serve)
    "#
    );
}

#[test]
fn click_options_that_commands_share() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import click
from click import option as choose
host = click.option("--host", default="127.0.0.1", envvar="SHOP_HOST")
shared = [choose("--url", "-u", envvar="SHOP_URL"), click.option("--debug", is_flag=True)]
def named(name):
    return click.option("--name", default=name)
class Options:
    dry = click.option("--dry", is_flag=True)
@click.command()
@host
@Options.dry
@click.option("--port", default=80)
def serve(**given): ...
"#)]), @r#"
    cli.py:3 click --host = "127.0.0.1" (from SHOP_HOST)
    cli.py:4 click --debug: bool = false
    cli.py:4 click --url (also -u, from SHOP_URL)
    cli.py:6 click --name = dynamic `name` (in named)
    cli.py:8 click --dry: bool = false (in Options)
    cli.py:12 click --port = 80 (in serve)
    "#);
}

#[test]
fn the_variables_that_click_makes() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import click
@click.group(context_settings={"auto_envvar_prefix": "SHOP"})
@click.option("--debug", is_flag=True)
def cli(debug): pass
@cli.command("import-prices")
@click.option("--max-age", default=5, envvar="MAX_AGE")
@click.option("--dry", "dry_run", is_flag=True, allow_from_autoenv=False)
def import_prices(): pass
@cli.group()
def admin(): pass
@admin.command()
@click.option("--force", is_flag=True)
def reset_cmd(): pass
@click.command()
@click.option("--alone", default=1)
def solo(): pass
if __name__ == "__main__":
    solo(auto_envvar_prefix="MY-APP")
"#)]), @"
    cli.py:3 click --debug: bool = false (in cli, from SHOP_DEBUG)
    cli.py:6 click --max-age = 5 (in import_prices, from MAX_AGE SHOP_IMPORT_PRICES_MAX_AGE)
    cli.py:7 click --dry: bool = false (in import_prices)
    cli.py:12 click --force: bool = false (in reset_cmd, from SHOP_ADMIN_RESET_FORCE)
    cli.py:15 click --alone = 1 (in solo, from MY_APP_ALONE)
    "
    );
}

#[test]
fn typer_options() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
from typing import Annotated, Optional
import typer
app = typer.Typer()
@app.command()
def serve(
    context: typer.Context,
    name: str,
    host: str = "0.0.0.0",
    workers: int = typer.Option(2, "--workers", "-w", envvar="SHOP_WORKERS", help="How many"),
    reload: bool = False,
    token: Annotated[str, typer.Option(envvar=["TOKEN", "SHOP_TOKEN"], hide_input=True)] = "",
    level: Annotated[Optional[str], typer.Option("--log-level")] = None,
    must: int = typer.Option(...),
    must_too: Annotated[int, typer.Option()] = ...,
    made: list[str] = typer.Option(default_factory=list),
    colour: bool = typer.Option(True, "--colour/--plain"),
    file: str = typer.Argument("a.txt"),
): pass
def helper(size: int = typer.Option(4), plain: int = 5): pass
def main(port: int = 80, *, quiet: bool = False): pass
typer.run(main)
"#)]), @r#"
    cli.py:8 typer --host: str = "0.0.0.0" (in serve)
    cli.py:9 typer --workers: int = 2 (in serve, also -w, from SHOP_WORKERS, "How many")
    cli.py:10 typer --reload: bool = false (in serve, also --no-reload)
    cli.py:11 typer --token: str = *** (secret, in serve, from TOKEN SHOP_TOKEN)
    cli.py:12 typer --log-level: Optional[str] = null (in serve)
    cli.py:13 typer --must: int (required, in serve)
    cli.py:14 typer --must-too: int (required, in serve)
    cli.py:15 typer --made: list[str] = [] (in serve)
    cli.py:16 typer --colour: bool = true (in serve, also --plain)
    cli.py:19 typer --size: int = 4 (in helper)
    cli.py:20 typer --port: int = 80 (in main)
    cli.py:20 typer --quiet: bool = false (in main, also --no-quiet)
    "#
    );
}

#[test]
fn the_variables_that_typer_makes() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import typer
app = typer.Typer(context_settings={"auto_envvar_prefix": "SHOP"})
@app.callback()
def common(debug: bool = False): pass
@app.command()
def import_all(max_age: int = typer.Option(5, envvar="AGE")): pass
@app.command(context_settings={"auto_envvar_prefix": "own"})
def other(size: int = 1): pass
"#), ("one.py", r#"
import typer
app = typer.Typer(context_settings={"auto_envvar_prefix": "ONE"})
@app.command()
def only(size: int = 1): pass
"#)]), @"
    cli.py:4 typer --debug: bool = false (in common, also --no-debug, from SHOP_DEBUG)
    cli.py:6 typer --max-age: int = 5 (in import_all, from AGE SHOP_IMPORT_ALL_MAX_AGE)
    cli.py:8 typer --size: int = 1 (in other, from OWN_SIZE)
    one.py:4 typer --size: int = 1 (in only, from ONE_SIZE)
    "
    );
}

#[test]
fn argparse_options() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import argparse
from limits import PORT
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", "-p", type=int, default=PORT, help="Where to listen")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--no-cache", action="store_false", dest="cache")
    parser.add_argument("--name", required=True)
    parser.add_argument("--hidden", default=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version="1")
    parser.add_argument("file")
    group = parser.add_argument_group("more")
    group.add_argument("--level", choices=["a", "b"])
"#), ("limits.py", "PORT = 8000 + 80")]), @r#"
    cli.py:5 argparse --port: int = 8080 (in main, also -p, "Where to listen")
    cli.py:6 argparse --verbose: bool = false (in main)
    cli.py:7 argparse --no-cache: bool = true (in main)
    cli.py:8 argparse --name (required, in main)
    cli.py:9 argparse --hidden (in main)
    cli.py:10 argparse --version (in main)
    cli.py:13 argparse --level (in main)
    "#
    );
}

#[test]
fn configargparse_options() {
    assert_snapshot!(
        declared(&[("cli.py", r#"
import configargparse
parser = configargparse.ArgumentParser(default_config_files=["/etc/shop.conf"])
parser.add_argument("--port", env_var="SHOP_PORT", type=int, default=80)
parser.add_argument("--name")
"#)]), @"
    cli.py:3 configargparse --port: int = 80 (from SHOP_PORT)
    cli.py:4 configargparse --name
    "
    );
}

#[test]
fn tornado_options() {
    assert_snapshot!(
        declared(&[("app.py", r#"
import tornado.options
from tornado.options import define, options
define("port", default=8888, help="Where to listen", type=int)
define("log_file", None)
tornado.options.define("hosts", multiple=True)
options.define("ratio", 1.5)
"#)]), @r#"
    app.py:3 tornado-options --port: int = 8888 ("Where to listen")
    app.py:4 tornado-options --log-file = null (also --log_file)
    app.py:5 tornado-options --hosts = []
    app.py:6 tornado-options --ratio: float = 1.5
    "#
    );
}

#[test]
fn an_option_of_typer_may_have_a_name_that_several_commands_use() {
    assert_snapshot!(
        declared(&[
            ("shared.py", r#"
from typing import Annotated
import typer
Host = Annotated[str, typer.Option("--listen", envvar="SHOP_HOST", help="where")]
"#),
            ("main.py", r#"
from typing import Annotated, Optional
import typer
from shared import Host
app = typer.Typer()
Port = Annotated[int, typer.Option("--port", "-p")]
Name = Optional[str]

@app.command()
def serve(host: Host = "localhost", port: Port = 8000, name: Name = None):
    pass
"#)]), @r#"
    main.py:9 typer --listen: str = "localhost" (in serve, from SHOP_HOST, "where")
    main.py:9 typer --name: Name = null (in serve)
    main.py:9 typer --port: int = 8000 (in serve, also -p)
    "#
    );
}
