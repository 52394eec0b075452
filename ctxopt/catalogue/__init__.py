"""What is known of tools, ecosystems and secrets, as data in the TOML files beside these modules.

A *name* is a file or directory name, with wildcards as in Go's `filepath.Match`; one with slashes is
the end of a path.
"""
