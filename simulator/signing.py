"""The key behind JWKS and id_token: RSA, made when first asked for (api 1.1)."""

import base64
import hashlib
import json
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Signer:
    """Signs ID tokens with RS256. `pem` is kept with the state, so that a restart keeps the key."""

    def __init__(self, pem: str = "") -> None:
        self._given = pem

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        if not self._given:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key = serialization.load_pem_private_key(self._given.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the signing key in the state file is not an RSA key")
        return key

    @property
    def pem(self) -> str:
        """The key as text, "" while nobody has needed one."""
        if "_key" not in self.__dict__:
            return self._given
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def key_id(self) -> str:
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(der).hexdigest()[:16]

    def jwks(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }
        return {"keys": [key]}

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed JWT of these claims."""
        head = _part({"alg": "RS256", "kid": self.key_id, "typ": "JWT"})
        signed = f"{head}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_text(signature)}"


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
