"""How else a person wants to be reached, over HTTP. Nobody but them sees any of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.deliveries.rules import RingsFrom
from api.dependencies import Now, ServerParts, SignedIn, Transaction
from api.people import contacts
from api.text import LARGEST_ID, PlainText

router = APIRouter(tags=["people"])


class NewContact(BaseModel):
    """A telephone number with its country, or the Apprise URL of a chat service."""

    channel: Literal["apprise", "sms", "voice"]
    address: Annotated[PlainText, Field(min_length=1, max_length=500)]
    rings_from: RingsFrom | None = None


class ContactView(BaseModel):
    """One way; of the address only its end is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    channel: str
    rings_from: RingsFrom
    shown: str
    is_gone: bool


class ContactList(BaseModel):
    """The asker's ways besides Web Push, and the channels that this server has."""

    contacts: list[ContactView]
    channels: list[str]


@router.get("/me/contacts")
async def list_contacts(session: Transaction, parts: ServerParts, person: SignedIn) -> ContactList:
    """Return how else the asker is reached."""
    known = await contacts.contacts_of(session, parts.secret, person.id)
    return ContactList(
        contacts=[ContactView.model_validate(contact) for contact in known],
        channels=sorted(parts.channels.for_people),
    )


@router.post("/me/contacts", status_code=201)
async def add_contact(
    body: NewContact, session: Transaction, parts: ServerParts, person: SignedIn, now: Now
) -> ContactList:
    """Let the asker be reached in one more way."""
    address = contacts.checked_address(parts.channels, body.channel, body.address)
    await contacts.add_contact(
        session, parts.secret, person.id, body.channel, address, body.rings_from, now
    )
    return await list_contacts(session, parts, person)


@router.delete("/me/contacts/{contact_id}", status_code=204)
async def remove_contact(
    contact_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    session: Transaction,
    person: SignedIn,
    now: Now,
) -> None:
    """Forget one of the asker's addresses."""
    await contacts.remove_contact(session, person.id, contact_id, now)
