"""Figures of a report as SVG text: drawn by us, alike on every machine, each with an equal table."""
