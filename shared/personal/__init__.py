"""How is what is said of persons kept apart? A key for each, ciphertext in the log, readings that are recorded."""
