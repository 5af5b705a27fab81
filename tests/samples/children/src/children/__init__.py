"""Functions that only a child of one kind runs: 100% under the template's settings."""
