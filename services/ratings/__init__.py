"""Owns: rule sets as data, ratings proposed and decided, and figures as others reported them (xếp loại).

Publishes: rule sets adopted, ratings proposed and decided, figures reported.
Listens to: membership and meetings, for units, access, and all that its figures and proposals count.
"""
