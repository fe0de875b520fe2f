"""Photographs of one scene: who shows what others show, from where, and beside which landmark."""
