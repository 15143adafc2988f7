"""Python's cycle collector, told that this process lives long and works in batches."""

import gc

_NEW_OBJECTS = 50_000  # a few batches; almost all of a batch is gone by then, without its help


def calm_collector() -> None:
    """Look for cycles seldom, and never again among what the start has made. Call it after that.

    As Python comes, it looks after every 700 new objects: some hundred times for a batch of
    sightings, among which there are no cycles. That took a third of a sighting's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)
