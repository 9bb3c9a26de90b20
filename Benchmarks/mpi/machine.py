# SPDX-License-Identifier: Apache-2.0
"""What the scripts beside this one need: mpirun on this machine, a look at how busy the machine is, and a page for the results."""

import os
import subprocess
import time

# As the tests do (Tests/EndToEndTests/MPITests.swift): no other host is asked for, containers forbid the copy from one
# process's memory to another's, and one thread a rank.
MPIRUN = ["mpirun", "--timeout", "280", "--oversubscribe", "--mca", "plm", "^rsh",
          "--mca", "btl_vader_single_copy_mechanism", "none"]
ENVIRONMENT = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMPI_MCA_mpi_yield_when_idle="1",
                   OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def run(words, limit=300, environment=ENVIRONMENT, folder=None):
    """Standard output of a program that ended well, and its seconds; None where it did not."""
    start = time.monotonic()
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit, env=environment, cwd=folder)
    except (subprocess.TimeoutExpired, FileNotFoundError) as error:
        return None, str(error)
    seconds = time.monotonic() - start
    return (done.stdout, seconds) if done.returncode == 0 else (None, done.stderr.strip()[-300:])


def ranks(count, words, **more):
    return run(MPIRUN + ["-np", str(count)] + words, **more)


def busy(seconds=0.5):
    """The part of all CPUs' time that others used, for so long."""
    def read():
        with open("/proc/stat") as stat:
            numbers = [int(word) for word in stat.readline().split()[1:]]
        return numbers[3] + numbers[4], sum(numbers[:8])
    idle, total = read()
    time.sleep(seconds)
    idle2, total2 = read()
    return 1 - (idle2 - idle) / max(1, total2 - total)


def wait_until_quiet(limit=120.0):
    """Until the machine does almost nothing, or the limit; how busy it was then."""
    end = time.monotonic() + limit
    while True:
        found = busy()
        if found < 0.06 or time.monotonic() > end:
            return found


def description():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} CPUs ({model}), Linux {'.'.join(os.uname().release.split('.')[:2])}, load {' '.join(open('/proc/loadavg').read().split()[:3])}"


def tell(name, text, page=None):
    """Prints a result, and puts it into the page between the comments that name it."""
    print(text)
    if page is None:
        return
    with open(page) as file:
        whole = file.read()
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if begin not in whole or end not in whole:
        raise SystemExit(f"{page} has no place for {name}")
    before, rest = whole.split(begin, 1)
    after = rest.split(end, 1)[1]
    with open(page, "w") as file:
        file.write(f"{before}{begin}{text}\n{end}{after}")
