"""Benchmarks: our CPU time against an anchor that runs beside it. `python -m bench` prints the tables."""
