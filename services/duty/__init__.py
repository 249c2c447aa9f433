"""Owns: nothing; which obligations of units and cadres are open is computed from what others recorded (việc đến hạn).

Publishes: nothing.
Listens to: membership and meetings, as far as its reading grant goes.
"""
