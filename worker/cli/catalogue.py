"""What commands there are, in panels, each with the place of its code: `--help` tells them without loading any."""

from __future__ import annotations

from dataclasses import dataclass

READING, LEDGER, READERS, OPERATION = "Reading", "The ledger", "Readers and digests", "Operation"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the first level. `where` is MODULE:NAME below `worker.cli`: a function, or a group's `app`."""

    name: str
    panel: str
    where: str
    help: str
    example: str = ""  # of a group: what it is called for most


ENTRIES = (
    Entry("crawl", READING, "read:crawl", "Read sources now, and take what is new into the ledger."),
    Entry("extract", READING, "read:extract", "Extraction alone, of files, folders or addresses. Stores nothing."),
    Entry("ingest", READING, "read:ingest", "Take in articles from elsewhere, as JSON Lines."),
    Entry(
        "sources", READING, "sources:app", "Sites and feeds we read: list, check, try, pause, import.", "sources list"
    ),
    Entry("articles", READING, "articles:app", "What was read: versions, threads, labels.", "articles list --since 7d"),
    Entry(
        "shows",
        LEDGER,
        "timeline:app",
        "The registry of TV shows and their other names.",
        'shows add "Harbour Lights"',
    ),
    Entry(
        "claims",
        LEDGER,
        "claims:app",
        "The ledger: who said what, how sure it is, and what it changed.",
        'claims list --show "Harbour Lights"',
    ),
    Entry(
        "stories",
        LEDGER,
        "stories:app",
        "What was taken for one fact or one piece of news: split, merge.",
        "stories split 12",
    ),
    Entry(
        "corrections",
        LEDGER,
        "corrections:app",
        "What was read wrongly: put right, or proposed by readers.",
        "corrections proposed",
    ),
    Entry(
        "talk",
        LEDGER,
        "talk:app",
        "What viewers say: figures, and why a comment is quoted or not.",
        'talk list --show "Harbour Lights"',
    ),
    Entry("backtest", LEDGER, "backtest:backtest", "What today's rules would have made of the past."),
    Entry(
        "subscribers",
        READERS,
        "subscribers:app",
        "Who gets digests, of which shows.",
        'subscribers add ann@example.org --follow "Harbour Lights"',
    ),
    Entry(
        "digests",
        READERS,
        "digests:app",
        "Preview, send and look at issues of the digest.",
        "digests preview --to ann@example.org",
    ),
    Entry("deliver", READERS, "deliver:deliver", "Hand over the mails that are due."),
    Entry(
        "suppressions",
        READERS,
        "suppressions:app",
        "Addresses that nothing is sent to, why, and the way out.",
        "suppressions list",
    ),
    Entry("bounces", READERS, "bounces:app", "What came back: read one message, list them all.", "bounces list"),
    Entry("demo", OPERATION, "process:demo", "The two-week story on bundled outlets; needs nothing."),
    Entry("run", OPERATION, "process:run", "The whole service in one process."),
    Entry("status", OPERATION, "status:status", "Everything at a glance; first, what needs you."),
    Entry("doctor", OPERATION, "doctor:app", "What is wrong with an installation, and what is to be done.", "doctor"),
    Entry(
        "failures",
        OPERATION,
        "failures:app",
        "Pages, articles and mails set aside: list, show, replay.",
        "failures list",
    ),
    Entry("tick", OPERATION, "process:tick", "Look once what is due, and have it done."),
    Entry("dkim", OPERATION, "dkim:app", "Keys that sign our mail.", "dkim new 2027a"),
    Entry("migrate", OPERATION, "backup:migrate_database", "Bring the database to the newest schema."),
    Entry("backup", OPERATION, "backup:back_up", "Everything the database knows, in one file."),
    Entry("restore", OPERATION, "backup:put_back", "Put a backup into an empty database."),
)
