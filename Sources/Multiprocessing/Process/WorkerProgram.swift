// SPDX-License-Identifier: Apache-2.0
// What a worker process runs. Named by its type: nothing is registered, and no line in `main` is needed.

/// The entry of a worker process, in place of the program's `main`.
///
/// The conforming type must be internal, package or public, at file scope or nested in such a type: a private or local
/// type cannot be found by name in another process, and `WorkerProcess` refuses it.
public protocol WorkerProgram {
  /// Runs in the worker, on its main thread; the worker ends with the returned code (0...255) when it returns.
  ///
  /// `channel` leads to the coordinator. When the coordinator ends, this process is ended within a second, whatever it
  /// is doing; when the coordinator closes the channel, `receive` returns nil and the program has half a second to return.
  /// Standard input is empty and standard output is the coordinator's standard error.
  static func run(_ channel: borrowing Channel) -> Int32
}

/// The names by which programs travel.
enum ProgramName {
  /// The mangled name of `program`; an error when it does not lead back to the same type.
  static func of(_ program: any WorkerProgram.Type) throws(SystemError) -> String {
    guard let name = _mangledTypeName(program), let found = resolve(name), found == program, !name.contains(";") else {
      throw SystemError(
        code: .programNotFound,
        message: "\(program) cannot run in a worker process: private and local types have no name that another process "
          + "could look up; make it internal or public and move it to file scope.")
    }
    return name
  }

  static func resolve(_ name: String) -> (any WorkerProgram.Type)? {
    _typeByName(name) as? any WorkerProgram.Type
  }
}
