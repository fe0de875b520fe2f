"""What a case says, for people and for strangers: reports, exports, the verifier."""
