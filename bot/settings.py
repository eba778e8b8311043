"""Settings, from the environment (ROUNDS_…) or a .env file. Their values are never shown in an error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
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
    in_flight: int = Field(default=200, ge=1, description="Events worked on at once; more are refused as busy.")
    log_format: Literal["text", "json"] = "text"

    slack_bot_token: SecretStr = SecretStr("")
    discord_token: SecretStr = SecretStr("")

    @property
    def tokens_set(self) -> list[str]:
        """The names of the platforms' tokens that are set."""
        tokens = {"ROUNDS_SLACK_BOT_TOKEN": self.slack_bot_token, "ROUNDS_DISCORD_TOKEN": self.discord_token}
        return [name for name, token in tokens.items() if token.get_secret_value()]

    @property
    def database(self) -> str:
        """The database's address, SQLite's included."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'rounds.db'}"
