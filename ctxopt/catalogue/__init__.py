"""What is known of tools, ecosystems, images and secrets, as data in TOML files; never looks at a project.

A *name* is a file or directory name, with wildcards as in Go's `filepath.Match`; one with slashes is
the end of a path.
"""
