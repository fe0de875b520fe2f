"""Figures of a report as SVG text: laid out by us, alike on every machine."""
