"""A host of pictures: HTTPS on loopback, with a certificate that a test can trust."""

import datetime
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import ports

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


class PictureHost:
    """Answers each path with what `pictures` has for it; `requests` are the paths that were asked."""

    def __init__(self, directory: Path) -> None:
        self.pictures: dict[str, tuple[int, bytes]] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.requests: list[str] = []
        self.ca_file = certificate(directory)
        self._server = ThreadingHTTPServer((ports.HOST, 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, directory / "key.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.authority = f"{ports.HOST}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"https://{self.authority}{path}"

    def stop(self) -> None:
        self._server.shutdown()

    def _handler(host) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.requests.append(self.path)
                status, body = host.pictures.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                for name, value in host.headers.get(self.path, {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def certificate(directory: Path) -> Path:
    """Writes a certificate for the loopback address, and its key; both are as short-lived as a test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address(ports.HOST))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=2))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (directory / "key.pem").write_bytes(key.private_bytes(pem, form, plain))
    (directory / "certificate.pem").write_bytes(signed.public_bytes(pem))
    return directory / "certificate.pem"
