"""Scores on labelled corpora: `make evaluate`."""
