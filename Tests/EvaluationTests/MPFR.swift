// SPDX-License-Identifier: Apache-2.0
//
// MPFR for tests: the reference evaluator's numbers with any number of bits. The library is opened when a test asks for it
// (Debian: libmpfr6), so that nothing has to be installed for a build.

import Formula
import Glibc

/// MPFR's functions, or nil where the library is not on this machine.
@safe final class MPFR: @unchecked Sendable {  // immutable; the library's functions are thread-safe
  /// An `mpfr_t`: precision, sign, exponent, limbs.
  @safe struct Number {
    var precision: Int = 0
    var sign: Int32 = 0
    var exponent: Int = 0
    var limbs: UnsafeMutableRawPointer? = nil
  }
  typealias Target = UnsafeMutableRawPointer
  typealias Source = UnsafeRawPointer

  static let shared = MPFR()
  static let precision = 400
  private static let toNearest: Int32 = 0

  private let initialize: @convention(c) (Target, Int) -> Void
  private let clear: @convention(c) (Target) -> Void
  private let setDouble: @convention(c) (Target, Double, Int32) -> Int32
  private let getDouble: @convention(c) (Source, Int32) -> Double
  private let copySign: @convention(c) (Source) -> Int32
  private var unary: [Function: @convention(c) (Target, Source, Int32) -> Int32] = unsafe [:]
  private var binary: [Function: @convention(c) (Target, Source, Source, Int32) -> Int32] = unsafe [:]

  private init?() {
    guard let library = unsafe dlopen("libmpfr.so.6", RTLD_NOW) else { return nil }
    func symbol(_ name: String) -> UnsafeMutableRawPointer? { unsafe dlsym(library, name) }
    guard let initialize = unsafe symbol("mpfr_init2"), let clear = unsafe symbol("mpfr_clear"),
      let setDouble = unsafe symbol("mpfr_set_d"), let getDouble = unsafe symbol("mpfr_get_d"),
      let sign = unsafe symbol("mpfr_signbit")
    else { return nil }
    unsafe self.initialize = unsafe unsafeBitCast(initialize, to: (@convention(c) (Target, Int) -> Void).self)
    unsafe self.clear = unsafe unsafeBitCast(clear, to: (@convention(c) (Target) -> Void).self)
    unsafe self.setDouble = unsafe unsafeBitCast(
      setDouble, to: (@convention(c) (Target, Double, Int32) -> Int32).self)
    unsafe self.getDouble = unsafe unsafeBitCast(getDouble, to: (@convention(c) (Source, Int32) -> Double).self)
    unsafe copySign = unsafe unsafeBitCast(sign, to: (@convention(c) (Source) -> Int32).self)
    let ofOne: [(Function, String)] = [
      (.negate, "neg"), (.sin, "sin"), (.cos, "cos"), (.exp, "exp"), (.squareRoot, "sqrt"), (.log, "log"),
    ]
    for (function, name) in ofOne {
      guard let address = unsafe symbol("mpfr_" + name) else { return nil }
      unsafe unary[function] = unsafe unsafeBitCast(
        address, to: (@convention(c) (Target, Source, Int32) -> Int32).self)
    }
    let ofTwo: [(Function, String)] = [(.add, "add"), (.subtract, "sub"), (.multiply, "mul"), (.divide, "div")]
    for (function, name) in ofTwo {
      guard let address = unsafe symbol("mpfr_" + name) else { return nil }
      unsafe binary[function] = unsafe unsafeBitCast(
        address, to: (@convention(c) (Target, Source, Source, Int32) -> Int32).self)
    }
  }

  /// A number that frees itself.
  @safe final class Box {
    var number = Number()
    fileprivate init() { unsafe MPFR.shared!.initialize(&number, MPFR.precision) }
    deinit { unsafe MPFR.shared!.clear(&number) }
  }

  func box(_ value: Double) -> Box {
    let box = Box()
    _ = unsafe setDouble(&box.number, value, MPFR.toNearest)
    return box
  }

  func double(_ box: Box) -> Double { unsafe getDouble(&box.number, MPFR.toNearest) }

  func value(of function: Function, _ x: Box, _ y: Box) -> Box {
    let result = Box()
    if let function = unsafe unary[function] {
      _ = unsafe function(&result.number, &x.number, MPFR.toNearest)
    } else if let function = unsafe binary[function] {
      _ = unsafe function(&result.number, &x.number, &y.number, MPFR.toNearest)
    } else {
      preconditionFailure("MPFR's \(function) is not looked up here")
    }
    return result
  }
}

/// The reference evaluator in 400 bits.
struct MPFRContext: ReferenceArithmetic {
  let library: MPFR
  func number(_ value: Double) -> MPFR.Box { library.box(value) }
  func double(_ number: MPFR.Box) -> Double { library.double(number) }
  func isZero(_ number: MPFR.Box) -> Bool { library.double(number) == 0 }
  func value(of function: Function, _ x: MPFR.Box, _ y: MPFR.Box, _ z: MPFR.Box) -> MPFR.Box {
    library.value(of: function, x, y)
  }
  func element(input: Int, row: Int, column: Int) -> Double { preconditionFailure("no inputs here") }
}
