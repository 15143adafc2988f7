"""Many stations in one process: says sealed messages to a broker, as fast as told.

A program of its own, so that its work is not counted as the server's:
`python -m api.bench.publisher FILE HOST PORT USERNAME PASSWORD PER_S`. FILE holds pickled topics
and payloads. When it is connected it says "ready"; a line on its input lets it begin; at the end it
says, as JSON, when each message was said (seconds of the machine's monotonic clock). It speaks
MQTT 3.1.1 by itself, since a client library would take more of the machine than the server does.
"""

import asyncio
import json
import pickle
import sys
import time
from pathlib import Path

WINDOW = 1_000  # messages under way, unacknowledged: twenty each of fifty stations
_PUBLISH_QOS1, _PUBACK, _DISCONNECT = 0x32, 0x40, b"\xe0\x00"
_KEEP_ALIVE_S = 600


async def publish(
    told: list[tuple[str, bytes]],
    address: tuple[str, int],
    credentials: tuple[str, str],
    per_s: float,
) -> None:
    """Say everything, at most `per_s` (0: no limit); tell when each was said.

    It stays connected until it is told to go: amqtt drops what it has acknowledged and not yet
    handed on when the one who said it leaves.
    """
    reader, writer = await asyncio.open_connection(*address)
    writer.write(_connect(*credentials))
    if (await reader.readexactly(4))[3] != 0:
        raise PermissionError("the broker does not let the bench in")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    said: list[float] = []
    room = asyncio.Semaphore(WINDOW)
    listening = asyncio.create_task(_count(reader, len(told), room))
    begun = time.monotonic()
    for number, (topic, payload) in enumerate(told):
        wait_s = begun + number / per_s - time.monotonic() if per_s else 0.0
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        await room.acquire()
        said.append(time.monotonic())
        writer.write(_publish(topic, payload, number % 60_000 + 1))
    await listening
    print(json.dumps(said), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    writer.write(_DISCONNECT)
    writer.close()


async def _count(reader: asyncio.StreamReader, expected: int, room: asyncio.Semaphore) -> None:
    """Let one more go out for each acknowledgement."""
    for _ in range(expected):
        packet = await reader.readexactly(4)
        if packet[0] != _PUBACK:
            raise ConnectionError(f"the broker said {packet!r} instead of an acknowledgement")
        room.release()


def _connect(username: str, password: str) -> bytes:
    flags = 0b1100_0010  # user name, password, clean session
    body = _text("MQTT") + bytes([4, flags]) + _KEEP_ALIVE_S.to_bytes(2, "big") + _text("bench")
    return _packet(0x10, body + _text(username) + _text(password))


def _publish(topic: str, payload: bytes, packet_id: int) -> bytes:
    return _packet(_PUBLISH_QOS1, _text(topic) + packet_id.to_bytes(2, "big") + payload)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _packet(first: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([first, *digits]) + body


def _main() -> None:
    file, host, port, username, password, per_s = sys.argv[1:]
    told = pickle.loads(Path(file).read_bytes())  # noqa: S301 - written by the bench a moment ago
    asyncio.run(publish(told, (host, int(port)), (username, password), float(per_s)))


if __name__ == "__main__":
    _main()
