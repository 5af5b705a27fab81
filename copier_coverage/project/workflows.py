"""The steps of a repository's GitHub workflows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from itertools import islice
from typing import Any

import yaml

from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.files import files, read, table
from copier_coverage.project.yaml_files import read_yaml

WORKFLOWS = (".github", "workflows")
# More than people write: in a workflow, and at one of its levels.
MOST_STEPS, MOST_VARIABLES = 2_000, 1_000


@dataclass(frozen=True)
class Step:
    """A step of a workflow, with its job and the line of the file on which it begins."""

    path: str
    line: int
    step: dict[str, Any]
    job_id: str
    # repo-review compares steps again and again.
    job: dict[str, Any] = field(compare=False)
    workflow: dict[str, Any] = field(compare=False)

    def __str__(self) -> str:
        """Return the place and the name."""
        name = self.step.get("name") or self.step.get("uses") or self.step.get("run", "")
        return f"{self.path}:{self.line}: {name}"

    def runs_with(self, key: str) -> str:
        """Return its `shell` or `working-directory`; empty for GitHub's default.

        That is a shell without pipefail, or the root.
        """
        levels = (self.job, self.workflow)
        for place in (self.step, *(table(level, "defaults", "run") for level in levels)):
            if key in place:
                return str(place[key])
        return ""

    def variables(self) -> dict[str, str]:
        """Return the variables that the workflow, its job and it itself set, by their name."""
        levels = [table(level, "env") for level in (self.workflow, self.job, self.step)]
        pairs = [pair for level in levels for pair in islice(level.items(), MOST_VARIABLES)]
        return {str(name): str(value) for name, value in pairs}

    def script(self) -> str:
        """Return what it runs, without the lines that are comments, or too long for a command."""
        lines = str(self.step.get("run") or "").splitlines()
        lines = [line for line in lines if len(line) <= LONGEST_LINE]
        return "\n".join(line for line in lines if not line.lstrip().startswith("#"))

    def siblings(self) -> list["Step"]:
        """Return the steps of its job, itself included."""
        steps = [step for step in self.job["steps"] if isinstance(step, dict)]
        return [
            Step(self.path, self.line, step, self.job_id, self.job, self.workflow) for step in steps
        ]


def steps(root: Traversable) -> list[Step]:
    """Return the steps of all workflows of a repository.

    Raises:
        Refusal: a workflow is too much to read.
    """
    found = []
    for file in files(root, *WORKFLOWS):
        if file.name.endswith((".yml", ".yaml")):
            own = list(islice(steps_of(file), MOST_STEPS + 1))
            if len(own) > MOST_STEPS:
                raise Refusal(
                    f"{own[0].path} has more than {MOST_STEPS:,} steps, too many to look at. "
                    "Split it into several workflows, and commit."
                )
            found += own
    return found


def steps_of(file: Traversable) -> Iterator[Step]:
    """Yield the steps of a workflow file."""
    node, workflow = read_yaml(read(file), "/".join((*WORKFLOWS, file.name)))
    if not isinstance(workflow, dict) or not isinstance(workflow.get("jobs"), dict):
        return
    nodes = entries(entries(node).get("jobs"))
    for job_id, job in workflow["jobs"].items():
        if not isinstance(job, dict) or not isinstance(job.get("steps"), list):
            continue
        place_of_job = nodes.get(str(job_id))
        # (A job may have its steps from an anchor elsewhere.)
        places = getattr(entries(place_of_job).get("steps", place_of_job), "value", [])
        for number, step in enumerate(job["steps"]):
            if isinstance(step, dict):
                path = "/".join((*WORKFLOWS, file.name))
                place = places[number] if len(places) == len(job["steps"]) else place_of_job
                line = place.start_mark.line + 1 if isinstance(place, yaml.Node) else 1
                yield Step(path, line, step, str(job_id), job, workflow)


def matrix_values(job: dict[str, Any], word: str) -> Iterator[str]:
    """Yield the values in the matrix of a job, of the dimensions with a word in their name."""
    matrix = table(job, "strategy").get("matrix")
    include = table(matrix).get("include") if matrix else None
    for row in [matrix, *(include if isinstance(include, list) else [])]:
        for name, values in row.items() if isinstance(row, dict) else ():
            if word in str(name).lower():
                yield from map(str, values if isinstance(values, list) else [values])


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the nodes of a mapping by their key; none if it is no mapping."""
    return (
        {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        if isinstance(node, yaml.MappingNode)
        else {}
    )
