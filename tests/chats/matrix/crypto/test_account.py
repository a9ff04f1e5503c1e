"""The answer to a server that asks who we are."""

from __future__ import annotations

import pytest

from bot.chats.matrix.crypto.account import proof
from bot.errors import Unauthorised

USER = "@bot:example.org"


def test_a_password_is_given_where_it_is_enough() -> None:
    given = proof(
        USER, "secret", {"session": "s", "flows": [{"stages": ["m.login.sso"]}, {"stages": ["m.login.password"]}]}
    )
    assert (given["type"], given["password"], given["session"]) == ("m.login.password", "secret", "s")


@pytest.mark.parametrize("flows", [[], [{"stages": ["org.matrix.cross_signing_reset"]}], [{}]])
def test_a_server_that_wants_a_person_on_its_own_page_is_explained(flows: object) -> None:
    with pytest.raises(Unauthorised, match="allow it in the account's settings on the server's own page"):
        proof(USER, "secret", {"session": "s", "flows": flows})
