"""How does a stranger know that nobody edited the history? Trees over the logs, signed heads, witnesses and proofs."""
