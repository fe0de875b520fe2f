"""The worked case ``quarry``: a fictional event whose whole truth is known."""

from firsthand.demo.quarry.generating import ENTERED, MATERIAL, POSTS, TRUTH, WIDTH, generate

__all__ = ["ENTERED", "MATERIAL", "POSTS", "TRUTH", "WIDTH", "generate"]
