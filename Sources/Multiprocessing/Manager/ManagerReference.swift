// SPDX-License-Identifier: Apache-2.0
// The part that all handles have in common: which server, which object. It is what travels when a handle travels.

/// An object in a manager's server.
struct ManagerReference: Codable, Sendable {
  let client: ManagerClient
  let object: UInt64
  var timeout: Duration?

  func call<Output: Decodable>(
    _ operation: ManagerOperation, _ arguments: Payload..., as type: Output.Type = Nothing.self
  ) throws -> Output? {
    try client.call(operation, object, arguments, timeout: timeout, type)
  }

  func call<Output: Decodable>(
    _ operation: ManagerOperation, _ arguments: Payload..., as type: Output.Type = Nothing.self
  ) async throws -> Output? {
    try await client.call(operation, object, arguments, timeout: timeout, type)
  }

  /// For operations that always have an output.
  static func required<Output>(_ output: Output?) throws(SystemError) -> Output {
    guard let output else {
      throw SystemError(code: .protocolMismatch, message: "The manager answered without the value that belongs there.")
    }
    return output
  }

  // MARK: Travelling

  init(_ client: ManagerClient, object: UInt64) {
    self.client = client
    self.object = object
  }

  private enum CodingKeys: String, CodingKey {
    case object, address, keyFile, local
  }

  /// Over TCP a handle is address, key file and number, for any encoder; else the server's socket itself travels, and
  /// the key with it, which only this module's own encoder lets happen.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(object, forKey: .object)
    switch client.place {
    case .local(let socket):
      try Travel.encode(
        socket.number, owner: client, numbers: client.key.words, to: container.superEncoder(forKey: .local))
    case .tcp(let address, let keyFile):
      try container.encode(address, forKey: .address)
      try container.encode(keyFile, forKey: .keyFile)
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    object = try container.decode(UInt64.self, forKey: .object)
    let found: ManagerClient
    if let address = try container.decodeIfPresent(ManagerAddress.self, forKey: .address) {
      let keyFile = try container.decode(String.self, forKey: .keyFile)
      found = ManagerClient(.tcp(address, keyFile: keyFile), try ManagerKey(file: keyFile))
    } else {
      let (socket, words) = try Travel.decode(from: container.superDecoder(forKey: .local))
      guard let key = ManagerKey(words: words[...]) else {
        throw SystemError(code: .payload, message: "What arrived is no handle of a manager.")
      }
      found = ManagerClient(.local(socket), key)
    }
    client = ManagerClient.shared(found)
    timeout = nil
  }
}
