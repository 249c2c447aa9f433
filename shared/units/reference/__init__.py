"""The territory of Viet Nam as reference data, and the facts that it becomes."""
