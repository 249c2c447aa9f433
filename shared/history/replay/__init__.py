"""How is history asked again? In a store of its own, from the exact bytes, so that anybody can repeat it."""
