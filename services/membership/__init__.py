"""Owns: organisations, territory, units, access, and every person's life in the branches (sổ đoàn viên, hội viên).

Publishes: what is founded, moved, merged and ended; keys and mandates; entries, transfers, departures; heads, counts.
Listens to: nothing of another service; its own facts come from its own log.
"""
