"""What users run: the command `copier-coverage`, with `adopt` and `audit`."""
