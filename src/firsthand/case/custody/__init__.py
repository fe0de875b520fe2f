"""What makes a case hard to rewrite: keys, stamps, witnesses, persons who sign, hand-overs."""
