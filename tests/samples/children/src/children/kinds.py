"""One function for each kind of child; no other process or thread runs its body."""

import sys


def thread():
    return "a thread"


def fork():
    return "multiprocessing, forked"


def spawn():
    return "multiprocessing, spawned"


def spawn_without_environment():
    return "multiprocessing, spawned while os.environ was empty"


def forkserver():
    return "multiprocessing, from the fork server"


def pool():
    return "a busy worker of `with Pool()`, which terminates it"


def executor():
    return "a worker of ProcessPoolExecutor"


def terminated():
    return "a process that is terminated"


def os_exit():
    return "a process that ends in os._exit"


def os_fork():
    return "a raw fork"


def execv():
    return "a program that another one takes the place of"


def subprocess_same_folder():
    return "python -m, in the project's folder"


def subprocess_other_folder():
    return "python -m, in another folder"


def subprocess_source_folder():
    return "python -m, inside the measured folder"


def subprocess_isolated():
    return "python -I -m"


def grandchild_spawn():
    return "spawned by a subprocess in another folder"


def grandchild_forkserver():
    return "from the fork server of a subprocess in another folder"


def xdist_worker():
    return "a worker of pytest-xdist"


if __name__ == "__main__":
    globals()[sys.argv[1]]()
