"""Settings, from the environment (ROUNDS_…) or a .env file. Their values are never shown in an error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cryptography.fernet import Fernet
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ROUNDS_", env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder for files and the SQLite database.")
    database_url: str = Field(default="", description="PostgreSQL's address; empty: SQLite in data_dir.")
    database_pool: int = Field(default=10, ge=2, description="Connections to PostgreSQL at most.")
    local_port: int = Field(default=8765, ge=0, le=65535, description="The workspace in the browser, on 127.0.0.1.")
    public_host: str = Field(default="127.0.0.1", description="Where the public web server listens.")
    public_port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = Field(
        default="",
        pattern="^(https?://[^/ ]+(/.*[^/])?)?$",
        description="Where others reach the public web server, without a slash at the end: for calendars.",
    )
    in_flight: int = Field(default=200, ge=1, description="Events worked on at once; more are refused as busy.")
    fetch_links: bool = Field(default=True, description="Ask the pages that members share for their title.")
    semantic: bool = Field(
        default=False, description="Find by meaning, too, with a model on this machine: needs the extra of this name."
    )
    log_format: Literal["text", "json"] = "text"

    encryption_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Fernet keys for tokens in the database, with commas between; the first encrypts.",
    )

    slack_bot_token: SecretStr = Field(default=SecretStr(""), description="xoxb-…: one workspace.")
    slack_app_token: SecretStr = Field(default=SecretStr(""), description="xapp-…: Socket Mode, no public address.")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), description="Signed HTTP on the public server.")
    slack_client_id: str = Field(default="", description="Many workspaces: installing by OAuth.")
    slack_client_secret: SecretStr = SecretStr("")
    slack_command_prefix: str = Field(default="", pattern="^[a-z0-9-]{0,20}$", description="cop- makes /ask /cop-ask.")
    slack_history: bool = Field(
        default=True,
        description="Ask Slack for the permission to see what is said: without it replies are not noticed.",
    )
    slack_connections: int = Field(default=2, ge=1, le=10, description="Sockets open at once.")
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        pattern="^https?://.+/$",
        validation_alias=AliasChoices("ROUNDS_SLACK_API_URL", "SLACK_API_URL"),
        description="Another server that speaks Slack's API.",
    )
    slack_config_token: SecretStr = Field(
        default=SecretStr(""), description="Lets `rounds doctor` read the app's manifest."
    )
    slack_app_id: str = ""

    discord_token: SecretStr = Field(default=SecretStr(""), description="The bot's token.")
    discord_guilds: str = Field(
        default="", pattern="^[0-9, ]*$", description="Register commands in these servers alone."
    )
    discord_api_base: str = Field(
        default="",
        pattern="^(https?://.+)?$",
        validation_alias=AliasChoices("ROUNDS_DISCORD_API_BASE", "DISCORD_API_BASE"),
        description="Another server that speaks Discord's API, its version included.",
    )
    discord_gateway: str = Field(
        default="",
        pattern="^(wss?://.+)?$",
        validation_alias=AliasChoices("ROUNDS_DISCORD_GATEWAY", "DISCORD_GATEWAY"),
    )

    def web_address(self, *, on_this_machine: bool) -> str:
        """Where the public web server is reached, if it is: by others, or by whoever sits at this machine."""
        return self.public_url or (f"http://127.0.0.1:{self.public_port}" if on_this_machine else "")

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, given: SecretStr) -> SecretStr:
        for key in given.get_secret_value().split(","):
            try:
                if key.strip():
                    Fernet(key.strip())
            except ValueError:
                raise ValueError("each key is 32 bytes in url-safe base64, as Fernet.generate_key() makes it") from None
        return given

    @property
    def uses_slack(self) -> bool:
        return bool(self.slack_bot_token.get_secret_value() or self.slack_client_id)

    @property
    def keys(self) -> list[str]:
        return [key.strip() for key in self.encryption_keys.get_secret_value().split(",") if key.strip()]

    @property
    def database(self) -> str:
        """The database's address, SQLite's included."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'rounds.db'}"
