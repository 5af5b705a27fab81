"""Adopt the template in a repository that exists: `invoke adopt PATH`."""

from copier_coverage.adopt.adoption import adopt

__all__ = ["adopt"]
