"""Foreign exports: which of their columns make which facts, written down once in a file and remembered."""
