"""`datapackage.json` of a Camtrap DP package: what is in it, of where and when."""

from collections.abc import Collection, Mapping
from typing import Any

from api.exports.writing import About
from api.position import BLUR_CELL_DEG

VERSION = "1.0.2"
ROOT = f"https://raw.githubusercontent.com/tdwg/camtrap-dp/{VERSION}"
ELEPHANT = "Elephas maximus"

Deployments = Collection[Mapping[str, Any]]


def description(
    about: About, deployments: Deployments, *, knows_individuals: bool, has_elephants: bool
) -> dict[str, Any]:
    """Return the description. Deployments have times as moments, positions as they are written."""
    elephant = {
        "scientificName": ELEPHANT,
        "taxonRank": "species",
        "vernacularNames": {"eng": "Asian elephant", "zho": "亚洲象"},
    }
    return {
        "profile": f"{ROOT}/camtrap-dp-profile.json",
        "name": f"trunkline-{about.site_id}".lower(),
        "created": about.made_at.isoformat(timespec="seconds"),
        "title": f"Camera-trap observations of {about.site_name}",
        "contributors": [{"title": about.asked_by, "role": "contact"}],
        "sources": [{"title": "Trunkline", "version": about.version}],
        "project": {
            "title": about.site_name,
            "samplingDesign": "targeted",
            "captureMethod": ["activityDetection"],
            "individualAnimals": knows_individuals,
            "observationLevel": ["media", "event"],
        },
        **({} if about.exact_positions else {"coordinatePrecision": BLUR_CELL_DEG}),
        "spatial": _area(deployments),
        "temporal": _span(about, deployments),
        "taxonomic": [elephant] if has_elephants else [],
        "resources": [
            *map(_resource, ("deployments", "media", "observations")),
            {
                "name": "readings",
                "path": "readings.csv",
                "description": "What each reader held of each event, before any agreement.",
            },
        ],
    }


def _resource(name: str) -> dict[str, str]:
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": f"{ROOT}/{name}-table-schema.json",
    }


def _area(deployments: Deployments) -> dict[str, Any]:
    places = [(one["longitude"], one["latitude"]) for one in deployments] or [(0.0, 0.0)]
    west, south = (min(place[n] for place in places) for n in (0, 1))
    east, north = (max(place[n] for place in places) for n in (0, 1))
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "bbox": [west, south, east, north], "coordinates": [ring]}


def _span(about: About, deployments: Deployments) -> dict[str, str]:
    first = min((one["deploymentStart"] for one in deployments), default=about.made_at)
    last = max((one["deploymentEnd"] for one in deployments), default=about.made_at)
    return {
        "start": first.astimezone(about.zone).date().isoformat(),
        "end": last.astimezone(about.zone).date().isoformat(),
    }
