"""Settings of the web process, from `SHOP_*` variables and, on a laptop, from `.env`."""

from decimal import Decimal
from functools import lru_cache
from typing import Literal

from pydantic import AliasChoices, AnyHttpUrl, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MINUTE = 60
HOUR = 60 * MINUTE


class PaymentSettings(BaseModel):
    """The card gateway."""

    url: AnyHttpUrl = AnyHttpUrl("https://gateway.example/v2")
    api_key: SecretStr
    timeout_seconds: float = Field(20.0, description="patience with one answer")
    retries: int = Field(2, ge=0, description="further attempts to connect")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SHOP_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
    )

    environment: Literal["development", "staging", "production"] = "development"
    base_url: AnyHttpUrl = Field(description="the address that customers see")
    log_level: str = Field(
        "INFO", validation_alias=AliasChoices("SHOP_LOG_LEVEL", "LOG_LEVEL")
    )

    # Signs the cart's cookie. The default is for laptops; production has its own.
    session_key: SecretStr = SecretStr("not-a-secret-on-a-laptop")
    session_lifetime: int = Field(12 * HOUR, description="seconds a cart is kept")

    database_url: str = "sqlite:///shop.db"
    pool_size: int = 5
    pool_timeout: float = Field(10.0, description="seconds to wait for a connection")
    busy_timeout_ms: int = Field(5000, description="patience with another writer")

    catalog_page_size: int = 12
    catalog_cache_seconds: int = Field(MINUTE, description="max-age of catalog pages")
    currency: str = "EUR"
    vat_rate: Decimal = Decimal("0.19")
    order_date_format: str = "%d %B %Y"
    support_email: str = "support@localhost"

    payment: PaymentSettings


@lru_cache
def get_settings() -> Settings:
    return Settings()
