"""Contact sheets: a page for each group of linked pictures that shows none of them unasked."""
