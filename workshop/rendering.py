"""Render the template, as it is in the work tree, into a folder."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

import copier
from copier._main import Worker
from plumbum import local

from copier_coverage.template import Template

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "samples"
TEMPLATE = Template(ROOT, str(ROOT))


def copy_template(destination: Path) -> Path:
    """Copy the template into a new folder without .git: there, Copier takes files, not a commit.

    Returns:
        destination.
    """
    destination.mkdir()
    shutil.copy(ROOT / "copier.yml", destination)
    for folder in ("includes", "template"):
        shutil.copytree(ROOT / folder, destination / folder)
    return destination


def render(destination: Path, **answers: object) -> Path:
    """Render the template with answers, and the defaults for the others.

    Takes the work tree as it is, committed or not, and trusts it with nothing:
    a template that needs `--trust` fails here.

    Args:
        destination: the folder to render into; made if it does not exist.
        answers: answers by the name of their question.

    Returns:
        destination.

    Raises:
        ValueError: an answer was refused; nothing was written.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = copy_template(Path(folder, "template"))
        copier.run_copy(
            str(source), destination, data=answers, defaults=True, unsafe=False, quiet=True
        )
    return destination


class Renderer:
    """Renders the template, as it is in the work tree, many times in one process.

    Copier reads and compiles it for each rendering; here, once. And Copier does not ask git, for
    each file that it writes, whether this file system has executable files.
    """

    def __init__(self, folder: Path) -> None:
        """Copy the template into a new folder, and read it."""
        self.source = str(copy_template(folder))
        worker = Worker(src_path=self.source)
        self.shared = {"template": worker.template, "jinja_env": worker.jinja_env}
        worker.jinja_env.from_string = cache(worker.jinja_env.from_string)  # type: ignore[method-assign,assignment]

    def render(self, destination: Path, **answers: object) -> Path:
        """Render with answers, those that the destination has recorded, and the defaults.

        Args:
            destination: the folder to render into.
            answers: answers by the name of their question.

        Returns:
            destination.

        Raises:
            ValueError, TypeError, CopierError, YAMLError: an answer was refused.
        """
        worker = Worker(
            src_path=self.source,
            dst_path=destination,
            data=answers,
            defaults=True,
            overwrite=True,
            quiet=True,
        )
        vars(worker).update(self.shared)
        with local.env(PATH=""):
            worker.run_copy()
        return destination


def render_sample(name: str, destination: Path, **answers: object) -> Path:
    """Render the template for a sample and put its code and tests in place of the starter's.

    Args:
        name: a folder of tests/samples, and the package in it.
        destination: the folder to render into.
        answers: answers by the name of their question.

    Returns:
        destination.

    Raises:
        ValueError: an answer was refused.
    """
    render(destination, project_name=name, package_name=name, **answers)
    project = destination / str(answers.get("working_directory", "."))
    for folder in ("src", "tests"):
        shutil.rmtree(project / folder)
        shutil.copytree(SAMPLES / name / folder, project / folder)
    return destination
