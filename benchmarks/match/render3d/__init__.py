"""Small seeded worlds of textured triangles, photographed from known places at known moments.

Benchmarks need pairs of pictures of which it is known whether the camera moved, how far, and what
moved before it. Worlds hold plain buildings, ground, trees, vehicles and plain mannequins.
"""
