"""What could go into an ignore file, and the one block of it that is ours to write."""
