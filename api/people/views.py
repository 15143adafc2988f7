"""People, their site and what they may know of themselves, as apps see them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from api.tables import Role


class PersonView(BaseModel):
    """Somebody."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    role: Role
    language: str


class SiteView(BaseModel):
    """Where they belong."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    latitude: float
    longitude: float
    timezone: str


class FollowedGeofence(BaseModel):
    """A geofence whose alerts are theirs."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


class PhoneReach(BaseModel):
    """Whether a push would reach them."""

    subscribed: bool
    last_reached_at: datetime | None


class Welcome(BaseModel):
    """What a person sees on joining."""

    person: PersonView
    site: SiteView


class Me(Welcome):
    """What a signed-in person may know of themselves."""

    geofences: list[FollowedGeofence]
    vapid_public_key: str
    phone: PhoneReach
