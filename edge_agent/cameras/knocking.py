"""Asks a camera that cannot be opened why not, in words an operator can act on.

OpenCV only says that it could not. So we knock ourselves: is there a machine, does it speak RTSP
(RFC 2326), does it know the password, has it such a stream?
"""

import base64
import hashlib
import os
import re
import socket
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from edge_agent.config_table import DEVICES

_PORTS = {"rtsp": 554, "http": 80, "https": 443, "rtmp": 1935}
_PATIENCE_S = 4.0
_MOST_BYTES = 16_384
_UNAUTHORISED = 401
_OK = 200
_SAID = {
    401: "the camera refuses the name or the password in its address",
    403: "the camera refuses the name or the password in its address",
    404: "the camera knows no such stream: look up the path in its manual",
    453: "the camera has not enough bandwidth left: is somebody else watching?",
    503: "the camera is busy: is somebody else watching?",
}


def why_not(address: str, *, patience_s: float = _PATIENCE_S) -> str:
    """Return why nothing comes from a stream or a device. Takes a few seconds at most."""
    if address.startswith(DEVICES):
        return _device(Path(address))
    url = urlsplit(address)
    try:
        host, port = url.hostname or "", url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        return "its address has no good port"
    try:
        with socket.create_connection((host, port), timeout=patience_s) as line:
            line.settimeout(patience_s)
            return _asked(line, url) if url.scheme == "rtsp" else "it answers, but shows no picture"
    except socket.gaierror:
        return f"no machine is called {host}"
    except TimeoutError:
        return f"{host}:{port} does not answer"
    except OSError as error:
        return f"nothing answers at {host}:{port} ({error.strerror or error})"


def _device(path: Path) -> str:
    if not path.exists():
        return f"there is no {path}: is the camera plugged in?"
    if not os.access(path, os.R_OK | os.W_OK):
        return f"{path} may not be opened: is the station's user in the group `video`?"
    return f"{path} shows no picture: is another program using it?"


def _asked(line: socket.socket, url: SplitResult) -> str:
    name = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    status, answer = _describe(line, name, 1, "")
    if status == _UNAUTHORISED and url.username is not None:
        status, answer = _describe(line, name, 2, _right(answer, url, name))
    if status is None:
        return "what answers there speaks no RTSP"
    if status != _OK:
        return _SAID.get(status, f"the camera answers: {answer.splitlines()[0]}")
    return "the camera describes its stream, but no picture comes"


def _describe(line: socket.socket, name: str, number: int, right: str) -> tuple[int | None, str]:
    asked = [f"DESCRIBE {name} RTSP/1.0", f"CSeq: {number}", "Accept: application/sdp"]
    asked += [f"Authorization: {right}"] if right else []
    line.sendall(("\r\n".join(asked) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _MOST_BYTES:
        more = line.recv(4096)
        if not more:
            break
        answer += more
    found = re.match(rb"RTSP/1\.\d (\d{3})", answer)
    return (int(found[1]) if found else None), answer.decode("latin-1")


def _right(answer: str, url: SplitResult, name: str) -> str:
    """Return what shows that we know the password, as the camera wishes it (RFC 2617)."""
    user, password = unquote(url.username or ""), unquote(url.password or "")
    wish = re.search(r"^WWW-Authenticate: *Digest (.*)$", answer, re.MULTILINE | re.IGNORECASE)
    if wish is None:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    parts = dict(re.findall(r'(\w+)="?([^",]*)"?', wish[1]))
    realm, nonce = parts.get("realm", ""), parts.get("nonce", "")
    ours = _md5(f"{_md5(f'{user}:{realm}:{password}')}:{nonce}:{_md5(f'DESCRIBE:{name}')}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{name}",'
        f' response="{ours}"'
    )


def _md5(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()  # RTSP knows no better
