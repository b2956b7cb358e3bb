use setpoint_testkit::Sandbox;

/// A service with a settings class, an environment variable read in a module, an env file and a unit.
pub(crate) fn small_shop() -> Sandbox {
    crate::empty()
        .file(
            "shop/settings.py",
            r#"from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    pool_size: int = Field(5, description="Connections kept open to the database.")
    page_size: int = 20
    gateway_url: str
    secret_key: SecretStr
"#,
        )
        .file(
            "shop/mail.py",
            "import os\n\nSENDER = os.environ.get(\"SHOP_MAIL_FROM\", \"shop@example.org\")\nHOME = os.getenv(\"SHOP_HOME\", os.getcwd())\n",
        )
        .file("deploy/shop.env", "SHOP_POOL_SIZE=20\nSHOP_SECRET_KEY=hunter2-of-the-env-file\nSHOP_PAGESIZE=50\n")
        .file(
            "deploy/shop.service",
            "[Service]\nEnvironmentFile=/etc/shop/shop.env\nExecStart=/srv/shop/.venv/bin/uvicorn shop.main:app --port 8000\n",
        )
}
