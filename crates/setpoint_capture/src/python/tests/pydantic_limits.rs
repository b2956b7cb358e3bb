//! What can and cannot be known of a settings class: the texts that its fields take, and names behind a prefix that only
//! running the code tells.

use super::declared;
use insta::assert_snapshot;
use setpoint_model::TypeOrigin;

/// The texts that each default takes, and whether a validator is given them first.
fn choices(text: &str) -> String {
    let folder = super::folder(&[("shop.py", text)]);
    let code = super::read(&setpoint_host::LiveHost, folder.path(), &[], super::LibraryCalls::All);
    let line = |each: &crate::Declaration| {
        let choices = each.choices.as_ref().map_or_else(|| "anything".to_owned(), |texts| texts.join(" "));
        format!("{}: {choices}{}", each.name, if each.type_origin == TypeOrigin::Made { " (made)" } else { "" })
    };
    code.declarations.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn texts_that_an_annotation_lists() {
    assert_snapshot!(choices(
        r#"
from enum import Enum, IntEnum, StrEnum, auto
from typing import Annotated, Literal, Optional
from pydantic import BeforeValidator, Field, field_validator, validator
from pydantic_settings import BaseSettings

class Mode(str, Enum):
    FAST = "fast"
    SAFE = "safe"
    def is_fast(self): return self is Mode.FAST

class Plain(Enum):
    A = "a"

class Named(StrEnum):
    RED = auto()
    BLUE = auto()

class Number(IntEnum):
    ONE = 1

class Lenient(str, Enum):
    FAST = "fast"
    @classmethod
    def _missing_(cls, value): return cls.FAST

Level = Literal["INFO", "ERROR"]
Lower = Annotated[Level, BeforeValidator(str.upper)]
Checked = Annotated[Level, Field(description="how much")]

class Settings(BaseSettings):
    mode: Mode = Mode.FAST
    plain: Optional[Plain] = None
    named: Named | None = None
    number: Number = Number.ONE
    lenient: Lenient
    level: Level
    lower: Lower
    checked: Checked
    mixed: Mode | int = 1
    both: Mode | Literal["auto"] = "auto"
    numbers: Literal[1, 2] = 1
    prepared: Mode
    after: Mode

    @field_validator("prepared", mode="before")
    @classmethod
    def lower_case(cls, value): return value.lower()

    @field_validator("after")
    @classmethod
    def check(cls, value): return value

class ByName(BaseSettings, env_parse_enums=True):
    by_name: Mode
"#
    ), @"
    MODE: fast safe
    PLAIN: a
    NAMED: red blue
    NUMBER: anything
    LENIENT: anything
    LEVEL: INFO ERROR
    LOWER: anything
    CHECKED: INFO ERROR
    MIXED: anything
    BOTH: fast safe auto
    NUMBERS: anything
    PREPARED: fast safe (made)
    AFTER: fast safe
    BY_NAME: anything
    ");
}

#[test]
fn names_behind_a_prefix_that_only_running_tells() {
    assert_snapshot!(
        declared(&[("shop.py", r#"
import os
from company import make_config, common
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NAME = os.environ["SERVICE"]
PREFIX = "SHOP_"

class Pool(BaseModel):
    size: int = 5

class ByVariable(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=NAME, env_nested_delimiter="__")
    port: int = 8000
    pool: Pool = Pool()
    token: str = Field("", validation_alias="TOKEN")

class ByPart(BaseSettings):
    model_config = {"env_prefix": f"shop_{NAME}_"}
    host: str = "localhost"

class ByCall(BaseSettings, env_prefix=make_prefix()):
    workers: int = 2

class Made(BaseSettings):
    model_config = make_config("SHOP_")
    threads: int = 2

class Spread(BaseSettings):
    model_config = SettingsConfigDict(**common)
    timeout: int = 2

class Override(BaseSettings):
    model_config = SettingsConfigDict(**common, env_prefix=PREFIX)
    known: int = 2

class Below(ByVariable):
    model_config = SettingsConfigDict(env_prefix="BELOW_")
    own: int = 1

class MoreConfig(SettingsConfigDict, total=False):
    table: str

def more(name):
    return MoreConfig(env_prefix=f"{name.upper()}_", table=name)

class WithMore(BaseSettings):
    model_config = more("more")
    size: int = 1

class WithBase(Override):
    model_config = {**Override.model_config, "extra": "ignore"}
    also: int = 1
"#)]), @r#"
    shop.py:6 environ SERVICE (required)
    shop.py:10 pydantic-settings BELOW_POOL__SIZE: int = 5 (any case, in Pool.size)
    shop.py:14 pydantic-settings BELOW_PORT: int = 8000 (any case, in ByVariable.port)
    shop.py:15 pydantic-settings BELOW_POOL: Pool = dynamic `Pool()` (any case, in ByVariable.pool)
    shop.py:16 pydantic-settings TOKEN: str = "" (any case, in ByVariable.token)
    shop.py:16 pydantic-settings TOKEN: str = "" (any case, in ByVariable.token)
    shop.py:35 pydantic-settings SHOP_KNOWN: int = 2 (any case, in Override.known)
    shop.py:35 pydantic-settings SHOP_KNOWN: int = 2 (any case, in Override.known)
    shop.py:39 pydantic-settings BELOW_OWN: int = 1 (any case, in Below.own)
    shop.py:49 pydantic-settings MORE_SIZE: int = 1 (any case, in WithMore.size)
    shop.py:53 pydantic-settings SHOP_ALSO: int = 1 (any case, in WithBase.also)
    a name …PORT known only when it runs at shop.py:14
    a name …POOL known only when it runs at shop.py:15
    a name known only when it runs at shop.py:15
    a name SHOP_…_HOST known only when it runs at shop.py:20
    a name …WORKERS known only when it runs at shop.py:23
    a name …THREADS known only when it runs at shop.py:27
    a name …TIMEOUT known only when it runs at shop.py:31
    "#);
}
