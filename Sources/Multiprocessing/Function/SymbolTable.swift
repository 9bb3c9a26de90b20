// SPDX-License-Identifier: Apache-2.0
// The names of this program's functions, from its own file. Needed because a program exports no names to the dynamic
// linker, which is all that dladdr asks. Called by StackTrace.

import CPOSIX
import Glibc

/// The table of an ELF file; it stays mapped once it was needed.
struct SymbolTable: Sendable {
  /// nil: stripped, or unreadable.
  static let ofProgram = SymbolTable(path: "/proc/self/exe")

  // Mapped for the rest of the process's life and never written.
  private let start: UInt
  private let byteCount: Int
  private let symbols: Range<Int>
  private let names: Range<Int>

  private static let entryByteCount = 24

  private init?(path: String) {
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    let file = Descriptor(owning: opened)
    var status = stat()
    guard unsafe fstat(file.number, &status) == 0, status.st_size >= 64 else { return nil }
    let mapped = unsafe mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file.number, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { return nil }
    start = UInt(bitPattern: mapped)
    byteCount = Int(status.st_size)
    var found: (symbols: Range<Int>, names: Range<Int>)?
    let bytes = unsafe UnsafeRawBufferPointer(start: mapped, count: byteCount)
    // 64-bit ELF of this machine's byte order, or none.
    if unsafe bytes.loadUnaligned(as: UInt32.self) == 0x464C_457F, unsafe bytes[4] == 2 {
      found = unsafe SymbolTable.sections(bytes)
    }
    guard let found else {
      unsafe munmap(mapped, byteCount)
      return nil
    }
    symbols = found.symbols
    names = found.names
  }

  /// The symbol table and the strings it names.
  private static func sections(_ bytes: UnsafeRawBufferPointer) -> (symbols: Range<Int>, names: Range<Int>)? {
    let table = unsafe Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self))
    let count = unsafe Int(bytes.loadUnaligned(fromByteOffset: 60, as: UInt16.self))
    guard table >= 64, table <= bytes.count - count * 64 else { return nil }
    func range(_ index: Int) -> Range<Int>? {
      guard index < count else { return nil }
      let offset = unsafe bytes.loadUnaligned(fromByteOffset: table + index * 64 + 24, as: UInt64.self)
      let length = unsafe bytes.loadUnaligned(fromByteOffset: table + index * 64 + 32, as: UInt64.self)
      guard offset <= UInt64(bytes.count), length <= UInt64(bytes.count) - offset else { return nil }
      return Int(offset)..<Int(offset + length)
    }
    for index in 0..<count {
      let header = table + index * 64
      // SHT_SYMTAB; its link is the section of its strings.
      guard unsafe bytes.loadUnaligned(fromByteOffset: header + 4, as: UInt32.self) == 2 else { continue }
      let link = unsafe bytes.loadUnaligned(fromByteOffset: header + 40, as: UInt32.self)
      if let symbols = range(index), let names = range(Int(link)) { return (symbols, names) }
    }
    return nil
  }

  /// The name of the function that covers `offset` from the program's base.
  func name(at offset: UInt) -> String? {
    guard let mapped = unsafe UnsafeRawPointer(bitPattern: start) else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: mapped, count: byteCount)
    for entry in stride(
      from: symbols.lowerBound, through: symbols.upperBound - SymbolTable.entryByteCount, by: SymbolTable.entryByteCount
    ) {
      let value = unsafe bytes.loadUnaligned(fromByteOffset: entry + 8, as: UInt64.self)
      guard value <= UInt64(offset), value != 0 else { continue }
      let length = unsafe bytes.loadUnaligned(fromByteOffset: entry + 16, as: UInt64.self)
      // STT_FUNC
      guard UInt64(offset) - value < length, unsafe bytes[entry + 4] & 0xF == 2 else { continue }
      let name = unsafe names.lowerBound + Int(bytes.loadUnaligned(fromByteOffset: entry, as: UInt32.self))
      guard name < names.upperBound else { return nil }
      let text = unsafe bytes[name..<names.upperBound].prefix { $0 != 0 }
      return unsafe String(decoding: text, as: UTF8.self)
    }
    return nil
  }
}
