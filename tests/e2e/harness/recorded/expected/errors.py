"""Errors by their status, as wire-facts §0.3 has them."""

from ..said import Failed

# Of a status: OpenAI's type and code; None where the provider's own code stays.
BY_STATUS = {
    400: ("invalid_request_error", None),
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: ("invalid_request_error", "model_not_found"),
    422: ("invalid_request_error", None),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


def failed(status: int, message: str, code: str | None = None) -> Failed:
    kind, common = BY_STATUS.get(status, ("server_error", None))
    return Failed(message, status, kind, code or common)
