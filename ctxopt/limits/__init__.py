"""What a build context may have at most, and what breaks it."""
