"""Alerts over HTTP: see them, answer them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from api.alerts import store
from api.alerts.store import NewAnswer
from api.alerts.view import AlertView, alert_views
from api.dependencies import Now, SignedIn, Transaction
from api.errors import NotFoundError
from api.pipeline import handle_answer
from api.tables import AnswerKind

router = APIRouter(tags=["alerts"])


class AlertList(BaseModel):
    """Alerts, the most lately raised first, and the server's time."""

    alerts: list[AlertView]
    now: datetime


class AnswerBody(BaseModel):
    """What a person says; `id` is made on the phone, so that sending it again changes nothing."""

    id: UUID
    answer: AnswerKind
    answered_at: AwareDatetime

    def read(self) -> NewAnswer:
        """Return it in the server's words."""
        return NewAnswer(self.id, self.answer, self.answered_at)


@router.get("/alerts")
async def list_alerts(
    session: Transaction,
    person: SignedIn,
    now: Now,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertList:
    """Return the newest alerts of the person's site."""
    newest = await store.newest(session, person.site_id, limit)
    views = await alert_views(session, [alert.id for alert in newest], person)
    return AlertList(alerts=views, now=now)


@router.get("/alerts/{alert_id}")
async def one_alert(alert_id: str, session: Transaction, person: SignedIn) -> AlertView:
    """Return one alert."""
    views = await alert_views(session, [alert_id], person)
    if not views:
        raise NotFoundError("there is no such alert")
    return views[0]


@router.post("/alerts/{alert_id}/answers")
async def answer_alert(
    alert_id: str, body: AnswerBody, session: Transaction, person: SignedIn, now: Now
) -> AlertView:
    """Keep an answer, let it do what it does, and return the alert as it is then."""
    alert = await handle_answer(session, person, alert_id, body.read(), now)
    return (await alert_views(session, [alert.id], person))[0]
