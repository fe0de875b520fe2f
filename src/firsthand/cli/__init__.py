"""The command line: parse, call, print. It never computes."""
