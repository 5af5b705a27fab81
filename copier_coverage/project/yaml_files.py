"""Read YAML: a short text can mean more than memory holds, and such a text is refused."""

from functools import lru_cache

import yaml

from copier_coverage.errors import Refusal

# The reader in C is several times faster.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# In characters, with all that aliases repeat, and in levels.
MOST = 500_000
DEEPEST = 100
# What the reader raises for a text that is no YAML, and for a value that its tag does not allow.
NO_VALUE = (yaml.YAMLError, ValueError, ArithmeticError, AttributeError, LookupError, TypeError)


def read_yaml(text: str, name: str = "The workflow") -> tuple[yaml.Node | None, object]:
    """Return the node and the value of a YAML text; None if it cannot be read, or has no value.

    Args:
        text: the text.
        name: the name of its file.

    Raises:
        Refusal: it means too much.
    """
    return within_limits(text, name)[:2]


def read_node(text: str, name: str) -> yaml.Node | None:
    """Return the node of a YAML text, which may have tags that only another program knows.

    Raises:
        Refusal: it means too much.
    """
    return within_limits(text, name)[0]


def yaml_fault(text: str, name: str) -> str:
    """Return why a YAML text cannot be read, and what to do, to be written behind its name.

    It is "" if it can be read.

    Raises:
        Refusal: it means too much.
    """
    why = within_limits(text, name)[2]
    return f" is not YAML: {why}. Fix it" if why else ""


def within_limits(text: str, name: str) -> tuple[yaml.Node | None, object, str]:
    """Return what `parsed` returns.

    Raises:
        Refusal: the text means too much.
    """
    try:
        return parsed(text)
    except RecursionError as error:
        raise Refusal(
            f"{name} cannot be read: it has more than {DEEPEST} levels, or {MOST:,} characters "
            "with what its aliases repeat. Split it, or write it without them, and commit."
        ) from error


@lru_cache(maxsize=64)
def parsed(text: str) -> tuple[yaml.Node | None, object, str]:
    """Return the node and the value of a YAML text, which nobody changes, or why there is none.

    Raises:
        RecursionError: it means too much.
    """
    node = None
    try:
        node = yaml.compose(text, Loader=Loader)
        characters, depth = size(node, {}) if node else (0, 0)
        if characters > MOST or depth > DEEPEST:
            raise RecursionError
        value = yaml.load(text, Loader=Loader)
        str(value)  # A number may have more digits than Python writes.
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return node, None, f"{error.problem} in line {line}"
    except NO_VALUE as error:
        return node, None, str(error).partition("\n")[0]
    return node, value, ""


def size(node: yaml.Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many characters a node means, and how deep it is.

    Args:
        node: the node.
        known: what is known of nodes already, by their identity.
    """
    if id(node) not in known:
        known[id(node)] = (0, DEEPEST)  # Where it is in itself.
        parts = [size(part, known) for part in children(node)]
        own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
        characters = own + 1 + sum(part for part, _ in parts)
        known[id(node)] = characters, 1 + max((depth for _, depth in parts), default=0)
    return known[id(node)]


def children(node: yaml.Node) -> list[yaml.Node]:
    """Return the nodes in a node: the items of a list, the keys and the values of a mapping."""
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []
