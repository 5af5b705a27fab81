"""The user's Makefile, tasks.py and .gitignore: a line or two of the template's, and everything of the user's."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch

from copier_coverage.adopt.repository import Repository
from copier_coverage.adopt.text import free

# In the order in which Make looks.
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


def makefile(repository: Repository) -> str:
    """Return the name of the Makefile that Make reads; "" if there is none."""
    return next((name for name in MAKEFILES if repository.read(name) is not None), "")


def include_in_makefile(repository: Repository) -> None:
    """Include coverage.mk at the end of the Makefile; rename targets that both have.

    Raises:
        SystemExit: the Makefile cannot include coverage.mk.
    """
    name = makefile(repository)
    text = repository.read(name) or ""
    included = re.findall(r"^[-s]?include\s+(.*)", text, re.MULTILINE)
    patterns = [word for line in included for word in re.sub(r"\$\(wildcard\s+(.*?)\)", r"\1", line).split()]
    has_it = any(fnmatch(file, pattern) for pattern in patterns for file in ("coverage.mk", "./coverage.mk"))
    targets = {target for target in target_names(repository.read("coverage.mk") or "") if re.match(r"\w", target)}
    if re.search(r"^\.RECIPEPREFIX", text, re.MULTILINE):
        sys.exit(f"{name} sets .RECIPEPREFIX, but coverage.mk uses tabs. Use tabs in {name} too and commit.")
    for pattern in patterns:
        for file in sorted(repository.folder.glob(pattern) if re.fullmatch(r"[\w.*?-][\w.*?/-]*", pattern) else ()):
            theirs = target_names(file.read_text(encoding="utf-8", errors="replace"))
            if file.name != "coverage.mk" and (both := sorted(targets & theirs)):
                sys.exit(f"{pattern} defines `{both[0]}`, which coverage.mk also defines. Rename it and commit.")
    theirs = target_names(text)
    renamed = {target: free(target, theirs) for target in sorted(targets & theirs)}
    for target, kept in renamed.items():
        repository.changes.append(f"{name}: target {target} is now {kept}, as coverage.mk has one")
    lines = rename_targets(text, renamed)
    repository.write(name, lines if has_it else lines.rstrip() + "\n\ninclude coverage.mk\n")


def rules(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each line of a Makefile, the targets of which it is the rule, and whether it is one of a recipe."""
    in_define = False
    for line in text.split("\n"):
        in_define = (in_define or line.startswith("define ")) and not line.startswith("endef")
        match = None if in_define else re.match(r"([^\s#:=][^#:=]*)::?(?![:=])", line)
        yield line, match[1].split() if match else [], line.startswith("\t")


def target_names(text: str) -> set[str]:
    """Return the targets that a Makefile has rules for."""
    return {target for _, targets, _ in rules(text) for target in targets}


def rename_targets(text: str, renamed: dict[str, str]) -> str:
    """Return a Makefile with other names for some of its targets.

    What depends on one still does; but `coverage`, outside of what was renamed, is now the template's.
    """
    others = {target: kept for target, kept in renamed.items() if target != "coverage"}
    lines = []
    own = False
    for line, targets, in_recipe in rules(text):
        own = bool(set(targets) & set(renamed)) if targets else own and in_recipe
        names = renamed if own or ".PHONY" in targets else others
        if targets:
            # Up to a recipe, a comment, or the value of a variable.
            head = re.match(r"[^;#=]*", line)[0]
            if "=" in line[len(head) : len(head) + 1]:
                head = head.partition(":")[0]
            words = re.split(r"(\s+|:)", head)
            line = "".join(names.get(word, word) for word in words) + line[len(head) :]
        elif in_recipe and re.search(r"\$[({]MAKE[)}]|\bmake\b", line):
            line = "".join(names.get(word, word) for word in re.split(r"(\s+|[;&|])", line))
        lines.append(line)
    return "\n".join(lines)


def add_to_tasks(repository: Repository) -> None:
    """Add the collection of coverage_tasks.py to tasks.py.

    Raises:
        SystemExit: tasks.py cannot be read, or has the name `coverage` in a way that this function does not know.
    """
    if has_tasks_package(repository):
        line = 'namespace.add_collection(coverage_tasks, name="coverage")'
        repository.left.append(f"tasks/__init__.py: import coverage_tasks, and add it to your namespace: {line}")
        return
    text = repository.read("tasks.py") or ""
    if "coverage_tasks" in text:
        return
    try:
        module = ast.parse(text.lstrip("\ufeff"))
    except SyntaxError as error:
        sys.exit(f"tasks.py cannot be read: {error}. Fix it and commit.")
    decorators = task_decorators(module)
    taken = (call for call in calls_with_coverage(module) if call not in decorators.get("coverage", []))
    if call := next(taken, None):
        sys.exit(f"tasks.py:{call.lineno} uses the name coverage, which this template needs. Rename it and commit.")
    kept = ""
    if "coverage" in decorators:
        kept = free("coverage", decorators)
        repository.changes.append(f"tasks.py: task coverage is now {kept}, as coverage_tasks.py has one")
    repository.write("tasks.py", with_collection(text, module, kept))


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
        ending.append(f'    {namespace}.add_task({namespace}.tasks.pop("coverage"), name="{kept}", default=False)')
    ending.append(f'{namespace}.add_collection(coverage_tasks, name="coverage")')
    end = imports[-1].end_lineno if imports else docstring_end(module)
    lines = text.split("\n")
    lines[end:end] = added if imports else ["", *added]
    return "\n".join(lines).rstrip() + "\n\n\n" + "\n".join(ending) + "\n"


def namespace_of(module: ast.Module) -> str:
    """Return the name of the collection in a tasks.py from which Invoke takes the tasks; "" if there is none."""
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
    """Return the decorators of the functions in a tasks.py, by the name of the task that each makes."""
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    found: dict[str, list[ast.expr]] = {}
    for function in functions:
        for decorator in function.decorator_list:
            found.setdefault(task_name(function, decorator), []).append(decorator)
    return found


def has_tasks_package(repository: Repository) -> bool:
    """Return whether the user's tasks are a package."""
    return repository.read("tasks.py") is None and (repository.folder / "tasks" / "__init__.py").is_file()


def has_invoke_tasks(repository: Repository) -> bool:
    """Return whether the user has tasks for Invoke. Other programs look for tasks in a tasks.py too."""
    texts = [repository.read(name) or "" for name in ("tasks.py", "tasks/__init__.py")]
    return any("invoke" in text for text in texts)


def task_name(function: ast.FunctionDef, decorator: ast.expr) -> str:
    """Return the name of a task: that of its function, or of its decorator."""
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    names = [
        keyword.value.value for keyword in keywords if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
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
                isinstance(node, ast.Constant) and node.value == "coverage" for node in ast.walk(call)
            ):
                yield call


def docstring_end(module: ast.Module) -> int:
    """Return the number of lines that the docstring of a module takes, with what is above it."""
    first = module.body[0] if module.body else None
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno if has_docstring else 0


def ignore_data(repository: Repository, template: str) -> None:
    """Add to .gitignore the template's lines on coverage that it lacks.

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
    """Return whether git already ignores what a pattern is for."""
    path = pattern.replace("*", "x").rstrip("/") + ("/x" if pattern.endswith("/") else "")
    command = ["git", "check-ignore", "--quiet", "--no-index", path]
    return subprocess.run(command, cwd=repository.folder, check=False).returncode == 0
