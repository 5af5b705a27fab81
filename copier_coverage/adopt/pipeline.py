"""The GitLab pipeline that runs the tests: its jobs measure them, and one includes the gate."""

import json
import re

import yaml

from copier_coverage.adopt.workflow import OLD_GATE, Part, part, runs_tests
from copier_coverage.project.edit import Edit
from copier_coverage.project.project import Project
from copier_coverage.project.workflows import entries
from copier_coverage.project.yaml_files import read_node

PIPELINE = ".gitlab-ci.yml"
# What is no job at the top of a pipeline: https://docs.gitlab.com/ci/yaml/#global-keywords
GLOBAL = (
    *("default", "include", "stages", "variables", "workflow", "spec"),
    *("image", "services", "cache", "before_script", "after_script"),
)
# What decides whether a job is in a pipeline.
CONDITIONS = ("rules", "only", "except")


def top_of(text: str) -> yaml.MappingNode | None:
    """Return what a pipeline has at its top; None if it cannot be read, which GitLab reports."""
    top = read_node(text, PIPELINE)
    return top if isinstance(top, yaml.MappingNode) else None


def jobs_of(text: str) -> list[Part]:
    """Return the jobs of a pipeline."""
    root = top_of(text)
    keys = root.value if root else []
    lines = text.split("\n")
    starts = [key.start_mark.line for key, _ in keys] + [len(lines)]
    return [
        part(lines, key.value, start, end, node)
        for (key, node), start, end in zip(keys, starts, starts[1:], strict=False)
        if isinstance(key, yaml.ScalarNode)
        and key.value not in GLOBAL
        and isinstance(node, yaml.MappingNode)
    ]


def tests_of(text: str, project: Project) -> list[Part]:
    """Return the jobs of a pipeline that run tests."""
    return [job for job in jobs_of(text) if runs_tests("\n".join(script(job)), ".", project)]


def pythons_of(text: str, project: Project) -> set[str]:
    """Return the Python versions that a pipeline names where it runs tests, or in an image."""
    tests = " ".join(job.text for job in tests_of(text, project))
    images = re.findall(r"\bpython:(3\.\d+)", text) if tests else []
    return {*images, *re.findall(r"(?<![\d.])3\.\d+(?![\d.])", tests)}


def joined(text: str, name: str, gate: str, project: Project) -> Edit | None:
    """Have the jobs that run tests measure them, and include the job that is the gate.

    Args:
        text: the pipeline.
        name: its path.
        gate: the name of the gate's file, without its ending, and of its job.
        project: the project whose tests it runs.

    Returns:
        the pipeline with its changes; None if it runs no tests in a way that can be changed.
    """
    if f".gitlab/ci/{gate}.yml" in text:
        return Edit(text)
    root, tests = top_of(text), tests_of(text, project)
    lines = text.split("\n")
    if root is None or not tests or not all(map(can_be_changed, tests)):
        return None
    including = include(root, lines, gate)
    if including is None:
        return None
    changes = [including]
    for job in tests:
        changes += measuring(job, lines, gate)
    for start, new in sorted(changes, key=lambda change: change[0], reverse=True):
        lines[start:start] = new
    new_text = "\n".join(lines).rstrip("\n")
    edit = Edit("\n".join([new_text, "", *gate_job(tests, gate), ""]))
    names = ", ".join(job.job for job in tests)
    edit.changes.append(f"{name}: coverage measures the job {names}; the job {gate} is the gate")
    edit.left += [f"{name}:{line}" for line in left(jobs_of(text), tests, gate)]
    return edit


def script(job: Part) -> list[str]:
    """Return the lines that a job runs."""
    node = entries(job.node).get("script")
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    texts = [item.value for item in items if isinstance(item, yaml.ScalarNode)]
    return "\n".join(texts).split("\n")


def can_be_changed(job: Part) -> bool:
    """Return whether a job takes two lines: not if another has its script or its artifacts."""
    keys = entries(job.node)
    taken = {"extends", "artifacts"} & {*keys}
    # An alias takes it from elsewhere.
    if not job.start < keys["script"].start_mark.line < job.end:
        return False
    return is_list(keys["script"]) and not taken and not job.job.startswith(".")


def is_list(node: yaml.Node) -> bool:
    """Return whether a node is a list with a line for each item."""
    return isinstance(node, yaml.SequenceNode) and not node.flow_style


def include(root: yaml.Node, lines: list[str], gate: str) -> tuple[int, list[str]] | None:
    """Return the lines that include the gate, and where; None if they have no place."""
    local = f"- local: .gitlab/ci/{gate}.yml"
    node = entries(root).get("include")
    if node is None:
        return root.start_mark.line, ["include:", f"  {local}", ""]
    if not is_list(node):
        return None
    first = node.value[0].start_mark.line
    indent = lines[first].partition("-")[0]
    return first, [f"{indent}{local}"]


def measuring(job: Part, lines: list[str], gate: str) -> list[tuple[int, list[str]]]:
    """Return the lines that a job needs to be measured, and where."""
    (first, _), *_ = job.node.value
    steps = entries(job.node)["script"]
    indent = lines[steps.value[0].start_mark.line].partition("-")[0]
    end = part(lines, "", steps.start_mark.line, steps.end_mark.line, steps).end
    return [
        (first.start_mark.line, [f"{' ' * first.start_mark.column}extends: .measure-{gate}"]),
        (end, [f"{indent}- !reference [.upload-{gate}, script]"]),
    ]


def gate_job(tests: list[Part], gate: str) -> list[str]:
    """Return what the gate's job gets here: the jobs that it needs, and when it is there."""
    names = json.dumps([job.job for job in tests], ensure_ascii=False)
    last = json.dumps(tests[-1].job, ensure_ascii=False)
    keys = entries(tests[-1].node)
    stage = [f"  stage: {keys['stage'].value}"] if "stage" in keys else []
    conditions = [f"  {key}: !reference [{last}, {key}]" for key in CONDITIONS if key in keys]
    return [
        f"{gate}:",
        *stage,
        f"  needs: {names}",
        *conditions,
        "  variables:",
        "    GATE_NEEDS: '{}'".format(names.replace("'", "''")),
    ]


def left(jobs: list[Part], tests: list[Part], gate: str) -> list[str]:
    """Return what is left to do, behind a number of a line each."""
    found = []
    tested = [job.job for job in tests]
    for job in jobs:
        keys = entries(job.node)
        if job.job not in tested and re.search(OLD_GATE, "\n".join(script(job))):
            found.append(f"{job.start + 1}: {job.job} - delete it: the gate does this")
        elif "coverage" in keys:
            line = keys["coverage"].start_mark.line + 1
            found.append(f"{line}: coverage - delete it: GitLab shows the mean of all jobs with it")
    conditions = {str([key for key in CONDITIONS if key in entries(job.node)]) for job in tests}
    if len(conditions) > 1:
        found.append(f"{tests[-1].start + 1}: {gate} must be there whenever one of its `needs` is")
    return found
