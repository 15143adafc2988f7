"""What a person sees of the demo in the terminal: addresses, a QR code, the story as it happens."""

import socket
import sys
import webbrowser

import segno
from rich.console import Console
from rich.panel import Panel

from api.demo.story import Night

console = Console(stderr=True)


def say(line: str) -> None:
    """Tell one thing that happened. Standard error: the verdict alone goes to standard output."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def address_for_others(night: Night) -> str:
    """Return the address that another device in the same network can open."""
    if night.plan.host == "127.0.0.1":
        return night.url
    port = night.url.rsplit(":", 1)[1]
    return f"http://{_own_address()}:{port}"


def invite(night: Night, *, opens_browser: bool) -> None:
    """Print where to look, and open the phone app in the browser."""
    phone = f"{night.url}/app/#/join/{night.stage.ranger_code}"
    other = f"{address_for_others(night)}/app/#/join/{night.stage.villager_code}"
    lines = [
        f"[b]Phone app[/b]  {phone}",
        f"[b]Console[/b]    {night.url}/console/#/join/{night.stage.console_code}",
        f"[b]API[/b]        {night.url}/api/docs",
        "",
        "Two more phones run in software and answer by themselves.",
        f"Everything lies in {night.stage.folder}; Ctrl-C ends it.",
    ]
    console.print(Panel("\n".join(lines), title="Trunkline demo", border_style="green"))
    console.print(
        f"The same as a villager, on another device: {other}", highlight=False, soft_wrap=True
    )
    segno.make(other, error="l").terminal(out=sys.stderr, border=2, compact=True)
    if night.plan.host == "127.0.0.1":
        console.print("(this machine only; make demo LAN=1 lets phones in this network in)")
    if opens_browser:
        webbrowser.open(phone)


def _own_address() -> str:
    """Return this machine's address in its network; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
