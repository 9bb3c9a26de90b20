// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// A package outside ours, as a user of the library writes it: one dependency, one product, no flags.
// Built, run and tested by EndToEndTests/UserPackageTests.swift.
import PackageDescription

let package = Package(
  name: "UserPackage",
  dependencies: [
    // The name, since a checkout may lie in a folder of any name.
    .package(name: "Weft", path: "../..")
  ],
  targets: [
    .executableTarget(name: "UserProgram", dependencies: [.product(name: "Weft", package: "Weft")]),
    .testTarget(name: "UserTests", dependencies: [.product(name: "Weft", package: "Weft")]),
  ]
)
