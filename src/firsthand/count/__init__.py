"""How many: conflicting tolls, victim lists, scenes and multiple systems estimation."""
