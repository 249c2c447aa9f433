"""Members in bulk: what is read from and written to the tables that offices keep."""
