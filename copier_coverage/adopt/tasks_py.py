"""The step for tasks.py: its tasks stay, and the collection `coverage` comes to them."""

import ast
import re
from collections.abc import Iterator

from copier_coverage.adopt.text import free
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit
from copier_coverage.project.python_files import syntax
from copier_coverage.project.repository import Repository


def add_to_tasks(clone: Repository) -> None:
    """Add the collection of coverage_tasks.py to the repository's tasks.

    Raises:
        Refusal: tasks.py cannot be read, or has a name `coverage` that cannot be renamed.
    """
    if clone.read("tasks.py") is None and clone.read("tasks/__init__.py") is not None:
        line = 'namespace.add_collection(coverage_tasks, name="coverage")'
        clone.left.append(
            f"tasks/__init__.py: import coverage_tasks, and add it to your namespace: {line}"
        )
        return
    text = clone.read("tasks.py") or ""
    if "coverage_tasks" not in text:
        clone.apply("tasks.py", with_coverage_tasks(text))


def with_coverage_tasks(text: str) -> Edit:
    """Add the collection of coverage_tasks.py to a tasks.py; rename a task called `coverage`.

    Raises:
        Refusal: it cannot be read, or has the name `coverage` in a way that cannot be renamed.
    """
    try:
        module = syntax(text)
    except SyntaxError as error:
        raise Refusal(f"tasks.py cannot be read: {error}. Fix it and commit.") from error
    decorators = task_decorators(module)
    taken = (
        call for call in calls_with_coverage(module) if call not in decorators.get("coverage", [])
    )
    if call := next(taken, None):
        raise Refusal(
            f"tasks.py:{call.lineno} uses the name coverage, which this template needs. "
            "Rename it and commit."
        )
    kept = free("coverage", decorators) if "coverage" in decorators else ""
    edit = Edit(with_collection(text, module, kept))
    if kept:
        edit.changes.append(f"tasks.py: task coverage is now {kept}, as coverage_tasks.py has one")
    return edit


def with_collection(text: str, module: ast.Module, kept: str) -> str:
    """Return a tasks.py with the collection of coverage_tasks.py.

    Args:
        text: the user's tasks.py.
        module: the same, parsed.
        kept: the name that the user's task `coverage` now has; "" if there is none.
    """
    imports = [node for node in module.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound = {alias.asname or alias.name for node in imports for alias in node.names}
    added, ending = ["import coverage_tasks"], []
    namespace = namespace_of(module)
    if not namespace:
        namespace = "namespace"
        if "Collection" not in bound:
            added.insert(0, "from invoke import Collection")
        if "sys" not in bound:
            added.insert(0, "import sys")
        ending.append("namespace = Collection.from_module(sys.modules[__name__])")
    if kept:
        # A collection that they made themselves need not have it.
        ending.append(f'if "coverage" in {namespace}.task_names:')
        ending.append(
            f'    {namespace}.add_task({namespace}.tasks.pop("coverage"), '
            f'name="{kept}", default=False)'
        )
    ending.append(f'{namespace}.add_collection(coverage_tasks, name="coverage")')
    end = imports[-1].end_lineno if imports else docstring_end(module)
    lines = text.split("\n")
    lines[end:end] = added if imports else ["", *added]
    return "\n".join(lines).rstrip() + "\n\n\n" + "\n".join(ending) + "\n"


def namespace_of(module: ast.Module) -> str:
    """Return the name of the collection that Invoke takes from a tasks.py; "" if there is none."""
    names = set()
    for node in module.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        if node.value is None or isinstance(node.value, ast.Constant):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return next((name for name in ("ns", "namespace") if name in names), "")


def task_decorators(module: ast.Module) -> dict[str, list[ast.expr]]:
    """Return the decorators of functions in a tasks.py, by the name of the task that each makes."""
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    found: dict[str, list[ast.expr]] = {}
    for function in functions:
        for decorator in function.decorator_list:
            found.setdefault(task_name(function, decorator), []).append(decorator)
    return found


def task_name(function: ast.FunctionDef, decorator: ast.expr) -> str:
    """Return the name of a task: that of its function, or of its decorator."""
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    names = [
        keyword.value.value
        for keyword in keywords
        if keyword.arg == "name"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]
    return names[0] if names else function.name


def calls_with_coverage(module: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls that name something `coverage`: a collection, an alias, or a keyword."""
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and re.search(
            r"Collection$|add_collection$|add_task$|\btask$", ast.unparse(call.func)
        ):
            names = [keyword.arg for keyword in call.keywords]
            if "coverage" in names or any(
                isinstance(node, ast.Constant) and node.value == "coverage"
                for node in ast.walk(call)
            ):
                yield call


def docstring_end(module: ast.Module) -> int:
    """Return the number of lines that the docstring of a module takes, with what is above it."""
    first = module.body[0] if module.body else None
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno or 0 if first and has_docstring else 0
