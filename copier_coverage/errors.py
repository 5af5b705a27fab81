"""The exception that ends a command with a message for its user."""


class Refusal(Exception):
    """What was asked cannot be done, and nothing was changed.

    The message has what was found, in which file, and what to do about it.
    """
