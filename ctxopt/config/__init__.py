"""The configuration of a project: its keys, its reader and what it sets; never checks a build."""
