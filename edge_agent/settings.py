"""What a station is told by its config file: read once at start, every mistake named."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from detector.release import Precision
from edge_agent.camera_settings import CameraSettings, DropCameraSettings, SimulatedCameraSettings
from edge_agent.config_table import FOLDER, BesideTheConfig, ConfigTable
from edge_agent.contracts.configuration import ConfirmationSettings, EventSettings, Spending
from edge_agent.contracts.seal import KEY_BYTES
from edge_agent.contracts.topics import SITE_ID_PATTERN, STATION_ID_PATTERN
from edge_agent.siren.settings import SirenSettings


class SettingsError(Exception):
    """The config file cannot be used; the message names the key and what is wrong with it."""


class MqttProtocol(StrEnum):
    """Versions of MQTT; the server's own broker speaks 3.1.1, Mosquitto both."""

    V3_1_1 = "3.1.1"
    V5 = "5"


class BrokerSettings(ConfigTable):
    """Where the server listens, and how patient to be with it."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = False
    ca_file: BesideTheConfig | None = None
    protocol: MqttProtocol = MqttProtocol.V3_1_1
    keepalive_s: int = Field(default=20, ge=2, le=3600)
    resend_after_s: float = Field(default=10.0, gt=0)
    reconnect_after_s: float = Field(default=1.0, gt=0)
    reconnect_at_most_s: float = Field(default=60.0, gt=0)


class ModelSettings(ConfigTable):
    """Which release looks, the newest if none is named; `int8` is faster, where it has it."""

    release: str | None = None
    precision: Precision = Precision.FP32
    threads: int | None = Field(default=None, ge=1)
    look_budget_ms: float = Field(default=2000, gt=0)
    """What one frame may take. A board on which two looks take longer looks once."""


class ListenSettings(ConfigTable):
    """Where the station waits for its cameras: loopback unless the config names a network."""

    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)


class FtpSettings(ListenSettings):
    """One FTP server for all cameras of kind `ftp`.

    `passive_ports` are the first and the last port for the pictures themselves; `public_host` is
    the address told to cameras that reach the station through another one.
    """

    port: int = Field(default=2121, ge=1, le=65535)
    passive_ports: tuple[int, int] | None = None
    public_host: str | None = None

    @model_validator(mode="after")
    def _has_ports_in_order(self) -> Self:
        first, last = self.passive_ports or (1024, 1024)
        if not 1024 <= first <= last <= 65535:
            raise ValueError("passive_ports are the first and the last, from 1024 to 65535")
        return self


class SmtpSettings(ListenSettings):
    """One mail server for all cameras of kind `smtp`; it only takes mail in."""

    port: int = Field(default=2525, ge=1, le=65535)
    most_mail_mb: float = Field(default=60.0, gt=0, le=500)


class TuningSettings(ConfigTable):
    """How the station guards itself against a config that cuts it off.

    A desired config is undone unless the server is heard within so long of applying it.
    """

    contact_within_s: float = Field(default=600.0, gt=0)


class UpdatesSettings(ConfigTable):
    """Which releases the station takes over the air, and what they must prove.

    Without `public_key` (64 hexadecimal digits, from `trunkline-server model key`) it takes none.
    A trial ends after `trial_frames`, or in a quiet forest after `trial_minutes`; so does the
    probation that follows. Shares are of frames on which the release before says the opposite.
    """

    public_key: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    ca_file: BesideTheConfig | None = None
    most_mb: float = Field(default=200.0, gt=0)
    keep_free_mb: float = Field(default=200.0, ge=0)
    trial_frames: int = Field(default=100, ge=1)
    trial_minutes: float = Field(default=60.0, gt=0)
    least_elephants: int = Field(default=3, ge=0)
    missed_at_most: float = Field(default=0.5, ge=0, le=1)
    fired_at_most: float = Field(default=0.3, ge=0, le=1)
    slowest_ms: float = Field(default=2000.0, gt=0)
    slower_at_most: float = Field(default=4.0, gt=0)
    most_memory_mb: float = Field(default=800.0, gt=0)


class StationSettings(ConfigTable):
    """One station. An unknown or missing key stops it with its name."""

    site_id: str = Field(pattern=SITE_ID_PATTERN)
    station_id: str = Field(pattern=STATION_ID_PATTERN)
    key: str | None = Field(default=None, repr=False)
    key_file: BesideTheConfig | None = None
    state_dir: BesideTheConfig
    simulated: bool = False
    exit_when_done: bool = False
    health_every_s: float = Field(default=60.0, gt=0)
    broker: BrokerSettings = BrokerSettings()
    model: ModelSettings = ModelSettings()
    ftp: FtpSettings = FtpSettings()
    smtp: SmtpSettings = SmtpSettings()
    cameras: tuple[CameraSettings, ...] = Field(min_length=1)
    confirmation: ConfirmationSettings = ConfirmationSettings()
    event: EventSettings = EventSettings()
    budget: Spending = Spending()
    tuning: TuningSettings = TuningSettings()
    updates: UpdatesSettings = UpdatesSettings()
    siren: SirenSettings | None = None

    @classmethod
    def from_file(cls, path: Path, *, simulated: bool = False) -> Self:
        """Read a config file; paths in it are relative to it.

        Args:
            path: a TOML file.
            simulated: true turns whatever the file says into a drill.

        Raises:
            SettingsError: names every key that is wrong, or the file that cannot be read.
        """
        try:
            table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"cannot read {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is no TOML file: {error}") from error
        if simulated:
            table["simulated"] = True
        try:
            settings = cls.model_validate(table, context={FOLDER: path.resolve().parent})
        except ValidationError as error:
            raise SettingsError(f"{path}: {_in_words(error)}") from error
        settings.station_key()
        return settings

    def station_key(self) -> bytes:
        """Return the key that seals this station's messages.

        Raises:
            SettingsError: the key file cannot be read, or holds no key.
        """
        if self.key_file is None:
            return _key_of(self.key or "", "key")
        try:
            digits = self.key_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"cannot read the station's key from {self.key_file}: {error}"
            ) from error
        return _key_of(digits, str(self.key_file))

    @model_validator(mode="after")
    def _has_one_key(self) -> Self:
        if (self.key is None) == (self.key_file is None):
            raise ValueError("give either key_file or key")
        return self

    @model_validator(mode="after")
    def _names_each_camera_once(self) -> Self:
        names = [camera.deployment_id for camera in self.cameras]
        if len(set(names)) < len(names):
            raise ValueError("two cameras have the same deployment_id")
        return self

    @model_validator(mode="after")
    def _names_each_account_once(self) -> Self:
        accounts = [(c.kind, c.username) for c in self.cameras if isinstance(c, DropCameraSettings)]
        if len(set(accounts)) < len(accounts):
            raise ValueError("two cameras of a kind have the same username")
        return self

    @model_validator(mode="after")
    def _rings_for_no_drawing(self) -> Self:
        drawn = [c.deployment_id for c in self.cameras if isinstance(c, SimulatedCameraSettings)]
        if drawn and not self.simulated:
            raise ValueError(
                f"{drawn[0]} replays drawn footage: set simulated = true, or nobody can tell"
            )
        return self


def _key_of(digits: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(digits.strip())
    except ValueError as error:
        raise SettingsError(f"{where} holds no hexadecimal digits") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{where} holds {len(key)} bytes; a station's key has {KEY_BYTES}")
    return key


def _in_words(error: ValidationError) -> str:
    return "; ".join(_problem(str(e["type"]), e["loc"], e["msg"]) for e in error.errors())


def _problem(kind: str, where: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in where)
    if kind == "extra_forbidden":
        return f"unknown key {name}"
    if kind == "missing":
        return f"missing key {name}"
    return f"{name}: {message}" if name else message.removeprefix("Value error, ")
