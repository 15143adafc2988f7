"""Joins the updates and the link: offers in, reports out."""

from functools import partial
from pathlib import Path

from edge_agent.contracts.topics import UPDATE_OFFER, UPDATE_REPORTED
from edge_agent.link import Link
from edge_agent.looking import Eye, Network, Thresholds
from edge_agent.settings import StationSettings
from edge_agent.updates.shelf import load_adopted
from edge_agent.updates.updater import Updater


def updating(settings: StationSettings, eye: Eye, link: Link) -> Updater:
    """Return the station's updater, at work; before the link starts."""

    def load(folder: Path) -> tuple[Network, Thresholds]:
        detector = load_adopted(settings, folder)
        return detector, detector.release

    updater = Updater(settings, eye, load)
    link.orders.hear(UPDATE_OFFER, updater.offer)
    updater.start(partial(link.tell, UPDATE_REPORTED))
    return updater
