"""Which units were there on a day, who belonged to them, and which month was it?"""
