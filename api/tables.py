"""Every row the server keeps, in the order of the story: places, sightings, alerts, people."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Moment


class Role(StrEnum):
    """What a person may do at a site; see `api/people/rules.py` for the order."""

    VILLAGER = "villager"
    RANGER = "ranger"
    RESEARCHER = "researcher"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


class AlertLevel(StrEnum):
    """How near it is: coming this way, inside the buffer, inside the geofence."""

    WATCH = "watch"
    WARNING = "warning"
    DANGER = "danger"


LEVELS = (AlertLevel.WATCH, AlertLevel.WARNING, AlertLevel.DANGER)  # from mild to bad


class AlertState(StrEnum):
    """Where an alert is in its life."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ALL_CLEAR = "all_clear"
    RETRACTED = "retracted"


class AnswerKind(StrEnum):
    """What a person says to an alert."""

    SEEN = "seen"
    ON_MY_WAY = "on_my_way"
    FALSE_ALARM = "false_alarm"
    ALL_CLEAR = "all_clear"


class DeliveryState(StrEnum):
    """Where one alert on its way to one phone is."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"  # the phone is gone, or refuses
    EXPIRED = "expired"  # too late to be news
    SILENCED = "silenced"  # the person did not want to be rung then


# ---------------------------------------------------------------- places


class Site(Base):
    """A reserve or a valley: people, stations and geofences belong to one."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    latitude: Mapped[float]
    longitude: Mapped[float]
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    geofences_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class Station(Base):
    """The box in the forest. Its key seals every message between it and the server."""

    __tablename__ = "stations"
    __table_args__ = (UniqueConstraint("site_id", "name_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    name_id: Mapped[str] = mapped_column(String(40))  # the `<station>` of its topics
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[bytes] = mapped_column(LargeBinary(32))
    latitude: Mapped[float]
    longitude: Mapped[float]
    enrolled_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="offline")
    state_at: Mapped[datetime | None] = mapped_column(Moment)
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    health: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


class Geofence(Base):
    """An area people follow, with its buffers; `area` is a GeoJSON Polygon or LineString."""

    __tablename__ = "geofences"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16), default="village")
    area: Mapped[dict[str, Any]] = mapped_column(JSON)
    buffer_m: Mapped[float]  # inside it: warning
    watch_m: Mapped[float]  # inside it: watch
    # How sure a sighting must be for a level, and the hours in which the fence counts (None: all).
    confidence: Mapped[dict[str, float]] = mapped_column(JSON, default=dict, server_default="{}")
    schedule: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)  # its alerts stay


# ---------------------------------------------------------------- sightings


class Detection(Base):
    """One sighting as its station last told it. The station's id makes a redelivery harmless."""

    __tablename__ = "detections"
    __table_args__ = (Index("ix_detections_site_captured", "site_id", "captured_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int]
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), index=True)
    deployment_id: Mapped[str] = mapped_column(String(80))
    captured_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)
    clock: Mapped[str] = mapped_column(String(16))
    lighting: Mapped[str] = mapped_column(String(16))
    release: Mapped[str] = mapped_column(String(80))
    threshold: Mapped[float]
    animals: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    elephants: Mapped[int] = mapped_column(Integer, default=0)
    media_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    historical: Mapped[bool] = mapped_column(Boolean, default=False)  # too old to ring
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


class Media(Base):
    """A picture that a station sent; its bytes lie in the media store under its SHA-256."""

    __tablename__ = "media"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(32))
    size_bytes: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Moment)


class Event(Base):
    """The detections of one deployment without a long silence between them."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_deployment_end", "station_id", "deployment_id", "ended_at"),
        Index("ix_events_site_started", "site_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    deployment_id: Mapped[str] = mapped_column(String(80))
    herd_id: Mapped[int | None] = mapped_column(ForeignKey("herds.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime] = mapped_column(Moment)
    latitude: Mapped[float]
    longitude: Mapped[float]
    count: Mapped[int]
    # How often animals were told of, and how many in all: one picture of twelve may be a mistake.
    looks: Mapped[int] = mapped_column(default=0)
    animals: Mapped[int] = mapped_column(default=0)
    heading_deg: Mapped[float | None]  # where they went when that was seen last
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


class Herd(Base):
    """Events of several cameras that can be the same animals walking."""

    __tablename__ = "herds"
    __table_args__ = (Index("ix_herds_site_last", "site_id", "last_seen_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    latitude: Mapped[float]  # of the newest event
    longitude: Mapped[float]
    count: Mapped[int]
    path: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


# ---------------------------------------------------------------- alerts


class Alert(Base):
    """One warning about one herd for one geofence. The unique key makes it one.

    A herd that comes back after people have ended its alert gets another: the next `visit`.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("herd_id", "geofence_id", "visit"),
        Index("ix_alerts_site_changed", "site_id", "changed_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    herd_id: Mapped[int] = mapped_column(ForeignKey("herds.id"))
    geofence_id: Mapped[int] = mapped_column(ForeignKey("geofences.id"))
    visit: Mapped[int] = mapped_column(Integer, default=1)
    detection_id: Mapped[str] = mapped_column(ForeignKey("detections.id"))  # the newest evidence
    level: Mapped[AlertLevel] = mapped_column(String(16))
    state: Mapped[AlertState] = mapped_column(String(16))
    count: Mapped[int]
    distance_m: Mapped[float]
    bearing_deg: Mapped[float]
    captured_at: Mapped[datetime] = mapped_column(Moment)  # the newest sighting
    raised_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # when somebody ended it
    changed_at: Mapped[datetime] = mapped_column(Moment)
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


class Answer(Base):
    """What one person said to one alert; the phone's own id makes a repeat harmless."""

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[AnswerKind] = mapped_column(String(16))
    answered_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)


# ---------------------------------------------------------------- people and their phones


class Person(Base):
    """Somebody at one site, in one role."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16), default="en")
    joined_at: Mapped[datetime] = mapped_column(Moment)
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)  # let in and rung no more


class Follow(Base):
    """A person follows a geofence: its alerts are theirs."""

    __tablename__ = "follows"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    geofence_id: Mapped[int] = mapped_column(
        ForeignKey("geofences.id"), primary_key=True, index=True
    )


class Invite(Base):
    """A code that lets people in; kept as a hash."""

    __tablename__ = "invites"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    role: Mapped[Role] = mapped_column(String(16))
    geofence_ids: Mapped[list[int]] = mapped_column(JSON, default=list)  # followed on joining
    uses_left: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Moment)


class SignIn(Base):
    """A signed-in browser; the token is kept as a hash."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Phone(Base):
    """One way to reach a person: a browser's push subscription, or an address of another channel.

    A network blink never removes it; only "gone" does. An address is sealed with the server's
    secret; its `endpoint` is then a name by which the same one is known again.
    """

    __tablename__ = "phones"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    endpoint: Mapped[str] = mapped_column(Text, unique=True)
    p256dh: Mapped[str] = mapped_column(String(128))
    auth: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16), default="web_push", server_default="web_push")
    rings_from: Mapped[str] = mapped_column(String(16), default="watch", server_default="watch")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    subscribed_at: Mapped[datetime] = mapped_column(Moment)
    last_reached_at: Mapped[datetime | None] = mapped_column(Moment)
    gone_at: Mapped[datetime | None] = mapped_column(Moment)


class Delivery(Base):
    """One alert, at one of its levels, to one phone by one channel. A row before it is a push."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("alert_id", "phone_id", "occasion"),
        Index("ix_deliveries_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"))
    phone_id: Mapped[int] = mapped_column(ForeignKey("phones.id"), index=True)
    channel: Mapped[str] = mapped_column(String(16), default="web_push")
    occasion: Mapped[str] = mapped_column(
        String(16)
    )  # watch, warning, danger, all_clear, retracted
    state: Mapped[DeliveryState] = mapped_column(String(16), default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    rings: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    repeat_at: Mapped[datetime | None] = mapped_column(Moment, index=True)  # if nobody answers
    priority: Mapped[int] = mapped_column(Integer, default=0)  # greater goes first
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    shown_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    detail: Mapped[str | None] = mapped_column(String(300))


class LedgerEntry(Base):
    """One step of an alert, chained to the one before it at the site; see `api/ledger/rules.py`."""

    __tablename__ = "ledger"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    alert_id: Mapped[str] = mapped_column(String(36), index=True)  # may outlive the alert's row
    body: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


# ---------------------------------------------------------------- around the story


class Change(Base):
    """Something that open apps and consoles show; its number is the live stream's event id."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_site_id", "site_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(16))  # alert, detection, station
    subject_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Moment)
    told_at: Mapped[datetime | None] = mapped_column(Moment)  # on the site's alerts topic


class Quarantined(Base):
    """A message that could not be read or trusted: kept for inspection, stops nothing else."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    topic: Mapped[str] = mapped_column(Text)
    reason_code: Mapped[str] = mapped_column(String(32), index=True)
    reason: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)  # its first 64 kB
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id"))  # if its topic names one


class QuarantineCount(Base):
    """How often each reason occurred; rows of the quarantine are bounded, this is not."""

    __tablename__ = "quarantine_counts"

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)  # the site, or "" for nobody's
    reason_code: Mapped[str] = mapped_column(String(32), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
