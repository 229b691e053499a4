"""What the shell completes besides commands and options: names of sources and shows. It never fails, nor prints.

A shell asks while somebody types: so the database is read as it is, and never made or changed, and source files are
known by their names alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Annotated

import typer


def _quietly(names: Callable[[], list[str]]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        with contextlib.suppress(Exception):
            return sorted(name for name in names() if name.startswith(incomplete))
        return []

    return complete


def _sources() -> list[str]:
    from worker.config import Settings

    folders = Settings.from_env().source_folders
    return list({path.stem for folder in folders for path in folder.glob("*.toml")})


def _shows() -> list[str]:
    from worker.config import Settings
    from worker.store import Store
    from worker.store.engine import is_there, open_engine

    engine = open_engine(Settings.from_env().database)
    if not is_there(engine):
        return []
    with contextlib.closing(Store(engine)) as store, store.read() as tx:
        return [show.name for show in tx.shows.all()]


complete_source, complete_show = _quietly(_sources), _quietly(_shows)

SourceName = Annotated[str, typer.Argument(autocompletion=complete_source)]
OptionalSources = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE]...", help="Sources; none means all.", autocompletion=complete_source),
]
OnlySource = Annotated[str, typer.Option("--source", help="Only of this source.", autocompletion=complete_source)]
ShowName = Annotated[str, typer.Argument(autocompletion=complete_show)]
ShowNames = Annotated[list[str], typer.Argument(autocompletion=complete_show)]
OnlyShow = Annotated[str, typer.Option("--show", help="Only about this show.", autocompletion=complete_show)]
