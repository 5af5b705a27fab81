"""Makefile, tasks.py and .gitignore: a line or two of the template's, and everything of the user's."""

import ast
import re
import subprocess

from copier_coverage.adopt.repository import Repository

# In the order in which Make looks.
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
BEFORE = "-before"


def makefile(repository: Repository) -> str:
    """Return the name of the Makefile that Make reads; "" if there is none."""
    return next((name for name in MAKEFILES if repository.read(name) is not None), "")


def include_in_makefile(repository: Repository) -> None:
    """Include coverage.mk at the end of the Makefile; rename targets that it has too."""
    name = makefile(repository)
    text = repository.read(name) or ""
    if re.search(r"^-?include .*\bcoverage\.mk\b", text, re.MULTILINE):
        return
    targets = re.search(r"^coverage_targets := (.*)$", repository.read("coverage.mk") or "", re.MULTILINE)[1].split()
    rule = re.compile(r"([^\s#:=][^#:=]*)::?(?![:=])")
    rules = [match[1].split() if (match := rule.match(line)) else [] for line in text.splitlines()]
    taken = [target for target in targets if any(target in names for names in rules)]
    lines = text.splitlines(keepends=True)
    for number, names in enumerate(rules):
        if set(names) & set(taken):
            # What it depends on was meant to be the user's own, too.
            words = re.split(r"(\s+|:)", lines[number])
            lines[number] = "".join(word + BEFORE if word in taken else word for word in words)
    for target in taken:
        repository.changes.append(f"{name}: target {target} is {target}{BEFORE} now: coverage.mk has one")
    repository.write(name, "".join(lines).rstrip() + "\n\ninclude coverage.mk\n")


def add_to_tasks(repository: Repository) -> None:
    """Add the collection of coverage_tasks.py to tasks.py."""
    text = repository.read("tasks.py") or ""
    if "coverage_tasks" in text:
        return
    module = ast.parse(text)
    names = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    namespace = next((name for name in ("ns", "namespace") if name in names), "")
    tasks = {task_name(node) for node in module.body if isinstance(node, ast.FunctionDef)}
    imports = [node for node in module.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    lines = text.splitlines(keepends=True)
    added = ["import coverage_tasks\n"]
    ending = []
    if not namespace:
        namespace = "namespace"
        bound = {alias.asname or alias.name for node in imports for alias in node.names}
        added = [
            *(["import sys\n"] if "sys" not in bound else []),
            *(["from invoke import Collection\n"] if "Collection" not in bound else []),
            *added,
        ]
        ending.append("namespace = Collection.from_module(sys.modules[__name__])\n")
    if "coverage" in tasks:
        ending.append(f'{namespace}.add_task({namespace}.tasks.pop("coverage"), name="coverage{BEFORE}")\n')
        repository.changes.append(f"tasks.py: task coverage is coverage{BEFORE} now: coverage_tasks.py has one")
    ending.append(f'{namespace}.add_collection(coverage_tasks, name="coverage")\n')
    end = imports[-1].end_lineno if imports else docstring_end(module)
    lines[end:end] = added if imports else ["\n", *added]
    repository.write("tasks.py", "".join(lines).rstrip() + "\n\n\n" + "".join(ending))


def task_name(function: ast.FunctionDef) -> str:
    """Return the name of a task: its function's, or what the decorator says."""
    keywords = [keyword for call in function.decorator_list if isinstance(call, ast.Call) for keyword in call.keywords]
    names = [
        keyword.value.value for keyword in keywords if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    ]
    return names[0] if names else function.name


def docstring_end(module: ast.Module) -> int:
    """Return the number of lines that the docstring of a module takes, with what is above it."""
    first = module.body[0] if module.body else None
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno if has_docstring else 0


def ignore_data(repository: Repository, template: str) -> None:
    """Add to .gitignore what it lacks of the template's lines on coverage.

    Args:
        repository: its .gitignore is changed.
        template: the .gitignore that a new repository gets.
    """
    wanted = template.partition("\n\n")[0].splitlines()
    lacking = [line for line in wanted if not line.startswith("#") and not is_ignored(repository, line)]
    if lacking:
        text = repository.read(".gitignore") or ""
        repository.write(".gitignore", text.rstrip() + "\n\n" * bool(text) + "\n".join([wanted[0], *lacking]) + "\n")


def is_ignored(repository: Repository, pattern: str) -> bool:
    """Return whether git ignores already what a pattern is for."""
    path = pattern.replace("*", "x").rstrip("/") + ("/x" if pattern.endswith("/") else "")
    command = ["git", "check-ignore", "--quiet", "--no-index", path]
    return subprocess.run(command, cwd=repository.folder, check=False).returncode == 0
