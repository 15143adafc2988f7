"""Who may do what on the broker; each broker of ours is told it in its own words."""

from dataclasses import dataclass

from edge_agent.contracts.topics import TO_STATIONS, address_of, everything_of, site_alerts


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Our own link: speaks and hears everywhere."""


@dataclass(frozen=True, slots=True)
class StationUser:
    """One station: speaks its own topics, hears what the server tells it and its site."""

    site_id: str
    station_id: str


BrokerUser = ServerUser | StationUser


def station_username(site_id: str, station_id: str) -> str:
    """Return what the station calls itself on the broker."""
    return f"{site_id}.{station_id}"


def station_of(username: str) -> StationUser | None:
    """Read a station's user name; None if it is not one."""
    site_id, dot, station_id = username.partition(".")
    return StationUser(site_id, station_id) if dot and site_id and station_id else None


def heard_by(user: StationUser) -> frozenset[str]:
    """Return every topic that a station may hear."""
    own = (topic.of(user.site_id, user.station_id) for topic in TO_STATIONS)
    return frozenset({*own, site_alerts(user.site_id)})


def may_publish(user: BrokerUser, topic: str) -> bool:
    """Whether the user may speak on this topic."""
    if isinstance(user, ServerUser):
        return True
    address = address_of(topic)
    return address is not None and (address.site_id, address.station_id) == (
        user.site_id,
        user.station_id,
    )


def may_subscribe(user: BrokerUser, topic_filter: str) -> bool:
    """Whether the user may ask for this filter; what comes through it is judged once more."""
    if isinstance(user, ServerUser):
        return True
    everything_own = everything_of(user.site_id, user.station_id)
    return topic_filter == everything_own or topic_filter in heard_by(user)


def may_receive(user: BrokerUser, topic: str) -> bool:
    """Whether a message on this topic may reach the user."""
    return isinstance(user, ServerUser) or topic in heard_by(user)
