"""who holds a delivery and why it waits, why an issue was paused, and archived digests in pieces"""

import binascii
import struct
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROWS = 200


def upgrade() -> None:
    op.add_column("issues", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("first_try", sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("holder", sa.Text()))
    op.add_column("deliveries", sa.Column("kind", sa.Text()))
    op.add_column("deliveries", sa.Column("doubts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_deliveries_state_lease_until"), "deliveries", ["state", "lease_until"], unique=False)
    op.drop_index(op.f("ix_deliveries_subscriber_id"), "deliveries")
    op.create_index(op.f("ix_deliveries_subscriber_id_state"), "deliveries", ["subscriber_id", "state"], unique=False)
    op.create_table(
        "fragments",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fragments")),
    )
    op.create_index(op.f("ix_fragments_at"), "fragments", ["at"], unique=False)
    _cut_pages()


def _cut_pages() -> None:
    """Pages were compressed text; each becomes one piece of its own, in quoted-printable."""
    connection = op.get_bind()
    table = sa.table("archive", sa.column("delivery_id", sa.Integer), sa.column("page", sa.LargeBinary))
    last = 0
    while rows := connection.execute(
        sa.select(table).where(table.c.delivery_id > last).order_by(table.c.delivery_id).limit(_ROWS)
    ).all():
        for number, page in rows:
            piece = binascii.b2a_qp(zlib.decompress(page), quotetabs=False, istext=True, header=False)
            packed = b"L" + struct.pack(">I", len(piece)) + piece
            connection.execute(sa.update(table).where(table.c.delivery_id == number).values(page=packed))
            last = number
