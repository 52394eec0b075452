"""Findings that somebody has decided not to be told about, in the configuration or beside an instruction."""
