//! Settings classes that hold models: what of their fields is needed, and what sets the whole.

use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

const SETTINGS: &str = "\
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Db(BaseModel):
    url: str
    size: int = 3


class DatabaseSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix='NOTES_DB_')
    password: str
    host: str = 'localhost'


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix='NOTES_', env_nested_delimiter='__', env_file='.env')
    other: Db | None = None
    half: Db | None = None
    whole: Db
    needed: Db
    db: DatabaseSettings = Field(default_factory=DatabaseSettings)
";

/// `NOTES_HALF__URL` and `NOTES_NEEDED__URL` are what pydantic-settings misses here.
fn notes() -> Sandbox {
    crate::empty().file("settings.py", SETTINGS).file(
        ".env",
        "NOTES_DB_PASSWORD=hunter22\nNOTES_DB_HOST=10.0.0.5\nNOTES_HALF__SIZE=4\nNOTES_WHOLE={\"url\": \"x\"}\n\
         NOTES_NEEDED__SIZE=5\n",
    )
}

#[test]
fn a_field_is_needed_where_its_model_is_built_of_fields() {
    assert_snapshot!(notes().run("capture"), @r#"
    exit: 0
    --- stdout
    sandbox: 15 defaults in 1 Python file and 1 configuration file
    5 set by the deployment, 2 required and not set, 1 secret, 1 dynamic

    required and not set
           NOTES_HALF__URL    str    settings.py:6
           NOTES_NEEDED__URL  str    settings.py:6

    .env (dotenv)
        1  NOTES_DB_PASSWORD   (secret, set)        str           required
        2  NOTES_DB_HOST       10.0.0.5             str           over localhost
        3  NOTES_HALF__SIZE    4                    int           over 3
        4  NOTES_WHOLE         {"url": "x"}         Db            required
        5  NOTES_NEEDED__SIZE  5                    int           over 3

    settings.py (code)
        6  NOTES_OTHER__URL    (not set)            str
        6  NOTES_WHOLE__URL    (not set)            str
        7  NOTES_OTHER__SIZE   3                    int
        7  NOTES_WHOLE__SIZE   3                    int
       18  NOTES_OTHER         null                 Db | None
       19  NOTES_HALF          (set by its fields)  Db | None
       21  NOTES_NEEDED        (set by its fields)  Db
       22  NOTES_DB            (set by its fields)  DatabaseSet…

    what looks wrong: 2 errors
    error    `NOTES_HALF__URL` is required and nothing sets it
             settings.py:6:5  SP009 required-unset  and 1 more
    `setpoint check` says what was expected and what to do about each
    "#);
}

#[test]
fn the_nested_name_of_a_settings_class_is_listed_once_it_is_used() {
    let set = notes()
        .file("notes.env", "NOTES_DB__HOST=10.0.0.6\n")
        .file("notes.service", "[Service]\nEnvironmentFile=/srv/notes.env\nExecStart=/usr/bin/python -m settings\n");
    assert_snapshot!(set.run("explain NOTES_DB__HOST"), @"
    exit: 0
    --- stdout
    NOTES_DB__HOST = 10.0.0.6
    type str, declared with pydantic-settings, not required

    wins  environment-file (notes.service): 10.0.0.6
     --> notes.env:1:16
      |
    1 | NOTES_DB__HOST=10.0.0.6
      |                ^^^^^^^^

    overridden  code (DatabaseSettings.host): localhost
      --> settings.py:13:17
       |
    13 |     host: str = 'localhost'
       |                 ^^^^^^^^^^^

    not documented; `setpoint capture --write NOTES_DB__HOST` adds it to the
      register
    ");
}

#[test]
fn what_is_built_of_fields_is_neither_missing_nor_written_down() {
    assert_snapshot!(notes().run("explain NOTES_NEEDED"), @"
    exit: 0
    --- stdout
    NOTES_NEEDED = (set by its fields)
    type Db, declared with pydantic-settings, required

    set by its fields: NOTES_NEEDED__SIZE

    no value  code (Settings.needed)
      --> settings.py:21:5
       |
    21 |     needed: Db
       |     ^^^^^^^^^^

    not documented; the register documents its fields
    ");
    assert_snapshot!(notes().run("explain NOTES_HALF"), @"
    exit: 0
    --- stdout
    NOTES_HALF = (set by its fields)
    type Db | None, declared with pydantic-settings, not required

    set by its fields: NOTES_HALF__SIZE

    does not apply  code (Settings.half): null
      --> settings.py:19:23
       |
    19 |     half: Db | None = None
       |                       ^^^^

    not documented; the register documents its fields
    ");
    assert_snapshot!(notes().run("capture --write --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.NOTES_DB_HOST]
    value    = "10.0.0.5"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_DB_PASSWORD]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_HALF__SIZE]
    value    = "4"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_HALF__URL]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_NEEDED__SIZE]
    value    = "5"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_NEEDED__URL]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.NOTES_WHOLE]
    value    = "{\"url\": \"x\"}"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 15 defaults
    "#);
}
