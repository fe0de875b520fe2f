"""The worked case ``quarry``: a fictional event whose whole truth is known."""
