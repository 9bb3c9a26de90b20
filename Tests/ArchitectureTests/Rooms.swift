// SPDX-License-Identifier: Apache-2.0
//
// The house as a table: what each folder under Sources/ may import, and what it must never know. README.md shows the same
// table to people, and a test holds the two together. When the code needs another arrow, both change in one commit.

/// A folder under Sources/, which is one module.
struct Room {
  var name: String
  /// Modules of this package and of its dependencies that sources here may import.
  var mayImport: Set<String>
  /// Libraries outside the package that the C sources here may include headers of.
  var mayInclude: Set<String> = []
  /// Parts of identifiers that must not occur in the code here.
  var neverKnows: [String] = []
}

enum House {
  static let rooms: [Room] = [
    Room(name: "CPOSIX", mayImport: [], neverKnows: ["Matrix", "matrix"]),
    Room(
      name: "CKernels", mayImport: [], mayInclude: ["SLEEF"],
      neverKnows: ["malloc", "calloc", "realloc", "errno", "fopen", "printf"]),
    Room(name: "COpenBLAS", mayImport: [], mayInclude: ["OpenBLAS"]),
    Room(
      name: "CImageLibraries", mayImport: [], mayInclude: ["libpng", "TurboJPEG"], neverKnows: ["Matrix", "matrix"]),
    Room(name: "CFileLibraries", mayImport: [], neverKnows: ["Matrix", "matrix"]),
    Room(
      name: "CTextKernels", mayImport: [],
      neverKnows: ["Matrix", "matrix", "malloc", "calloc", "realloc", "errno", "fopen", "printf"]),
    Room(name: "CMPI", mayImport: [], mayInclude: ["MPI"], neverKnows: ["Matrix", "matrix"]),
    Room(name: "Multiprocessing", mayImport: ["CPOSIX"], neverKnows: ["Matrix", "Formula"]),
    Room(
      name: "MatrixCore", mayImport: ["Multiprocessing"],
      neverKnows: ["Formula", "File", "WorkerProcess", "WorkerProgram", "Channel", "waitForAny"]),
    Room(name: "Formula", mayImport: [], neverKnows: ["Thread", "Unsafe", "pthread", "cpuid"]),
    Room(
      name: "Evaluation", mayImport: ["Formula", "MatrixCore", "CKernels"],
      neverKnows: ["WorkerProcess", "posix_spawn", "fopen"]),
    Room(
      name: "MatrixFiles", mayImport: ["MatrixCore", "CFileLibraries", "CTextKernels"],
      neverKnows: ["Formula", "Pool", "Worker"]),
    Room(
      name: "Pictures", mayImport: ["MatrixCore", "MatrixFiles", "CImageLibraries"],
      neverKnows: ["Formula", "Pool", "Worker"]),
    Room(
      name: "LinearAlgebra", mayImport: ["MatrixCore", "COpenBLAS", "ComplexModule", "RealModule"],
      neverKnows: ["Pool", "Worker"]),
    Room(
      name: "Weft",
      mayImport: [
        "Multiprocessing", "MatrixCore", "Formula", "Evaluation", "MatrixFiles", "LinearAlgebra", "ComplexModule",
        "RealModule",
      ],
      neverKnows: ["MPI", "isatty", "ParsableCommand"]),
    // Multiprocessing for signals, deadlines and standard descriptors: what a program has besides its engine.
    Room(
      name: "WeftCommands", mayImport: ["Weft", "Pictures", "Multiprocessing", "ArgumentParser"],
      neverKnows: ["SharedMemory"]),
    Room(name: "WeftMPI", mayImport: ["Weft", "CMPI"]),
    Room(name: "weft", mayImport: ["WeftCommands"]),
    Room(name: "weft-mpi", mayImport: ["WeftCommands", "WeftMPI"]),
    Room(name: "Examples", mayImport: ["Multiprocessing", "Weft", "Pictures"]),
  ]

  static func room(_ name: some StringProtocol) -> Room? { rooms.first { $0.name == name } }

  /// Modules that belong to the platform. Everything else is an arrow of the table.
  static let systemModules: Set<String> = ["Swift", "Glibc", "Synchronization"]
  /// Open to nobody: they cost every worker its quick start, and Dispatch's threads do not know that the plan owns all
  /// parallelism. ArgumentParser brings what it needs of them along.
  static let foundationModules: Set<String> = [
    "Foundation", "FoundationEssentials", "FoundationInternationalization", "FoundationNetworking", "FoundationXML",
    "Dispatch",
  ]

  /// Modules of other packages.
  static let packages = ["ArgumentParser", "ComplexModule", "RealModule"]

  /// C modules, and the one room that turns each into Swift. Said twice on purpose: a changed row above is not enough.
  static let soleImporter = [
    "CKernels": "Evaluation", "COpenBLAS": "LinearAlgebra", "CPOSIX": "Multiprocessing",
    "CFileLibraries": "MatrixFiles", "CTextKernels": "MatrixFiles", "CMPI": "WeftMPI", "CImageLibraries": "Pictures",
  ]

  /// Headers of libraries outside the package, by how their names begin.
  static let libraryHeaders: [(prefix: String, library: String)] = [
    ("sleef", "SLEEF"), ("cblas", "OpenBLAS"), ("lapack", "OpenBLAS"), ("openblas", "OpenBLAS"), ("mpi", "MPI"),
    ("fftw", "FFTW"), ("omp", "OpenMP"), ("zlib", "zlib"), ("zstd", "zstd"), ("H5", "HDF5"), ("png", "libpng"),
    ("turbojpeg", "TurboJPEG"),
  ]
}

/// A place where the compiler's checks are switched off.
struct Exemption {
  /// As written: `@unchecked Sendable` or `nonisolated(unsafe)`.
  var words: String
  var path: String
  var reason: String
}

extension House {
  static let unchecked = "@unchecked Sendable"
  static let isolationOff = "nonisolated(unsafe)"

  /// All of them: once in each file. One more is a decision to be made here, with its reason.
  static let exemptions: [Exemption] = [
    Exemption(
      words: unchecked, path: "Sources/MatrixCore/MatrixStorage.swift",
      reason: "owns a pointer that never leaves it; Matrix writes only while it is the only owner"),
    Exemption(
      words: unchecked, path: "Sources/MatrixCore/SharedMatrixStorage.swift",
      reason: "the same for shared memory, whose other writers are the engine's own workers"),
    Exemption(
      words: isolationOff, path: "Sources/Multiprocessing/SharedMemory/SharedMemory.swift",
      reason: "the address of a mapping that is set once; who reads and writes through it says so with `unsafe`"),
    Exemption(
      words: isolationOff, path: "Sources/Multiprocessing/Ring/SharedWord.swift",
      reason: "the address of an atomic word: every access through it is atomic"),
    Exemption(
      words: isolationOff, path: "Sources/Multiprocessing/Ring/FutexWord.swift",
      reason: "the address of an atomic word: every access through it is atomic"),
    Exemption(
      words: isolationOff, path: "Sources/Multiprocessing/Ring/ByteRing.swift",
      reason: "the address of a ring, whose one writer and one reader agree by atomic words"),
    Exemption(
      words: isolationOff, path: "Sources/Multiprocessing/Pool/Notice.swift",
      reason: "the address of an atomic word: every access through it is atomic"),
    Exemption(
      words: isolationOff, path: "Sources/Evaluation/KernelTable.swift",
      reason: "the address of a constant table of functions"),
    Exemption(
      words: isolationOff, path: "Sources/MatrixFiles/Text/TextKernels.swift",
      reason: "the address of a constant table of functions"),
    Exemption(
      words: isolationOff, path: "Sources/MatrixCore/Threads.swift",
      reason: "a loop's body on several threads, every one of which has ended before the loop returns"),
  ]
}
