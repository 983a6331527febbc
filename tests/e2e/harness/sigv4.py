"""Whether a request is signed as Amazon wants it: botocore's own signer signs it again."""

import hashlib
import re
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from .upstream import Request

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request, SignedHeaders=(?P<signed>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Signed:
    """What a request's signature says, and what botocore says it should be."""

    key: str
    region: str
    service: str
    headers: set[str]
    signature: str
    right: str

    @property
    def is_right(self) -> bool:
        return self.signature == self.right


class _Signer(SigV4Auth):
    """Signs the headers that were signed; botocore itself leaves some out, such as `user-agent`."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers


def read(request: Request, key: str, secret: str) -> Signed:
    """Checks the body's hash, and signs the request anew."""
    found = AUTHORIZATION.fullmatch(request.headers["authorization"])
    assert found, request.headers["authorization"]
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(request.body).hexdigest()
    names = found["signed"].split(";")
    again = AWSRequest(
        method=request.method,
        url=f"https://{request.headers['host']}{request.path}",
        data=request.body,
        headers={name: request.headers[name] for name in names},
    )
    again.context["timestamp"] = request.headers["x-amz-date"]
    signer = _Signer(Credentials(key, secret), found["service"], found["region"])
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return Signed(
        key=found["key"],
        region=found["region"],
        service=found["service"],
        headers=set(names),
        signature=found["signature"],
        right=signer.signature(text, again),
    )
