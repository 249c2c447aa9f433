"""What does `nennep demo` show? Five newspaper articles as input: posted as facts, counted, and compared with print.

`calibration.toml` declares what is printed and how large the synthetic history is; `history` turns it into posted
facts, `posters` sends them through the public API, `table` asks the figures back and compares, `render` shows it.
"""
