"""preferences, slots, consents, the archive, and issues that can be paused"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PREFERENCES = (
    ("cadence", sa.Text(), "weekly"),
    ("least", sa.Text(), "rumour"),
    ("spoilers", sa.Boolean(), sa.false()),
    ("talk", sa.Boolean(), sa.true()),
    ("plain", sa.Boolean(), sa.false()),
    ("language", sa.Text(), "en"),
)


def upgrade() -> None:
    for name, kind, default in _PREFERENCES:
        op.add_column("subscribers", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("subscribers", sa.Column("paused_until", sa.DateTime(timezone=True)))
    op.add_column("follows", sa.Column("snoozed_until", sa.DateTime(timezone=True)))
    op.add_column("issues", sa.Column("why", sa.Text(), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("state", sa.Text(), nullable=False, server_default="open"))
    op.add_column("issues", sa.Column("mark", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "slots",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("issue_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_slots_subscriber_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_slots_issue_id"), ondelete="SET NULL"),
        sa.UniqueConstraint("subscriber_id", "period", name=op.f("uq_slots_subscriber_id_period")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_consents_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_subscriber_id"), "consents", ["subscriber_id"], unique=False)
    op.create_table(
        "headline_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_headline_keys_article_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("key", "article_id", name=op.f("uq_headline_keys_key_article_id")),
    )
    op.create_index(op.f("ix_headline_keys_article_id"), "headline_keys", ["article_id"], unique=False)
    op.create_table(
        "erased",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_erased")),
    )
    op.create_table(
        "archive",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_archive_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_archive")),
    )
