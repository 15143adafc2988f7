import pytest

torch = pytest.importorskip("torch", reason="needs the training environment (make train-env)")

from detector.training.average import mix  # noqa: E402  after the skip


def test_a_quarter_of_the_tuned_weights_is_a_quarter_of_the_way() -> None:
    start, tuned = (torch.nn.Linear(3, 2) for _ in range(2))

    mixed = mix(start, tuned, 0.25)

    expected = 0.75 * start.weight + 0.25 * tuned.weight
    assert torch.allclose(mixed.weight, expected)


def test_different_networks_cannot_be_averaged() -> None:
    with pytest.raises(ValueError, match="different networks"):
        mix(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(3), 0.5)
