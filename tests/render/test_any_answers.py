"""Whatever is answered: it is refused with nothing written, or every file says what was meant.

Each question of copier.yml is tried, a new one too. `invoke fuzz` tries many more answers.
"""

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import copier
import pytest
import yaml
from copier.errors import CopierError
from hypothesis import given, settings
from hypothesis import strategies as st

from any_answers import (
    ASKED,
    CHOICES,
    COMPUTED,
    PLAIN,
    TEXTS,
    odd_answer,
    odd_text,
    rows,
    values_of,
)
from conftest import git
from reading import ORDINARY, commands, contents, files
from workshop.act import commit_all
from workshop.rendering import Renderer

# With these, Copier says that it does not take an answer.
REFUSED = (ValueError, TypeError, CopierError, yaml.YAMLError)
ANSWERS = ".copier-answers.yml"
# A repository before it has the gate, without a pyproject.toml: the template then writes one.
REPOSITORY = {
    "setup.cfg": "[metadata]\nname = orders\n",
    "src/orders/__init__.py": "",
    "six.py": "",
    "Makefile": "all:\n",
}
# What the template makes of an answer, beside the answer itself.
FORMS = (
    str,
    lambda text: text.lower().replace(" ", "-"),
    lambda text: text.replace(".", "/"),
    lambda text: re.sub("[^/]+", "..", text),
)


class Folders:
    """Renders into new folders; what is rendered twice, once.

    Attributes:
        rows: answers to all questions, with choices that are accepted together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.renderer = Renderer(folder / "template")
        self.rendered: dict[str, dict[str, str] | None] = {}
        found = [self.render(row) for row in rows()]
        self.rows = [recorded(rendered) for rendered in found if rendered]

    def render(self, answers: dict[str, object]) -> dict[str, str] | None:
        """Return the files that are rendered with answers; None if they are refused."""
        key = json.dumps(answers)
        if key not in self.rendered:
            self.rendered[key] = self.attempt(before(answers), answers)
        return self.rendered[key]

    def attempt(self, content: dict[str, str], answers: dict[str, object]) -> dict[str, str] | None:
        """Render into a new folder with some files; return its files, or None if refused."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            project = write(Path(folder, "project"), content)
            return files(project) if accepted(project, self.renderer.render, **answers) else None


def write(project: Path, content: dict[str, str]) -> Path:
    """Make a folder with some files; return it."""
    project.mkdir()
    for name, text in content.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    return project


def accepted(project: Path, command: Callable[..., object], **options: object) -> bool:
    """Run a command of Copier's for a project; return whether it takes the answers.

    If not, it must leave the project's files alone.
    """
    content = files(project)
    try:
        command(project, **options)
    except UnicodeError:  # A ValueError, but of a text that no file can have.
        raise
    except REFUSED:
        assert files(project) == content
        return False
    return True


def recorded(rendered: dict[str, str]) -> dict[str, object]:
    """Return the answers that Copier recorded, in the order of the questions."""
    answers = yaml.safe_load(rendered[ANSWERS])
    return {name: answers[name] for name in ASKED if name in answers}


def before(answers: dict[str, object]) -> dict[str, str]:
    """Return the files that are there before the template."""
    return REPOSITORY if answers.get("existing") is True else {}


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return Folders(tmp_path_factory.mktemp("folders"))


@pytest.fixture(scope="session")
def good(folders):
    """Good answers to each question: those to questions with choices, and the defaults."""
    found = {name: values_of(ASKED[name]) for name in CHOICES}
    return found | {
        name: list(dict.fromkeys(row[name] for row in folders.rows if name in row))
        for name in TEXTS
    }


def check(rendered: dict[str, str]) -> None:
    """Check that programs read each file, and that the answers are of the right types."""
    for name, text in rendered.items():
        contents(name, text)
    for name, answer in recorded(rendered).items():
        if ASKED[name].get("multiselect"):
            assert set(answer) <= set(values_of(ASKED[name])[-1])
        elif "choices" in ASKED[name]:
            assert answer in values_of(ASKED[name])
        else:
            assert type(answer).__name__ == ASKED[name]["type"]


def swapped(value: object, plain: str, odd: str) -> object:
    """Return a value with an answer in place of a plain one."""
    if isinstance(value, str):
        for form in FORMS:
            value = value.replace(form(plain), form(odd))
    elif isinstance(value, float) and str(value) == plain:
        return float(odd)
    return value


def is_as_plain(rendered: dict[str, str], reference: dict[str, str], plain: str, odd: str) -> bool:
    """Return whether files have the keys and values of others, but for an answer in them."""
    expected = {
        (swapped(name, plain, odd), swapped(key, plain, odd)): swapped(value, plain, odd)
        for name, text in reference.items()
        for key, value in contents(name, text).items()
    }
    found = {
        (name, key): value
        for name, text in rendered.items()
        for key, value in contents(name, text).items()
    }
    return found == expected


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=5 * settings.default.max_examples)
@given(data=st.data())
def test_odd_text(folders, name, data):
    row = data.draw(st.sampled_from([row for row in folders.rows if name in row]))
    answers = row | {name: data.draw(odd_text([row[name]]))}
    if rendered := folders.attempt(before(answers), answers):
        check(rendered)
        check_meaning(folders, rendered, row, name, recorded(rendered)[name])


@pytest.mark.parametrize("name", ASKED)
@given(data=st.data())
def test_answer_of_any_type(folders, good, name, data):
    answers = data.draw(st.sampled_from(folders.rows)).copy()
    answers[name] = data.draw(odd_answer(good[name]))
    if rendered := folders.attempt(before(answers), answers):
        check(rendered)


def check_meaning(
    folders: Folders, rendered: dict[str, str], row: dict[str, object], name: str, odd: str
) -> None:
    """Check that files have an answer where they have a plain one, and if odd, in no command."""
    references = ((plain, folders.render(row | {name: plain})) for plain in PLAIN)
    alike = (
        reference
        for plain, reference in references
        if reference is not None and is_as_plain(rendered, reference, plain, odd)
    )
    reference = next(alike, None)
    assert reference is not None
    if not ORDINARY.fullmatch(odd):
        assert all_commands(rendered) == all_commands(reference)


def all_commands(rendered: dict[str, str]) -> list[str]:
    """Return what files have for a shell."""
    return [text for name, whole in rendered.items() for text in commands(name, whole)]


@settings(max_examples=4 * settings.default.max_examples)
@given(data=st.data())
def test_odd_answers_together(folders, good, data):
    names = data.draw(st.sets(st.sampled_from(list(ASKED)), min_size=2, max_size=4))
    answers = data.draw(st.sampled_from(folders.rows)).copy()
    for name in sorted(names):
        answers[name] = data.draw(st.sampled_from(good[name]) | odd_answer(good[name]))
    if rendered := folders.attempt(before(answers), answers):
        check(rendered)


def edited(data: st.DataObject, good: dict[str, list], text: str) -> str:
    """Return an answers file with another answer to one or two of its questions.

    It is as somebody types it, quoted or not.
    """
    for _ in range(data.draw(st.integers(1, 2))):
        name = data.draw(st.sampled_from(list(ASKED)))
        odd = data.draw(odd_answer(good[name]))
        typed = st.sampled_from([str(odd), yaml.safe_dump(odd, default_flow_style=True)])
        line = f"{name}: {data.draw(typed)}\n".replace("\\", r"\\")
        text = re.sub(rf"^{name}:.*\n(?:[ -].*\n)*", line, text, flags=re.MULTILINE)
    # Half of a character is in no file.
    return text.encode("utf-8", "ignore").decode()


@settings(max_examples=4 * settings.default.max_examples)
@given(data=st.data())
def test_edited_answers(folders, good, data):
    content = folders.render(data.draw(st.sampled_from(folders.rows)))
    changed = content | {ANSWERS: edited(data, good, content[ANSWERS])}
    if rendered := folders.attempt(changed, {}):
        check(rendered)


@pytest.fixture(scope="session")
def repositories(folders, template, tmp_path_factory):
    """A repository with the gate for each of a few rows, and its first commit."""
    found = []
    for row in folders.rows[:3]:
        project = write(tmp_path_factory.mktemp("repository") / "project", before(row))
        copier.run_copy(str(template), project, data=row, defaults=True, quiet=True)
        commit_all(project)
        found.append(project)
    return found


@settings(max_examples=max(4, settings.default.max_examples // 10))
@given(data=st.data())
def test_update_with_edited_or_given_answers(repositories, good, data):
    project = data.draw(st.sampled_from(repositories))
    first = git(project, "rev-list", "--max-parents=0", "HEAD").strip()
    git(project, "reset", "--quiet", "--hard", first)
    git(project, "clean", "--quiet", "--force", "-d")
    given_too = {}
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from(list(ASKED)))
        given_too = {name: data.draw(odd_answer(good[name]))}
    else:
        answers = project / ANSWERS
        answers.write_text(
            edited(data, good, answers.read_text(encoding="utf-8")), encoding="utf-8"
        )
        commit_all(project)
    options = {"data": given_too, "defaults": True, "overwrite": True, "quiet": True}
    if accepted(project, copier.run_update, **options):
        check(files(project))


@pytest.mark.parametrize("name", COMPUTED)
@pytest.mark.parametrize("text", ["src", "true", "[]"])
def test_what_is_computed_cannot_be_given(folders, tmp_path, name, text):
    with pytest.raises(ValueError, match="follows from the other answers"):
        folders.renderer.render(tmp_path / "project", **{name: text})
    assert not list(tmp_path.iterdir())
