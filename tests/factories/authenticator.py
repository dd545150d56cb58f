"""A device that makes and uses passkeys as the specification has it; no browser needed."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cbor import encode
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


class Device:
    """Holds one passkey. What it sends can be spoiled: origin, flags, count."""

    def __init__(self, origin: str = "http://localhost", host: str = "localhost") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.origin, self.host = origin, host
        self.count = 0
        self.flags = PRESENT | VERIFIED
        self.handle = b""

    def make(self, options: dict[str, Any]) -> str:
        """The answer to the question for a new passkey."""
        asked = options["publicKey"]
        self.handle = websafe_decode(asked["user"]["id"])
        public = dict(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(self.flags | ATTESTED) + attested + encode(public)
        client = self._client("webauthn.create", asked["challenge"])
        attestation = encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._sent(clientDataJSON=client, attestationObject=attestation)

    def use(self, options: dict[str, Any]) -> str:
        """The answer to the question of signing in."""
        self.count += 1
        data = self._data(self.flags)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._sent(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signature,
            userHandle=self.handle,
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self._counted()

    def _counted(self) -> bytes:
        return self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _sent(self, **response: bytes) -> str:
        name = websafe_encode(self.credential_id)
        encoded = {key: websafe_encode(value) for key, value in response.items()}
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": encoded,
                "clientExtensionResults": {},
            }
        )
