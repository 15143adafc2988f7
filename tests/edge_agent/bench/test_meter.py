import time

from edge_agent.bench.meter import Meter, Spent


def test_waiting_costs_no_cores() -> None:
    meter = Meter()
    time.sleep(0.1)
    spent = meter.read() + Spent(1.0, 0.0)

    assert spent.wall_s >= 1.1
    assert spent.cpu_s < 0.1
