"""A page as parsed: its text and tree, where which names are in it, and what machines are told in it."""
