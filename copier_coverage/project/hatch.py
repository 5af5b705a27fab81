"""Where Hatch's environments are."""

from copier_coverage.project.files import read_toml
from copier_coverage.project.repository import Repository


def environments_file(repository: Repository) -> tuple[str, tuple[str, ...]]:
    """Return the file with the environments of a project, and the keys above `envs` in there.

    What hatch.toml has takes the place of all that pyproject.toml has under the same key.
    """
    own = repository.folder / "hatch.toml"
    in_own = own.is_file() and "envs" in read_toml(own)
    return ("hatch.toml", ()) if in_own else ("pyproject.toml", ("tool", "hatch"))
