"""The configuration of a project: its keys, its reader and what it stands for; never checks a build."""
