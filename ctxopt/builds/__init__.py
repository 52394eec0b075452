"""Which builds there are: named, declared by Compose and bake files, or found; never runs one."""
