"""What the benchmarks share: how a program is found, run and measured, and how figures are written."""

import datetime
import fcntl
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


# What a pipe holds at most, for a user without rights, in bytes.
LARGEST_PIPE = 1 << 20


def generate(services, file, *options):
    """Writes one of generate.py's lists."""
    subprocess.run([sys.executable, HERE / "generate.py", *options, str(services)], stdout=file, check=True)


def time_of(program, source):
    """Seconds from the start of the process to its exit, and of processor time. What it writes stays in memory, for the
    speed of a disk is none of the program's."""
    reader, writer = os.pipe()
    with source.open("rb") as list_, open(os.memfd_create("output"), "wb") as result:
        feeder = None
        if source.stat().st_size <= LARGEST_PIPE:  # the program shall not wait for another one to start
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, LARGEST_PIPE)
            os.write(writer, list_.read())
        else:
            feeder = spawn("cat", list_.fileno(), writer)
        os.close(writer)  # or the program would wait for its end for ever
        start = time.perf_counter()
        process = spawn(program, reader, result.fileno())
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - start
    os.close(reader)
    if feeder:
        os.waitpid(feeder, 0)
    if status != 0:
        sys.exit(f"{program}: exit {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_utime + usage.ru_stime


def spawn(program, stdin, stdout):
    files = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
    # Python ignores SIGPIPE and children inherit that.
    return os.posix_spawnp(program, [program], os.environ, file_actions=files, setsigdef=[signal.SIGPIPE])


def peak_memory(program, source, output):
    """Bytes of resident memory at the highest.

    Linux carries the peak of the forking process over to the program that the fork becomes, so any child of this
    interpreter seems to need its 15 MB. The fork is therefore left to a shell, and what the shell knows of its
    children outlives it becoming the interpreter that reports it.
    """
    report = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    script = 'cat "$1" | "$2" > "$3" || exit; exec "$4" -c "$5"'
    shell = ["sh", "-c", script, "sh", source, program, output, sys.executable, report]
    result = subprocess.run(shell, stdout=subprocess.PIPE)
    if result.returncode != 0:
        sys.exit(f"{program}: exit {result.returncode}")
    return int(result.stdout) * 1024


def build_overrides():
    """The program that is measured: the image's, which scripts/static-build makes."""
    if given := os.environ.get("OVERRIDES_BIN"):
        return str(pathlib.Path(given).resolve(strict=True))
    function = {name: value for name, value in os.environ.items() if name not in ("FEATURES", "RECORD_INTO")}
    built = subprocess.run(["scripts/static-build"], cwd=ROOT, env=function, stdout=subprocess.PIPE, text=True, check=True)
    return built.stdout.strip()


def keep(what, ratio, reach="", verdict=""):
    """Keeps a row for the one table with which benches/all ends, where that is what runs this."""
    if table := os.environ.get("OVERRIDES_RATIOS"):
        with open(table, "a", encoding="utf-8") as rows:
            print(f"| {what} | {ratio} | {reach} | {verdict} |", file=rows)


def machine():
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    model = model[1] if model else platform.machine()  # Arm kernels do not name it
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    today = datetime.date.today()
    return f"{model}, {cores} cores, Linux {platform.release()}, {today}, load {load:.1f} at the start."


def ms(seconds):
    return f"{1000 * seconds:,.1f} ms"


def mb(size):
    return f"{size / 1e6:,.1f} MB"
