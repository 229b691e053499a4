"""Templates and compose: what a reader sees, what a mailing program is told, and bytes that never differ."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import worker
from worker.digest.compose import ReaderLinks, compose_digest
from worker.digest.content import Digest, Quote
from worker.errors import MailError, TemplateError
from worker.mail import words
from worker.mail.message import Attachment, Body, Envelope, Rendered, Templates, compose
from worker.mail.press import Press

PLAIN = Rendered("A plain subject", "Words.\n", "<p>Words.</p>")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="module")
def press(templates: Templates) -> Press:
    return Press(templates)


@pytest.fixture
def rendered(press: Press, digest: Digest, links: ReaderLinks) -> Rendered:
    return compose_digest(digest, links, press).rendered


def parsed(frozen: bytes) -> EmailMessage:
    return email.message_from_bytes(frozen, policy=email.policy.default)


def head(frozen: bytes) -> str:
    return frozen.partition(b"\r\n\r\n")[0].decode("ascii") + "\r\n"


def web_links(html: str) -> set[str]:
    return {url.replace("&amp;", "&") for url in re.findall(r'href="(https?:[^"]+)"', html)}


# ---- what a reader sees


def test_digest_tells_label_certainty_source_and_what_was(rendered: Rendered) -> None:
    assert rendered.subject == "Harbour Lights gets a date; Ida Brandt stays"
    assert "* Season 2 starts on 12 March [MOVED] [OFFICIAL]\n  The Trade Wire, 8 Feb 2024\n" in rendered.text
    assert "Was: autumn 2024 (rumour, 2 Oct 2023)\n    Now: 12 March 2024 (official)\n" in rendered.text
    assert "[DENIED] [OFFICIAL]" in rendered.text
    assert "[NEW] [RUMOUR]" in rendered.text
    assert rendered.html.count("✔&nbsp;Official</span>") == 4  # at a glance, two items, a date to come
    assert rendered.html.count("?&nbsp;Rumour</span>") == 2
    for said in (">MOVED</span>", ">DENIED</span>", "Now: <strong", "Quiet: The Glass Orchard."):
        assert said in rendered.html


def test_times_are_those_of_the_readers_zone(rendered: Rendered) -> None:
    # 7 Feb 23:30 in UTC is the 8th in Auckland; 2 Feb 06:00 is 19:00 there.
    assert "since Fri 2 Feb 2024, 19:00 (Pacific/Auckland)" in rendered.text
    assert "8\N{NO-BREAK SPACE}Feb\N{NO-BREAK SPACE}2024" in rendered.html.replace("&nbsp;", "\N{NO-BREAK SPACE}")


def test_text_part_has_every_link_on_its_own_line_and_72_columns(rendered: Rendered) -> None:
    lines = rendered.text.splitlines()
    assert web_links(rendered.html) <= {line.strip() for line in lines}
    assert [line for line in lines if len(line) > 72 and " " in line.strip()] == []
    assert "-- " in lines
    assert "\n\n\n" not in rendered.text


def test_html_loads_nothing_and_reads_well_everywhere(rendered: Rendered) -> None:
    html = rendered.html
    assert not re.search(r"<img|<script|<link|url\(|@import|@font-face|\bvar\(", html)
    assert re.search(r'<h1 style="[^"]*font-size', html)
    assert re.search(r"@media ?\(prefers-color-scheme: ?dark\)", html)
    for tag in re.findall(r"<(?:html|body)[^>]*>|<div [^>]*role=.article[^>]*>", html):
        assert 'lang="en"' in tag
        assert 'dir="ltr"' in tag
    tables = re.findall(r"<table[^>]*>", html)
    assert tables
    assert all('role="presentation"' in table for table in tables)
    sizes = [float(size) for size in re.findall(r"font-size: ?([\d.]+)px", html)]
    assert sorted(set(sizes) - {1.0})[0] >= 13  # 1 px is the hidden preheader
    assert len(html.encode()) < 20_000


def test_footer_says_why_and_how_to_leave(press: Press, digest: Digest, links: ReaderLinks) -> None:
    for url in (links.unsubscribe, None):
        rendered = compose_digest(digest, replace(links, unsubscribe=url), press).rendered
        footer = rendered.text.partition("\n-- \n")[2]
        assert "You get this because mira@reader.example follows 3 shows" in footer
        assert "No tracking" in footer
        assert (str(url) in footer) == (str(url) in rendered.html) == (url is not None)
        assert "unsub+NDI.Zk3vQm9sR2pXw8tYb5nD1gAAAAA@watercooler.example" in footer
        assert "None" not in rendered.text + rendered.html


def test_strangers_words_stay_words(press: Press, digest: Digest, links: ReaderLinks) -> None:
    evil = Quote("<b>x</b>", '<script>alert(1)</script>{{ 7 * 7 }}" onclick="x\n-- \n\x1b[2J', None)
    block = digest.shows[0]
    talk = replace(
        block.talk[0], quotes=(evil,), source=replace(block.talk[0].source, url="javascript:alert(1)", title="T" * 90)
    )
    shows = (replace(block, name="A & <i>B</i>", talk=(talk,), updates=()),)
    rendered = compose_digest(replace(digest, shows=shows), links, press).rendered
    assert "<script" not in rendered.html
    assert "<i>B" not in rendered.html
    assert "javascript:" not in rendered.html + rendered.text
    assert "{{ 7 * 7 }}" in rendered.text
    assert "\x1b" not in rendered.html + rendered.text
    assert rendered.text.splitlines().count("-- ") == 1
    assert "T" * 21 not in rendered.html  # a long word may break on a phone
    assert "T" * 90 in rendered.text


def test_a_digest_of_rests_alone_is_rendered(press: Press, digest: Digest, links: ReaderLinks) -> None:
    ferry = replace(digest.shows[1], updates=())
    talk_only = replace(digest.shows[0], updates=(), also=())
    bare = replace(digest, shows=(ferry, talk_only) * 5, coming_up=(), quiet=(), since=None)
    rendered = compose_digest(bare, links, press).rendered
    for part in (rendered.text, rendered.html):
        assert "1 passage rewritten" in part
        assert "37 new comments" in part
        assert "and 4 more shows below" in part
        assert "Your first digest" in part
        assert "COMING UP" not in part.upper()
        assert "Quiet" not in part


@pytest.mark.parametrize("length", [3, 60, 600])
def test_however_much_there_is_no_mail_program_cuts_it(
    press: Press, digest: Digest, links: ReaderLinks, length: int
) -> None:
    words_ = ("lamp " * length)[: length * 5].strip()
    block = digest.shows[0]
    updates = tuple(replace(item, quote=words_, others=item.others * 4) for item in (*block.updates, block.updates[0]))
    shows = [replace(block, name=f"Show {n}.", updates=updates, lines=updates * 3) for n in range(300)]
    for count in (5, 20, 40, 300):
        many = replace(digest, shows=tuple(shows[:12][:count]), brief=tuple(shows[12:count]), coming_up=(), quiet=())
        rendered = compose_digest(many, links, press).rendered
        assert len(rendered.html.encode()) <= 90 << 10
        assert len(rendered.html.encode()) <= 60 << 10 or count > 20
        text = " ".join(rendered.text.split()).title()
        named = [n for n in range(count) if f"Show {n}." in rendered.html and f"Show {n}." in text]
        assert named == list(range(len(named)))
        assert len(named) >= min(count, 150)
        assert str(links.unsubscribe) in rendered.html


def test_a_glance_has_seven_lines_at_the_most(press: Press, digest: Digest, links: ReaderLinks) -> None:
    for count, lines, more in ((7, 7, ""), (8, 6, "and 2 more shows below"), (30, 6, "and 24 more shows below")):
        shows = tuple(replace(digest.shows[1], name=f"Show {n}") for n in range(count))
        text = compose_digest(replace(digest, shows=shows), links, press).rendered.text.partition("-" * 64)[0]
        assert len(re.findall(r"^\* Show", text, re.MULTILINE)) == lines
        assert more in text


def test_confirm_message_links_once_and_names_the_shows(templates: Templates) -> None:
    url = "https://watercooler.example/confirm/abc.def"
    rendered = templates.render("confirm", {"confirm_url": url, "shows": ["Night Ferry"], "zone": "Europe/Berlin"})
    assert rendered.subject == "Confirm your Watercooler subscription"
    for part in (rendered.text, rendered.html):
        assert part.count(url) == 1
        assert "Night Ferry" in part
        assert "Europe/Berlin" in part
    without = templates.render("confirm", {"confirm_url": None, "shows": [], "zone": "UTC"})
    assert "has no web page" in without.text
    assert "None" not in without.text + without.html


@pytest.mark.parametrize("name", ["unsubscribe", "unsubscribed", "confirm", "confirmed", "error"])
def test_pages_stand_alone(templates: Templates, name: str) -> None:
    html = templates.page(name, {"message": "<b>", "title": "A & B", "undo_url": "/a?b&c", "action": "/x"})
    assert html.startswith("<!DOCTYPE html>")
    assert not re.search(r"<script|<img|<link|url\(|https?://", html)
    assert "prefers-color-scheme: dark" in html
    assert html.count("<h1>") == 1
    assert ('<form method="post" action="/x">' in html) == (name in ("unsubscribe", "confirm"))
    assert "<b>" not in html
    assert templates.page(name, {})


# ---- templates


def test_a_wrong_template_is_named_with_its_line(tmp_path: Path, digest: Digest, links: ReaderLinks) -> None:
    (tmp_path / "digest").mkdir()
    subject = tmp_path / "digest" / "subject.txt"
    for text, line in (("\n\n{{ nothing }}", 3), ("\n{% if %}", 2), ("{{ subject + 1 }}", 1)):
        subject.write_text(text)
        with pytest.raises(TemplateError, match=rf"{re.escape(str(subject))}:{line}: "):
            compose_digest(digest, links, Press(Templates(tmp_path)))
    with pytest.raises(TemplateError, match=r"nosuch/subject\.txt"):
        Templates(tmp_path).render("nosuch", {})


def test_overrides_come_first_file_by_file(tmp_path: Path, digest: Digest, links: ReaderLinks) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "talk.txt").write_text("OURS {{ show.name }}\n")
    text = compose_digest(digest, links, Press(Templates(tmp_path))).rendered.text
    assert "OURS Harbour Lights" in text
    assert "What viewers say" not in text
    assert "Season 2 starts" in text


def test_overrides_cannot_reach_into_python(tmp_path: Path) -> None:
    (tmp_path / "confirm").mkdir()
    (tmp_path / "confirm" / "subject.txt").write_text("{{ ''.__class__.__mro__ }}")
    with pytest.raises(TemplateError, match="unsafe"):
        Templates(tmp_path).render("confirm", {"confirm_url": None, "shows": [], "zone": "UTC"})


def test_templates_are_found_where_a_wheel_puts_them(tmp_path: Path) -> None:
    package = Path(next(iter(worker.__path__)))
    shutil.copytree(package, tmp_path / "lib" / "worker", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "digest_templates", tmp_path / "lib" / "digest_templates")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'lib')!r}); from worker.mail.message import Templates; "
        "print(Templates().page('error', {'message': 'found'}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd="/", capture_output=True, text=True, check=False)
    assert "<p>found</p>" in done.stdout, done.stderr


# ---- the message


def test_a_digest_is_told_as_a_list(rendered: Rendered, envelope: Envelope, now: datetime) -> None:
    frozen = compose(rendered.body, envelope, now=now)
    fields = head(frozen)
    assert f"List-Unsubscribe: <{envelope.unsubscribe[0]}>,\r\n <{envelope.unsubscribe[1]}>\r\n" in fields
    for line in (
        "Date: Fri, 09 Feb 2024 06:00:00 +0000",
        "From: Watercooler <digest@watercooler.example>",
        "To: mira@reader.example",
        f"Message-ID: {envelope.message_id}",
        "List-Id: Watercooler <weekly.watercooler.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Feedback-ID: 2024-W06:weekly:digest:watercooler",
    ):
        assert f"{line}\r\n" in fields
    parts = [(p.get_content_type(), p["content-transfer-encoding"]) for p in email.message_from_bytes(frozen).walk()]
    assert parts == [
        ("multipart/alternative", None),
        ("text/plain", "quoted-printable"),
        ("text/html", "quoted-printable"),
    ]


def test_bytes_are_crlf_ascii_and_short_lines(rendered: Rendered, envelope: Envelope, now: datetime) -> None:
    long = replace(rendered, subject="Ω really long subject " * 9)
    frozen = compose(long.body, envelope, now=now)
    assert frozen.isascii()
    assert frozen.count(b"\r\n") == frozen.count(b"\n") == frozen.count(b"\r")
    too_long = [line for line in frozen.split(b"\r\n") if len(line) > 78 and b" " in line.strip()]
    assert [line for line in too_long if not line.startswith(b"List-Unsubscribe: <https")] == []


def test_the_same_input_gives_the_same_bytes(
    digest: Digest, links: ReaderLinks, envelope: Envelope, now: datetime
) -> None:
    presses = (Press(Templates()), Press(Templates()))
    first, second = (compose(compose_digest(digest, links, one), envelope, now=now) for one in presses)
    assert first == second
    other = compose(PLAIN.body, replace(envelope, message_id="<other@mid.watercooler.example>"), now=now)
    boundary = re.compile(rb'boundary="([^"]+)"')
    assert boundary.findall(first) != boundary.findall(other)


def test_a_long_one_click_link_is_never_encoded_or_broken(envelope: Envelope, now: datetime) -> None:
    url = "https://watercooler.example/" + "a" * 400
    fields = head(compose(PLAIN.body, replace(envelope, unsubscribe=(url,)), now=now))
    assert f"List-Unsubscribe: <{url}>\r\n" in fields
    assert "=?" not in fields


@pytest.mark.parametrize(
    ("unsubscribe", "one_click", "post"),
    [
        (("https://w.example/u/1", "mailto:u@w.example"), True, True),
        (("https://w.example/u/1",), False, False),
        (("http://w.example/u/1", "mailto:u@w.example"), True, False),
        (("mailto:u@w.example",), True, False),
    ],
)
def test_one_click_needs_https(
    envelope: Envelope, now: datetime, unsubscribe: tuple[str, ...], one_click: bool, post: bool
) -> None:
    message = parsed(compose(PLAIN.body, replace(envelope, unsubscribe=unsubscribe, one_click=one_click), now=now))
    assert ("List-Unsubscribe-Post" in message) == post
    assert str(message["List-Unsubscribe"]).count("<") == len(unsubscribe)


def test_a_transactional_message_is_no_list(envelope: Envelope, now: datetime) -> None:
    message = parsed(compose(PLAIN.body, replace(envelope, kind="transactional"), now=now))
    assert not [name for name in message if name.startswith("List-") or name == "Precedence"]
    assert message["Auto-Submitted"] == "auto-generated"


def test_without_html_there_is_one_text_part(envelope: Envelope, now: datetime) -> None:
    message = parsed(compose(Rendered("Subject", "Grüße\n").body, envelope, now=now))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == "Grüße\n"


@pytest.mark.parametrize(
    "change",
    [
        {"to": "mira@reader.example\nBcc: x@y.example"},
        {"to": "mira@reader.example\r\n"},
        {"to": "no address"},
        {"sender": "Water\ncooler <digest@watercooler.example>"},
        {"sender": "=?utf-8?q?x=0D=0ABcc:y?= <digest@watercooler.example>"},
        {"message_id": "<a@b.example>\r\nBcc: x@y.example"},
        {"list_id": "a.b\n"},
        {"list_id": "Grüße <a.b>"},
        {"feedback_id": "a:b\r\nX: y"},
        {"unsubscribe": ("https://w.example/u>\r\nX: y",)},
        {"unsubscribe": ("https://w.example/ü",)},
    ],
)
def test_no_field_can_be_smuggled_in(envelope: Envelope, now: datetime, change: dict[str, object]) -> None:
    with pytest.raises(MailError) as caught:
        compose(PLAIN.body, replace(envelope, **change), now=now)  # type: ignore[arg-type]  # a dict of any field
    assert caught.value.permanent


def test_no_field_can_be_smuggled_in_by_the_subject(envelope: Envelope, now: datetime) -> None:
    with pytest.raises(MailError):
        compose(replace(PLAIN, subject="a\r\nBcc: x@y.example").body, envelope, now=now)
    frozen = compose(replace(PLAIN, subject="=?utf-8?q?a=0D=0ABcc:_x@y.example?=").body, envelope, now=now)
    message = parsed(frozen)
    assert "Bcc" not in message
    assert "Bcc:_x" in message["Subject"]


def test_international_addresses(envelope: Envelope, now: datetime) -> None:
    message = compose(PLAIN.body, replace(envelope, to="mira@bücher.example"), now=now)
    assert b"To: mira@xn--bcher-kva.example\r\n" in message
    # faß.de and fass.de have two owners.
    assert b"@xn--fa-hia.de\r\n" in compose(PLAIN.body, replace(envelope, to="a@faß.de"), now=now)
    local = compose(PLAIN.body, replace(envelope, to="müller@bücher.example"), now=now)
    assert "To: müller@xn--bcher-kva.example\r\n".encode() in local


ANYTHING = st.text(st.characters(codec=None), max_size=120)


@given(subject=ANYTHING, body=ANYTHING)
def test_any_text_arrives_as_it_was(subject: str, body: str) -> None:
    subject = " ".join(words.clean(subject).split()).replace("=?", "")
    body = words.clean(body)
    envelope = Envelope("a@b.example", "W <c@d.example>", "<1@e.example>")
    now = datetime.fromisoformat("2024-02-09T06:00:00+00:00")
    frozen = compose(Rendered(subject, body, f"<p>{body}</p>").body, envelope, now=now)
    message = parsed(frozen)
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert message["Subject"].replace(" ", "") == subject.replace(" ", "")
    assert set(message.keys()) == {
        *("Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("Precedence", "MIME-Version", "Content-Type"),
    }


WILD = st.one_of(
    ANYTHING,
    st.sampled_from(["<b>x</b>", "</td></table>", "-- ", "&amp;<!--", "{{ x }}", "=?utf-8?q?a?=", "אב", "a" * 99]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(name=WILD, quote=WILD, title=WILD, outlet=WILD, author=WILD)
@example(name="\x08", quote="-- ", title="-- ", outlet="-- ", author="\x1b[2J")
def test_whatever_strangers_write_the_message_stays_whole(
    press: Press,
    digest: Digest,
    links: ReaderLinks,
    envelope: Envelope,
    now: datetime,
    name: str,
    quote: str,
    title: str,
    outlet: str,
    author: str,
) -> None:
    said = (name, quote, title, outlet, author)
    body = compose_digest(_with_words(digest, *said), links, press)
    tags = _tags(
        compose_digest(_with_words(digest, *("x" if words.clean(one).strip() else one for one in said)), links, press)
    )
    assert _tags(body) == tags  # nobody's text adds an element, or ends one
    frozen = compose(body, envelope, now=now)
    assert not re.search(r"[\x00-\x1f\x7f]", body.subject)
    assert max(len(line) for line in frozen.partition(b"\r\n\r\n")[2].split(b"\r\n")) <= 76
    message = parsed(frozen)
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        content = part.get_content().replace("\r\n", "\n")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", content)
        assert content.split("\n").count("-- ") == (kind == "plain")


def _with_words(digest: Digest, name: str, quote: str, title: str, outlet: str, author: str) -> Digest:
    """The digest with a stranger's text wherever there may be one."""
    block = digest.shows[0]
    source = replace(block.updates[0].source, title=title, outlet=outlet)
    updates = tuple(replace(item, headline=title, short=title, quote=quote, source=source) for item in block.updates)
    talk = replace(block.talk[0], source=source, quotes=(Quote(author, quote, 3),))
    wild = replace(block, name=name, status=title, updates=updates, lines=updates, talk=(talk,), also=(source,))
    brief = (replace(wild, updates=updates[:1]),)
    ours = replace(digest, subject=f"{name}: {title}", preheader=title, coverage=outlet)
    return replace(ours, shows=(wild,), brief=brief, quiet=(name,), coming_up=(), missed=())


def _tags(body: Body) -> list[str]:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append(f"{tag} {sorted(key for key, _ in attrs)}")  # type: ignore[method-assign]  # a parser of two lines
    parser.handle_endtag = found.append  # type: ignore[method-assign]
    parser.feed(body.rendered.html)
    return found


@given(ANYTHING)
def test_only_web_addresses_become_links(text: str) -> None:
    assert words.web(f"javascript:{text}") == ""
    assert words.web(f"javascript://x.example/{text}") == ""
    assert words.web(f"data:{text}") == ""
    url = words.web(f"https://x.example/{text}")
    assert not re.search(r"[\s<>\"\x00-\x1f]", url)


def test_a_line_of_korean_is_no_wider_than_one_of_english() -> None:
    lines = words.wrap("방송사는 화요일에 시즌 2 제작을 확정했다고 밝혔다. " * 5, "  > ", "  > ").splitlines()
    assert len(lines) > 3
    assert max(len(line.encode("cp949")) for line in lines) <= 76  # there a letter has as many bytes as columns


@given(ANYTHING)
def test_wrapped_text_is_the_text(text: str) -> None:
    wrapped = words.wrap(text, "  > ", "  > ")
    assert re.sub(r"(?m)^  > ?", "", wrapped).split() == text.split()
    assert all(len(line) <= 72 or " " not in line[4:] for line in wrapped.split("\n"))


# ---- files that go with a message


FILE = Attachment("watercooler-export.json", '{"name": "Jürgen"}\n'.encode())


@pytest.mark.parametrize("html", ["", "<p>Words.</p>"])
def test_a_file_goes_beside_the_words(envelope: Envelope, now: datetime, html: str) -> None:
    body = replace(PLAIN, html=html).body
    frozen = compose(body, envelope, now=now, attachment=FILE)
    assert frozen == compose(body, envelope, now=now, attachment=FILE)
    message = parsed(frozen)
    inner = ["multipart/alternative", "text/plain", "text/html"] if html else ["text/plain"]
    assert [part.get_content_type() for part in message.walk()] == ["multipart/mixed", *inner, "application/json"]
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content()) == (FILE.name, FILE.content)
    assert message.defects == []


@given(content=st.binary(max_size=500), text=ANYTHING)
@example(content=b"--=_watercooler_\r\n", text="--=_watercooler_\n\n--")
def test_any_file_arrives_as_it_was(content: bytes, text: str) -> None:
    envelope = Envelope("a@b.example", "W <c@d.example>", "<1@e.example>", kind="transactional")
    now = datetime.fromisoformat("2024-02-09T06:00:00+00:00")
    body = Rendered("A subject", words.clean(text), f"<p>{words.clean(text)}</p>").body
    frozen = compose(body, envelope, now=now, attachment=replace(FILE, content=content))
    assert frozen.count(b"\r\n") == frozen.count(b"\n") == frozen.count(b"\r")
    assert max(len(line) for line in frozen.split(b"\r\n")) <= 78
    message = parsed(frozen)
    (file,) = message.iter_attachments()
    assert file.get_content() == content
    found = message.get_body(("plain",))
    assert found is not None
    assert found.get_content().replace("\r\n", "\n").rstrip("\n") == words.clean(text).rstrip("\n")


@pytest.mark.parametrize(
    "change", [{"name": 'a"\r\nBcc: x@y.example'}, {"name": "ü.json"}, {"name": ""}, {"kind": "a/b\r\nX: y"}]
)
def test_a_file_smuggles_nothing_in(envelope: Envelope, now: datetime, change: dict[str, str]) -> None:
    with pytest.raises(MailError):
        compose(PLAIN.body, envelope, now=now, attachment=replace(FILE, **change))  # type: ignore[arg-type]  # any field


# ---- the foot of every mail


def test_the_foot_says_since_when_where_the_reader_lives(press: Press, digest: Digest, links: ReaderLinks) -> None:
    late = datetime(2024, 1, 5, 23, 30, tzinfo=UTC)  # the 6th in Auckland
    for language, said in (
        ("en", "The address was confirmed on 6 Jan 2024."),
        ("es", "La dirección se confirmó el 6 ene 2024."),
        ("ko", "이 주소는 2024년 1월 6일에 확인되었습니다."),
    ):
        found = compose_digest(replace(digest, confirmed=late, language=language), links, press).rendered
        assert said in " ".join(found.text.partition("\n-- \n")[2].split())
        assert said in found.html
    assert "was confirmed" not in compose_digest(digest, links, press).rendered.text


LETTERS: dict[str, dict[str, object]] = {
    "confirm": {"confirm_url": "https://w.example/c", "shows": [], "zone": "UTC"},
    "welcome": {
        "again": False,
        "shows": [],
        "next_slot": None,
        "preferences_url": None,
        "unsubscribe_url": None,
    },
    "export": {
        "at": datetime(2024, 2, 9, tzinfo=UTC),
        "zone": "UTC",
        "file": "f",
        "left_out": "",
        "preferences_url": "",
    },
}


@pytest.mark.parametrize("name", LETTERS)
def test_every_mail_has_the_operators_address_in_its_foot(name: str) -> None:
    context = {"list_name": "Watercooler", **LETTERS[name]}
    address = "Watercooler <e.V.>,  Am Hafen 1,\n20457 Hamburg"
    found = Templates(postal_address=address).render(name, context)
    assert found.text.endswith("\nWatercooler <e.V.>, Am Hafen 1, 20457 Hamburg\n")
    assert "Watercooler &lt;e.V.&gt;, Am Hafen 1, 20457 Hamburg" in found.html.partition("No tracking")[2]
    without = Templates().render(name, context)
    assert without.text == found.text.removesuffix("Watercooler <e.V.>, Am Hafen 1, 20457 Hamburg\n")


def test_a_digest_has_the_operators_address_in_its_foot(digest: Digest, links: ReaderLinks) -> None:
    found = compose_digest(digest, links, Press(Templates(postal_address="Am Hafen 1, Hamburg"))).rendered
    assert found.text.endswith("\nAm Hafen 1, Hamburg\n")
    assert "Am Hafen 1, Hamburg" in found.html.partition("No tracking")[2]
