"""Where is each promise tested? `shared/<part>` in `tests/<part>`, `services/<name>` in `tests/services/<name>`."""
