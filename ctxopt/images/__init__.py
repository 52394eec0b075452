"""What is known of images without asking a registry: their names, and the most common ones, as data."""
