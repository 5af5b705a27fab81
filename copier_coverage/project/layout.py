"""Where the code of a project is: its packages and modules, each with the folder to measure."""

import configparser
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from copier_coverage.project.boundary import leads_out
from copier_coverage.project.files import table

# Modules beside the code: for packaging, tests and tasks.
NO_CODE = re.compile(
    r"(setup|conftest|noxfile|(coverage_)?tasks|coverage_gate|manage|versioneer|_.*)|.*test.*"
)


def packages(
    folder: Path, roots: list[str], not_measured: str, own_names: list[str]
) -> dict[str, str]:
    """Return what can be imported, by its name, and for each the folder or module to measure.

    Regular packages come first; only where there are none, packages in namespaces; and else
    modules.

    Args:
        folder: the folder of the project.
        roots: the folders that packages can be in, from there; ".", for the folder itself.
        not_measured: a regular expression for names of packages that are not what the tests test.
        own_names: what the package may be called, by the project's name.
    """
    for pattern in ("*/__init__.py", "*/*/__init__.py"):
        for root in roots:
            found = {}
            for init in sorted((folder / root).glob(pattern)):
                package = init.parent.relative_to(folder / root)
                is_ours = is_measured(folder / root, package, not_measured)
                if not is_ours or leads_out(init, folder):
                    continue
                place = (Path(root) / package).as_posix() if root == "." else root
                found[".".join(package.parts)] = place
            if found:
                return found
    for root in roots:
        files = sorted((folder / root).glob("*.py"))
        modules = [path.stem for path in files if not leads_out(path, folder)]
        modules = [name for name in modules if not NO_CODE.fullmatch(name)]
        own = [name for name in modules if name in own_names]
        if own or len(modules) == 1 or (modules and root != "."):
            names = own or modules
            return {name: f"{name}.py" if root == "." else root for name in names}
    return {}


def is_measured(root: Path, package: Path, not_measured: str) -> bool:
    """Return whether a package is code that tests test; in a namespace, no part is a package."""
    return all(
        re.fullmatch(not_measured, part) is None and re.fullmatch(r"[A-Za-z_]\w*", part)
        for part in package.parts
    ) and not any((root / part / "__init__.py").exists() for part in package.parts[:-1])


def roots(pyproject: dict[str, Any], setup_cfg: configparser.RawConfigParser) -> list[str]:
    """Return the folders that packages can be in: those that build settings name, then the usual.

    Sources: the documentation of setuptools, Hatch, Poetry, PDM, uv and maturin.
    """
    tool = table(pyproject, "tool")
    named: list[object] = [
        table(tool, "pdm", "build").get("package-dir"),
        table(tool, "uv", "build-backend").get("module-root"),
        table(tool, "maturin").get("python-source"),
        *table(tool, "setuptools", "package-dir").values(),
    ]
    where = table(tool, "setuptools", "packages", "find").get("where")
    named += where if isinstance(where, list) else []
    poetry = table(tool, "poetry").get("packages")
    named += [item.get("from") for item in poetry or [] if isinstance(item, dict)]
    hatch = table(tool, "hatch", "build", "targets", "wheel").get("packages")
    named += [str(Path(str(path)).parent) for path in hatch or []]
    named += re.findall(r"=\s*([\w./-]+)", setup_cfg.get("options", "package_dir", fallback=""))
    named.append(setup_cfg.get("options.packages.find", "where", fallback=None))
    paths = [name.strip("/") for name in named if isinstance(name, str) and name not in ("", ".")]
    return list(dict.fromkeys([*(path for path in paths if ".." not in path), "src", "."]))


def members(folder: Path, pyproject: dict[str, Any]) -> list[str]:
    """Return the folders of a workspace's members, from its root.

    Source: https://docs.astral.sh/uv/concepts/projects/workspaces/
    """
    workspace = table(pyproject, "tool", "uv", "workspace")
    left_out = set(matches(folder, workspace.get("exclude", [])))
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(matches(folder, workspace.get("members", [])))
        if path not in left_out and (path / "pyproject.toml").is_file()
    ]


def matches(folder: Path, patterns: list[str]) -> Iterator[Path]:
    """Yield the paths below a folder that patterns match; those of no other folder."""
    for pattern in patterns:
        parts = PurePosixPath(pattern).parts
        # (Each ** walks through all folders again.)
        if parts and parts[0] != "/" and ".." not in parts and pattern.count("**") < 2:
            with contextlib.suppress(ValueError, OSError):
                yield from (path for path in folder.glob(pattern) if not leads_out(path, folder))
