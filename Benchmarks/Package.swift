// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that whoever depends on Weft never builds or resolves anything of the benchmarks.
let package = Package(
  name: "WeftBenchmarks",
  dependencies: [.package(name: "Weft", path: "..")],
  targets: [
    .executableTarget(
      name: "weft-benchmarks",
      dependencies: [
        .product(name: "Weft", package: "Weft"), .product(name: "Multiprocessing", package: "Weft"),
        .product(name: "Pictures", package: "Weft"),
      ],
      path: "Sources/WeftBenchmarks",
      swiftSettings: [.strictMemorySafety(), .treatAllWarnings(as: .error)])
  ],
  swiftLanguageModes: [.v6]
)
