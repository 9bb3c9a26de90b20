// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// Every Swift target is built the same way: Swift 6 language mode, strict memory safety, warnings as errors.
// `Lifetimes` lets `row(_:)` hand out a `Span` that borrows the matrix instead of copying the row.
let swift: [SwiftSetting] = [
  .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"), .treatAllWarnings(as: .error),
]
// An unknown word in `__attribute__((target("…")))` drops the whole attribute with a mere warning: an "avx512"
// kernel would silently be built as baseline. Hence errors.
let c: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "Weft",
  products: [
    .library(name: "Weft", targets: ["Weft"]),
    .library(name: "Multiprocessing", targets: ["Multiprocessing"]),
    .library(name: "Pictures", targets: ["Pictures"]),
    .executable(name: "weft", targets: ["weft"]),
    .executable(name: "examples", targets: ["Examples"]),
    .library(name: "WeftMPI", targets: ["WeftMPI"]),
    .executable(name: "weft-mpi", targets: ["weft-mpi"]),
  ],
  traits: [
    .trait(name: "MPI", description: "weft-mpi and the module WeftMPI; needs an MPI: see 'make mpi'.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ],
  targets: [
    // Rooms and arrows: see the table in README.md, "Source tour"; ArchitectureTests holds the imports against it.
    .target(name: "CPOSIX", cSettings: c),
    .target(name: "CKernels", cSettings: c, linkerSettings: [.linkedLibrary("sleef"), .linkedLibrary("m")]),
    .target(name: "COpenBLAS", cSettings: c),
    .target(name: "CImageLibraries", cSettings: c),
    .target(name: "CFileLibraries", cSettings: c),
    .target(name: "CTextKernels", cSettings: c),
    // Empty without the trait: who does not want MPI needs none of it. Where MPI is, `make mpi` asks pkg-config.
    .target(name: "CMPI", cSettings: c + [.define("WEFT_MPI", .when(traits: ["MPI"]))]),
    .target(name: "Multiprocessing", dependencies: ["CPOSIX"], swiftSettings: swift),
    .target(name: "MatrixCore", dependencies: ["Multiprocessing"], swiftSettings: swift),
    .target(name: "Formula", swiftSettings: swift),
    .target(name: "Evaluation", dependencies: ["Formula", "MatrixCore", "CKernels"], swiftSettings: swift),
    .target(name: "MatrixFiles", dependencies: ["MatrixCore", "CFileLibraries", "CTextKernels"], swiftSettings: swift),
    .target(name: "Pictures", dependencies: ["MatrixCore", "MatrixFiles", "CImageLibraries"], swiftSettings: swift),
    .target(
      name: "LinearAlgebra",
      dependencies: [
        "MatrixCore", "COpenBLAS", .product(name: "ComplexModule", package: "swift-numerics"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swift),
    .target(
      name: "Weft",
      dependencies: [
        "Multiprocessing", "MatrixCore", "Formula", "Evaluation", "MatrixFiles", "LinearAlgebra",
        .product(name: "ComplexModule", package: "swift-numerics"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: swift),
    .target(
      name: "WeftCommands",
      dependencies: [
        "Weft", "Pictures", "Multiprocessing", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
    .target(name: "WeftMPI", dependencies: ["Weft", "CMPI"], swiftSettings: swift),
    .executableTarget(name: "weft", dependencies: ["WeftCommands"], swiftSettings: swift),
    .executableTarget(name: "weft-mpi", dependencies: ["WeftCommands", "WeftMPI"], swiftSettings: swift),
    .executableTarget(name: "Examples", dependencies: ["Multiprocessing", "Weft", "Pictures"], swiftSettings: swift),

    .testTarget(name: "MultiprocessingTests", dependencies: ["Multiprocessing"], swiftSettings: swift),
    .testTarget(name: "MatrixCoreTests", dependencies: ["MatrixCore", "Multiprocessing"], swiftSettings: swift),
    .testTarget(name: "FormulaTests", dependencies: ["Formula"], swiftSettings: swift),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Formula", "MatrixCore", "CKernels"], swiftSettings: swift),
    .testTarget(name: "MatrixFilesTests", dependencies: ["MatrixCore", "MatrixFiles"], swiftSettings: swift),
    .testTarget(name: "PicturesTests", dependencies: ["Pictures", "MatrixCore", "MatrixFiles"], swiftSettings: swift),
    .testTarget(
      name: "LinearAlgebraTests",
      dependencies: [
        "LinearAlgebra", "MatrixCore", "COpenBLAS", .product(name: "ComplexModule", package: "swift-numerics"),
      ], swiftSettings: swift),
    .testTarget(
      name: "WeftTests", dependencies: ["Weft", "Evaluation", "MatrixCore", "Multiprocessing", "EngineConformance"],
      swiftSettings: swift),
    .testTarget(
      name: "WeftCommandsTests",
      dependencies: [
        "WeftCommands", "Weft", "MatrixFiles", "Pictures", "Multiprocessing",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swift),
    .testTarget(name: "ExamplesTests", dependencies: ["Weft"], swiftSettings: swift),
    // What every engine is held to, as a library: ranks of an MPI job run it, too, where no test framework starts.
    .target(name: "EngineConformance", dependencies: ["Weft"], path: "Tests/EngineConformance", swiftSettings: swift),
    .executableTarget(
      name: "weft-mpi-conformance", dependencies: ["EngineConformance", "Weft", "WeftMPI"],
      path: "Tests/MPIConformance",
      swiftSettings: swift),
    .testTarget(name: "ArchitectureTests", swiftSettings: swift),
    .testTarget(name: "EndToEndTests", swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
