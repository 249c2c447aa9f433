"""What an obligation is, and how lists of them are written."""
