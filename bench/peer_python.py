"""The worker of Python's subprocess: what worker.cc is for the others, with the same lines."""
import mmap
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PIPE = subprocess.PIPE


def late(program, path):
    child = subprocess.Popen([program, path])
    child.wait(timeout=10)
    now = time.monotonic()
    with open(path, "rb") as file:
        return now - memoryview(file.read(8)).cast("d")[0]


def many(program, count):
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda _: subprocess.run([program], check=True), range(count)):
            pass


def exchange(program, data):
    if len(subprocess.run([program], input=data, stdout=PIPE, check=True).stdout) != len(data):
        sys.exit("another size came back")


def capture(program, size):
    if len(subprocess.run([program, str(size)], stdout=PIPE, check=True).stdout) != size:
        sys.exit("captured another size")


def seconds(rounds, what, *arguments):
    figures = []
    for _ in range(rounds):
        begun = time.monotonic()
        what(*arguments)
        figures.append(time.monotonic() - begun)
    return figures


kept = []


def fill(size):
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for at in range(0, size, mmap.PAGESIZE):
        memory[at] = 1
    kept.append(memory)


def work(name, rounds, amount, program):
    if name == "start":
        return seconds(rounds, lambda: subprocess.run([program], check=True))
    if name == "captured":
        return seconds(rounds, lambda: subprocess.run([program], input=b"", stdout=PIPE, stderr=PIPE, check=True))
    if name == "capture":
        return seconds(rounds, capture, program, amount)
    if name == "exchange":
        return seconds(rounds, exchange, program, bytes(amount))
    if name == "many":
        return seconds(rounds, many, program, amount)
    if name == "wait":
        path = f"/tmp/bench_stamp_{os.getpid()}"
        with open(path, "wb") as file:
            file.write(bytes(8))
        figures = [late(program, path) for _ in range(rounds)]
        os.unlink(path)
        return figures
    if name == "open":
        while os.open("/dev/null", os.O_RDONLY) < amount:
            pass
        return []
    if name == "fill":
        fill(amount)
        return []
    return None


for line in sys.stdin:
    words = line.split() + [""]
    figures = work(words[0], int(words[1]), int(words[2]), words[3])
    print("none" if figures is None else " ".join(f"{figure:.9g}" for figure in figures), flush=True)
