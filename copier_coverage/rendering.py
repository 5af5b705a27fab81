"""Render the template, as it stands in the work tree, into a folder."""

import shutil
import tempfile
from pathlib import Path

import copier
import jinja2
import yaml

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "samples"


def copy_template(destination: Path) -> Path:
    """Copy the template into a new folder without .git, from which Copier takes files and not a commit.

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
        copier.run_copy(str(source), destination, data=answers, defaults=True, unsafe=False, quiet=True)
    return destination


def render_file(name: str, **answers: object) -> str:
    """Render one file of the template's `[[ working_directory ]]`, for what needs no more of it than that.

    Args:
        name: its path in there.
        answers: answers to all questions, by the name of their question.

    Returns:
        its text.
    """
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    options = questions["_envops"] | {"undefined": jinja2.StrictUndefined, "keep_trailing_newline": True}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT), **options)
    computed = environment.from_string(questions["package_dir"]["default"]).render(answers)
    return environment.get_template(f"template/[[ working_directory ]]/{name}").render(answers, package_dir=computed)


def render_sample(name: str, destination: Path, **answers: object) -> Path:
    """Render the template for the sample called name and put its code and tests in place of the starter's.

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
