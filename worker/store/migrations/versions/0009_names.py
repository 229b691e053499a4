"""which commenters' names are still to be forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    named = sa.text("author IS NOT NULL")
    op.create_index(
        "ix_comments_named", "comments", ["first_seen"], unique=False, sqlite_where=named, postgresql_where=named
    )
