"""What can change a build, as a digest, and which builds a change affects; never builds or checks anything out."""
