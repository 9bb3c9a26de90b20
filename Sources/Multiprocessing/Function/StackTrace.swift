// SPDX-License-Identifier: Apache-2.0
// Where an error was thrown, as lines that a user reads. The frames are recorded by CPOSIX/runtime_hooks.c
// at the throw, and get their names here, when somebody wants them. Called by FunctionRunner.

import CPOSIX
import Glibc
import Synchronization

enum StackTrace {
  static let lineLimit = 32

  /// The functions around the throw of `error` on this thread, the innermost first; empty when it was not recorded.
  static func ofThrow(of error: any Error) -> [String] {
    var frames = [UInt](repeating: 0, count: Int(cposix_frame_limit))
    let count = unsafe cposix_thrown_frames(
      // `as`: otherwise it would be the value inside that is cast.
      unsafeBitCast(error as any Error, to: UnsafeRawPointer.self),
      unsafeBitCast(type(of: error) as Any.Type, to: UnsafeRawPointer.self), &frames)
    return lines(frames.prefix(Int(count)))
  }

  private static let known = Mutex<[UInt: String]>([:])

  /// The names of `frames`: those on the stack, 0, then those that wait for them.
  static func lines(_ frames: some Sequence<UInt>) -> [String] {
    var lines: [String] = []
    var isFunction = true
    for frame in frames {
      if frame == 0 { isFunction = true }
      guard frame != 0, isFunction, lines.count < lineLimit else { continue }
      let name = known.withLock { $0[frame] } ?? name(of: frame)
      known.withLock { $0[frame] = name }
      // From here on it is how a worker runs a function, not the function.
      isFunction = !name.contains("Multiprocessing.TaskLoop") && !name.contains("Multiprocessing.FunctionRunner")
      if isFunction && !isMachinery(name) && lines.last != name { lines.append(name) }
    }
    return lines
  }

  private static func isMachinery(_ name: String) -> Bool {
    name.hasPrefix("swift::") || name.hasPrefix("libswift") || name.hasPrefix("Swift.UnownedJob.")
      || name.hasPrefix("swift_") || name.hasPrefix("protocol witness for ")
      || name.hasPrefix("_ZN5swift")
      || name.contains("reabstraction thunk helper") || name.hasPrefix("static (extension in Swift):Swift.Task<")
      || name.hasPrefix("_ZN12_GLOBAL") || name.hasPrefix("_ZL") || name.hasPrefix("cposix_")
  }

  /// A return address as "Program.Type.function(…)", or "library+0x1234".
  private static func name(of frame: UInt) -> String {
    var place = unsafe cposix_place()
    // One less: a call that never returns is the last of its function, and its return address is the next one's.
    guard unsafe cposix_find_place(frame - 1, &place) == 0 else { return hexadecimal(frame) }
    if let symbol = unsafe place.symbol { return demangled(unsafe String(cString: symbol)) }
    let offset = unsafe frame - place.base
    if unsafe place.isProgram, let symbol = SymbolTable.ofProgram?.name(at: offset - 1) { return demangled(symbol) }
    let file = unsafe place.isProgram ? "program" : String(cString: place.file)
    return "\(file.split(separator: "/").last ?? "")+\(hexadecimal(offset))"
  }

  private static func hexadecimal(_ number: UInt) -> String { "0x" + String(number, radix: 16) }

  private static func demangled(_ symbol: String) -> String {
    guard let text = unsafe cposix_demangle(symbol) else { return symbol }
    defer { unsafe free(text) }
    var name = unsafe String(cString: text)[...]
    // A function that awaits is compiled in parts, an optimised one in variants: they are all it.
    while let part = Self.parts.first(where: { name.hasPrefix($0.prefix) }),
      let end = name.firstRange(of: part.end)?.upperBound
    {
      name = name[end...]
    }
    return String(name)
  }

  private static let parts: [(prefix: String, end: String)] = [
    ("(", " partial function for "), ("function signature specialization <", "> of "),
    ("generic specialization <", "> of "), ("specialized ", "specialized "), ("merged ", "merged "),
  ]
}
