"""Signing in at a person's own organization with OpenID Connect, as its specification has it.

Authorization code flow with PKCE. The identity token is taken only when its signature, issuer,
audience, age and nonce are right, and the user information only when it is about the same subject.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
from django.conf import settings

from etasu.registry.accounts.outside import Identity

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
SECONDS_TO_WAIT = 10
LONGEST_ANSWER = 1_000_000
CLOCKS_DIFFER_BY = timedelta(minutes=1)
GOOD_FOR = timedelta(minutes=15)
LOCAL = ("localhost", "127.0.0.1")


class SingleSignOn(NamedTuple):
    """Where people of the organization sign in, and what the button says.

    `scope` is what is asked for there; `beside` is what its own description leaves out. Without
    `vouches_for_address` it never says that an address is theirs who sign in.
    """

    issuer: str
    client_id: str
    secret: str
    label: str
    scope: str = "openid email profile"
    beside: Mapping[str, Any] = {}
    vouches_for_address: bool = True


class Begun(NamedTuple):
    """A sign-in under way: what must come back, and what must be in the token."""

    state: str
    nonce: str
    verifier: str
    until: float
    wants_fresh: bool


class Refused(Exception):
    """The organization did not let the person in, or what it sent cannot be trusted."""


def single_sign_on() -> SingleSignOn | None:
    """The organization this site is connected with, if any."""
    said: dict[str, Any] | None = settings.ETASU_OIDC
    return SingleSignOn(**said) if said else None


def begin(at: datetime, wants_fresh: bool = False) -> Begun:
    """A new sign-in; with `wants_fresh` the person is to show again who they are."""
    make = secrets.token_urlsafe
    return Begun(make(32), make(32), make(48), (at + GOOD_FOR).timestamp(), wants_fresh)


def address_to_ask(there: SingleSignOn, begun: Begun, return_to: str) -> str:
    """Where to send the person. Raises Refused when the organization does not answer."""
    known = _discover(there)
    hashed = hashlib.sha256(begun.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": there.client_id,
        "redirect_uri": return_to,
        "scope": there.scope,
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if begun.wants_fresh:
        asked |= {"prompt": "login", "max_age": "0"}
    where = _safe(str(known["authorization_endpoint"]))
    return f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(asked)}"


def identity_of(
    there: SingleSignOn, begun: Begun, came_back: dict[str, str], return_to: str, at: datetime
) -> Identity:
    """Who signed in. Raises Refused for anything that is not exactly as it should be."""
    if at.timestamp() > begun.until or came_back.get("iss", there.issuer) != there.issuer:
        raise Refused("late or from elsewhere")
    if not secrets.compare_digest(came_back.get("state", "").encode(), begun.state.encode()):
        raise Refused("state")
    if "error" in came_back or not came_back.get("code"):
        raise Refused("not let in")
    known = _discover(there)
    tokens = _exchange(there, known, came_back["code"], begun.verifier, return_to)
    claims = _read_token(there, known, str(tokens.get("id_token", "")))
    _check_claims(there, claims, begun, at)
    claims |= _user_information(known, tokens, claims["sub"])
    return Identity(
        issuer=there.issuer,
        subject=str(claims["sub"]),
        email=str(claims.get("email") or ""),
        email_is_confirmed=_vouches_for_address(claims),
        full_name=str(claims.get("name") or "")[:200],
        ways=_ways(claims),
    )


def _discover(there: SingleSignOn) -> dict[str, Any]:
    described = f"{there.issuer.rstrip('/')}/.well-known/openid-configuration"
    known = {**there.beside, **_fetch(Request(_safe(described)))}
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if known.get("issuer") != there.issuer or any(not known.get(name) for name in needed):
        raise Refused("discovery")
    return known


def _exchange(
    there: SingleSignOn, known: dict[str, Any], code: str, verifier: str, return_to: str
) -> dict[str, Any]:
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": verifier,
    }
    headers = {}
    methods = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_basic" in methods:
        pair = f"{quote(there.client_id, safe='')}:{quote(there.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        sent |= {"client_id": there.client_id, "client_secret": there.secret}
    where = _safe(str(known["token_endpoint"]))
    return _fetch(Request(where, urlencode(sent).encode(), headers))


def _read_token(there: SingleSignOn, known: dict[str, Any], token: str) -> dict[str, Any]:
    """What the token says, once its signature is one of the organization's keys'."""
    try:
        header = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(_fetch(Request(_safe(str(known["jwks_uri"])))))
        fits = [k for k in keys.keys if header.get("kid") in (None, k.key_id)]
        if len(fits) != 1:
            raise Refused("key")
        # Times are checked against the request's own moment, below.
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        options["require"] = ["iss", "sub", "aud", "exp", "iat", "nonce"]
        claims: dict[str, Any] = jwt.decode(
            token,
            fits[0],
            algorithms=ALGORITHMS,
            audience=there.client_id,
            issuer=there.issuer,
            options=options,
        )
    except (jwt.PyJWTError, ValueError, TypeError) as wrong:
        raise Refused(type(wrong).__name__) from None
    return claims


def _check_claims(there: SingleSignOn, claims: dict[str, Any], begun: Begun, at: datetime) -> None:
    now, slack = at.timestamp(), CLOCKS_DIFFER_BY.total_seconds()
    times = [claims["exp"], claims["iat"], claims.get("nbf", 0), claims.get("auth_time", 0)]
    if not all(isinstance(each, int | float) for each in times):
        raise Refused("times")
    if now > claims["exp"] + slack or claims["iat"] > now + slack or times[2] > now + slack:
        raise Refused("times")
    if not secrets.compare_digest(str(claims["nonce"]).encode(), begun.nonce.encode()):
        raise Refused("nonce")
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
        raise Refused("audience")
    if claims.get("azp", there.client_id) != there.client_id:
        raise Refused("audience")
    if begun.wants_fresh and times[3] < now - GOOD_FOR.total_seconds():
        raise Refused("not fresh")


def _user_information(
    known: dict[str, Any], tokens: dict[str, Any], subject: str
) -> dict[str, Any]:
    where, token = known.get("userinfo_endpoint"), tokens.get("access_token")
    if not where or not token:
        return {}
    said = _fetch(Request(_safe(str(where)), headers={"Authorization": f"Bearer {token}"}))
    if said.get("sub") != subject:
        raise Refused("subject")
    return {name: said[name] for name in ("email", "email_verified", "name") if name in said}


def _vouches_for_address(claims: dict[str, Any]) -> bool:
    """Whether the organization says the address is the person's own; some say so in `xms_edov`."""
    return claims.get("email_verified") is True or claims.get("xms_edov") in (True, "1", "true")


def _ways(claims: dict[str, Any]) -> str:
    """How the person signed in there, as far as the token says so (RFC 8176, OpenID EAP)."""
    if claims.get("acr") in ("phr", "phrh"):
        return "organization, passkey there"
    said = claims.get("amr")
    has_two = isinstance(said, list) and "mfa" in said
    return "organization, second step there" if has_two else "organization"


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _fetch(request: Request) -> dict[str, Any]:
    request.add_header("Accept", "application/json")
    try:
        with build_opener(_NoRedirects).open(request, timeout=SECONDS_TO_WAIT) as reply:
            found = json.loads(reply.read(LONGEST_ANSWER))
    except (URLError, OSError, ValueError) as trouble:
        raise Refused(type(trouble).__name__) from None
    if not isinstance(found, dict):
        raise Refused("answer")
    return found


def _safe(address: str) -> str:
    """The address when it is private on the way: HTTPS, or this very machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL):
        return address
    raise Refused("not private")
