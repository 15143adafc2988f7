"""What a message says, for channels that carry plain words."""

import json
from dataclasses import dataclass
from typing import Self

from mobile_push.clips import clip_of, clip_path
from mobile_push.push_message import PushMessage

SMS_CHARACTERS = 300  # four parts of a Chinese SMS; what is longer is cut


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one message.

    `link` is where the app shows the alert; `clip_url` is a recording of its fixed words, empty in
    a language that has none.
    """

    title: str
    body: str
    language: str
    level: str
    state: str
    simulated: bool
    alert_id: str
    delivery_id: str
    ring: int
    link: str
    clip_url: str

    @classmethod
    def of(cls, message: PushMessage, public_url: str) -> Self:
        """Read what a push would show."""
        said = json.loads(message.payload)
        home = public_url.rstrip("/")
        clip = clip_of(level=said["level"], state=said["state"], simulated=said["simulated"])
        path = clip_path(said["lang"], clip)
        return cls(
            title=said["title"],
            body=said["body"],
            language=said["lang"],
            level=said["level"],
            state=said["state"],
            simulated=said["simulated"],
            alert_id=said["alert_id"],
            delivery_id=said["delivery_id"],
            ring=said["ring"],
            link=f"{home}{said['url']}",
            clip_url=f"{home}{path}" if path else "",
        )

    @property
    def text(self) -> str:
        """Title and body as one short text."""
        return f"{self.title}\n{self.body}"[:SMS_CHARACTERS]

    def places(self) -> dict[str, str]:
        """Return what a template may ask for, by name."""
        return {
            "title": self.title,
            "body": self.body,
            "text": self.text,
            "lang": self.language,
            "level": self.level,
            "state": self.state,
            "drill": "drill" if self.simulated else "",
            "alert_id": self.alert_id,
            "delivery_id": self.delivery_id,
            "link": self.link,
        }
