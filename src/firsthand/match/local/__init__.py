"""Local features: parts of pictures that can be found again in crops, collages and screenshots."""
