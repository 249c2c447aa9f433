"""What does ratings hand out on paper? Reports for review conferences, in each organisation's own layout."""
