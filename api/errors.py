"""What a caller can put right. One handler in `app.py` turns these into responses."""

from http import HTTPStatus


class ExpectedError(Exception):
    """Something a caller can put right; its text is one plain sentence for that caller."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class NotSignedInError(ExpectedError):
    """Nobody, or nobody we know any more, is asking."""

    status = HTTPStatus.UNAUTHORIZED
    code = "not_signed_in"


class NotAllowedError(ExpectedError):
    """We know who asks, and their role does not allow it."""

    status = HTTPStatus.FORBIDDEN
    code = "not_allowed"


class NotFoundError(ExpectedError):
    """No such thing, or it belongs to another site, which is the same to the caller."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class IllegalMoveError(ExpectedError):
    """The thing exists but is past the state in which this could be done."""

    status = HTTPStatus.CONFLICT
    code = "illegal_move"


class AlreadyExistsError(ExpectedError):
    """Something with that name is there already."""

    status = HTTPStatus.CONFLICT
    code = "already_exists"


class TooLargeError(ExpectedError):
    """More bytes than the server takes at this place."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class InvalidError(ExpectedError):
    """The request was understood and cannot be right."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"


class TooManyRequestsError(ExpectedError):
    """Asked too often; `retry_after_s` says when to come back."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SetUpError(Exception):
    """The server cannot start as it is set up; the text says what to change."""
