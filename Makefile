# SPDX-License-Identifier: Apache-2.0
#
# `make run` and `make test` work on a fresh Debian 12 with Swift 6.3 and nothing else: what is missing is installed.

SWIFT   ?= swift
PREFIX  ?= /usr/local
DESTDIR ?=
BINARY  := .build/release/weft
LIBRARIES := .build/static-libraries

# How the program is linked. Every worker is a new process of it, so its start is paid five times in a run with four
# workers: with these flags a start takes 1.3 ms instead of 2.8 (2-core Xeon, 2026-11, WEFT_WORKER=x weft, perf stat).
#   -no-pie              No 40,000 relocations, each page of them copied, at every start: 0.5 ms. The price: the program's
#                        own code lies at a fixed address; stack, heap and libraries still do not.
#   --no-export-dynamic  Nobody looks up symbols in a program; with 50,000 of them exported, all lookups are slow.
#   -L                   A folder that has libstdc++ and libgcc only as archives, so that the Swift runtime's parts of them
#                        are linked in, and not loaded and relocated: 0.5 ms.
LINK := -Xlinker -no-pie -Xlinker --no-export-dynamic -Xlinker -L$(LIBRARIES)

.PHONY: all run build archives mpi test test-long test-asan test-mpi mpi-constants mpi-check mpi-curves accuracy-table lint format bench install install-mpi uninstall deps test-deps clean

all: build

## The headline: the 1000×1000 matrix, four workers, into matrix.npy.
run: build
	$(BINARY) compute 'sin(i*j)*cos(i+j)' --size 1000 --workers 4 --output matrix.npy --force

## The release binary, with the Swift runtime inside, at .build/release/weft.
build: deps archives
	$(SWIFT) build -c release --static-swift-stdlib --product weft $(LINK)

## The program for MPI, at .build/mpi/release/weft-mpi.
mpi: deps archives
	@Scripts/install-missing $(MPI_PACKAGES)
	$(MPI_BUILD) --product weft-mpi

## Tests of the program for MPI, and of engines of ranks, under mpirun on this machine and on two hosts that are made of it.
## `make test` has them too.
test-mpi: test-deps build mpi
	$(MPI_BUILD) --product weft-mpi-conformance
	$(call MPI_PROGRAMS,.build/mpi/release) $(SWIFT) test --filter $(MPI_TESTS)

archives:
	@mkdir -p $(LIBRARIES)
	@Scripts/link-archive libstdc++.a $(LIBRARIES)/libstdc++.a
	@Scripts/link-archive libgcc_eh.a $(LIBRARIES)/libgcc_s.a

MPI_PACKAGES = mpicc=libopenmpi-dev mpirun=openmpi-bin pkg-config=pkg-config \
  /usr/lib/x86_64-linux-gnu/pkgconfig/scalapack-openmpi.pc=libscalapack-openmpi-dev
MPI_BUILD = $(SWIFT) build -c release --static-swift-stdlib --scratch-path .build/mpi $(LINK) $$(Scripts/mpi-flags)
MPI_TESTS = '^EndToEndTests\.EndToEnd/MPI'
MPI_PROGRAMS = WEFT_BINARY=$(CURDIR)/$(BINARY) WEFT_MPI_BINARY=$(CURDIR)/$(1)/weft-mpi \
  WEFT_MPI_CONFORMANCE=$(CURDIR)/$(1)/weft-mpi-conformance

## The constants of the scaling model on this machine, its predictions held against runs, and its curves into the documentation
## (Benchmarks/mpi; some minutes each, on a quiet machine; BENCHFLAGS='--page Sources/Weft/Weft.docc/MoreThanOneMachine.md').
mpi-constants: mpi
	Benchmarks/mpi/run.sh constants $(BENCHFLAGS)

mpi-check: mpi
	Benchmarks/mpi/run.sh check $(BENCHFLAGS)

mpi-curves: mpi
	Benchmarks/mpi/run.sh curves

## Every test: the style, all modules in debug with the release binary for those that need the real program, then the runtime,
## the kernels and the engine again with optimized code, which is other code, and ranks under mpirun where an MPI can be had.
## The runtime's tests one after the other: they kill, stop and time processes, and a machine where a hundred of them run at
## once proves nothing about time.
test: test-deps lint build
	WEFT_BINARY=$(CURDIR)/$(BINARY) $(SWIFT) test --skip $(RUNTIME_TESTS)
	$(SWIFT) test --no-parallel --filter $(RUNTIME_TESTS)
	$(RELEASE_TEST) --filter '^(EvaluationTests|FormulaTests|MatrixFilesTests|WeftTests)\.'
	$(RELEASE_TEST) --no-parallel --filter $(RUNTIME_TESTS)
	$(call MPI_PROGRAMS,$(RELEASE_SCRATCH)/release) $(RELEASE_TEST) --filter $(MPI_TESTS)

RUNTIME_TESTS = '^MultiprocessingTests\.'
# With the trait MPI where an MPI is: so they bring weft-mpi along.
RELEASE_TEST = $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path $(RELEASE_SCRATCH) $$(Scripts/mpi-flags)
RELEASE_SCRATCH = .build/test-release

## The long campaigns: more kills, more random formulas and files, ten million elements against MPFR with optimized code
## (some twenty minutes).
test-long: test-deps build
	WEFT_LONG=1 WEFT_BINARY=$(CURDIR)/$(BINARY) $(SWIFT) test --skip $(RUNTIME_TESTS) --skip $(ROUNDING_TESTS)
	WEFT_LONG=1 $(SWIFT) test --no-parallel --filter $(RUNTIME_TESTS)
	WEFT_LONG=1 $(RELEASE_TEST) --filter $(ROUNDING_TESTS)
	WEFT_LONG=1 $(call MPI_PROGRAMS,$(RELEASE_SCRATCH)/release) $(RELEASE_TEST) --filter $(MPI_TESTS)
	$(MAKE) test-asan

## Readers and writers of files under AddressSanitizer, malformed and mutated files among them. (Leaks: XCTest's own two objects.)
test-asan: test-deps
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/test-asan --filter '^MatrixFilesTests\.'

ROUNDING_TESTS = 'CorrectRoundingTests'

## Writes the measured error of every function into the documentation's table.
accuracy-table: test-deps
	WEFT_WRITE_DOCS=1 $(SWIFT) test --filter theDocumentedTableIsTheMeasuredOne

lint:
	$(SWIFT) format lint --strict --configuration .swift-format -r Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

format:
	$(SWIFT) format -i --configuration .swift-format -r Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

## All benchmarks: a table, and a plot in Benchmarks/.build/speed.svg; BENCHFLAGS=--quick for a first look (Benchmarks/README.md).
bench: deps
	Benchmarks/run.sh $(BENCHFLAGS)

## Binary, man page, completions for bash, zsh and fish under PREFIX.
install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/weft
	install -m 644 Documentation/weft.1 $(DESTDIR)$(PREFIX)/share/man/man1/weft.1
	$(BINARY) --generate-completion-script bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/weft
	$(BINARY) --generate-completion-script zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_weft
	$(BINARY) --generate-completion-script fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/weft.fish

## The program for MPI, under PREFIX.
install-mpi: mpi
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 .build/mpi/release/weft-mpi $(DESTDIR)$(PREFIX)/bin/weft-mpi

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/weft $(DESTDIR)$(PREFIX)/bin/weft-mpi $(DESTDIR)$(PREFIX)/share/man/man1/weft.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/weft $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_weft \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/weft.fish

## What building and running need; looks at files first, and asks the package manager only for what is missing.
deps:
	@Scripts/install-missing /usr/include/x86_64-linux-gnu/sleef.h=libsleef-dev libopenblas.so.0=libopenblas-dev

## What some tests need besides: they say so and are skipped where it cannot be had.
test-deps: deps
	@Scripts/install-missing --optional libmpfr.so.6=libmpfr6 strace=strace prlimit=util-linux python3:numpy=python3-numpy \
		python3:scipy=python3-scipy
	@Scripts/install-missing --optional $(foreach build,openmp serial,$(OPENBLAS)-$(build)/libopenblas.so.0=libopenblas0-$(build))
	@Scripts/install-missing --optional libpng16.so.16=libpng16-16 libturbojpeg.so.0=libturbojpeg0
	@Scripts/install-missing --optional $(MPI_PACKAGES) ip=iproute2 setpriv=util-linux

# Debian's other builds of OpenBLAS: installed beside the first, which stays the one that is found.
OPENBLAS = /usr/lib/x86_64-linux-gnu/openblas

clean:
	rm -rf .build Benchmarks/.build Tests/UserPackage/.build matrix.npy
