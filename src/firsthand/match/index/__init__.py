"""The index of keypoints on disk: built bit by bit, mapped into memory, searched at any size."""
