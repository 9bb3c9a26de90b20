// SPDX-License-Identifier: Apache-2.0
// The receiving side of Payload. Nothing that arrives is believed before it is checked: a damaged payload is an error,
// never a trap, and never an allocation above what was announced and the machine has.

/// From the wire form to a value.
package enum PayloadDecoding {
  /// Reads and decodes a value of `byteCount` bytes in wire form.
  ///
  /// - Parameters:
  ///   - descriptors: those that came with it.
  ///   - read: fills exactly the buffer it is given with the next bytes; called until all are consumed, unless it
  ///     or the decoding throws. An array of `RawPayload` is read straight into its storage.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, byteCount: Int, descriptors: [OwnedDescriptor],
    read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void
  ) throws(SystemError) -> Value {
    guard byteCount >= PayloadHead.byteCount else { throw damaged("is shorter than its head") }
    var words: [2 of UInt64] = [0, 0]
    unsafe try fill(&words, read)
    let head = try PayloadHead(words: words, byteCount: byteCount, descriptorCount: descriptors.count)
    switch head.kind {
    case .value:
      return unsafe try value(type, head, read)
    case .array:
      guard let arrayType = RawForm.arrayType(type) else { throw mismatch(type) }
      try checkRoom(head.bodyByteCount)
      guard head.stride == arrayType.elementStride, head.code == arrayType.elementCode,
        head.bodyByteCount % head.stride == 0
      else { throw mismatch(type) }
      return unsafe try RawForm.make(type, arrayType, byteCount: head.bodyByteCount, fill: read)
    case .coded:
      try checkRoom(head.bodyByteCount)
      let bytes = unsafe try [UInt8](byteCount: head.bodyByteCount, fill: read)
      return try CodedDecoding.decode(type, bytes, from: 0, descriptors)
    }
  }

  /// Decodes a value from the whole of its wire form.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, bytes: [UInt8], descriptors: [OwnedDescriptor] = []
  ) throws(SystemError) -> Value {
    // The coded form is decoded where it lies; the raw ones are copied into their own storage.
    if bytes.count >= PayloadHead.byteCount, bytes[1] == PayloadHead.Kind.coded.rawValue {
      var words: [2 of UInt64] = [0, 0]
      unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes.prefix(PayloadHead.byteCount)) }
      _ = try PayloadHead(words: words, byteCount: bytes.count, descriptorCount: descriptors.count)
      return try CodedDecoding.decode(type, bytes, from: PayloadHead.byteCount, descriptors)
    }
    var position = 0
    return unsafe try decode(type, byteCount: bytes.count, descriptors: descriptors) { buffer throws(SystemError) in
      guard buffer.count <= bytes.count - position else { throw damaged("ends too early") }
      unsafe bytes.withUnsafeBytes { source in
        unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + buffer.count]))
      }
      position += buffer.count
    }
  }

  private static func value<Value>(
    _ type: Value.Type, _ head: PayloadHead, _ read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void
  ) throws(SystemError) -> Value {
    let code = RawElement.code(of: type)
    guard head.bodyByteCount == MemoryLayout<Value>.size, head.stride == head.bodyByteCount, head.code == code else {
      throw mismatch(type)
    }
    if code != 0 {
      var word: UInt64 = 0
      var failure: SystemError?
      unsafe withUnsafeMutableBytes(of: &word) { bytes in
        do throws(SystemError) {
          unsafe try read(UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(head.bodyByteCount)))
        } catch { failure = error }
      }
      if let failure { throw failure }
      if type == Bool.self { word &= 1 }
      return unsafe withUnsafeBytes(of: word) { unsafe $0.baseAddress!.assumingMemoryBound(to: type).pointee }
    }
    guard let rawType = type as? any RawPayload.Type else { throw mismatch(type) }
    let bytes = unsafe try [UInt8](byteCount: head.bodyByteCount, fill: read)
    guard let value = unsafe bytes.withUnsafeBytes({ unsafe load(rawType, $0) }) as? Value else { throw mismatch(type) }
    return value
  }

  private static func load(_ type: any RawPayload.Type, _ bytes: UnsafeRawBufferPointer) -> any RawPayload {
    func opened<Raw: RawPayload>(_ type: Raw.Type) -> any RawPayload { unsafe RawElement.load(type, from: bytes) }
    return opened(type)
  }

  private static func fill(
    _ words: inout [2 of UInt64], _ read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Void
  ) throws(SystemError) {
    var failure: SystemError?
    unsafe withUnsafeMutableBytes(of: &words) { bytes in
      do throws(SystemError) { unsafe try read(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Where the allocation would fail, Swift ends the process: large ones are compared with the machine before.
  private static func checkRoom(_ byteCount: Int) throws(SystemError) {
    guard byteCount > 64 << 20 else { return }
    let room = Machine.memoryRoom()
    guard byteCount <= room.byteCount else {
      throw SystemError(
        code: .insufficientMemory,
        message:
          "A value of \(grouped(byteCount)) bytes arrives, and the machine has room for \(grouped(room.byteCount)) "
          + "(\(room.reason)); send it in parts.")
    }
  }

  private static func damaged(_ what: String) -> SystemError {
    SystemError(code: .payload, message: "The value that arrived \(what); both processes must run the same build.")
  }

  private static func mismatch(_ type: Any.Type) -> SystemError {
    SystemError(code: .payload, message: "The value that arrived is no \(type); both sides must agree on the type.")
  }
}
