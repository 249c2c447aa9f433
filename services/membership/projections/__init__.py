"""The views of membership: one file a question."""
