// SPDX-License-Identifier: Apache-2.0
// Values there and back: raw, coded, with descriptors; what is refused; and 10^5 damaged ones.

import Glibc
import Testing

@testable import Multiprocessing

struct Point: RawPayload, Codable, Equatable {
  var x: Double
  var y: Float
  var tag: Int8
}

struct Person: Codable, Hashable {
  enum Role: Codable, Hashable {
    case guest
    case member(since: Int, String)
  }
  var name: String
  var age: UInt8
  var height: Float?
  var roles: [Role]
  var friends: [String: [Int]]
  var marks: Set<Int64>
  var samples: [Double]
}

class Animal: Codable {
  var legs = 4
}

/// Shares its container with its superclass, as many hand-written ones do.
final class Dog: Animal {
  enum Key: CodingKey { case name }
  var name = "Rex"

  override init() { super.init() }
  required init(from decoder: any Decoder) throws {
    name = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .name)
    try super.init(from: decoder)
  }
  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try super.encode(to: encoder)
  }
}

/// Fills nested containers and a superclass's encoder in turns, as the protocols allow.
struct Interleaved: Codable, Equatable {
  enum Key: CodingKey { case first, second, third, list }
  var numbers: [Int] = [1, 200, 30_000]

  init() {}
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let first = try container.nestedContainer(keyedBy: Key.self, forKey: .first)
    var list = try container.nestedUnkeyedContainer(forKey: .list)
    let inner = try container.superDecoder().singleValueContainer()
    numbers = [
      try first.decode(Int.self, forKey: .second), try list.decode(Int.self), try inner.decode(Int.self),
    ]
    guard try first.decode(String.self, forKey: .third) == String(repeating: "x", count: 500), try list.decodeNil(),
      list.isAtEnd, list.count == 2, try container.decode(Bool.self, forKey: .second), container.allKeys.count == 3
    else { throw CodedDamage() }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var first = container.nestedContainer(keyedBy: Key.self, forKey: .first)
    var list = container.nestedUnkeyedContainer(forKey: .list)
    try first.encode(numbers[0], forKey: .second)
    try list.encode(numbers[1])
    try container.encode(true, forKey: .second)
    var inner = container.superEncoder().singleValueContainer()
    try first.encode(String(repeating: "x", count: 500), forKey: .third)
    try inner.encode(numbers[2])
    try list.encodeNil()
  }
}

indirect enum Chain: Codable {
  case end
  case link(Chain)

  static func of(_ count: Int) -> Chain { (0..<count).reduce(.end) { chain, _ in .link(chain) } }
}

/// Encodes itself as its own superclass, for ever.
final class Ouroboros: Codable {
  enum Key: CodingKey { case name }
  init() {}
  init(from decoder: any Decoder) throws {}
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode("tail", forKey: .name)
    try encode(to: container.superEncoder())
  }
}

/// What a lock looks like to the coder: a descriptor and numbers.
struct Handle: Codable, Sendable {
  let descriptor: OwnedDescriptor
  let numbers: [Int]

  init(_ descriptor: OwnedDescriptor, _ numbers: [Int]) {
    self.descriptor = descriptor
    self.numbers = numbers
  }
  init(from decoder: any Decoder) throws { (descriptor, numbers) = try Travel.decode(from: decoder) }
  func encode(to encoder: any Encoder) throws {
    try Travel.encode(descriptor.number, owner: descriptor, numbers: numbers, to: encoder)
  }
}

/// Encodes one type, decodes another.
struct Asymmetric<Stored: Codable, Read: Codable & Hashable>: Codable {
  var stored: Stored?
  var read: Read?

  init(_ stored: Stored) { self.stored = stored }
  init(from decoder: any Decoder) throws { read = try decoder.singleValueContainer().decode(Read.self) }
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(stored)
  }
}

func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
  try PayloadDecoding.decode(Value.self, bytes: Payload(value).bytes)
}

@Suite struct PayloadTests {
  let person = Person(
    name: "Zoë 🐈", age: 255, height: nil, roles: [.guest, .member(since: -7, "")], friends: ["": [], "b": [1, -1]],
    marks: [.min, .max, 0], samples: (0..<300).map { Double($0) / 3 })

  @Test(.timeLimit(.minutes(10))) func rawValuesComeBack() throws {
    #expect(try roundTrip(Int.min) == .min)
    #expect(try roundTrip(UInt8(200)) == 200)
    #expect(try roundTrip(true) && !roundTrip(false))
    #expect(try roundTrip(Float.greatestFiniteMagnitude) == .greatestFiniteMagnitude)
    let oddNaN = Double(bitPattern: 0x7FF0_0000_0000_0001)
    #expect(try roundTrip(oddNaN).bitPattern == oddNaN.bitPattern)
    let point = Point(x: 1.5, y: -2, tag: 3)
    #expect(try roundTrip(point) == point)
    #expect(try Payload(5).byteCount == 24)
  }

  @Test(.timeLimit(.minutes(10))) func rawArraysComeBackUncopied() throws {
    let numbers = (0..<100_000).map { Double($0) }
    let payload = try Payload(numbers)
    var parts: [Int] = []
    unsafe payload.forEachPart { part in
      parts.append(part.count)
      let handedOut = part.baseAddress
      unsafe numbers.withUnsafeBytes { own in
        if parts.count == 2 { unsafe #expect(own.baseAddress == handedOut) }
      }
    }
    #expect(parts == [16, 800_000] && payload.byteCount == 800_016)
    #expect(try roundTrip(numbers) == numbers)
    #expect(try roundTrip([Int]()) == [])
    #expect(try roundTrip([true, false, true]) == [true, false, true])
    let points = (0..<10).map { Point(x: Double($0), y: 0, tag: Int8($0)) }
    #expect(try roundTrip(points) == points)
  }

  @Test(.timeLimit(.minutes(10))) func codedValuesComeBack() throws {
    #expect(try roundTrip(person) == person)
    #expect(try roundTrip([person, person]) == [person, person])
    #expect(try roundTrip("text") == "text")
    #expect(try roundTrip([String]()) == [])
    #expect(try roundTrip(Int?.none) == nil)
    #expect(try roundTrip(Int?.some(-5)) == -5)
    #expect(try roundTrip([1: "a", -2: "b"]) == [1: "a", -2: "b"])
    #expect(try roundTrip([Point(x: 1, y: 2, tag: 3).x: [person]])[1] == [person])
    #expect(try roundTrip([Int128.min, .max, 0]) == [.min, .max, 0])
    #expect(try roundTrip([UInt128.max]) == [.max])
    #expect(try roundTrip([UInt64.max, 127, 128, 1 << 63]) == [.max, 127, 128, 1 << 63])
    #expect(try roundTrip(["a": Int.min, "b": -1, "c": 128]) == ["a": .min, "b": -1, "c": 128])
    #expect(try roundTrip([Int8.min as Int8?, nil, .max]) == [.min, nil, .max])
    #expect(try roundTrip(["p": Point(x: 1, y: 2, tag: 3)]) == ["p": Point(x: 1, y: 2, tag: 3)])
    #expect(try roundTrip(Interleaved()) == Interleaved())
    let dog = Dog()
    dog.legs = 3
    dog.name = "Tripod"
    let back = try roundTrip(dog)
    #expect(back.legs == 3 && back.name == "Tripod")
  }

  @Test(.timeLimit(.minutes(10))) func smallValuesStaySmall() throws {
    #expect(try Payload("").byteCount == 18)
    #expect(try Payload([1, 2, 3] as [Int?]).byteCount == 16 + 2 + 3)
  }

  @Test(.timeLimit(.minutes(10))) func arraysAreReadByOtherCollections() throws {
    let bytes = try Payload(Asymmetric<[Int], Set<Int>>([3, 1, -2])).bytes
    #expect(try PayloadDecoding.decode(Asymmetric<[Int], Set<Int>>.self, bytes: bytes).read == [3, 1, -2])
    #expect(try PayloadDecoding.decode(Asymmetric<[Int], [Int8]>.self, bytes: bytes).read == [3, 1, -2])
    #expect(try PayloadDecoding.decode(Asymmetric<[Int], [Double]>.self, bytes: bytes).read == [3, 1, -2])
    #expect(throws: SystemError.self) {
      try PayloadDecoding.decode(Asymmetric<[Int], [UInt8]>.self, bytes: bytes)
    }
  }

  @Test(.timeLimit(.minutes(10))) func errorsSayWhatAndWhere() throws {
    let bytes = try Payload(["age": 300]).bytes
    do {
      _ = try PayloadDecoding.decode(Person.self, bytes: bytes)
      Issue.record("decoded")
    } catch { #expect(error.code == .payload && error.message.contains("\"name\"")) }
    do {
      _ = try PayloadDecoding.decode([String: UInt8].self, bytes: bytes)
      Issue.record("decoded")
    } catch { #expect(error.message.contains("at age: what arrived is no UInt8")) }
    do {
      _ = try PayloadDecoding.decode(Int.self, bytes: Payload([1]).bytes)
      Issue.record("decoded")
    } catch { #expect(error.code == .payload && error.message.contains("no Int")) }
    var old = bytes
    old[0] = 9
    do {
      _ = try PayloadDecoding.decode([String: Int].self, bytes: old)
      Issue.record("decoded")
    } catch { #expect(error.code == .protocolMismatch && error.message.contains("same build")) }
    do {
      _ = try PayloadDecoding.decode([Int].self, bytes: Payload([1.5 as Float]).bytes)
      Issue.record("decoded")
    } catch { #expect(error.code == .payload) }
  }

  /// Raw bytes do not tell what they are; the head does. `Int` and `Int64` are the same, as for Codable.
  @Test(.timeLimit(.minutes(10))) func rawValuesOfOtherTypesAreRefused() throws {
    for bytes in [try Payload(5).bytes, try Payload(UInt64(5)).bytes] {
      do {
        let value = try PayloadDecoding.decode(Double.self, bytes: bytes)
        Issue.record("decoded \(value)")
      } catch { #expect(error.code == .payload && error.message.contains("no Double")) }
    }
    do {
      let value = try PayloadDecoding.decode([Double].self, bytes: Payload([1, 2, 3]).bytes)
      Issue.record("decoded \(value)")
    } catch { #expect(error.code == .payload && error.message.contains("no Array<Double>")) }
    do {
      let value = try PayloadDecoding.decode(Bool.self, bytes: Payload(UInt8(3)).bytes)
      Issue.record("decoded \(value)")
    } catch { #expect(error.code == .payload) }
    #expect(try PayloadDecoding.decode(Int64.self, bytes: Payload(Int.min).bytes) == .min)
    #expect(try PayloadDecoding.decode([UInt].self, bytes: Payload([UInt64.max]).bytes) == [.max])
  }

  /// Values without a byte, and arrays of them.
  @Test(.timeLimit(.minutes(10))) func emptyRawValuesComeBack() throws {
    #expect(try roundTrip(Nothing()) == Nothing())
    #expect(try roundTrip([Nothing(), Nothing()]).count == 2)
    #expect(try roundTrip([Nothing]()) == [])
    #expect(try roundTrip(["a": Nothing()]) == ["a": Nothing()])
    #expect(try roundTrip([[Nothing(), Nothing()], []]) == [[Nothing(), Nothing()], []])
    #expect(try roundTrip([Nothing?.none, Nothing()]) == [nil, Nothing()])
  }

  /// A value that holds itself is an error like one that is merely deep, also by way of containers that cannot throw.
  @Test(.timeLimit(.minutes(10))) func endlessValuesAreRefused() throws {
    do {
      _ = try Payload(Ouroboros())
      Issue.record("encoded")
    } catch { #expect(error.code == .payload && error.message.contains("256 deep")) }
  }

  @Test(.timeLimit(.minutes(10))) func deepValuesAreRefused() throws {
    // Each link is a keyed container in a keyed container.
    _ = try roundTrip(Chain.of(100))
    do {
      _ = try Payload(Chain.of(200))
      Issue.record("encoded")
    } catch { #expect(error.code == .payload && error.message.contains("256 deep")) }
    // As bytes: a thousand unkeyed containers in each other.
    var item: [UInt8] = [CodedTag.unkeyed, 0]
    for _ in 0..<1000 {
      let buffer = CodedBuffer()
      buffer.open(CodedTag.unkeyed)
      buffer.bytes += item
      buffer.close(contentAt: 2)
      item = buffer.bytes
    }
    do {
      _ = try CodedDecoding.decode(Nest.self, item, from: 0, [])
      Issue.record("decoded")
    } catch { #expect(error.message.contains("256 deep")) }
  }

  @Test(.timeLimit(.minutes(10))) func descriptorsTravel() throws {
    var owner: OwnedDescriptor? = OwnedDescriptor(try Descriptor(duplicating: 2))
    let number = try #require(owner?.number)
    weak let watched = owner
    var payload: Payload? = try Payload([
      "a": Handle(try #require(owner), [1, -2, .max]), "b": Handle(try #require(owner), []),
    ])
    owner = nil
    #expect(watched != nil, "the payload keeps it open")
    #expect(payload?.descriptors == [number], "once, though twice in the value")
    let bytes = try #require(payload?.bytes)
    payload = nil
    #expect(watched == nil)

    let arrived = OwnedDescriptor(try Descriptor(duplicating: 2))
    let back = try PayloadDecoding.decode([String: Handle].self, bytes: bytes, descriptors: [arrived])
    #expect(back["a"]?.descriptor === arrived && back["a"]?.numbers == [1, -2, .max] && back["b"]?.numbers == [])
    do {
      _ = try PayloadDecoding.decode([String: Handle].self, bytes: bytes)
      Issue.record("decoded")
    } catch { #expect(error.code == .payload && error.message.contains("1 were announced")) }
  }

  @Test(.timeLimit(.minutes(10))) func otherEncodersAreRefused() throws {
    let handle = Handle(OwnedDescriptor(try Descriptor(duplicating: 2)), [])
    #expect(throws: EncodingError.self) { try handle.encode(to: ForeignEncoder()) }
  }

  @Test(.timeLimit(.minutes(10))) func readsInParts() throws {
    let bytes = try Payload(person).bytes
    var position = 0
    let back = unsafe try PayloadDecoding.decode(Person.self, byteCount: bytes.count, descriptors: []) {
      buffer throws(SystemError) in
      for index in 0..<buffer.count { unsafe buffer[index] = bytes[position + index] }
      position += buffer.count
    }
    #expect(back == person && position == bytes.count)
    do {
      _ = unsafe try PayloadDecoding.decode([Int].self, byteCount: 16, descriptors: []) { _ throws(SystemError) in
        throw SystemError(code: .disconnected, message: "gone")
      }
      Issue.record("decoded")
    } catch { #expect(error.code == .disconnected) }
    // A length beyond any machine is refused before anything is allocated.
    let huge = PayloadHead(.array, stride: 8, bodyByteCount: Payload.byteLimit).words
    do {
      _ = unsafe try PayloadDecoding.decode([Int].self, byteCount: 16 + Payload.byteLimit, descriptors: []) { buffer in
        unsafe withUnsafeBytes(of: huge) { unsafe buffer.copyMemory(from: $0) }
      }
      Issue.record("decoded")
    } catch { #expect(error.code == .insufficientMemory) }
  }

  @Test(.timeLimit(.minutes(10))) func damagedBytesAreErrorsAndNeverTraps() throws {
    var random = SplitMix(state: 20_261_123)
    let seeds = try [
      Payload(person).bytes, Payload([person]).bytes, Payload(Interleaved()).bytes, Payload([1, 2, 3]).bytes,
      Payload(["a": [true, nil]]).bytes, Payload(7).bytes,
    ]
    var failures = 0
    for round in 0..<100_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: if bytes.count > 1 { bytes.remove(at: place) }
        case 3: bytes.insert(.random(in: 0...255, using: &random), at: place)
        default: bytes.replaceSubrange(place..., with: bytes[..<(bytes.count - place)])
        }
      }
      // The head is right half of the time: otherwise its byte count would refuse nearly all.
      if round % 2 == 0, bytes.count >= 16 {
        bytes[0] = PayloadHead.version
        for k in 0..<8 { bytes[8 + k] = UInt8(truncatingIfNeeded: (bytes.count - 16) >> (8 * k)) }
      }
      switch round % seeds.count {
      case 0: failures += decodes(Person.self, bytes) ? 0 : 1
      case 1: failures += decodes([Person].self, bytes) ? 0 : 1
      case 2: failures += decodes(Interleaved.self, bytes) ? 0 : 1
      case 3: failures += decodes([Int].self, bytes) ? 0 : 1
      case 4: failures += decodes([String: [Bool?]].self, bytes) ? 0 : 1
      default: failures += decodes(Int.self, bytes) ? 0 : 1
      }
    }
    #expect(failures > 50_000)
  }

  private func decodes<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Bool {
    (try? PayloadDecoding.decode(type, bytes: bytes)) != nil
  }
}

/// Decodes itself from an unkeyed container as deep as it goes.
private struct Nest: Decodable {
  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    if !container.isAtEnd { _ = try container.decode(Nest.self) }
  }
}

/// Some other encoder, which a travelling value refuses at sight.
private struct ForeignEncoder: Encoder {
  struct Nothing: SingleValueEncodingContainer {
    var codingPath: [any CodingKey] { [] }
    func encodeNil() {}
    func encode<Value: Encodable>(_ value: Value) {}
  }
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    CodedEncoder(EncodingSession(), CodedBuffer(), path: nil, depth: 0).container(keyedBy: type)
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    CodedEncoder(EncodingSession(), CodedBuffer(), path: nil, depth: 0).unkeyedContainer()
  }
  func singleValueContainer() -> any SingleValueEncodingContainer { Nothing() }
}

/// Steele's SplitMix64: the same mutations every time.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
