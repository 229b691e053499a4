"""the updates of a claim are found by it: lists of claims, and claims that are taken back"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_updates_claim_id"), "updates", ["claim_id"], unique=False)
