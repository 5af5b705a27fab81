"""Read Python code, which is never run."""

import ast

# In levels. What people write has some dozens.
DEEPEST = 200


def syntax(text: str) -> ast.Module:
    """Return the syntax tree of Python code.

    Raises:
        SyntaxError: it cannot be read, or is too deep.
    """
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise SyntaxError(f"line {line} is not UTF-8") from error
    except ValueError as error:  # Of null bytes, before Python 3.11.4.
        raise SyntaxError(str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("it is too deep") from error
    nodes: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        nodes = [child for node in nodes for child in ast.iter_child_nodes(node)]
        if not nodes:
            return tree
    raise SyntaxError(f"it has more than {DEEPEST} levels")
