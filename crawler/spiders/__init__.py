"""Spiders: ways to discover the articles of a source, and the one spider that reads them all."""
