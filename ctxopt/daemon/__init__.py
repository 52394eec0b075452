"""What a Docker engine says of its disk, asked over its socket; never changes anything there."""
