// SPDX-License-Identifier: Apache-2.0
// Dictionaries, lists and namespaces that many processes share, held by a server process. The entrance to this folder.

/// A server process that holds objects for others.
///
///     let manager = try Manager()
///     let scores = try manager.dictionary(String.self, Int.self)
///     try scores.set("ada", 1)
///     try scores.increment("ada", by: 2)        // one step: nobody comes between reading and writing
///
/// Handles are small values that travel to workers, in inputs and through pipes. A call costs some microseconds. The
/// server lives as long as this object or a handle in this process; it ends with the program, and holds everything in
/// memory. When it dies, every call under way or made later throws `disconnected` at once. A client's death costs it
/// nothing: a call either was taken whole and is done, or is not.
///
/// Only processes of the same user that were given a handle reach the server: its socket has no name, who connects is
/// checked (SO_PEERCRED), and each side must show, by HMAC-SHA-256 of fresh random numbers, that it has the key.
public final class Manager: Sendable {
  /// For one key, one value, one answer, unless another limit is asked for: 16 MiB.
  public static let messageByteLimit = 16 << 20

  private let client: ManagerClient

  /// Starts a server for this program and its workers.
  ///
  /// - Throws: `SystemError` when the process or its socket cannot be made.
  public convenience init(messageByteLimit: Int = Manager.messageByteLimit) throws(SystemError) {
    var limits = ManagerLimits()
    limits.messageByteCount = messageByteLimit
    try self.init(limits)
  }

  package init(_ limits: ManagerLimits) throws(SystemError) {
    let (listener, place) = try ManagerPlace.listenLocally()
    let key = ManagerKey.random()
    let setup = ManagerSetup(key: key, limits: limits, isTCP: false)
    client = ManagerClient.shared(
      ManagerClient(place, key, server: try ManagerProcess(setup, listener: listener)))
  }

  /// Starts a server that other programs, also on other machines, reach by TCP: see `init(connectingTo:keyFile:)`.
  ///
  /// What goes over TCP can be read and changed on its way: listen on `127.0.0.1` and lead the connection through an
  /// ssh tunnel or TLS, unless the network is yours. Every program must have the same types as this one.
  ///
  /// - Parameters:
  ///   - address: port 0 takes a free one; `address` says which.
  ///   - keyFile: 16 to 4096 bytes, of mode 0600, this user's. Whoever has a copy is let in.
  public convenience init(
    listeningOn address: ManagerAddress, keyFile: String, messageByteLimit: Int = Manager.messageByteLimit
  ) throws(SystemError) {
    var limits = ManagerLimits()
    limits.messageByteCount = messageByteLimit
    try self.init(listeningOn: address, keyFile: keyFile, limits)
  }

  package init(listeningOn address: ManagerAddress, keyFile: String, _ limits: ManagerLimits) throws(SystemError) {
    let key = try ManagerKey(file: keyFile)
    let (listener, place) = try ManagerPlace.listen(on: address, keyFile: keyFile)
    let setup = ManagerSetup(key: key, limits: limits, isTCP: true)
    client = ManagerClient.shared(
      ManagerClient(place, key, server: try ManagerProcess(setup, listener: listener)))
  }

  /// The manager that another program has made with `init(listeningOn:keyFile:)`. Named objects are how the two meet.
  ///
  /// Connects with the first call; that is where a wrong address or key is reported.
  public init(connectingTo address: ManagerAddress, keyFile: String) throws(SystemError) {
    client = ManagerClient.shared(
      ManagerClient(.tcp(address, keyFile: keyFile), try ManagerKey(file: keyFile)))
  }

  /// Where it listens for other programs; nil when it does not.
  public var address: ManagerAddress? {
    if case .tcp(let address, _) = client.place { address } else { nil }
  }

  /// The server's process; nil when another program started it.
  public var pid: Int32? { client.server?.pid }

  /// Ends the server at once, and with it what it holds; calls throw `disconnected` from now on. Does nothing when
  /// another program started it.
  public func shutdown() { client.server?.end() }

  // MARK: Objects

  /// A dictionary in the server: a new, empty one, or the one of that name, which is made when there is none.
  ///
  /// It stays until `discard()`, also when nobody has a handle any more.
  public func dictionary<Key: Codable & Hashable & Sendable, Value: Codable & Sendable>(
    _ key: Key.Type, _ value: Value.Type, named name: String = ""
  ) throws -> ManagerDictionary<Key, Value> {
    ManagerDictionary(try open(ManagedDictionary<Key, Value>.self, name))
  }

  public func dictionary<Key: Codable & Hashable & Sendable, Value: Codable & Sendable>(
    _ key: Key.Type, _ value: Value.Type, named name: String = ""
  ) async throws -> ManagerDictionary<Key, Value> {
    ManagerDictionary(try await open(ManagedDictionary<Key, Value>.self, name))
  }

  /// A list in the server, new or by name, as for `dictionary`.
  public func list<Element: Codable & Sendable>(
    _ element: Element.Type, named name: String = ""
  ) throws -> ManagerList<Element> {
    ManagerList(try open(ManagedList<Element>.self, name))
  }

  public func list<Element: Codable & Sendable>(
    _ element: Element.Type, named name: String = ""
  ) async throws -> ManagerList<Element> {
    ManagerList(try await open(ManagedList<Element>.self, name))
  }

  /// Values of different types by name, in the server; new or by name, as for `dictionary`.
  public func namespace(named name: String = "") throws -> ManagerNamespace {
    ManagerNamespace(ManagerDictionary(try open(ManagedDictionary<String, NamespaceValue>.self, name)))
  }

  public func namespace(named name: String = "") async throws -> ManagerNamespace {
    ManagerNamespace(ManagerDictionary(try await open(ManagedDictionary<String, NamespaceValue>.self, name)))
  }

  private func open(_ type: any ManagedObject.Type, _ name: String) throws -> ManagerReference {
    let arguments = try [Payload(ManagerTypeName.of(type)), Payload(name)]
    let number = try client.call(.open, 0, arguments, timeout: nil, UInt64.self)
    return ManagerReference(client, object: try ManagerReference.required(number))
  }

  private func open(_ type: any ManagedObject.Type, _ name: String) async throws -> ManagerReference {
    let arguments = try [Payload(ManagerTypeName.of(type)), Payload(name)]
    let number = try await client.call(.open, 0, arguments, timeout: nil, UInt64.self)
    return ManagerReference(client, object: try ManagerReference.required(number))
  }

  // MARK: For tests

  package var key: ManagerKey { client.key }

  /// A connection to the server, before the handshake.
  package func knock() throws(SystemError) -> ManagerSocket { try client.place.connect(deadline: .in(seconds: 10)) }

  /// The descriptor by which the server is reached; -1: by address.
  package var socketNumber: Int32 {
    if case .local(let socket) = client.place { socket.number } else { -1 }
  }
}
