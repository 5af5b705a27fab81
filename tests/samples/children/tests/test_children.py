import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from unittest import mock

import pytest

from children import kinds


def start(method, target, *args):
    child = multiprocessing.get_context(method).Process(target=target, args=args)
    child.start()
    return child


def test_thread():
    thread = threading.Thread(target=kinds.thread)
    thread.start()
    thread.join()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_process(method):
    start(method, getattr(kinds, method)).join()


def test_spawn_without_environment():
    with mock.patch.dict(os.environ, clear=True):
        start("spawn", kinds.spawn_without_environment).join()


def test_pool_that_terminates_its_workers():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(kinds.pool)
        # Busy: an idle worker is on its way out when it is terminated, and may lose its part.
        pool.apply_async(time.sleep, [60])
        time.sleep(0.5)


def test_executor():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as executor:
        executor.submit(kinds.executor).result()


def serve(ready):
    kinds.terminated()
    ready.set()
    while True:
        # As servers do.
        with contextlib.suppress(Exception):
            time.sleep(60)


def test_terminate():
    ready = multiprocessing.get_context("fork").Event()
    child = start("fork", serve, ready)
    ready.wait()
    time.sleep(0.5)
    child.terminate()
    child.join(5)
    code = child.exitcode
    child.kill()
    assert code == -signal.SIGTERM


def leave_by_os_exit():
    kinds.os_exit()
    os._exit(0)


def test_os_exit():
    start("fork", leave_by_os_exit).join()


def test_os_fork():
    pid = os.fork()
    if pid == 0:
        kinds.os_fork()
        os._exit(0)
    os.waitpid(pid, 0)


@pytest.mark.parametrize(
    ("options", "name", "folder"),
    [
        ([], "subprocess_same_folder", "."),
        ([], "subprocess_other_folder", None),
        ([], "subprocess_source_folder", "src"),
        (["-I"], "subprocess_isolated", "."),
    ],
)
def test_subprocess(options, name, folder, tmp_path):
    subprocess.run(
        [sys.executable, *options, "-m", "children.kinds", name], cwd=folder or tmp_path, check=True
    )


def test_children_of_a_subprocess_in_another_folder(tmp_path):
    subprocess.run([sys.executable, "-m", "children.family"], cwd=tmp_path, check=True)


def test_xdist_worker(tmp_path):
    test = tmp_path / "test_worker.py"
    test.write_text("from children import kinds\n\ndef test_worker():\n    kinds.xdist_worker()\n")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", "--rootdir", tmp_path, test], check=True
    )


def test_execv():
    program = "import os, sys; from children import kinds; kinds.execv(); os.execv(sys.executable, ['python', '-c', ''])"
    subprocess.run([sys.executable, "-c", program], check=True)
