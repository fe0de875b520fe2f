"""What words say: written times, and later numbers, names and hedges. Meaning of text only."""
