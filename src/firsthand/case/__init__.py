"""The store: ledger, objects and catalog. All SQL of firsthand is in this room."""

from firsthand.case.batch import Batch
from firsthand.case.case import Case, default_person
from firsthand.case.interfaces import CatalogNoun, LedgerEntry, Staged
from firsthand.case.quotes import locate_quote
from firsthand.case.view import View

__all__ = [
    "Batch",
    "Case",
    "CatalogNoun",
    "LedgerEntry",
    "Staged",
    "View",
    "default_person",
    "locate_quote",
]
