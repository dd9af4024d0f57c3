"""Signing in at the gateway once for all users, and staying signed in."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import gevent

TIMEOUT_S = 10
# A token is renewed after this part of its life.
RENEW_AFTER = 0.8


class Session:
    """One access token, shared: signing in is made to be slow (scrypt), and is not what is measured here."""

    def __init__(self, host: str, email: str, password: str) -> None:
        """Nothing is sent before `sign_in`."""
        self._host = host.rstrip("/")
        self._credentials = json.dumps({"email": email, "password": password}).encode()
        self._token = ""
        self.property_ids: list[str] = []

    @property
    def headers(self) -> dict[str, str]:
        """What every request must carry."""
        return {"authorization": f"Bearer {self._token}"}

    def sign_in(self) -> None:
        """Sign in, list the properties once, and renew the token in the background. Raise OSError when that fails."""
        lifetime_s = self._renew()
        page = self._ask("/v1/properties")
        self.property_ids = [str(item["id"]) for item in page["items"]]
        gevent.spawn(self._keep_signed_in, lifetime_s)

    def _keep_signed_in(self, lifetime_s: float) -> None:
        while True:
            gevent.sleep(lifetime_s * RENEW_AFTER)
            lifetime_s = self._renew()

    def _renew(self) -> float:
        answer = self._ask("/v1/auth/sign-in", self._credentials)
        self._token = answer["access_token"]
        return float(answer["expires_in"])

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"content-type": "application/json"} if body else self.headers
        request = urllib.request.Request(self._host + path, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return json.load(response)
