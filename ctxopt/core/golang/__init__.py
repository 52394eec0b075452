"""The few pieces of Go's standard library whose exact behaviour Docker exposes to its users.

Docker's builders are written in Go, so `filepath.Clean`, `filepath.Match`, `regexp`, `bufio.Scanner`
and `unicode.IsSpace` decide what a line of an ignore file or of a Dockerfile means. Each module here
states which of them it follows. Nothing in this package touches the file system.

Text that came from bytes (file names, ignore files, Dockerfiles) is `str` decoded as UTF-8 with
`surrogateescape`; a lone surrogate therefore stands for one byte that is not UTF-8.
"""
