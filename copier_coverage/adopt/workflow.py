"""The step for the workflow that runs the tests: it stays, and hands its data to one gate job."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from copier_coverage.adopt.command_line import parse
from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.adopt.test_command import is_beside
from copier_coverage.adopt.text import free
from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.commands import lines_with_folder
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import files, read
from copier_coverage.project.project import Project
from copier_coverage.project.workflows import WORKFLOWS, entries
from copier_coverage.project.yaml_files import read_yaml

# What somebody else fills in: expressions of GitHub, substitutions and variables of the shell.
FILLED_IN = re.compile(r"\$\{\{.*?\}\}|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{?\w+\}?")
# tox and nox without a choice: all environments.
ALL = re.compile(r"(?:^|\s)(tox|nox)(?!.*\s(-[efmst]\b|--session))(\s|$)")
# What an old gate does, in its own job or beside the tests.
OLD_GATE = re.compile(r"coverage (combine|report|xml|html|json|lcov)\b")
# The names of workflows that are there for the tests.
CI = re.compile(r"(^|[^a-z])(ci|(unit)?tests?|testing|checks?|build|main|python)($|[^a-z])")


@dataclass(frozen=True)
class Part:
    """A job or a step in the text of a workflow, without the lines of comments around it.

    Attributes:
        job: the id of its job.
        start: the number of its first line, from 0.
        end: the number of the line behind its last.
        text: its text.
        node: what it has.
    """

    job: str
    start: int
    end: int
    text: str
    node: yaml.Node

    def script(self) -> str:
        """Return what a step runs."""
        run = entries(self.node).get("run")
        return run.value if isinstance(run, yaml.ScalarNode) else ""


def workflow_with_tests(project: Project) -> str:
    """Return the workflow that runs the tests of a project, in most jobs; "" if none does.

    It is one that a push or a pull request starts. One that is for something else, by its name,
    comes last, and jobs with only Pythons that are too old for coverage count less.
    """
    found: dict[str, tuple[bool, bool, int, int]] = {}
    workflows = files(project.repository.root, *WORKFLOWS)
    for path in [path for path in workflows if path.name.endswith((".yml", ".yaml"))]:
        text = read(path)
        _, workflow = read_yaml(text, f".github/workflows/{path.name}")
        # YAML 1.1 reads `on` as true.
        events = str(workflow.get(True)) if isinstance(workflow, dict) else ""
        if re.search(r"\b(push|pull_request)\b", events) and "workflow_call" not in events:
            old = {job.job for job in jobs_of(text) if is_too_old(job.text)}
            jobs = {step.job for step in own_tests(text, project)}
            if jobs:
                named = CI.search(path.name.partition(".")[0]) is not None
                found[path.name] = not is_beside(path.name), named, len(jobs - old), len(jobs)
    best = max(found, key=lambda name: found[name], default="")
    return f".github/workflows/{best}" if best else ""


def is_too_old(job: str) -> bool:
    """Return whether a job names versions of Python, and none that the gate supports."""
    minors = [int(minor) for minor in re.findall(r"\b3\.(\d+)(?!\.?\d)", job)]
    return bool(minors) and max(minors) < int(OLDEST_PYTHON.partition(".")[2])


def own_tests(text: str, project: Project) -> list[Part]:
    """Return the steps of a workflow that run the tests of a project, and not of another one."""
    jobs = {job.job: job for job in jobs_of(text)}
    top = entries(read_yaml(text)[0]).get("defaults")
    return [
        step
        for step in steps_in(list(jobs.values()))
        if runs_tests(step.script(), runs_in(step, jobs[step.job], top), project)
    ]


def runs_in(step: Part, job: Part, defaults: yaml.Node | None) -> str:
    """Return the folder that a step runs in, from the root of the repository."""
    levels = [step.node]
    for level in (entries(job.node).get("defaults"), defaults):
        run = entries(level).get("run")
        levels += [run] if run else []
    for level in levels:
        folder = entries(level).get("working-directory")
        if isinstance(folder, yaml.ScalarNode):
            return str(posixpath.normpath(folder.value))
    return "."


def joined(text: str, name: str, gate: str, project: Project, replace: bool = False) -> Edit | None:
    """Have the jobs that run tests measure them, and a new job call the gate.

    Args:
        text: the workflow.
        name: its path.
        gate: the name of the gate's workflow, without its ending.
        project: the project whose tests it runs.
        replace: whether a job that was the gate goes.

    Returns:
        the workflow with its changes; None if no step of it runs tests.

    Raises:
        Refusal: lines of a job that runs tests are those of another job too.
    """
    jobs = jobs_of(text)
    tests = own_tests(text, project)
    if not tests:
        return None
    if f"uses: ./.github/workflows/{gate}.yml" in text:
        return Edit(text)
    tested = list(dict.fromkeys(step.job for step in tests))
    refuse_shared_steps([job for job in jobs if job.job in tested], name)
    old = [job for job in jobs if job.job not in tested and OLD_GATE.search(job.text)]
    ids = [job.job for job in jobs]
    replaced = old[0] if old and replace else None
    names = (gate, f"{gate}-gate")
    job_id = replaced.job if replaced else next((n for n in names if n not in ids), free(gate, ids))
    call = calling_job(text, jobs[-1], job_id, tested, gate)
    lines = text.split("\n")
    # Lines that take the place of others, by the numbers of these.
    changes = [(jobs[-1].end, jobs[-1].end, ["", *call])]
    if replaced:
        changes = [(replaced.start, replaced.end, call)]
    for name_of_job in tested:
        steps = [step for step in steps_in(jobs) if step.job == name_of_job]
        own = [step for step in tests if step.job == name_of_job]
        matrix = "matrix:" in next(job.text for job in jobs if job.job == name_of_job)
        changes += around_tests(steps, own, lines, gate, matrix)
    for start, end, new in sorted(changes, key=lambda change: change[:2], reverse=True):
        lines[start:end] = new
    edit = Edit("\n".join(lines))
    edit.changes.append(
        f"{name}: coverage measures the job {', '.join(tested)}; the job {job_id} calls the gate"
    )
    if replaced:
        edit.changes.append(f"{name}: what the job {job_id} did before is gone: the gate does it")
    beside = [step for step in steps_in(jobs) if step.job in tested and is_of_old_gate(step)]
    left = [job for job in old if job != replaced]
    for part in [*left, *beside]:
        what = part.text.strip().splitlines()[0].strip("- :")
        edit.left.append(f"{name}:{part.start + 1}: {what} - delete it: the gate does this")
    for job in jobs:
        needs = entries(job.node).get("needs")
        waits = (
            {value.value for value in needs.value if isinstance(value, yaml.ScalarNode)}
            if isinstance(needs, yaml.SequenceNode)
            else set()
        )
        if waits & set(tested) and job_id not in waits and job not in old:
            edit.left.append(f"{name}:{job.start + 1}: {job.job} - add {job_id} to its `needs`")
    return edit


def refuse_shared_steps(jobs: list[Part], name: str) -> None:
    """Refuse jobs with steps that are not written in them, but in another place, by a YAML alias.

    Raises:
        Refusal: there is one.
    """
    for job in jobs:
        if not all(job.start < step.start < job.end for step in steps_in([job])):
            raise Refusal(
                f"{name}:{job.start + 1}: {job.job} has steps that an alias takes from elsewhere. "
                "Write them out and commit, or keep the workflow: --data workflow=own"
            )


def jobs_of(text: str) -> list[Part]:
    """Return the jobs of a workflow."""
    jobs = entries(read_yaml(text)[0]).get("jobs")
    if not isinstance(jobs, yaml.MappingNode):
        return []
    lines = text.split("\n")
    keys = [key for key, _ in jobs.value]
    starts = [key.start_mark.line for key in keys] + [jobs.end_mark.line]
    return [
        part(lines, key.value, start, end, node)
        for (key, node), start, end in zip(jobs.value, starts, starts[1:], strict=False)
    ]


def steps_in(jobs: list[Part]) -> Iterator[Part]:
    """Yield the steps of jobs."""
    for job in jobs:
        steps = entries(job.node).get("steps")
        # Steps in one line have no lines of their own to be changed.
        if isinstance(steps, yaml.SequenceNode) and not steps.flow_style:
            lines = [""] * job.start + job.text.split("\n")
            starts = [step.start_mark.line for step in steps.value] + [job.end]
            for step, start, end in zip(steps.value, starts, starts[1:], strict=False):
                yield part(lines, job.job, start, end, step)


def part(lines: list[str], job: str, start: int, end: int, node: yaml.Node) -> Part:
    """Return a part between two lines, without empty lines and comments at its end."""
    end = min(end, len(lines))
    while end > start + 1 and re.match(r"\s*(#|$)", lines[end - 1]):
        end -= 1
    return Part(job, start, end, "\n".join(lines[start:end]), node)


def runs_tests(script: str, folder: str, project: Project) -> bool:
    """Return whether a script runs the tests of a project, in one of its folders.

    Args:
        script: what a step runs.
        folder: the folder that it begins in, from the root of the repository.
        project: the project.
    """
    lines = lines_with_folder(script, folder)
    return any(
        line_runs_tests(line, project.files_in(folder))
        for line, folder in lines
        if project.owns(folder)
    )


def line_runs_tests(line: str, files: frozenset[str]) -> bool:
    """Return whether a line of a script runs tests, whatever is filled in."""
    if len(line) > LONGEST_LINE:
        return False
    filled = FILLED_IN.sub("3.13", line)
    if re.search(r"\b(install|inject)\b", filled):
        return False
    return parse(filled, files) is not None or ALL.search(filled) is not None


def is_of_old_gate(step: Part) -> bool:
    """Return whether a step beside the tests reports, gates, or uploads coverage's data."""
    uploads = "actions/upload-artifact" in step.text and ".coverage" in step.text
    return uploads or OLD_GATE.search(step.script()) is not None


def around_tests(
    steps: list[Part], tests: list[Part], lines: list[str], gate: str, matrix: bool
) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the steps that come before the first that runs tests, and behind the last.

    Args:
        steps: the steps of a job.
        tests: those that run the tests.
        lines: the lines of the workflow.
        gate: the name of the gate's workflow.
        matrix: whether the job has a matrix.
    """
    named = any("name" in entries(step.node) for step in steps)
    start, end = tests[0].start, tests[-1].end
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    # Empty lines as between the steps that are there.
    is_last = tests[-1].start == steps[-1].start
    above = [""] * (not lines[start - 1].strip())
    below = [""] * (bool(above) if is_last else not lines[end].strip())
    indent = lines[steps[0].start].partition("-")[0]

    def step(action: str) -> list[str]:
        uses = f"uses: ./.github/actions/{action}-{gate}"
        title = f"{action.capitalize()} {gate.replace('-', ' ')}"
        return [f"{indent}- name: {title}", f"{indent}  {uses}"] if named else [f"{indent}- {uses}"]

    with_matrix = [f"{indent}  with:", f"{indent}    matrix: ${{{{ toJSON(matrix) }}}}"]
    yield start, start, [*step("measure"), *(with_matrix if matrix else []), *above]
    yield end, end, [*below, *step("upload")]


def calling_job(text: str, sibling: Part, job_id: str, tested: list[str], gate: str) -> list[str]:
    """Return the lines of the job that calls the gate, indented like another job."""
    indent = sibling.text[: len(sibling.text) - len(sibling.text.lstrip())]
    keys = sibling.node.value if isinstance(sibling.node, yaml.MappingNode) else []
    inner = " " * keys[0][0].start_mark.column if keys else indent + "  "
    more = inner[len(indent) :]
    permissions = entries(read_yaml(text)[0]).get("permissions")
    needs = tested[0] if len(tested) == 1 else f"[{', '.join(tested)}]"
    return [
        f"{indent}{job_id}:",
        f"{inner}needs: {needs}",
        f"{inner}if: always() # A skipped job would count as passed.",
        *(
            [f"{inner}permissions:", f"{inner}{more}contents: read"]
            if isinstance(permissions, yaml.MappingNode) and "contents" not in entries(permissions)
            else []
        ),
        f"{inner}uses: ./.github/workflows/{gate}.yml",
        f"{inner}with:",
        f"{inner}{more}needs: ${{{{ toJSON(needs) }}}}",
    ]
