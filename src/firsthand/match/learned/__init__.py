"""Candidates from a model that the user brings: off by default, and never a link by itself."""

from firsthand.match.learned.model import Model, ModelFailed
from firsthand.match.learned.nearest import Candidate, candidates
from firsthand.match.learned.stage import Proposed, confirmed, propose

__all__ = ["Candidate", "Model", "ModelFailed", "Proposed", "candidates", "confirmed", "propose"]
