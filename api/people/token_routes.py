"""A person's tokens for programs, over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.audit import store as audit
from api.dependencies import Now, Transaction, require
from api.people import tokens
from api.people.scopes import MAKES_TOKENS, Scope
from api.tables import Person
from api.text import LARGEST_ID, PlainText

router = APIRouter(tags=["people"])

TokenMaker = Annotated[Person, require(MAKES_TOKENS)]


class NewToken(BaseModel):
    """What a program is to be called, and what it may do."""

    name: Annotated[PlainText, Field(min_length=1, max_length=80)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=730)] = 365


class TokenView(BaseModel):
    """A token, without the token."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime


class MadeToken(TokenView):
    """A new token; it is shown this once."""

    token: str


class TokenList(BaseModel):
    """A person's tokens, the newest first."""

    tokens: list[TokenView]


@router.post("/me/tokens", status_code=201)
async def make_token(
    body: NewToken, session: Transaction, person: TokenMaker, now: Now
) -> MadeToken:
    """Make a token that speaks for the asker, within its scopes."""
    row, token = await tokens.add_token(
        session, person, body.name, body.scopes, now=now, lasts=timedelta(days=body.days)
    )
    after = {"scopes": row.scopes, "days": body.days}
    await audit.note(session, person, "token.make", now, subject=f"token {row.id}", after=after)
    return MadeToken(**TokenView.model_validate(row).model_dump(), token=token)


@router.get("/me/tokens")
async def list_tokens(session: Transaction, person: TokenMaker) -> TokenList:
    """Return the asker's tokens."""
    rows = await tokens.tokens_of(session, person.id)
    return TokenList(tokens=[TokenView.model_validate(row) for row in rows])


@router.delete("/me/tokens/{token_id}", status_code=204)
async def revoke_token(
    token_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    session: Transaction,
    person: TokenMaker,
    now: Now,
) -> None:
    """Make one of the asker's tokens worthless."""
    await tokens.revoke(session, person.id, token_id, now)
    await audit.note(
        session, person, "token.revoke", now, subject=f"token {token_id}", about=person.id
    )
