"""How many pushes one core encrypts and signs, beside the least that the standard asks for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from mobile_push.encryption import PhoneKeys, encrypt
from mobile_push.phone_address import PhoneAddress
from mobile_push.vapid import VapidKeys

ROUNDS, PUSHES_A_ROUND = 10, 200
PAYLOAD = b"x" * 600  # about as long as a notice
ENDPOINT = "https://push.example.org/send/{}"


@dataclass(frozen=True, slots=True)
class FanOut:
    """Per second of one core's CPU. The floor is a fresh key and one agreement on P-256.

    `first`: phones that this process has never rung, whose keys must still be read.
    """

    pushes: int
    per_cpu_s: float
    first_per_cpu_s: float
    floor_per_cpu_s: float
    of_floor: float
    first_of_floor: float


def measure_fan_out() -> FanOut:
    """Read an address as the database keeps it, encrypt, sign: each time for another phone.

    Sending is the network's business. Work and floor take turns, so that a machine which is
    disturbed for a while is so for all of them.
    """
    pushes = ROUNDS * PUSHES_A_ROUND
    phones = [PhoneKeys.new().address(ENDPOINT.format(number)) for number in range(pushes)]
    kept = [(phone.endpoint, phone.keys["p256dh"], phone.keys["auth"]) for phone in phones]
    keys = VapidKeys.new()
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()

    def push(number: int) -> None:
        phone = PhoneAddress.parse(*kept[number])
        keys.header_for(phone.endpoint, datetime.now(UTC))
        encrypt(PAYLOAD, phone)

    def agree(_: int) -> None:
        ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), stranger)

    first_s = again_s = floor_s = 0.0
    for start in range(0, pushes, PUSHES_A_ROUND):
        numbers = range(start, start + PUSHES_A_ROUND)
        first_s += _cpu_s(push, numbers)
        floor_s += _cpu_s(agree, numbers)
        again_s += _cpu_s(push, numbers)
    return FanOut(
        pushes=pushes,
        per_cpu_s=round(pushes / again_s),
        first_per_cpu_s=round(pushes / first_s),
        floor_per_cpu_s=round(pushes / floor_s),
        of_floor=round(floor_s / again_s, 2),
        first_of_floor=round(floor_s / first_s, 2),
    )


def _cpu_s(work: Callable[[int], None], numbers: range) -> float:
    begun = time.process_time()
    for number in numbers:
        work(number)
    return time.process_time() - begun
