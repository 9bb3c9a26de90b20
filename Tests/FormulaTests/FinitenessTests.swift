// SPDX-License-Identifier: Apache-2.0
//
// Which formulas are known to be finite over a shape: never one that is not.

import Testing

@testable import Formula

@Suite struct FinitenessTests {
  private func isSurelyFinite(_ text: String, rows: Int = 50, columns: Int = 70, origin: Int = 0) throws -> Bool {
    try Formula(text).bind(rows: rows, columns: columns, origin: origin).compile()
      .isSurelyFinite(rows: rows, columns: columns)
  }

  @Test(arguments: [
    "i*i*0.5+3*i*j-j*j*j*0.001+7", "1/(i+j+1)", "sin(sqrt(i*i+j*j)*0.1)/(1+0.01*sqrt(i*i+j*j))", "exp(-(i-j)^2)",
    "atan2(i, j)*tanh(i-j)", "min(i, 3)/max(j+1, 2)", "abs(i-j)/2", "1/(-1-i*j)",
  ])
  func theseAreFinite(text: String) throws {
    #expect(try isSurelyFinite(text))
  }

  @Test(arguments: [
    "1/i", "1/(i-j)", "sqrt(i-j)", "log(i)", "exp(i*j)", "i*j*1e304", "1e200*(i+1)*1e100*(j+1)", "i/(0.1*i+0.1*j-2)",
    "nan",
    "inf", "0/0", "sqrt(1-i)", "1/(1e-200*i+1e-320)", "1/((i+1e17)-1e17-i+1)",
  ])
  func theseNeedALook(text: String) throws {
    #expect(try !isSurelyFinite(text))
  }

  @Test func theIndexesCountFromTheOrigin() throws {
    #expect(try isSurelyFinite("1/i", origin: 1))
    #expect(try !isSurelyFinite("sqrt(60-i)", rows: 62))
    #expect(try isSurelyFinite("sqrt(60-i)", rows: 60))
  }

  /// Random formulas: what is said to be finite is, in every element.
  @Test func neverSaidOfAFormulaThatIsNot() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("neverSaidOfAFormulaThatIsNot: seed \(seed)")
    var state = seed
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    func term(_ depth: Int) -> String {
      if depth == 0 { return ["i", "j", "0.5", "3", "1e150", "1e-200", "-2"][next(7)] }
      let (x, y) = (term(depth - 1), term(depth - 1))
      return switch next(12) {
      case 0, 1: "(\(x)+\(y))"
      case 2: "(\(x)-\(y))"
      case 3, 4: "(\(x)*\(y))"
      case 5, 6: "(\(x)/(\(y)+1))"
      case 7: "sqrt(\(x))"
      case 8: "sin(\(x))"
      case 9: "exp(\(x))"
      case 10: "(\(x))^2"
      default: "abs(\(x))"
      }
    }
    var said = 0
    for _ in 0..<600 {
      let text = term(1 + next(4))
      guard try isSurelyFinite(text, rows: 9, columns: 8) else { continue }
      said += 1
      let reference = ReferenceEvaluator(try Formula(text).bind(rows: 9, columns: 8), context: LibmContext())
      for i in 0..<9 {
        for j in 0..<8 {
          #expect(try reference.value(row: i, column: j).isFinite, "\(text) at \(i), \(j), seed \(seed)")
        }
      }
    }
    #expect(said > 100, "of 600 only \(said)")
  }
}
