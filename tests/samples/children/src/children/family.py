"""A program with children of its own."""

import multiprocessing

from children import kinds


def start(method, target):
    child = multiprocessing.get_context(method).Process(target=target)
    child.start()
    child.join()


if __name__ == "__main__":
    start("spawn", kinds.grandchild_spawn)
    start("forkserver", kinds.grandchild_forkserver)
