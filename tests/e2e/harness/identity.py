"""Issuers of tokens and of certificates, as short-lived as a test."""

import base64
import datetime
import ipaddress
import json
import ssl
import time
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

from . import ports

AUDIENCE = "tidegate"


def encoded(data: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8))


class Issuer:
    """Signs tokens by RS256 or ES256; `kid` names its key."""

    def __init__(self, name: str, algorithm: str = "RS256", kid: str = "key-1") -> None:
        self.name = name
        self.algorithm = algorithm
        self.kid = kid
        self._key: Any = (
            rsa.generate_private_key(65537, 2048)
            if algorithm == "RS256"
            else ec.generate_private_key(ec.SECP256R1())
        )

    def jwks(self) -> str:
        """Its public key (RFC 7517)."""
        key = {"kid": self.kid, "alg": self.algorithm, "use": "sig", **self._public()}
        return json.dumps({"keys": [key]})

    def token(self, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token for the gateway that is good for an hour; a claim that is None is left out."""
        now = int(time.time())
        usual = {"iss": self.name, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
        payload = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **(header or {})}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, payload))
        return f"{signed}.{encoded(self._sign(signed.encode()))}"

    def _public(self) -> dict[str, str]:
        public = self._key.public_key().public_numbers()
        if self.algorithm == "RS256":
            return {"kty": "RSA", "n": number(public.n), "e": number(public.e)}
        return {"kty": "EC", "crv": "P-256", "x": encoded(public.x.to_bytes(32)),
                "y": encoded(public.y.to_bytes(32))}

    def _sign(self, data: bytes) -> bytes:
        if self.algorithm == "RS256":
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


class Authority:
    """Signs certificates; `ca_file` is its own."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory / name
        self._directory.mkdir(parents=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        own = self._builder(self._name, self._key).add_extension(constraints, critical=True)
        self.ca_file = self._write("ca.crt", own.sign(self._key, hashes.SHA256()))

    def server(self, name: str = "tls") -> tuple[Path, Path]:
        """A certificate for the loopback address, and its key."""
        return self._issue(name, x509.IPAddress(ipaddress.ip_address(ports.HOST)))

    def client(self, name: str, *, uri: str | None = None, dns: str | None = None) -> tuple[Path, Path]:
        """A client's certificate, and its key."""
        names: list[x509.GeneralName] = []
        if uri:
            names.append(x509.UniformResourceIdentifier(uri))
        if dns:
            names.append(x509.DNSName(dns))
        return self._issue(name, *names)

    def trust(self, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """What a client needs that believes this authority, and shows a certificate."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        if client:
            context.load_cert_chain(*client)
        return context

    def _issue(self, name: str, *names: x509.GeneralName) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        alternative = x509.SubjectAlternativeName(names)
        builder = self._builder(subject, key).add_extension(alternative, critical=False)
        certificate = self._write(f"{name}.crt", builder.sign(self._key, hashes.SHA256()))
        key_file = self._directory / f"{name}.key"
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.PKCS8
        key_file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
        return certificate, key_file

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(hours=2))
            .add_extension(identifier, critical=False)
            .add_extension(above, critical=False)
        )

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        file = self._directory / name
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return file
