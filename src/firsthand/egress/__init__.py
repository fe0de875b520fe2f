"""The only room that opens outbound connections, and only to hosts that the caller names."""

from firsthand.egress.client import Answer, Egress

__all__ = ["Answer", "Egress"]
