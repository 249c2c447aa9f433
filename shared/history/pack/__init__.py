"""How is history carried away? In one file that proves itself: complete chains, signed checkpoints, a report, a verifier."""
