"""Nouns, values, canonical JSON and errors. Standard library only; everything else imports it."""
