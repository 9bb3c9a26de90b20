# SPDX-License-Identifier: Apache-2.0
"""Python's multiprocessing at the tasks of the harness's section `processes`.

    processes.py METHOD        then requests `CASE SIZE RUNS` on standard input, one a line; the answer is a line with the seconds of
                               each run (as ../limits/resident.h has it). METHOD: fork or spawn. SIZE: how often a run does the
                               thing; the answer is the time of one. `array`: SIZE bytes are sent.
"""
import array
import multiprocessing
import sys
import time


def square(x):
    return x * x


def count(values):
    return len(values)


def echo(source, target):
    while (item := source.get()) is not None:
        target.put(item)


def echo_pipe(end):
    try:
        while True:
            end.send(end.recv())
    except EOFError:
        pass


class Tasks:
    def __init__(self, context):
        self.context = context
        self.pool = context.Pool(2)
        self.pool.apply(square, (1,))
        self.queues = context.Queue(), context.Queue()
        self.end, other = context.Pipe()
        self.children = [
            context.Process(target=echo, args=self.queues, daemon=True),
            context.Process(target=echo_pipe, args=(other,), daemon=True),
        ]
        for child in self.children:
            child.start()
        self.dictionary = context.Manager().dict()
        self.lock = context.Lock()

    def start(self, n):
        pool = self.context.Pool(2)
        pool.apply(square, (3,))
        return pool

    def apply(self, n):
        for _ in range(n):
            self.pool.apply(square, (3,))

    def map(self, n):
        self.pool.map(square, range(n))

    def queue(self, n):
        to, back = self.queues
        for k in range(n):
            to.put(k)
            back.get()

    def pipe(self, n):
        for k in range(n):
            self.end.send(k)
            self.end.recv()

    def manager(self, n):
        for k in range(n):
            self.dictionary[k] = k

    def uncontended(self, n):
        for _ in range(n):
            with self.lock:
                pass

    def array(self, n):
        self.pool.apply(count, (self.values,))


def main():
    tasks = Tasks(multiprocessing.get_context(sys.argv[1]))
    for line in sys.stdin:
        case, size, runs = line.split()
        if case == "array":
            tasks.values = array.array("d", bytes(int(size)))
        divisor = int(size) if case in ("apply", "queue", "pipe", "manager", "uncontended") else 1
        seconds = []
        for _ in range(int(runs)):
            begin = time.perf_counter()
            rest = getattr(tasks, case)(int(size))
            seconds.append((time.perf_counter() - begin) / divisor)
            if rest is not None:
                rest.terminate()
                rest.join()
        print(" ".join(f"{one:.9f}" for one in seconds), flush=True)


if __name__ == "__main__":
    main()
