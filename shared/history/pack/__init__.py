"""How is history carried away? In one file that proves itself: whole chains, signed checkpoints, a report."""
