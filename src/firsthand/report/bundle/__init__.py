"""Bundles: a case, or the part of it that a profile lets out, as one zip that a stranger checks.

``docs/case-format.md`` ("Export") is the format; ``docs/howto/report-and-export.md`` says what
each profile is for.
"""
