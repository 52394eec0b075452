"""What a Docker engine says of its disk: where it is reached, and what its images and its build cache take."""
