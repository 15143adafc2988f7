"""Puts the channels together that a server's settings ask for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp

from api.broker.provider import BrokerAddress
from api.channels.settings import AppriseSettings, ChannelSettings
from api.channels.siren import FindKey, SirenChannel
from api.channels.speaker import BrokerSpeaker
from mobile_push.channel import Channel
from mobile_push.http_gateway import HttpGatewayChannel
from mobile_push.phone_address import EndpointPolicy


@asynccontextmanager
async def open_channels(
    settings: ChannelSettings,
    session: aiohttp.ClientSession,
    *,
    policy: EndpointPolicy,
    public_url: str,
    broker: BrokerAddress | None,
    find_key: FindKey,
) -> AsyncIterator[Mapping[str, Channel[Any]]]:
    """Yield the channels besides Web Push, by name; close them at the end."""
    channels: dict[str, Channel[Any]] = {
        name: HttpGatewayChannel(gateway, session, policy=policy, public_url=public_url)
        for name, gateway in settings.gateways.items()
    }
    async with AsyncExitStack() as stack:
        if settings.apprise is not None:
            channels["apprise"] = _apprise(settings.apprise, public_url, stack)
        if broker is not None:
            speaker = BrokerSpeaker(broker)
            stack.callback(speaker.close)
            channels["siren"] = SirenChannel(speaker, find_key)
        yield channels


def _apprise(settings: AppriseSettings, public_url: str, stack: AsyncExitStack) -> Channel[Any]:
    # Here, because a server that does not use it should not load a hundred services.
    from mobile_push.apprise_channel import HOSTED, AppriseChannel, ServicePolicy

    policy = ServicePolicy(settings.services or HOSTED, settings.hosts)
    channel = AppriseChannel(policy, public_url=public_url)
    stack.callback(channel.close)
    return channel
