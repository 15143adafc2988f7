"""Chat services, mail and the like through Apprise: WeCom, DingTalk, Telegram and a hundred others.

People name the URL themselves. So the operator says which services there are, and for services on
a host of one's own which hosts: nobody can make the server knock on doors of its own network, and
no look-up of a name decides about it. Redirects are not followed.
"""

import asyncio
import re
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from apprise import Apprise, AppriseAsset, NotifyType
from apprise.plugins import N_MGR, NotifyBase

from mobile_push.phone_address import BadAddressError
from mobile_push.push_message import PushMessage, Receipt, Sending
from mobile_push.text_address import TextAddress
from mobile_push.words import Words

# Services on their makers' hosts alone.
HOSTED = frozenset(
    {"wecombot", "dingtalk", "feishu", "lark", "qq", "schan", "wxpusher", "pushplus"}
    | {"tgram", "line", "discord", "slack", "threema", "whatsapp", "pover", "twilio"}
)
MAX_URL_CHARACTERS = 500
AT_ONCE = 8  # threads: Apprise waits for its services in a blocking way

_SCHEMA = re.compile(r"([a-z][a-z0-9]{1,20})://[\x21-\x7e]+")
_asset = AppriseAsset(
    app_id="Trunkline", app_desc="Trunkline", app_url="", http_redirects=False, plugin_paths=[]
)


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """Which services people may name; `hosts` are where a service of one's own may be.

    A host is spelt as in the URL, with its port if it has one.
    """

    services: AbstractSet[str] = HOSTED
    hosts: AbstractSet[str] = frozenset()

    def read(self, url: str) -> NotifyBase:
        """Return the service behind a URL.

        Raises:
            BadAddressError: not a URL of Apprise, or not one that this server may call.
        """
        match = _SCHEMA.fullmatch(url) if len(url) <= MAX_URL_CHARACTERS else None
        if match is None or match[1] not in self.services:
            raise BadAddressError(
                "this service is not one of those that this server uses: "
                + ", ".join(sorted(self.services))
            )
        if "?" in url:
            raise BadAddressError("write the service's URL without options after a `?`")
        # By the schema alone: a URL in another form must not become another service.
        kind: type[NotifyBase] = N_MGR[match[1]]
        service = Apprise.instantiate(url, asset=_asset, suppress_exceptions=True)
        if not isinstance(service, kind):
            raise BadAddressError("this is not a whole URL of that service")
        if _has_own_host(kind) and not self._may_call(service):
            raise BadAddressError("this server may not call that host")
        return service

    def _may_call(self, service: NotifyBase) -> bool:
        port = f":{service.port}" if service.port else ""
        return f"{service.host}{port}" in self.hosts


class AppriseChannel:
    """Sends words to chat services, in threads of its own."""

    def __init__(self, policy: ServicePolicy, *, public_url: str) -> None:
        self._policy = policy
        self._public_url = public_url
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apprise")

    async def send(self, address: TextAddress, message: PushMessage) -> Sending:
        """Try once; services do not say why they refuse."""
        try:
            service = self._policy.read(address.text)
        except BadAddressError as error:
            return Sending(Receipt.REFUSED, str(error))
        words = Words.of(message, self._public_url)
        loop = asyncio.get_running_loop()
        taken = await loop.run_in_executor(self._threads, _notify, service, words)
        if taken:
            return Sending(Receipt.SENT, "the service took it")
        return Sending(Receipt.TRY_AGAIN, "the service did not take it")

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notify(service: NotifyBase, words: Words) -> bool:
    kind = NotifyType.WARNING if words.state == "raised" else NotifyType.INFO
    body = f"{words.body}\n{words.link}"
    return bool(service.notify(title=words.title, body=body, notify_type=kind))


def _has_own_host(kind: type[NotifyBase]) -> bool:
    templates: tuple[str, ...] = kind.templates
    return any("{host}" in template for template in templates)
