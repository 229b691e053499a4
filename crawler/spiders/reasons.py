"""Why a page gave nothing: a short code, and a sentence that says what can be done."""

from __future__ import annotations

from gzip import BadGzipFile

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from twisted.internet.error import DNSLookupError

from crawler.middlewares import HostPaused, Refused, Unset
from crawler.resolver import HINT, REFUSED

_STATUS = {
    401: "it wants a login; nothing can be read there without one",
    403: "the site refuses us; ask its owner, or leave the source out",
    404: "there is no such page; if it is a start URL, correct it in the source file",
    410: "the page is gone for good; if it is a start URL, correct it in the source file",
    429: "we asked too often; raise the source's pace.delay",
}

OUTCOMES = {
    "empty": "the page is empty; it is tried again in the next crawl",
    "listing": "the page lists articles and is none itself",
    "not-html": "it is no HTML page",
    "no-text": "no article text was found on the page",
    "error": "the page could not be read; it is tried again in the next crawl",
    "error-page": "the server has a fault, whatever its status says; it is tried again in the next crawl",
    "bot-check": "the site asks for a sign of a person, or refuses us; it is tried again in the next crawl",
    "not-found": "there is no such page, whatever its status says",
    "login-wall": "it wants a login; nothing can be read there without one",
    "paywall": "its text is for subscribers only; leave the source out if all of it is",
    "consent": "it wants a consent that we cannot give; give the source a feed with whole texts, or leave it out",
    "region-wall": "it is not shown in the country from which we ask",
    "script-only": "its text is written by script, which we do not run",
    "video": "it is a video, with a caption at the most",
    "gallery": "it is a row of pictures without text",
}
"""Why a page that came is no article: what `Extraction.outcome` says, for people."""

PASSING = ("empty", "error", "error-page", "bot-check")
"""What may be over by the next crawl: such a page is not remembered but tried again."""

KEPT = ("no-text", "error", "login-wall", "paywall", "consent", "script-only", "video", "gallery")
"""What may be our mistake: the page's bytes are kept, so that it can be extracted anew."""


def of_exception(error: BaseException) -> tuple[str, str]:
    """The reason code and sentence for what was raised instead of a response."""
    text = str(error)
    if isinstance(error, Refused) or REFUSED in text:
        return "refused", text
    if isinstance(error, Unset):
        return "unset", f"{text}, which the source file names; set it where Watercooler is started"
    if isinstance(error, HostPaused):
        return f"http-{error.status}", f"{text}, so it is left in peace until the next crawl"
    if isinstance(error, (CannotResolveHostError, DNSLookupError)):
        return "unreachable", "the host's name is not known; check its spelling in the source file"
    if isinstance(error, DownloadTimeoutError):
        return "timeout", "the server did not answer in time; it is tried again in the next crawl"
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in text:
        return "too-big", "the answer is larger than 10 MB; exclude it in the source file"
    if isinstance(error, IgnoreRequest):
        return _ignored(text)
    if isinstance(error, (ResponseDataLossError, BadGzipFile, EOFError)):
        return "broken", "the answer is cut off or badly packed; it is tried again in the next crawl"
    if isinstance(error, ValueError):
        return "error", f"the answer could not be unpacked, or redirects to what is no URL: {text[:200]}"
    return "unreachable", f"no answer ({text[:200] or type(error).__name__}); it is tried again in the next crawl"


def of_refusal(host: str, address: str) -> tuple[str, str]:
    """The reason when a host's address is none of the open Internet."""
    which = "" if host == address else f" is {address}, which"
    return "refused", f"{host}{which} is no public address{HINT}"


def _ignored(text: str) -> tuple[str, str]:
    if "robots.txt" in text:
        return "robots", "robots.txt forbids it, and we obey; ask the site's owner, or leave the source out"
    if "redirections" in text:
        return "redirects", "it redirects in circles, or too often"
    return "ignored", text[:200]


def of_status(status: int) -> tuple[str, str]:
    """The reason code and sentence for an HTTP status that is no success."""
    if status == 304:
        return "http-304", "it says that nothing has changed, but was not asked; it is tried again in the next crawl"
    if 300 <= status < 400:
        return "redirects", "it redirects to what is no web page"
    if status >= 500:
        return f"http-{status}", "the server has a fault; it is tried again in the next crawl"
    return f"http-{status}", _STATUS.get(status, "the server gave no page; look at it in a browser")


def of_robots(trouble: int | BaseException) -> tuple[str, str]:
    """The reason when robots.txt itself could not be read, which forbids all (RFC 9309)."""
    if isinstance(trouble, int):
        return "robots", f"robots.txt answered {trouble}, so nothing may be read until it is back"
    reason, sentence = of_exception(trouble)
    return reason, f"robots.txt could not be read, so nothing may be: {sentence}"
