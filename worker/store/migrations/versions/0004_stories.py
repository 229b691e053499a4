"""stories: articles that tell the same news, when a claim was said, splits that stay, look-ups by what is told"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("story", sa.Integer(), nullable=True))
    op.add_column("articles", sa.Column("story_reason", sa.Text(), nullable=True))
    op.create_index(op.f("ix_articles_story"), "articles", ["story"], unique=False)
    op.add_column("claims", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stories", sa.Column("key", sa.Text(), nullable=False, server_default=""))
    op.drop_index(op.f("ix_stories_show_id_field"), table_name="stories")
    columns = ["show_id", "field", "key", "last_seen"]
    op.create_index(op.f("ix_stories_show_id_field_key_last_seen"), "stories", columns, unique=False)
    op.create_index(op.f("ix_stories_state_when_last"), "stories", ["state", "when_last"], unique=False)
    op.create_table(
        "leads",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("show_id", sa.Integer(), nullable=True),
        sa.Column("told", sa.Date(), nullable=True),
        sa.Column("lead", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_leads_article_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["show_id"], ["shows.id"], name=op.f("fk_leads_show_id"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_leads_article_id"), "leads", ["article_id"], unique=False)
    op.create_index(op.f("ix_leads_show_id_told"), "leads", ["show_id", "told"], unique=False)
    op.create_table(
        "splits",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_splits_article_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_splits_story_id"), ondelete="CASCADE"),
        sa.UniqueConstraint("article_id", "story_id", name=op.f("uq_splits_article_id_story_id")),
    )
    op.create_table(
        "partings",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("story", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_partings_article_id"), ondelete="CASCADE"
        ),
        sa.UniqueConstraint("article_id", "story", name=op.f("uq_partings_article_id_story")),
    )
    # a person's stories are found by the last word of their name
    connection = op.get_bind()
    for story, value in connection.execute(sa.text("SELECT id, value FROM stories WHERE field = 'cast'")).all():
        key = (value.casefold().split() or [""])[-1]
        connection.execute(sa.text("UPDATE stories SET key = :key WHERE id = :id"), {"key": key, "id": story})
