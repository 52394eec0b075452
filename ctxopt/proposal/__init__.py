"""From the builds on a context to the text of its ignore files, with the proof; never writes a file."""
