"""firsthand: from atrocity media to a case file that a stranger can check offline."""

__version__ = "0.1.0"
