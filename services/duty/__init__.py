"""Owns: nothing; which obligations of units and cadres are open is computed from what others recorded (việc đến hạn).

Publishes: nothing.
Listens to: membership, meetings and ratings, as far as its reading grant goes.
"""
