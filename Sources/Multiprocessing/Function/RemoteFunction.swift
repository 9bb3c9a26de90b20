// SPDX-License-Identifier: Apache-2.0
// What users write to have something computed in another process. ChildProcess and Pool run it.

/// A function that other processes can run, named by its type: nothing is registered.
///
///     struct Square: RemoteFunction {
///       static func call(_ input: Int) -> Int { input * input }
///     }
///
/// The type must be internal, package or public, at file scope or nested in such a type: a private or local type cannot
/// be found by name in another process, and is refused before anything is started.
public protocol RemoteFunction: SendableMetatype {
  associatedtype Input: Codable & Sendable
  associatedtype Output: Codable & Sendable

  /// Runs in the other process, on its main thread. What it throws arrives as a `RemoteError`.
  static func call(_ input: Input) async throws -> Output
}

/// For functions without input or without output.
public struct Nothing: RawPayload, Codable, Hashable {
  public init() {}
}
