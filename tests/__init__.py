"""Where is each promise tested? In the mirror of the tree: `shared/<part>` in `tests/<part>`, services alike."""
