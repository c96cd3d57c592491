"""Has the workers of all peers take turns, and tells how they compare: what ci/bench.sh runs after it has built them.

Ratios are the median, over the rounds, of a peer's median in a round to the raw line's in the same round.
A row with several figures is met when all are; one that isn't shows the figure that is furthest from its goal.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import report

MIB = 1 << 20
GIB = 1 << 30
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
PEERS = ["raw", "subproc", "libuv", "glib", "boost", "apr", "python"]
TITLES = {"raw": "raw", "subproc": "subproc", "libuv": "libuv", "glib": "GLib", "boost": "Boost.Process", "apr": "APR",
          "python": "Python", "xargs": "xargs", "make": "make"}


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def quiet_prefix():
    """What makes the measured processes run undisturbed, where we may: the words, and how the report says it."""
    for words, told in ((["chrt", "-f", "50"], "real-time priority (chrt -f 50)"),
                        (["nice", "-n", "-15"], "high priority (nice -n -15)")):
        if shutil.which(words[0]) and subprocess.run(words + ["true"], stderr=subprocess.DEVNULL).returncode == 0:
            # nice tells that it was refused, and goes on.
            if words[0] != "nice" or subprocess.run(words + ["nice"], capture_output=True, text=True).stdout == "-15\n":
                return words, told
    return [], "usual priority"


class Failed(Exception):
    pass


class Worker:
    """One peer's measuring process."""

    def __init__(self, name, command, programs, limit=120):
        self.name = name
        self.programs = programs
        self.limit = limit
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, work, rounds=1, amount=0, program=""):
        """The figures; None when the peer has no call for it."""
        path = self.programs.get(program, program)
        timer = threading.Timer(self.limit, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(f"{work} {rounds} {amount} {path}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            timer.cancel()
        if not answer.endswith("\n"):
            raise Failed(f"{self.name} failed at {work}")
        return None if answer.strip() == "none" else [float(word) for word in answer.split()]

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Bench:
    """The peers that are here, and the rounds over them."""

    def __init__(self, arguments, prefix):
        self.quick = arguments.quick
        self.wine = arguments.wine
        self.prefix = prefix
        folder = os.path.join(arguments.build, "bench")
        self.commands = {}
        for name in PEERS:
            program = os.path.join(folder, f"bench_{name}")
            if name == "python":
                self.commands[name] = [sys.executable, os.path.join(HERE, "peer_python.py")]
            elif os.path.exists(program):
                self.commands[name] = [program]
        self.missing = [name for name in PEERS if name not in self.commands]
        self.programs = {name: os.path.join(folder, f"bench_{name}") for name in ("tiny", "writer", "stamp", "hold")}
        self.programs["cat"] = shutil.which("cat")
        self.decode = os.path.join(folder, "bench_decode")
        self.command = os.path.join(arguments.build, "subproc")

    def workers(self, names=None):
        return [Worker(name, self.prefix + command, self.programs)
                for name, command in self.commands.items() if names is None or name in names]

    def turns(self, rounds, ask, setup=None, fresh=False):
        """Rounds over all peers in turn: {peer: [the figures of each round]}. fresh: a new process for each turn."""
        found = {}
        workers = [] if fresh else self.workers()
        gone = set()
        try:
            for worker in workers if setup else []:
                self.attempt(worker, setup, gone)
            for turn in range(rounds):
                names = list(self.commands)
                names = names[turn % len(names):] + names[:turn % len(names)]
                for name in names:
                    if name in gone:
                        continue
                    figures = self.turn(name, workers, ask, setup, gone)
                    if figures:
                        found.setdefault(name, []).append(figures)
        finally:
            for worker in workers:
                worker.end()
        return {name: figures for name, figures in found.items() if len(figures) == rounds}

    def turn(self, name, workers, ask, setup, gone):
        if workers:
            return self.attempt(next(worker for worker in workers if worker.name == name), ask, gone)
        worker = self.workers([name])[0]
        try:
            if setup:
                self.attempt(worker, setup, gone)
            return None if name in gone else self.attempt(worker, ask, gone)
        finally:
            worker.end()

    @staticmethod
    def attempt(worker, ask, gone):
        try:
            figures = ask(worker)
        except Failed as failure:
            note(failure)
            figures = None
        if figures is None:
            gone.add(worker.name)
        return figures


def compare(turns, raw="raw"):
    """(medians in the unit of the figures, ratios to the raw line)."""
    rounds = {name: [statistics.median(figures) for figures in all_figures] for name, all_figures in turns.items()}
    medians = {name: statistics.median(figures) for name, figures in rounds.items()}
    if raw not in rounds:
        return medians, {}
    ratios = {name: statistics.median(mine / base for mine, base in zip(figures, rounds[raw]))
              for name, figures in rounds.items()}
    return medians, ratios


class Row:
    """One row of the table. parts: (what, ratio, goal) of each figure that has a goal; goal: when there is none."""

    def __init__(self, key, work, raw, raw_name="raw", goal=None):
        self.key, self.work, self.raw, self.raw_name, self.goal = key, work, raw, raw_name, goal
        self.medians, self.ratios, self.parts, self.scale, self.notes = {}, {}, [], "", []

    def figure(self, what, value, goal):
        if value is not None:
            self.parts.append((what, value, goal))

    def compared(self, turns, goal, what=""):
        self.medians, self.ratios = compare(turns, self.raw_name)
        self.goal = goal
        self.figure(what, self.ratios.get("subproc"), goal)
        return self

    @property
    def shown(self):
        """The figure that is compared with the peers'; when the row is not met, or has no such figure, the worst."""
        if self.met and self.medians:
            return self.parts[0]
        return max(self.parts, key=lambda part: part[1] / part[2], default=("", None, self.goal))

    @property
    def met(self):
        return bool(self.parts) and all(value <= goal for _, value, goal in self.parts)

    def peers(self):
        return {TITLES[name]: round(ratio, 3) for name, ratio in self.ratios.items()
                if name not in ("subproc", self.raw_name)}

    def as_json(self):
        _, value, goal = self.shown
        return {"work": self.work, "ratio": None if value is None else round(value, 3), "goal": goal, "met": self.met,
                "peers": self.peers()}


def start_rows(bench):
    rounds, batch = (20, 10) if bench.quick else (100, 20)
    row = Row("start", "start and collect a tiny static child, no pipes", "posix_spawn + waitpid")
    yield row.compared(bench.turns(rounds, lambda worker: worker.ask("start", batch, 0, "tiny")), 0.75)
    row = Row("captured", "the same with three pipes captured", "posix_spawn, three pipes")
    yield row.compared(bench.turns(rounds, lambda worker: worker.ask("captured", batch, 0, "tiny")), 0.9)

    size = GIB if bench.quick else 4 * GIB
    row = Row("large", "the same from a parent with 4 GiB in use", "posix_spawn + waitpid")
    row.scale = "1 GiB" if bench.quick else ""
    rounds, ask = (3 if bench.quick else 5), lambda worker: worker.ask("start", 7 if bench.quick else 15, 0, "tiny")
    turns = bench.turns(rounds, ask, setup=lambda worker: worker.ask("fill", 1, size), fresh=True)
    row.compared(turns, 0.75)
    small, _ = compare(bench.turns(rounds, ask, fresh=True))
    if "subproc" in small and "subproc" in row.medians:
        row.notes.append(f"{row.medians['subproc'] / small['subproc']:.2f} of our start from a small parent that is as new")
    yield row


def descriptor_rows(bench):
    rounds, batch = (10, 5) if bench.quick else (50, 10)
    setup = lambda worker: worker.ask("open", 1, 10000)
    row = Row("descriptors", "the first line with 10,000 descriptors open in the parent", "posix_spawn + waitpid")
    yield row.compared(bench.turns(rounds, lambda worker: worker.ask("start", batch, 0, "tiny"), setup), 0.2)
    row = Row("descriptors-captured", "the same with three pipes", "posix_spawn, three pipes")
    yield row.compared(bench.turns(rounds, lambda worker: worker.ask("captured", batch, 0, "tiny"), setup), 0.95)


def capture_row(bench):
    size = 256 * MIB if bench.quick else GIB
    row = Row("capture", "capture 1 GiB", "read into a buffer reserved before")
    row.scale = "256 MiB" if bench.quick else ""
    row.compared(bench.turns(5 if bench.quick else 9, lambda worker: worker.ask("capture", 1, size, "writer")), 0.85)
    worker = bench.workers(["subproc"])[0]
    try:
        worker.ask("captured", 3, 0, "tiny")
        before = worker.ask("peak")[0]
        worker.ask("capture", 1, size, "writer")
        above = (worker.ask("peak")[0] - before - size) / MIB
        row.figure("MiB of memory above the output", above, 2)
        row.notes.append(f"peak memory: the output + {above:.1f} MiB")
    finally:
        worker.end()
    return row


def exchange_row(bench):
    size = 64 * MIB if bench.quick else 256 * MIB
    row = Row("exchange", "256 MiB through `cat` and back", "poll loop with default pipes")
    row.scale = "64 MiB" if bench.quick else ""
    turns = bench.turns(5 if bench.quick else 9, lambda worker: worker.ask("exchange", 1, size, "cat"))
    return row.compared(turns, 0.6)


def wait_row(bench):
    row = Row("wait", "from the child's end to the return of a wait with a timeout", "waitpid")
    rounds, batch = (15, 5) if bench.quick else (50, 10)
    return row.compared(bench.turns(rounds, lambda worker: worker.ask("wait", batch, 0, "stamp")), 1.15)


def many_row(bench):
    count = 1000 if bench.quick else 20000
    row = Row("many", "20,000 tiny children, two at a time, through a group", "posix_spawn + waitid any")
    row.scale = f"{count:,}" if bench.quick else ""
    return row.compared(bench.turns(3, lambda worker: worker.ask("many", 1, count, "tiny")), 0.75)


def crowd_row(bench):
    count = 2000 if bench.quick else 9900
    row = Row("crowd", "9,900 children alive, each with a captured pipe", "epoll on pipes and pidfds")
    row.scale = f"{count:,}" if bench.quick else ""
    found = bench.turns(1 if bench.quick else 3, lambda worker: worker.ask("crowd", 1, count, "hold"), fresh=True)
    row.compared({name: [turn[:1] for turn in turns] for name, turns in found.items()}, round(0.4 / 0.23, 2))
    ours = found.get("subproc")
    if ours:
        cpu, first, last, heap = (statistics.median(column) for column in zip(*ours))
        row.figure("the last hundred starts to the first", last / first, 2)
        row.figure("our memory for each child, in units of 2 KiB", heap / 2048, 1)
        row.notes.append(f"{cpu:.2f} s of waiting CPU; the last hundred starts {last / first:.2f} of the first hundred; "
                         f"{heap:.0f} bytes for each child")
    return row


def timed(command, text):
    begun = time.monotonic()
    done = subprocess.run(command, input=text, stdout=subprocess.DEVNULL, text=True)
    took = time.monotonic() - begun
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}")
    return took


def parallel_row(bench):
    count = 2000 if bench.quick else 20000
    row = Row("parallel", "`subproc parallel -j2` with 20,000 tiny commands from standard input", "make -j2", "make")
    row.scale = f"{count:,}" if bench.quick else ""
    tiny = bench.programs["tiny"]
    lines = "".join(f"{number}\n" for number in range(count))
    with tempfile.TemporaryDirectory() as folder:
        makefile = os.path.join(folder, "Makefile")
        with open(makefile, "w") as file:
            names = " ".join(f"t{number}" for number in range(count))
            file.write(f"T := {names}\nall: $(T)\n.PHONY: all $(T)\n$(T):\n\t@{tiny} $@\n")
        commands = {"make": ["make", "-s", "-j2", "-f", makefile],
                    "subproc": [bench.command, "parallel", "-j2", "--", tiny],
                    "xargs": ["xargs", "-P2", "-n1", tiny]}
        commands = {name: command for name, command in commands.items() if shutil.which(command[0])}
        turns = {}
        for _ in range(3):
            for name, command in commands.items():
                turns.setdefault(name, []).append([timed(bench.prefix + command, lines)])
    return row.compared(turns, 1.0)


DECODER_GOALS = {("utf-8", "utf-8", "ASCII"): 10, ("utf-8", "utf-8", "half Hangul"): 3, ("utf-8", "utf-8", "Hangul"): 3,
                 ("cp949", "cp949", "ASCII"): 8, ("cp949", "cp949", "half Hangul"): 3, ("cp949", "cp949", "Hangul"): 2.5}


def decoder_row(bench):
    row = Row("decoders", "decoders", "glibc iconv on the same buffers")
    size = 8 if bench.quick else 100
    row.scale = f"{size} MiB" if bench.quick else ""
    done = subprocess.run(bench.prefix + [bench.decode, str(size)], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines()[1:]:
        encoding, written, text, speed, iconv, faster = re.split(r"\s{2,}|(?<=\d)\s+", line.strip())
        ratio = float(iconv) / float(speed)
        goal = DECODER_GOALS.get((encoding, written, text))
        wanted = f", wanted {goal}" if goal else ""
        row.notes.append(f"{encoding} written in {written}, {text}: {faster} times iconv{wanted}")
        if goal:
            row.figure(f"{encoding}, {text}", ratio, round(1 / goal, 3))
    row.ratios = {"subproc": row.shown[1], "raw": 1.0}
    return row


def wine_row(bench):
    """Under Wine, when the programs were built and Wine is here."""
    row = Row("wine", "under Wine: start and collect; capture 256 MiB", "CreateProcess + wait; a ReadFile loop", goal=1.05)
    folder = bench.wine and os.path.join(bench.wine, "bench")
    if not folder or not os.path.exists(os.path.join(folder, "bench_raw.exe")):
        row.notes.append("not measured: no Wine or no programs for it")
        return row
    programs = {name: "Z:" + os.path.join(folder, f"bench_{name}.exe").replace("/", "\\") for name in ("tiny", "writer")}
    wine = os.path.join(ROOT, "ci", "wine")
    subprocess.run([wine, "--stop"])
    # The first program starts the server, which has the same priority then.
    subprocess.run(bench.prefix + [wine, os.path.join(folder, "bench_tiny.exe")], check=True)
    workers = [Worker(name, bench.prefix + [wine, os.path.join(folder, f"bench_{name}.exe")], programs)
               for name in ("raw", "subproc")]
    size = 256 * MIB
    try:
        works = [("start", 5 if bench.quick else 30, lambda worker: worker.ask("start", 3, 0, "tiny")),
                 ("capture", 3 if bench.quick else 9, lambda worker: worker.ask("capture", 1, size, "writer"))]
        for what, rounds, ask in works:
            turns = {worker.name: [] for worker in workers}
            for turn in range(rounds):
                for worker in workers if turn % 2 == 0 else workers[::-1]:
                    turns[worker.name].append(ask(worker))
            medians, ratios = compare(turns)
            row.figure(what, ratios["subproc"], 1.05)
            row.notes.append(f"{what}: {ratios['subproc']:.3f} of {medians['raw'] * 1e3:.1f} ms")
    except Failed as failure:
        note(failure)
        row.notes.append(f"not measured: {failure}")
        row.parts = []
    finally:
        for worker in workers:
            worker.end()
        subprocess.run([wine, "--stop"])
    row.ratios = {"subproc": row.shown[1], "raw": 1.0}
    return row


def system_calls(bench):
    """The system calls of one start, {peer: (those of the parent's thread, how many there are with the child's and those of
    other threads)}: 21 starts less one."""
    if not shutil.which("strace"):
        return {}
    calls = {}
    for name, command in bench.commands.items():
        try:
            alone, together = (calls_of_a_start(command, bench.programs["tiny"], flags) for flags in ([], ["-f"]))
        except (Failed, subprocess.TimeoutExpired) as failure:
            note(f"{name}: {failure}")
            continue
        calls[name] = ({call: count for call, count in alone.items() if count >= 0.75}, sum(together.values()))
    return calls


def calls_of_a_start(command, program, flags):
    few, many = (count_calls(command, starts, program, flags) for starts in (1, 21))
    # The figures of the starts are written too.
    return {call: (count - few.get(call, 0)) / 20 for call, count in many.items() if call != "write"}


def count_calls(command, starts, program, flags):
    with tempfile.NamedTemporaryFile("r") as table:
        done = subprocess.run(["strace", *flags, "-c", "-o", table.name, *command], text=True, capture_output=True,
                              input=f"start {starts} 0 {program}\n", timeout=60)
        if done.returncode != 0:
            raise Failed("strace can't count its calls")
        counts = {}
        for line in table:
            words = line.split()
            if len(words) >= 5 and words[3].isdigit() and words[-1] != "total":
                counts[words[-1]] = int(words[3])
        return counts


TEXT_OBJECTS = {"codec", "convert", "cp949", "cp949_table", "decoder", "encode", "encoding", "guess", "text", "utf8"}


def library_sizes(library):
    """Bytes of code and data of the objects: the core's, those for text; and of all tables for unwinding."""
    core = text = unwinding = 0
    name = ""
    for line in subprocess.run(["size", "-A", library], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if "(ex" in line:
            name = words[0].split(".")[0]
        elif line.startswith(".eh_frame"):
            unwinding += int(words[1])
        elif line.startswith((".text", ".rodata", ".data", ".bss")):
            text, core = (text + int(words[1]), core) if name in TEXT_OBJECTS else (text, core + int(words[1]))
    return core, text, unwinding


def costs(arguments):
    """The other currency: bytes, names, seconds of building."""
    library = os.path.join(arguments.build, "libsubproc.a")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path, flag in (("static library, stripped", library, "--strip-debug"),
                                 ("`subproc`, stripped", os.path.join(arguments.build, "subproc"), "--strip-all")):
            stripped = os.path.join(folder, "stripped")
            subprocess.run(["strip", flag, "-o", stripped, path], check=True)
            found.append((name, f"{os.path.getsize(stripped) / 1024:.0f} KiB"))
    core, text, unwinding = library_sizes(library)
    found.append(("the core without text, code and data (aim: under 64 KiB)", f"{core / 1024:.1f} KiB"))
    found.append(("text: encodings, decoders, their tables", f"{text / 1024:.1f} KiB"))
    found.append(("tables for unwinding the stack, of both", f"{unwinding / 1024:.1f} KiB"))
    if arguments.shared:
        names = output_lines(["nm", "-D", "--defined-only", arguments.shared])
        found.append(("exported symbols", str(len(names))))
    if arguments.build_seconds:
        found.append((f"build of the library and the command, {os.cpu_count()} at a time", f"{arguments.build_seconds} s"))
    return found


def output_lines(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    except OSError:
        return []


def output(command):
    return (output_lines(command) or ["unknown"])[0]


def header(bench, told):
    uname = os.uname()
    lines = [f"{os.cpu_count()} processors, {uname.machine}, {uname.sysname} {uname.release.split('-')[0]}, "
             f"{output(['getconf', 'GNU_LIBC_VERSION'])}, {output(['cc', '--version'])}",
             f"the {'quick' if bench.quick else 'whole'} run, load {os.getloadavg()[0]:.1f} at its beginning, "
             f"the measured processes at {told}; medians of interleaved rounds, ratios to the raw line of the same round"]
    if bench.missing:
        lines.append("not here, so left out: " + ", ".join(TITLES[name] for name in bench.missing))
    return lines


STEPS = {start_rows: {"start", "captured", "large"}, descriptor_rows: {"descriptors", "descriptors-captured"},
         capture_row: {"capture"}, exchange_row: {"exchange"}, wait_row: {"wait"}, many_row: {"many"}, crowd_row: {"crowd"},
         parallel_row: {"parallel"}, decoder_row: {"decoders"}, wine_row: {"wine"}}


def rows(bench, only):
    """Measures and shows one row after the other."""
    for step, keys in STEPS.items():
        if only and not keys & only:
            continue
        done = step(bench)
        for row in [done] if isinstance(done, Row) else done:
            if not only or row.key in only:
                report.print_row(row)
                yield row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--wine", help="the build folder of the Windows programs")
    parser.add_argument("--build-seconds")
    parser.add_argument("--shared", help="the shared library, whose names are counted")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--docs", help="the folder to write performance.md and its plots into")
    parser.add_argument("--only", help="keys of rows, for trying things out")
    arguments = parser.parse_args()
    prefix, told = quiet_prefix()
    bench = Bench(arguments, prefix)
    head = header(bench, told)
    print("\n".join(head), flush=True)
    report.print_head()
    found = list(rows(bench, set(arguments.only.split(",")) if arguments.only else None))
    calls, cost = system_calls(bench), costs(arguments)
    report.print_calls(calls, TITLES)
    report.print_costs(cost)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"rows": [row.as_json() for row in found]}, file, ensure_ascii=False, indent=1)
            file.write("\n")
    if arguments.docs:
        report.write(arguments.docs, os.path.join(HERE, "performance.in.md"), head, found, calls, cost, TITLES)


main()
