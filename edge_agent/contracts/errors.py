"""What can be wrong with something that came over the wire."""


class UnreadableMessageError(ValueError):
    """The bytes are not a message of the kind their topic promises."""


class ForgedMessageError(ValueError):
    """The message's code does not match its topic, its bytes and the station's key."""
