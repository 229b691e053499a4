"""reading: hosts, the history of crawls, visits to come, pages that moved"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crawls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=True),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=True),
        sa.Column("captured", sa.Integer(), nullable=False),
        sa.Column("declared", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawls")),
    )
    op.create_index(op.f("ix_crawls_source_at"), "crawls", ["source", "at"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.Column("robots_status", sa.Integer(), nullable=True),
        sa.Column("robots_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.add_column("sources", sa.Column("interval", sa.Float(), nullable=True))
    op.add_column("sources", sa.Column("last_new", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sources", sa.Column("usual_gap", sa.Float(), nullable=True))
    op.add_column("pages", sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pages", sa.Column("moved_to", sa.Text(), nullable=True))
    op.add_column("pages", sa.Column("links", sa.Integer(), nullable=True))
    op.add_column("pages", sa.Column("thread", sa.JSON(), nullable=True))
    op.add_column("pages", sa.Column("engine", sa.Text(), nullable=True))
    op.add_column("pages", sa.Column("visit_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("failures", sa.Column("body", sa.LargeBinary(), nullable=True))
    op.drop_index(op.f("ix_pages_source"), table_name="pages")
    op.create_index(op.f("ix_pages_source_kind"), "pages", ["source", "kind"], unique=False)
    op.create_index(op.f("ix_pages_source_visit_at"), "pages", ["source", "visit_at"], unique=False)
    # every article is looked at once more, and finds its own gaps from there
    op.execute("UPDATE pages SET visit_at = fetched_at WHERE kind = 'article'")
