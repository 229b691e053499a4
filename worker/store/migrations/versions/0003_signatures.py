"""signatures: what tells without extraction that a page says the same"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pages", sa.Column("signature", sa.Text(), nullable=True))
