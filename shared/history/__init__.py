"""What can be asked of history? Figures declared once over standing facts, with the events behind every number."""
