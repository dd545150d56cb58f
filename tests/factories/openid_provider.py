"""A small organization's sign-in: OpenID Connect in a process of its own, on a socket.

Run as a program it prints its port, and answers until its standard input ends. How it behaves is
told to it at `/tell`, so that a test can spoil one thing at a time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from urllib.request import Request, urlopen

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT, SECRET = "etasu-here", "s3cret/of:the client"


class Provider(subprocess.Popen[str]):
    """The process, from the test's side."""

    def __init__(self) -> None:
        super().__init__(
            [sys.executable, "-m", "tests.factories.openid_provider"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.stdout is not None
        self.issuer = f"http://127.0.0.1:{int(self.stdout.readline())}"

    def settings(self) -> dict[str, str]:
        """What an operator says about it."""
        return {
            "issuer": self.issuer,
            "client_id": CLIENT,
            "secret": SECRET,
            "label": "Harbor Health",
        }

    def tell(self, **said: Any) -> None:
        """How to behave from now on; whatever is not said is as it should be."""
        body = json.dumps(said).encode()
        with urlopen(Request(f"{self.issuer}/tell", body), timeout=10) as reply:
            assert reply.status == 200

    def sign_in(self, address: str) -> str:
        """What the person does there: the address they are sent back to."""
        opener = _no_redirects()
        with opener.open(address, timeout=10) as reply:
            return str(reply.headers["Location"])

    def stop(self) -> None:
        """End the process."""
        assert self.stdin is not None and self.stdout is not None
        self.stdin.close()
        self.wait(timeout=10)
        self.stdout.close()


def _no_redirects() -> Any:
    from urllib.request import HTTPErrorProcessor, build_opener

    class AsIs(HTTPErrorProcessor):
        def http_response(self, request: Any, response: Any) -> Any:
            return response

    return build_opener(AsIs)


class _House:
    """Everything the process remembers."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.other_key = ec.generate_private_key(ec.SECP256R1())
        self.told: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.issuer = ""

    def claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(self.told.get("now", 0))
        said = {
            "iss": self.issuer,
            "sub": "person-1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "nadia@example.org",
            "email_verified": True,
            "name": "Nadia Example",
            "auth_time": now,
        }
        return said | self.told.get("claims", {})

    def token(self, asked: dict[str, str]) -> str:
        said = {k: v for k, v in self.claims(asked).items() if v is not None}
        if self.told.get("unsigned"):
            return jwt.encode(said, "", algorithm="none")
        key = self.other_key if self.told.get("other_key") else self.key
        return jwt.encode(said, key, algorithm="ES256", headers={"kid": "one"})

    def keys(self) -> dict[str, Any]:
        public: dict[str, Any] = json.loads(
            jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key())
        )
        return {"keys": [public | {"kid": "one", "use": "sig", "alg": "ES256"}]}


HOUSE = _House()


class _Desk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Discovery, keys, user information, and the page where people sign in."""
        path = urlsplit(self.path)
        if path.path == "/.well-known/openid-configuration":
            self._say(self._discovery())
        elif path.path == "/keys":
            self._say(HOUSE.keys())
        elif path.path == "/who":
            self._say(HOUSE.told.get("who", {"sub": "person-1"}))
        elif path.path == "/enter":
            self._let_in(dict(parse_qsl(path.query)))
        else:
            self._say({"error": "no such page"}, 404)

    def do_POST(self) -> None:
        """Codes for tokens; and what the test has to tell."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/tell":
            HOUSE.told = json.loads(body)
            self._say({})
        elif self.path == "/token":
            self._exchange({k: v[0] for k, v in parse_qs(body.decode()).items()})

    def _discovery(self) -> dict[str, Any]:
        at = HOUSE.issuer
        said = {
            "issuer": at,
            "authorization_endpoint": f"{at}/enter",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
            "userinfo_endpoint": f"{at}/who",
        }
        return said | HOUSE.told.get("discovery", {})

    def _let_in(self, asked: dict[str, str]) -> None:
        code = secrets.token_urlsafe(16)
        HOUSE.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": HOUSE.issuer}
        back |= HOUSE.told.get("back", {})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def _exchange(self, sent: dict[str, str]) -> None:
        asked = HOUSE.codes.pop(sent.get("code", ""), None)
        pair = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
        hashed = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and pair == f"{CLIENT}:s3cret%2Fof%3Athe%20client"
            and proof == asked["code_challenge"]
            and sent.get("redirect_uri") == asked["redirect_uri"]
            and not HOUSE.told.get("refuses_code")
        )
        if asked is None or not is_right:
            self._say({"error": "invalid_grant"}, 400)
        else:
            self._say({"access_token": "x", "token_type": "Bearer", "id_token": HOUSE.token(asked)})

    def _say(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Answer until nobody listens any more."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
    HOUSE.issuer = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
