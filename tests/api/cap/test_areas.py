from api.cap.areas import area_of


def test_a_village_in_two_parts_is_one_ring_around_both() -> None:
    parts = [[[[x, 22.0], [x + 0.01, 22.0], [x + 0.01, 22.01], [x, 22.0]]] for x in (101.0, 101.1)]

    area = area_of("Manzhan", {"type": "MultiPolygon", "coordinates": parts}, 200)

    west, east = min(x for _, x in area.ring), max(x for _, x in area.ring)
    assert west < 101.0
    assert east > 101.11
    assert area.ring[0] == area.ring[-1]
