"""What the steps of a build do in an image, as far as their own words tell; never runs anything."""
