// SPDX-License-Identifier: Apache-2.0
//
// What was typed behind `weft compute`, as text: nothing understood yet. It comes from the argument parser (ComputeCommand), or,
// when the command line is in plain form, from `init(plain:)`. ComputeRequest makes sense of it.

/// The words of one `weft compute`. A list, not a dictionary: in a program that runs for 15 ms, making Swift's hashed collections
/// known to the runtime would cost more than all searching here.
struct ComputeOptions {
  /// An option that was given, without its dashes.
  struct Given: Equatable {
    var name: String
    /// Nil: a flag.
    var value: String?
  }

  var formula = ""
  /// In the order given.
  var given: [Given] = []

  static let valueNames = [
    "size", "rows", "columns", "output", "format", "workers", "chunk-rows", "chunk-timeout", "dtype", "origin",
    "accuracy", "nonfinite", "verify", "progress", "let", "input", "memory", "deadline",
    "digits", "output-delimiter", "column-names", "name", "plot",
  ]
  static let flagNames = ["force", "no-sync", "in-process", "plan", "json", "quiet", "resume", "recipe", "compress"]

  /// The value of an option that counts once: the last one given.
  func value(_ name: String) -> String? { given.last { $0.name == name }?.value }

  /// All values of an option that may be repeated.
  func values(_ name: String) -> [String] { given.compactMap { $0.name == name ? $0.value : nil } }

  func has(_ flag: String) -> Bool { given.contains { $0.name == flag } }

  /// Takes the options that have a value.
  mutating func add(_ values: [(String, String?)]) {
    given += values.filter { $0.1 != nil }.map { Given(name: $0.0, value: $0.1) }
  }
}

extension ComputeOptions {
  /// Reads arguments of plain form: one formula, `--name value`, `--name=value`, `--flag`. Nil for everything else: help, mistakes,
  /// `--` and what is not known here are the parser's, which reads plain arguments in the same way (a test compares them).
  ///
  /// Why: the parser looks at its commands by reflection, which takes 2.5 ms in a new process, as long as it takes four workers
  /// to compute the 1000×1000 matrix (2-core Xeon, 2026-11, `perf record weft compute … --plan`: 56 % of all samples).
  ///
  /// One thing is better than there: a formula may begin with a minus sign, which the parser takes for an option unless `--`
  /// stands before it.
  init?(plain arguments: some Sequence<String>) {
    var isFormulaThere = false
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      if argument == "-o", let value = iterator.next(), value != "--" {
        given.append(Given(name: "output", value: value))
        continue
      }
      guard argument.hasPrefix("--") else {
        // -h and -o are the short options; whatever else begins with one minus sign is a formula, as in -i+j.
        guard !isFormulaThere, argument != "-h", argument != "-o" else { return nil }
        (formula, isFormulaThere) = (argument, true)
        continue
      }
      let mark = argument.firstIndex(of: "=")
      let name = String(argument[..<(mark ?? argument.endIndex)].dropFirst(2))
      let attached = mark.map { String(argument[$0...].dropFirst()) }
      if Self.flagNames.contains(name), attached == nil {
        given.append(Given(name: name))
      } else if Self.valueNames.contains(name), let value = attached ?? iterator.next(), value != "--" {
        given.append(Given(name: name, value: value))
      } else {
        return nil
      }
    }
    guard isFormulaThere else { return nil }
  }
}
