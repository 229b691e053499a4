"""What may be asked about digests, and the forms that are given."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from worker.digest.content import Digest
from worker.forms.shapes import DeliveryForm, IssueForm, WaitForm
from worker.models import DeliveryState, IssueState
from worker.web.api.asked import Address, NamedShow, Page, Since, Why
from worker.web.api.operation import Body

# What belongs together, as JSON Schema says it. In a list of choices `False` is a field that must not be there.
_ALL = {"required": ["all"], "properties": {"all": {"const": True}, "to": False, "show": False}}
_SOME = [{"required": [name], "properties": {"all": {"const": False}}} for name in ("to", "show")]
_REALLY = {"required": ["why"], "properties": {"dry_run": {"const": False}, "test_to": False}}
_DRY = {"required": ["dry_run"], "properties": {"dry_run": {"const": True}, "test_to": False}}
_TEST = {"required": ["test_to"], "properties": {"dry_run": {"const": False}}}
_SEND: dict[str, Any] = {
    "allOf": [{"anyOf": [_ALL, *_SOME]}, {"anyOf": [_REALLY, _DRY, _TEST]}],
    "examples": [
        {"all": True, "why": "breaking news"},
        {"all": True, "dry_run": True},
        {"show": "harbour-lights", "since": "7d", "why": "the makers have confirmed season 2"},
        {"to": "ann@example.org", "test_to": "desk@example.org"},
    ],
}
_PREVIEW: dict[str, Any] = {
    "anyOf": [{"required": ["to"]}, {"required": ["show"]}],
    "examples": [{"show": "harbour-lights"}, {"to": "ann@example.org", "since": "7d"}],
}


class Preview(Body):
    """Whose digest to look at: a subscriber's, or with `show` alone a new follower's."""

    model_config = ConfigDict(json_schema_extra=_PREVIEW)

    to: Address = Field("", description="Only this subscriber.")
    show: NamedShow = ""
    since: Since = ""

    @model_validator(mode="after")
    def _whose(self) -> Preview:
        if not self.to and not self.show:
            raise ValueError("say whose digest to look at: to, or show for a new follower's")
        return self


class PreviewForm(TypedDict):
    """What would be sent now; all but `subscriber` is null when nothing would be."""

    subscriber: str
    subject: str | None
    text: str | None
    html: str | None
    content: Digest | None


class Send(Body):
    """To whom, about what, and why: `all` who follow something, one reader (`to`), or the followers of one `show`."""

    model_config = ConfigDict(json_schema_extra=_SEND)

    to: Address = Field("", description="Only this subscriber.")
    show: NamedShow = ""
    all: bool = Field(False, description="All who follow something.")
    since: Since = ""
    dry_run: bool = Field(False, description="Send nothing; say who would get what.")
    test_to: Address = Field(
        "", description="Send the first reader's digest to this address; it is told to nobody else."
    )
    why: Why = Field("", description="The reason, kept with the issue; needed when something is sent.")

    @model_validator(mode="after")
    def _whom(self) -> Send:
        if self.all == bool(self.to or self.show):
            raise ValueError('say whom: "all": true, or to, or show')
        if self.dry_run and self.test_to:
            raise ValueError("dry_run sends nothing and test_to sends one mail: choose one of them")
        if not (self.dry_run or self.test_to or self.why):
            raise ValueError("why: say the reason; it is kept with the issue")
        return self


class Opened(TypedDict):
    """The issue that is being sent; `new` is false when the same was asked for before."""

    issue: IssueForm
    new: bool


class WouldGet(TypedDict):
    """What a reader would get; null: nothing is new for them."""

    subscriber: str
    subject: str | None


class Rehearsed(TypedDict):
    """A dry run: how many readers, how many of them would get a mail, and the first of them."""

    dry_run: bool
    readers: int
    mails: int
    items: list[WouldGet]


class Tested(TypedDict):
    """A test that was sent, and the receiver's reply."""

    test_to: str
    subject: str
    reply: str


class Deliveries(Page):
    """Which deliveries of an issue."""

    state: DeliveryState | None = None


class IssuePage(IssueForm):
    """An issue with a page of its deliveries, and what those that did not go out wait for; most first."""

    waits: list[WaitForm]
    items: list[DeliveryForm]
    next: int | None


class Turned(TypedDict):
    """An issue's new state, and how many deliveries it concerns."""

    id: int
    state: IssueState
    deliveries: int


class Release(Body):
    """What nobody knows whether it was taken, and was held for a person: all of it, or for one reader."""

    to: Address = Field("", description="Only this subscriber.")
    taken: bool = Field(False, description="They got it: it counts as sent. Else the same bytes are sent again.")


class Resend(Body):
    """What failed or was skipped is tried again: all of it, or for one reader."""

    to: Address = Field("", description="Only this subscriber.")
