// SPDX-License-Identifier: Apache-2.0
// A value on its way to another process: what Connection, Queue and ChildProcess send.

/// One value as it travels. An array of `RawPayload` is not copied: the payload holds it and hands out its storage.
package struct Payload: Sendable {
  private enum Body: Sendable {
    /// A raw value of at most eight bytes: most calls send nothing larger, and need no allocation so.
    case word(UInt64)
    /// Head and body together.
    case whole([UInt8])
    case array(any RawArray)
  }

  /// Most bytes of a body: a length above it is a damaged one.
  package static let byteLimit = 1 << 36

  private let head: PayloadHead
  private let body: Body
  /// On loan, valid while the payload lives: it keeps their owners alive. In the receiver's order.
  package let descriptors: [Int32]
  private let owners: [any AnyObject & Sendable]

  /// Throws `payload` when the value cannot be encoded or is above `byteLimit`, and the `SystemError` that the value's
  /// own `encode(to:)` throws.
  package init<Value: Encodable>(_ value: Value) throws(SystemError) {
    let code = RawElement.code(of: Value.self)
    if code != 0, MemoryLayout<Value>.size <= 8 {
      var word: UInt64 = 0
      unsafe withUnsafeMutableBytes(of: &word) { word in
        unsafe withUnsafeBytes(of: value) { unsafe word.copyMemory(from: $0) }
      }
      self.init(word: word, byteCount: MemoryLayout<Value>.size, code: code)
      return
    }
    switch RawForm.of(Value.self) {
    case .value where MemoryLayout<Value>.size <= Int(UInt16.max):
      self.init(rawValue: value)
    case .array:
      // The form was asked of the type: a value of it is one.
      if let array = RawForm.array(value), type(of: array).elementStride < PayloadHead.strideLimit {
        try self.init(array: array)
      } else {
        fallthrough
      }
    default:
      try self.init(CodedEncoding.encode(value, headByteCount: PayloadHead.byteCount))
    }
  }

  private init(word: UInt64, byteCount: Int, code: UInt8) {
    head = PayloadHead(.value, stride: byteCount, code: code, bodyByteCount: byteCount)
    body = .word(word)
    descriptors = []
    owners = []
  }

  private init<Value>(rawValue: Value) {
    head = PayloadHead(.value, stride: MemoryLayout<Value>.size, bodyByteCount: MemoryLayout<Value>.size)
    var bytes = Payload.bytes(of: head)
    unsafe withUnsafeBytes(of: rawValue) { unsafe bytes.append(contentsOf: $0) }
    body = .whole(bytes)
    descriptors = []
    owners = []
  }

  private init(array: any RawArray) throws(SystemError) {
    let byteCount = array.byteCount
    try Payload.check(byteCount)
    let type = type(of: array)
    head = PayloadHead(.array, stride: type.elementStride, code: type.elementCode, bodyByteCount: byteCount)
    body = .array(array)
    descriptors = []
    owners = []
  }

  private init(_ coded: consuming CodedEncoding.Result) throws(SystemError) {
    let byteCount = coded.bytes.count - PayloadHead.byteCount
    try Payload.check(byteCount)
    head = PayloadHead(.coded, descriptorCount: coded.descriptors.count, bodyByteCount: byteCount)
    descriptors = coded.descriptors
    owners = coded.owners
    var bytes = coded.bytes
    coded.bytes = []
    bytes.replaceSubrange(0..<PayloadHead.byteCount, with: Payload.bytes(of: head))
    body = .whole(bytes)
  }

  private static func check(_ byteCount: Int) throws(SystemError) {
    guard byteCount <= byteLimit else {
      throw SystemError(
        code: .payload,
        message: "A value of \(grouped(byteCount)) bytes is above the limit of \(grouped(byteLimit)); send it in parts."
      )
    }
  }

  private static func bytes(of head: PayloadHead) -> [UInt8] {
    var words = head.words
    return unsafe withUnsafeBytes(of: &words) { unsafe Array($0) }
  }

  /// Of the wire form: the parts together.
  package var byteCount: Int { PayloadHead.byteCount + head.bodyByteCount }

  /// The wire form, in one or two parts in order, each valid during its call.
  package func forEachPart<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    func hand(_ bytes: UnsafeRawBufferPointer) {
      guard failure == nil else { return }
      do throws(Failure) { unsafe try body(bytes) } catch { failure = error }
    }
    switch self.body {
    case .word(let word):
      let words = head.words
      let whole: [3 of UInt64] = [words[0], words[1], word]
      unsafe withUnsafeBytes(of: whole) { unsafe hand(UnsafeRawBufferPointer(rebasing: $0.prefix(byteCount))) }
    case .whole(let bytes):
      unsafe bytes.withUnsafeBytes { unsafe hand($0) }
    case .array(let array):
      let words = head.words
      unsafe withUnsafeBytes(of: words) { unsafe hand($0) }
      unsafe array.withBytes { unsafe hand($0) }
    }
    if let failure { throw failure }
  }

  /// The wire form in one piece: for small values, and tests.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    unsafe forEachPart { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }
}
