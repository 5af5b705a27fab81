"""Read a repository: its git, files, commands and settings. Nothing of it is run."""
