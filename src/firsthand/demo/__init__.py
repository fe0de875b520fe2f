"""Worked cases that run from start to end on any machine, with no network and no real image."""
