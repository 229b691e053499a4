"""`watercooler corrections`: what was read wrongly, put right by hand and kept as rules."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from worker.cli.output import Json, Session, emit, note, number_of, show_table
from worker.cli.shows import find_show
from worker.errors import NotFoundError, UsageError
from worker.forms import correction_form
from worker.ingest.amend import Amended, make_correction, undo_correction
from worker.models import Kind
from worker.store import Tx
from worker.store.corrections import Correction, Fault, Objection, Proposal

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    what: Annotated[Fault, typer.Argument(help="What was read wrongly.")],
    article: Annotated[str, typer.Option(help="The article, by address or number.")] = "",
    phrase: Annotated[str, typer.Option(help="Or: all texts that have these words.")] = "",
    source: Annotated[str, typer.Option(help="With --phrase: only texts of this source.")] = "",
    show: Annotated[str, typer.Option(help="wrong-show: the show that it is not about.")] = "",
    kind: Annotated[str, typer.Option(help="wrong-kind: the kind that it is not.")] = "",
    right: Annotated[str, typer.Option(help="The show or kind that it is, if any.")] = "",
    as_json: Json = False,
) -> None:
    """Puts right what was read wrongly, in one article or wherever a phrase stands. It stays as a rule.

    Claims that rest on it are taken back, and the articles are read again.

    Example: watercooler corrections add wrong-show --article https://my-outlet.example/a --show "Harbour Lights"
    """
    session: Session = context.obj
    if bool(article) == bool(phrase.strip()):
        raise UsageError("say where: --article URL, or --phrase WORDS (with --source NAME for one source's texts)")
    if source and not phrase:
        raise UsageError("--source goes with --phrase: an article has its source")
    with session.kit.store.begin() as tx:
        url = _address(tx, article) if article else ""
        wrong, right = _meant(tx, what, show, kind, right)
        wanted = Correction(0, what, url, source, phrase.strip(), wrong, right, session.now)
        amended = make_correction(tx, wanted, session.kit.shelf, session.now)
    _report(amended, as_json)


@app.command("list")
def list_corrections(context: typer.Context, as_json: Json = False) -> None:
    """All corrections, oldest first.

    Example: watercooler corrections list
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = tx.corrections.all()
    if as_json:
        emit(correction_form(one) for one in found)
        return
    show_table(
        "",
        ["id#", "what", "wrong", "right", "where", "source", "made", "claims taken back#"],
        [
            (
                one.id,
                one.what,
                one.wrong,
                one.right,
                one.article or f"“{one.phrase}”",
                one.source,
                session.local(one.created),
                len(one.withdrawn),
            )
            for one in found
        ],
    )
    if not found:
        note("no corrections yet; `watercooler corrections add --help` says how one is made")


@app.command("remove")
def remove(context: typer.Context, correction_id: int, as_json: Json = False) -> None:
    """Takes a correction back; what it touched is read again without it.

    Example: watercooler corrections remove 3
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = next((one for one in tx.corrections.all() if one.id == correction_id), None)
        if found is None:
            raise NotFoundError(f"there is no correction {correction_id}; see `watercooler corrections list`")
        amended = undo_correction(tx, found, session.kit.shelf, session.now)
    _report(amended, as_json)


@app.command("proposed")
def proposed(context: typer.Context, as_json: Json = False) -> None:
    """What readers think is wrong in their digests, oldest first. Nothing of it counts before it is accepted.

    Example: watercooler corrections proposed
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = tx.corrections.proposed()
    if as_json:
        emit(proposal_form(one) for one in found)
        return
    show_table(
        "",
        ["id#", "what", "told as", "readers#", "claim#", "sentence", "article", "since"],
        [
            (one.id, one.what, one.wrong, one.readers, one.claim_id, one.said, one.article, session.local(one.created))
            for one in found
        ],
    )
    if not found:
        note("nothing is proposed; readers do so where they see a digest in the browser")


@app.command("accept")
def accept(
    context: typer.Context,
    proposal_id: int,
    right: Annotated[str, typer.Option(help="The show or kind that it is, if any.")] = "",
    as_json: Json = False,
) -> None:
    """Makes a correction of what readers propose: for their article, as `corrections add` would. Old news is no news.

    Example: watercooler corrections accept 3 --right "Night Ferry"
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = _proposal(tx, proposal_id)
        if right and found.what is Objection.OLD_NEWS:
            raise UsageError("old-news: takes no --right")
        if right:
            right = find_show(tx, right).name if found.what is Objection.WRONG_SHOW else _kind(right)
        amended = make_correction(tx, found.correction(right, session.now), session.kit.shelf, session.now)
        tx.corrections.settle(found, "accepted")
    _report(amended, as_json)


@app.command("reject")
def reject(context: typer.Context, proposal_id: int, as_json: Json = False) -> None:
    """Says that what readers propose is none: it is listed no more, and nothing changes.

    Example: watercooler corrections reject 3
    """
    session: Session = context.obj
    with session.kit.store.begin() as tx:
        found = _proposal(tx, proposal_id)
        tx.corrections.settle(found, "rejected")
    if as_json:
        emit([{**proposal_form(found), "state": "rejected"}])
    note(f"proposal {found.id} is rejected: {found.what} in {found.article}")


def proposal_form(one: Proposal) -> dict[str, Any]:
    """One line of `corrections proposed`."""
    return {
        "id": one.id,
        "what": one.what,
        "wrong": one.wrong or None,
        "article": one.article,
        "claim": one.claim_id,
        "evidence": one.said,
        "readers": one.readers,
        "created": one.created,
        "state": one.state,
    }


def _proposal(tx: Tx, proposal_id: int) -> Proposal:
    found = next((one for one in tx.corrections.proposed() if one.id == proposal_id), None)
    if found is None:
        raise NotFoundError(f"nothing is proposed with the id {proposal_id}; see `watercooler corrections proposed`")
    return found


def _report(amended: Amended, as_json: bool) -> None:
    figures = {"articles": amended.articles, "claims_withdrawn": amended.withdrawn, "claims_new": amended.claims}
    if as_json:
        emit([{**correction_form(amended.correction), **figures}])
        return
    note(f"correction {amended.correction.id}: {amended.correction}")
    show_table("", ["articles read again#", "claims taken back#", "new claims#"], [list(figures.values())])


def _address(tx: Tx, article: str) -> str:
    stored = tx.articles.by_url(article) or tx.articles.by_id(number_of(article) or 0)
    if stored is None:
        raise NotFoundError(f"no article at {article}; see `watercooler articles list`")
    return stored.article.url


def _meant(tx: Tx, what: Fault, show: str, kind: str, right: str) -> tuple[str, str]:
    """What is wrong and what is right, by the names that we use. Raises UsageError."""
    if what is Fault.WRONG_SHOW:
        if not show or kind:
            raise UsageError("wrong-show: say which show it is not about, with --show NAME")
        return find_show(tx, show).name, find_show(tx, right).name if right else ""
    if what is Fault.WRONG_KIND:
        if not kind or show:
            raise UsageError("wrong-kind: say which kind it is not, with --kind KIND")
        return _kind(kind), _kind(right) if right else ""
    if show or kind or right:
        raise UsageError("not-news: takes neither --show nor --kind nor --right")
    return "", ""


def _kind(text: str) -> Kind:
    if text not in set(Kind):
        raise UsageError(f"there is no kind {text!r}; there are {', '.join(Kind)}")
    return Kind(text)
