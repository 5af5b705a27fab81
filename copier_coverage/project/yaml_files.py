"""Read YAML: a short text can mean more than memory holds, and such a text is refused."""

from functools import lru_cache

import yaml

from copier_coverage.errors import Refusal

# The reader in C is several times faster.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# In characters, with all that aliases repeat, and in levels.
MOST = 500_000
DEEPEST = 100


def read_yaml(text: str, name: str = "The workflow") -> tuple[yaml.Node | None, object]:
    """Return the node and the value of a YAML text; twice None if it cannot be read.

    Args:
        text: the text.
        name: the name of its file.

    Raises:
        Refusal: it means too much.
    """
    try:
        return parsed(text)
    except RecursionError as error:
        raise Refusal(
            f"{name} cannot be read: it has more than {DEEPEST} levels, or {MOST:,} characters "
            "with what its aliases repeat. Split it, or write it without them, and commit."
        ) from error


@lru_cache(maxsize=64)
def parsed(text: str) -> tuple[yaml.Node | None, object]:
    """Return the node and the value of a YAML text, which nobody changes; twice None if it is none.

    Raises:
        RecursionError: it means too much.
    """
    try:
        node = yaml.compose(text, Loader=Loader)
        characters, depth = size(node, {}) if node else (0, 0)
        if characters > MOST or depth > DEEPEST:
            raise RecursionError
        value = yaml.load(text, Loader=Loader)
        str(value)  # A number may have more digits than Python writes.
    except (yaml.YAMLError, ValueError):  # Not ours to say: GitHub does, and so does actionlint.
        return None, None
    return node, value


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
