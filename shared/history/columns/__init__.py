"""How is a whole history asked at once? Typed facts as columns, a cache of the log, and the same figures over them."""
