"""The step for tasks.py: text in, text out."""

import pytest

from copier_coverage.adopt.tasks_py import with_coverage_tasks
from copier_coverage.errors import Refusal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import invoke\nprint 'a'\n", "tasks.py cannot be read"),
        (
            "from invoke import task\n@task(aliases=['coverage'])\ndef cov(c):\n    pass\n",
            "tasks.py:2 uses the name coverage",
        ),
        ("import invoke\nns = Collection(coverage=run)\n", "tasks.py:2 uses the name coverage"),
        (
            "import invoke\nns.add_collection(Collection('coverage', run))\n",
            "tasks.py:2 uses the name coverage",
        ),
    ],
)
def test_name_of_the_template_that_cannot_be_had_is_refused(text, message):
    with pytest.raises(Refusal, match=message):
        with_coverage_tasks(text)


def test_new_name_is_told():
    edit = with_coverage_tasks("from invoke import task\n\n\n@task\ndef coverage(c):\n    pass\n")
    assert edit.changes == [
        "tasks.py: task coverage is now coverage-before, as coverage_tasks.py has one"
    ]
