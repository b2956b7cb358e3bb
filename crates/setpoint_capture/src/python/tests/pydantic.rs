//! Names and defaults of settings classes. What pydantic-settings 2.16.3 (pydantic 2.14.3) and pydantic 1.10.27 take for
//! the variables of these classes was asked of the libraries themselves, by setting each.

use super::declared;
use insta::assert_snapshot;

#[test]
fn prefix_case_and_requiredness() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="shop_")
    pool_size: int = 5
    database: str
    zone: str = "UTC"

class Exact(BaseSettings, env_prefix="Exact_", case_sensitive=True):
    Limit: int = 1
"#)]), @r#"
    settings.py:5 pydantic-settings SHOP_POOL_SIZE: int = 5 (any case, in Settings.pool_size)
    settings.py:6 pydantic-settings SHOP_DATABASE: str (required, any case, in Settings.database)
    settings.py:7 pydantic-settings SHOP_ZONE: str = "UTC" (any case, in Settings.zone)
    settings.py:10 pydantic-settings Exact_Limit: int = 1 (in Exact.Limit)
    "#
    );
}

#[test]
fn aliases_replace_the_name_and_the_prefix() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

from pydantic import AliasChoices, AliasPath, Field
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    a: int = Field(1, alias="other_a")
    b: int = Field(2, validation_alias="other_b")
    c: int = Field(3, validation_alias=AliasChoices("c_one", "c_two"))
    d: int = Field(4, validation_alias=AliasPath("d_path", 0))
    e: int = Field(5, validation_alias=AliasChoices("e_one", AliasPath("e_path", 1)))
    f: int = Field(6, serialization_alias="not_this")
"#)]), @"
    settings.py:6 pydantic-settings OTHER_A: int = 1 (any case, in Settings.a)
    settings.py:7 pydantic-settings OTHER_B: int = 2 (any case, in Settings.b)
    settings.py:8 pydantic-settings C_ONE: int = 3 (any case, in Settings.c, also C_TWO)
    settings.py:9 pydantic-settings D_PATH: int = 4 (any case, in Settings.d)
    settings.py:10 pydantic-settings E_ONE: int = 5 (any case, in Settings.e, also E_PATH)
    settings.py:11 pydantic-settings SHOP_F: int = 6 (any case, in Settings.f)
    "
    );
}

#[test]
fn the_prefix_s_target() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

from pydantic import Field
class Names(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="N_", env_prefix_target="variable")
    a: int = 1
    b: int = Field(2, alias="bb")
class Aliases(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="A_", env_prefix_target="alias")
    a: int = 1
    b: int = Field(2, alias="bb")
class All(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="L_", env_prefix_target="all")
    a: int = 1
    b: int = Field(2, alias="bb")
"#)]), @"
    settings.py:6 pydantic-settings N_A: int = 1 (any case, in Names.a)
    settings.py:7 pydantic-settings BB: int = 2 (any case, in Names.b)
    settings.py:10 pydantic-settings A: int = 1 (any case, in Aliases.a)
    settings.py:11 pydantic-settings A_BB: int = 2 (any case, in Aliases.b)
    settings.py:14 pydantic-settings L_A: int = 1 (any case, in All.a)
    settings.py:15 pydantic-settings L_BB: int = 2 (any case, in All.b)
    "
    );
}

#[test]
fn nested_models() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

from typing import Optional
from pydantic import BaseModel, Field
class Pool(BaseModel):
    size: int = 5
    recycle: int = Field(30, alias="recycle_after")
class Database(BaseModel):
    url: str
    pool: Pool = Pool()
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__")
    database: Database
    replica: Optional[Pool] = None
    tuned: Pool = Pool(size=9)
class Flat(BaseSettings):
    pool: Pool = Pool()
"#)]), @"
    settings.py:6 pydantic-settings SHOP_DATABASE__POOL__SIZE: int = 5 (any case, in Pool.size)
    settings.py:6 pydantic-settings SHOP_REPLICA__SIZE: int = 5 (any case, in Pool.size)
    settings.py:7 pydantic-settings SHOP_DATABASE__POOL__RECYCLE_AFTER: int = 30 (any case, in Pool.recycle)
    settings.py:7 pydantic-settings SHOP_REPLICA__RECYCLE_AFTER: int = 30 (any case, in Pool.recycle)
    settings.py:7 pydantic-settings SHOP_TUNED__RECYCLE_AFTER: int = 30 (any case, in Pool.recycle)
    settings.py:9 pydantic-settings SHOP_DATABASE__URL: str (required, any case, in Database.url)
    settings.py:10 pydantic-settings SHOP_DATABASE__POOL: Pool = dynamic `Pool()` (any case, in Database.pool)
    settings.py:13 pydantic-settings SHOP_DATABASE: Database (required, any case, in Settings.database)
    settings.py:14 pydantic-settings SHOP_REPLICA: Optional[Pool] = null (any case, in Settings.replica)
    settings.py:15 pydantic-settings SHOP_TUNED: Pool = dynamic `Pool(size=9)` (any case, in Settings.tuned)
    settings.py:15 pydantic-settings SHOP_TUNED__SIZE: int = 9 (any case, in Pool.size)
    settings.py:17 pydantic-settings POOL: Pool = dynamic `Pool()` (any case, in Flat.pool)
    "
    );
}

#[test]
fn inheritance_across_files() {
    assert_snapshot!(
        declared(&[("shop/settings.py", "
from shop.base import Base, Mixin
class Settings(Mixin, Base):
    port: int = 9000
    debug: bool = True
"), ("shop/base.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    port: int = 8000
    host: str = "0.0.0.0"
    debug: bool = False
class Mixin(BaseSettings):
    host: str = "mixin"
    zone: str = "UTC"
"#)]), @r#"
    shop/base.py:5 pydantic-settings SHOP_PORT: int = 8000 (any case, in Base.port)
    shop/base.py:6 pydantic-settings SHOP_HOST: str = "0.0.0.0" (any case, in Base.host)
    shop/base.py:7 pydantic-settings SHOP_DEBUG: bool = false (any case, in Base.debug)
    shop/base.py:9 pydantic-settings HOST: str = "mixin" (any case, in Mixin.host)
    shop/base.py:9 pydantic-settings SHOP_HOST: str = "mixin" (any case, in Mixin.host)
    shop/base.py:10 pydantic-settings SHOP_ZONE: str = "UTC" (any case, in Mixin.zone)
    shop/base.py:10 pydantic-settings ZONE: str = "UTC" (any case, in Mixin.zone)
    shop/settings.py:3 pydantic-settings SHOP_PORT: int = 9000 (any case, in Settings.port)
    shop/settings.py:4 pydantic-settings SHOP_DEBUG: bool = true (any case, in Settings.debug)
    "#
    );
}

#[test]
fn defaults_of_every_kind() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

from datetime import timedelta
from enum import Enum
from typing import Annotated, ClassVar, Literal, Optional
from pydantic import Field, SecretStr, computed_field
from limits import POOL
class Mode(str, Enum):
    FAST = "fast"
def hosts():
    return ["a", "b"]
class Settings(BaseSettings):
    annotated: Annotated[int, Field(gt=0)] = 1
    annotated_default: Annotated[int, Field(description="How many", default=2)]
    factory: list[str] = Field(default_factory=list)
    function: list[str] = Field(default_factory=hosts)
    calls: list[str] = Field(default_factory=lambda: ["x"])
    unknown: str = Field(default_factory=compute)
    password: SecretStr = SecretStr("")
    optional: Optional[int]
    optional_none: int | None = None
    mode: Mode = Mode.FAST
    wait: timedelta = timedelta(minutes=5)
    pool: int = POOL * 2
    kind: Literal["a", "b"] = "a"
    ellipsis: int = ...
    field_ellipsis: int = Field(..., description="Must be  set")
    positional: int = Field(7)
    constant: ClassVar[int] = 3
    _private: int = 4
    @computed_field
    def computed(self) -> int: return 1
"#), ("limits.py", "POOL = 4")]), @r#"
    settings.py:13 pydantic-settings ANNOTATED: Annotated[int, Field(gt=0)] = 1 (any case, in Settings.annotated)
    settings.py:14 pydantic-settings ANNOTATED_DEFAULT: Annotated[int, Field(description="How many", default=2)] = 2 (any case, in Settings.annotated_default, "How many")
    settings.py:15 pydantic-settings FACTORY: list[str] = [] (any case, in Settings.factory)
    settings.py:16 pydantic-settings FUNCTION: list[str] = ["a","b"] (any case, in Settings.function)
    settings.py:17 pydantic-settings CALLS: list[str] = ["x"] (any case, in Settings.calls)
    settings.py:18 pydantic-settings UNKNOWN: str = dynamic `compute` (any case, in Settings.unknown)
    settings.py:19 pydantic-settings PASSWORD: SecretStr = *** (secret, any case, in Settings.password)
    settings.py:20 pydantic-settings OPTIONAL: Optional[int] (required, any case, in Settings.optional)
    settings.py:21 pydantic-settings OPTIONAL_NONE: int | None = null (any case, in Settings.optional_none)
    settings.py:22 pydantic-settings MODE: Mode = "fast" (any case, in Settings.mode)
    settings.py:23 pydantic-settings WAIT: timedelta = 300.0 (any case, in Settings.wait)
    settings.py:24 pydantic-settings POOL: int = 8 (any case, in Settings.pool)
    settings.py:25 pydantic-settings KIND: Literal["a", "b"] = "a" (any case, in Settings.kind)
    settings.py:26 pydantic-settings ELLIPSIS: int (required, any case, in Settings.ellipsis)
    settings.py:27 pydantic-settings FIELD_ELLIPSIS: int (required, any case, in Settings.field_ellipsis, "Must be set")
    settings.py:28 pydantic-settings POSITIONAL: int = 7 (any case, in Settings.positional)
    "#
    );
}

#[test]
fn version_1() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from typing import Optional
from pydantic import BaseSettings, Field, BaseModel
class Pool(BaseModel):
    size: int = 5
class Settings(BaseSettings):
    a: int = 1
    b: str
    c: Optional[int]
    d: int = Field(4, env="OTHER_D")
    e: int = Field(5, env=["E_ONE", "E_TWO"])
    f = "no annotation"
    pool: Pool = Pool()
    class Config:
        env_prefix = "SHOP_"
        env_nested_delimiter = "__"
class Exact(BaseSettings):
    Mixed: int = 1
    class Config:
        case_sensitive = True
"#)]), @r#"
    settings.py:4 pydantic-settings SHOP_POOL__SIZE: int = 5 (any case, in Pool.size)
    settings.py:6 pydantic-settings SHOP_A: int = 1 (any case, in Settings.a)
    settings.py:7 pydantic-settings SHOP_B: str (required, any case, in Settings.b)
    settings.py:8 pydantic-settings SHOP_C: Optional[int] (any case, in Settings.c)
    settings.py:9 pydantic-settings OTHER_D: int = 4 (any case, in Settings.d)
    settings.py:10 pydantic-settings E_ONE: int = 5 (any case, in Settings.e, also E_TWO)
    settings.py:11 pydantic-settings SHOP_F = "no annotation" (any case, in Settings.f)
    settings.py:12 pydantic-settings SHOP_POOL: Pool = dynamic `Pool()` (any case, in Settings.pool)
    settings.py:17 pydantic-settings Mixed: int = 1 (in Exact.Mixed)
    "#
    );
}

#[test]
fn a_dict_for_a_configuration_and_one_that_is_computed() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic_settings import BaseSettings, SettingsConfigDict

COMMON = {"env_prefix": "COMMON_"}
class A(BaseSettings):
    model_config = {"env_prefix": "A_"}
    x: int = 1
class B(BaseSettings):
    model_config = SettingsConfigDict(**COMMON, extra="ignore")
    x: int = 1
class C(A):
    model_config = A.model_config | {"env_prefix": "C_"}
    x: int = 1
"#)]), @"
    settings.py:6 pydantic-settings A_X: int = 1 (any case, in A.x)
    settings.py:9 pydantic-settings COMMON_X: int = 1 (any case, in B.x)
    settings.py:12 pydantic-settings C_X: int = 1 (any case, in C.x)
    "
    );
}

#[test]
fn a_name_is_split_only_so_often() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Pool(BaseModel):
    size: int = 5
class Database(BaseModel):
    host: str = "h"
    pool: Pool = Pool()
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__", env_nested_max_split=1)
    db: Database = Database()
"#)]), @r#"
    settings.py:6 pydantic-settings DB__HOST: str = "h" (any case, in Database.host)
    settings.py:7 pydantic-settings DB__POOL: Pool = dynamic `Pool()` (any case, in Database.pool)
    settings.py:10 pydantic-settings DB: Database = dynamic `Database()` (any case, in Settings.db)
    "#
    );
}

#[test]
fn the_configuration_of_pydantic_1_may_name_the_variables_of_fields() {
    assert_snapshot!(
        declared(&[("settings.py", r#"
from pydantic import BaseSettings
class Settings(BaseSettings):
    port: int = 5
    token: str
    name: str = "n"
    class Config:
        env_prefix = "shop_"
        fields = {"port": {"env": "PORT"}, "token": {"env": ["TOKEN", "KEY"]}, "name": {"description": "a name"}}
"#)]), @r#"
    settings.py:3 pydantic-settings PORT: int = 5 (any case, in Settings.port)
    settings.py:4 pydantic-settings TOKEN: str (required, any case, in Settings.token, also KEY)
    settings.py:5 pydantic-settings SHOP_NAME: str = "n" (any case, in Settings.name)
    "#
    );
}

#[test]
fn what_a_validator_makes_of_a_default() {
    insta::assert_snapshot!(declared(&[("settings.py", "
from typing import Annotated
from pathlib import Path
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import BaseSettings

def check(port):
    if port < unknown():
        raise ValueError(port)
    return port

class Settings(BaseSettings):
    home: Annotated[Path, BeforeValidator(lambda path: Path(path).expanduser())] = '~/.shop'
    name: Annotated[str, AfterValidator(lambda text: text.upper())] = 'shop'
    port: Annotated[int, AfterValidator(check)] = 8000
")]), @r#"
    settings.py:12 pydantic-settings HOME: Annotated[Path, BeforeValidator(lambda path: Path(path).expanduser())] = dynamic `'~/.shop'` (any case, in Settings.home)
    settings.py:13 pydantic-settings NAME: Annotated[str, AfterValidator(lambda text: text.upper())] = "SHOP" (any case, in Settings.name)
    settings.py:14 pydantic-settings PORT: Annotated[int, AfterValidator(check)] = 8000 (any case, in Settings.port)
    "#);
}
