"""Why a release is not taken."""


class RefusedError(Exception):
    """A release that must not run here. The message is one plain sentence for the operator."""


class TryAgainError(Exception):
    """Its files cannot be had at the moment; what has come is kept."""
