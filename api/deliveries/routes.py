"""What a phone says of a delivery, without being signed in: the push brought it a token."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field

from api.alerts.store import NewAnswer
from api.deliveries import store
from api.deliveries.rules import is_token
from api.dependencies import Now, ServerParts, Transaction
from api.errors import NotAllowedError
from api.pipeline import handle_answer, handle_receipt
from api.tables import AnswerKind

router = APIRouter(tags=["deliveries"])

DeliveryId = Annotated[str, Path(max_length=36)]
Token = Annotated[str, Field(max_length=100)]


class ReceiptBody(BaseModel):
    """How far a delivery has come, on the phone's clock."""

    kind: Literal["received", "shown", "opened"]
    at: AwareDatetime
    token: Token


class TokenAnswerBody(BaseModel):
    """An answer given on the notification itself."""

    id: UUID
    answer: AnswerKind
    answered_at: AwareDatetime
    token: Token


@router.post("/deliveries/{delivery_id}/receipts", status_code=204)
async def confirm_delivery(
    delivery_id: DeliveryId, body: ReceiptBody, parts: ServerParts, session: Transaction, now: Now
) -> None:
    """Keep that the phone received, showed or opened it. Saying so twice changes nothing."""
    _check(parts.secret, delivery_id, body.token)
    await handle_receipt(session, delivery_id, body.kind, body.at, now)


@router.post("/deliveries/{delivery_id}/answers", status_code=204)
async def answer_delivery(
    delivery_id: DeliveryId,
    body: TokenAnswerBody,
    parts: ServerParts,
    session: Transaction,
    now: Now,
) -> None:
    """Keep the answer of the person whose phone it came to."""
    _check(parts.secret, delivery_id, body.token)
    delivery = await store.delivery_of(session, delivery_id)
    person = await store.person_of(session, delivery)
    answer = NewAnswer(body.id, body.answer, body.answered_at)
    await handle_answer(session, person, delivery.alert_id, answer, now)


def _check(secret: bytes, delivery_id: str, token: str) -> None:
    if not is_token(secret, delivery_id, token):
        raise NotAllowedError("this token does not belong to the delivery")
