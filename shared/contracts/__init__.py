"""The published language: every event that may cross between services, and the envelope around it.

Imports pydantic, msgspec and the standard library only, so that anybody can read the log with this package alone.
"""
