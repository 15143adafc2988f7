"""How many pushes one core encrypts and signs, beside the least that the standard asks for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from mobile_push.encryption import PhoneKeys, encrypt
from mobile_push.vapid import VapidKeys

PUSHES = 2_000
PAYLOAD = b"x" * 600  # about as long as a notice
ENDPOINT = "https://push.example.org/{}"


@dataclass(frozen=True, slots=True)
class FanOut:
    """Per second of one core's CPU. The floor is a fresh key and one agreement on P-256."""

    pushes: int
    per_cpu_s: float
    floor_per_cpu_s: float
    of_floor: float


def measure_fan_out() -> FanOut:
    """Encrypt and sign for one phone after the other. Sending is the network's business."""
    phones = [PhoneKeys.new().address(ENDPOINT.format(number)) for number in range(50)]
    keys = VapidKeys.new()
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()

    def push(number: int) -> None:
        phone = phones[number % len(phones)]
        keys.header_for(phone.endpoint, datetime.now(UTC))
        encrypt(PAYLOAD, phone)

    def agree(_: int) -> None:
        ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), stranger)

    per_s, floor_per_s = _per_cpu_s(push), _per_cpu_s(agree)
    return FanOut(PUSHES, round(per_s), round(floor_per_s), round(per_s / floor_per_s, 2))


def _per_cpu_s(work: Callable[[int], None]) -> float:
    begun = time.process_time()
    for number in range(PUSHES):
        work(number)
    return PUSHES / (time.process_time() - begun)
