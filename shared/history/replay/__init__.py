"""How is history asked again? In a store of its own, from the exact bytes, as known then: reports that anybody can repeat."""
