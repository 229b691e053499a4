"""what large installations look things up by"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = (
    ("crawls", ["at"]),
    ("articles", ["duplicate_of"]),
    ("claims", ["seen_at"]),
    ("updates", ["story_id"]),
    ("consents", ["what", "at"]),
    ("slots", ["due"]),
    ("slots", ["issue_id"]),
    ("failures", ["source"]),
)


def upgrade() -> None:
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    pending, kept = sa.text("state = 'pending'"), sa.text("body IS NOT NULL")
    for name, table, column, where in (
        ("ix_subscribers_pending", "subscribers", "created", pending),
        ("ix_failures_kept", "failures", "at", kept),
    ):
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
