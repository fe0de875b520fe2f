"""Import and capture: what is already held becomes exhibits, sightings, gaps and claims.

Every item has a recorded outcome, so that in = done + already + failed + quarantined.
"""

from firsthand.collect.entering import enter
from firsthand.collect.importing import add
from firsthand.collect.items import Limits
from firsthand.collect.kinds import IMPORTERS, KINDS, importer_of, recognise

__all__ = ["IMPORTERS", "KINDS", "Limits", "add", "enter", "importer_of", "recognise"]
