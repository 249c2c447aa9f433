"""Which services exist? Every folder here that has an `app.py`; none imports, calls or reads another."""
