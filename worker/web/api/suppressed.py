"""Addresses that nothing is sent to: listed, put there by an operator, and taken off."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from worker.errors import NotFoundError
from worker.forms import suppression_form
from worker.forms.shapes import SuppressionForm
from worker.privacy import marks
from worker.store import Tx
from worker.store.suppressions import Suppression
from worker.subscribers import check_address
from worker.suppress import release, suppress_by_hand
from worker.web.api.answers import Answer
from worker.web.api.asked import Address, Page, PageOf, Why, paged
from worker.web.api.operation import Body, Call, Operation


class Suppressions(Page):
    """Which of them."""

    reason: Literal["", "bounced", "complained", "operator"] = ""


class Suppress(Body):
    """Whom nothing at all is sent to any more, whoever asks for it, not even a confirm mail."""

    address: Address
    why: Why


class Unsuppress(Body):
    """Who is to be taken off the list."""

    address: Address


class Unsuppressed(TypedDict):
    """Who was taken off; the state their subscription has now, or null where no subscriber has the address."""

    address: str
    state: str | None


def list_suppressions(call: Call, asked: Suppressions) -> Answer:
    """The newest first."""
    with call.kit.store.begin() as tx:
        rows = tx.suppressions.some(asked.wanted, asked.cursor, asked.reason)
    return Answer(paged(asked, rows, suppression_form, lambda row: row.id))


def suppress(call: Call, asked: Suppress) -> Answer:
    """Asked twice it stays as it was first put there; the reason is the new one."""
    key = check_address(asked.address)[1]
    with call.kit.store.begin() as tx:
        suppress_by_hand(tx, key, asked.why, call.now)
        return Answer(suppression_form(_find(tx, call, asked.address)))


def unsuppress(call: Call, asked: Unsuppress) -> Answer:
    """Who had agreed to digests gets them again; who had left stays away."""
    with call.kit.store.begin() as tx:
        state = release(tx, _find(tx, call, asked.address), call.now)
    form: Unsuppressed = {"address": asked.address, "state": state or None}
    return Answer(form)


def _find(tx: Tx, call: Call, address: str) -> Suppression:
    """The entry of an address, even of one that was erased since. Raises NotFoundError."""
    found = tx.suppressions.find([check_address(address)[1], *marks(address, call.kit.settings.keys)])
    if found is None:
        raise NotFoundError(f"{address} is not suppressed; see GET /api/v1/suppressions")
    return found


OPERATIONS = (
    Operation(
        "GET",
        "/suppressions",
        "listSuppressions",
        "Addresses that nothing is sent to, with reason and evidence",
        list_suppressions,
        Suppressions,
        PageOf[SuppressionForm],
    ),
    Operation(
        "POST",
        "/suppressions",
        "suppressAddress",
        "Sends nothing more to an address",
        suppress,
        Suppress,
        SuppressionForm,
    ),
    Operation(
        "POST",
        "/suppressions/remove",
        "unsuppressAddress",
        "Takes an address off the list",
        unsuppress,
        Unsuppress,
        Unsuppressed,
    ),
)
