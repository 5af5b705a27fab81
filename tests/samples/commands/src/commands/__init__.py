"""Six statements: a child process runs one, and nothing runs another."""


def here():
    return "here"


def in_child():
    return "in a child"


def never():
    return "never"
