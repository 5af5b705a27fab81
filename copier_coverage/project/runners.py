"""The files that task runners read."""

from copier_coverage.project.repository import Repository

# In the order in which Make looks.
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
# just finds any capitals; these are the names that people write.
JUSTFILES = ("justfile", "Justfile", "JUSTFILE", ".justfile")


def makefile(repository: Repository) -> str:
    """Return the name of the Makefile that Make reads; "" if there is none."""
    return next((name for name in MAKEFILES if repository.read(name) is not None), "")


def justfile(repository: Repository) -> str:
    """Return the name of the justfile that just reads; "" if there is none."""
    return next((name for name in JUSTFILES if repository.read(name) is not None), "")


def has_invoke_tasks(repository: Repository) -> bool:
    """Return whether the user has tasks for Invoke.

    Other programs look for tasks in a tasks.py too.
    """
    texts = [repository.read(name) or "" for name in ("tasks.py", "tasks/__init__.py")]
    return any("invoke" in text for text in texts)
