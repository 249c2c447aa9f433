"""The kit: decider, log, relay, subscription, projection, parking, service. No word of the domain stands in it."""
