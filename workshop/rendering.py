"""Render the template, as it stands in the work tree, into a folder."""

import shutil
import tempfile
from pathlib import Path

import copier

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
