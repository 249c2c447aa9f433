"""Where does history lie for ever? In a sealed archive: exact bytes, hashed, in segments that are never changed."""
