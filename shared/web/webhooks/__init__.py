"""Events sent out to those who cannot read streams: signed, in order, again until they arrive."""
