"""Tables that people keep in Excel, CSV or JSON lines: read in a process with limits, written as plain text."""
