"""What a server process is told at start; read once, never looked up elsewhere."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.errors import SetUpError

Port = Annotated[int, Field(ge=0, le=65_535)]


class ServerSettings(BaseSettings):
    """Every setting may come from the environment, as `TRUNKLINE_` and its name in capitals.

    Secrets are no settings: they are made at first start in `data_dir` (see `secret_files.py`).
    """

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_", frozen=True, extra="forbid")

    data_dir: Path = Path("trunkline-data")
    host: str = "127.0.0.1"
    port: Port = 8000  # 0: any free one
    public_url: str = ""  # what phones open; empty: http://<host>:<port>
    database_url: str = ""  # empty: SQLite in data_dir
    media_dir: Path | None = None  # None: <data_dir>/media

    broker: Literal["embedded", "external"] = "embedded"
    broker_host: str = "127.0.0.1"
    broker_port: Port = 1883  # 0 with the embedded broker: any free one
    broker_username: str = "trunkline-server"
    broker_password: str = ""  # for an external broker; the embedded one has its own
    broker_tls_ca: Path | None = None  # an external broker's authority; None: no TLS
    link_share: str | None = None  # group of links that share the work ($share/<group>/…)

    home_assistant: str = Field(default="", pattern=r"^[a-z0-9_-]{0,40}$")  # its discovery prefix

    push_allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    hook_allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()  # else hooks are public https
    channels_file: Path | None = None  # None: <data_dir>/channels.toml, if it is there
    reach_only: Annotated[tuple[str, ...] | None, NoDecode] = None  # test mode: nobody else is rung
    public_feeds: Annotated[tuple[str, ...], NoDecode] = ()  # sites whose CAP feed anybody may read
    push_contact: str = "mailto:trunkline@localhost"  # whom a push service asks when we misbehave

    log_format: Literal["text", "json"] = "text"
    tiles_datum: Literal["wgs84", "gcj02"] = "wgs84"  # of <data_dir>/tiles/<site>.pmtiles

    alert_horizon_s: float = Field(default=900, gt=0)
    event_silence_s: float = Field(default=600, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _lists_may_be_one_string(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("push_allowed_origins", "reach_only", "public_feeds", "hook_allowed_origins"):
            given = values.get(name)
            if isinstance(given, str):
                parts = (part.strip() for part in given.split(","))
                values[name] = tuple(part for part in parts if part)
        return values

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.public_url and urlsplit(self.public_url).scheme not in {"http", "https"}:
            raise ValueError("public_url must start with https:// (or http:// for a try)")
        if self.link_share is not None and self.broker == "embedded":
            raise ValueError("link_share needs an external broker: the embedded one cannot share")
        return self

    @classmethod
    def read(cls, **given: object) -> Self:
        """Read the environment, then let what is not None in `given` win.

        Raises:
            SetUpError: names the setting that is wrong.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SetUpError(
                f"setting {where}: {first['msg']}".replace("setting : ", "")
            ) from error

    @property
    def database(self) -> str:
        """The database's URL, with an asynchronous driver."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'trunkline.db'}"

    @property
    def media_folder(self) -> Path:
        """Where pictures lie."""
        return self.media_dir or self.data_dir / "media"

    @property
    def channels(self) -> Path:
        """Where channels besides Web Push are described."""
        return self.channels_file or self.data_dir / "channels.toml"

    @property
    def releases_folder(self) -> Path:
        """Where published releases lie, for stations to fetch."""
        return self.data_dir / "releases"

    @property
    def url(self) -> str:
        """What people's browsers open, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_secure(self) -> bool:
        """Whether people come over TLS; the cookie then never travels without it."""
        return self.url.startswith("https://")
