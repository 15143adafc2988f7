from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge_agent.contracts.vitals import Vitals
from edge_agent.vitals.board import read_vitals


def a_board(root: Path, **files: str) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return root


BATTERY = "sys__class__power_supply__BAT0__"
SOLAR = "sys__class__power_supply__solar__"


def test_a_board_with_battery_and_solar_charger_tells_both(tmp_path: Path) -> None:
    board = a_board(
        tmp_path,
        **{
            f"{BATTERY}type": "Battery",
            f"{BATTERY}capacity": "61",
            f"{BATTERY}voltage_now": "12640000",
            f"{BATTERY}status": "Charging",
            f"{SOLAR}type": "Mains",
            f"{SOLAR}voltage_now": "18200000",
            f"{SOLAR}current_now": "1500000",
        },
    )

    vitals = read_vitals(board)

    assert (vitals.battery_percent, vitals.is_charging) == (61, True)
    assert vitals.battery_volts == pytest.approx(12.64)
    assert vitals.solar_watts == pytest.approx(27.3)


def test_a_board_that_tells_nothing_is_neither_empty_nor_cold(tmp_path: Path) -> None:
    vitals = read_vitals(tmp_path)

    told = vitals.model_dump(exclude={"memory_mb", "up_s"}, exclude_none=True)
    assert told == {}
    assert vitals.memory_mb is not None
    assert vitals.memory_mb > 1


def test_the_hottest_sensor_counts_and_one_that_is_not_connected_does_not(tmp_path: Path) -> None:
    board = a_board(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp="48500",
        sys__class__thermal__thermal_zone1__temp="-274000",
        sys__class__hwmon__hwmon0__temp1_input="71250",
        sys__class__hwmon__hwmon0__temp2_input="no sensor",
    )

    assert read_vitals(board).temperature_c == pytest.approx(71.25)


@pytest.mark.parametrize(("level", "dbm"), [("-67.", -67), ("189.", -67)], ids=["dBm", "a byte"])
def test_the_radio_s_level_is_read_as_either_driver_writes_it(
    tmp_path: Path, level: str, dbm: float
) -> None:
    head = "Inter-| sta-|   Quality        |   Discarded packets\n face | tus | link level noise\n"
    board = a_board(tmp_path, proc__net__wireless=f"{head} wlan0: 0000   43.  {level}  -256  0 0")

    assert read_vitals(board).signal_dbm == dbm


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(max_size=30) | st.floats().map(str))
@example(content="inf")
def test_whatever_a_driver_writes_the_rest_is_still_told(tmp_path: Path, content: str) -> None:
    board = tmp_path
    for name in ("capacity", "voltage_now", "current_now", "status"):
        file = board / "sys/class/power_supply/BAT0" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, errors="replace")
    a_board(board, **{f"{BATTERY}type": "Battery", SOLAR + "type": "Mains"})
    a_board(board, sys__class__thermal__thermal_zone0__temp="40000")

    vitals = read_vitals(board)

    assert vitals.temperature_c == 40
    assert Vitals.model_validate_json(vitals.model_dump_json()) == vitals
