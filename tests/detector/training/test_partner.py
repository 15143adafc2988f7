from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the training environment (make train-env)")

import torch

from detector.training.average import save_network
from detector.training.partner import Partner


def network(value: float) -> Any:
    layers = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    for weight in layers.state_dict().values():
        weight.fill_(value)
    layers[0].weight.requires_grad_(False)  # frozen, as the stem is
    return layers


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    save_network(network(1.0), tmp_path / "stock.pt")
    return tmp_path / "stock.pt"


def test_an_epoch_of_pulls_goes_the_whole_share_frozen_weights_and_statistics_included(
    stock: Path,
) -> None:
    model = network(0.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0)
    Partner(stock, pull=0.2).beside(model, optimizer, steps=10)

    for _ in range(10):
        optimizer.step()

    for name, weight in model.state_dict().items():
        if weight.dtype.is_floating_point:
            assert weight == pytest.approx(torch.full_like(weight, 0.2), abs=1e-6), name


def test_the_moving_average_that_is_judged_has_seen_the_pull_of_the_same_step(stock: Path) -> None:
    model = network(0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    Partner(stock, pull=0.5).beside(model, optimizer, steps=1)

    optimizer.step()

    assert float(model[0].bias[0].detach()) == pytest.approx(0.5)


def test_another_network_is_no_partner(stock: Path) -> None:
    model = torch.nn.Linear(3, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)

    with pytest.raises(ValueError, match="another network"):
        Partner(stock, pull=0.2).beside(model, optimizer, steps=10)
