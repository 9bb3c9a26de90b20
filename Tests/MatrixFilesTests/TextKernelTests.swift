// SPDX-License-Identifier: Apache-2.0
// Whole files by every table of kernels: the same numbers, or the same error at the same place, as number by number.
// WEFT_LONG=1: more of them.

import MatrixCore
import MatrixFiles
import Testing

@Suite(.timeLimit(.minutes(60)))
struct TextKernelTests {
  /// A file of `rows` lines, with fields of every kind, and something wrong in every other one.
  private static func text(_ generator: inout Generator) -> String {
    func below(_ count: UInt64) -> UInt64 { generator.next() % count }
    func digits(_ count: UInt64) -> String { (0..<count).map { _ in "\(below(10))" }.joined() }
    let (rows, columns) = (1 + below(40), 1 + below(below(3) == 0 ? 200 : 9))
    let delimiter = ","
    // Most fields of a file are of a few kinds.
    let kinds = (0...below(3)).map { _ in below(14) }
    let spaces = below(4) == 0
    let newline = below(3) == 0 ? "\r\n" : "\n"
    func field() -> String {
      let kind = below(50) == 0 ? below(14) : kinds[Int(below(UInt64(kinds.count)))]
      let sign = below(2) == 0 ? "-" : ""
      let text =
        switch kind {
        case 0: "\(below(1000))"
        case 1: sign + digits(1 + below(9)) + "." + digits(1 + below(9))
        case 2, 3: "\(Double(Int64(bitPattern: generator.next())) * 0x1p-63)"
        case 4: "\(Double(bitPattern: generator.next() >> 2))"
        case 5: sign + digits(1 + below(30))
        case 6: sign + digits(below(20)) + "." + digits(below(20))
        case 7:
          sign + digits(1 + below(3)) + ["e", "E"][Int(below(2))] + ["", "+", "-"][Int(below(3))] + digits(1 + below(4))
        case 8: ["nan", "inf", "-inf", "NaN", "Infinity", "-nan"][Int(below(6))]
        case 9: "+" + digits(3)
        case 10: "\"" + digits(3) + "\""
        case 11: "0." + String(repeating: "0", count: Int(below(12))) + digits(17)
        case 12: sign + "0.0"
        default: "\(Float(Int64(bitPattern: generator.next())) * 0x1p-63)"
        }
      return spaces && below(2) == 0 ? " \(text)" + (below(4) == 0 ? " " : "") : text
    }
    var text = (0..<rows).map { _ in (0..<columns).map { _ in field() }.joined(separator: delimiter) + newline }
      .joined()
    if below(4) == 0 { text.removeLast() }
    guard below(2) == 0 else { return text }
    var bytes = Array(text.utf8)
    for _ in 0...below(3) where !bytes.isEmpty {
      let place = Int(below(UInt64(bytes.count)))
      let wrong = Array(",\n\r .-+e\"x0\0".utf8)
      switch below(3) {
      case 0: bytes[place] = wrong[Int(below(UInt64(wrong.count)))]
      case 1: bytes.remove(at: place)
      default: bytes.insert(wrong[Int(below(UInt64(wrong.count)))], at: place)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private enum Outcome<Element: MatrixElement>: Equatable {
    case numbers(Shape, [Element.BitPattern])
    case error(String)
  }

  private func outcome<Element: MatrixElement>(
    _ path: String, _: Element.Type, _ kernels: TextKernels?
  ) -> Outcome<Element> {
    var options = ReadOptions()
    options.textKernels = kernels
    do throws(FileError) {
      let m = try Matrix<Element>(contentsOf: path, options: options)
      return .numbers(m.shape, (0..<m.rows).flatMap { i in (0..<m.columns).map { m[i, $0].bitPattern } })
    } catch { return .error("\(error)") }
  }

  @Test func everyKernelReadsTheSame() throws {
    let seed: UInt64 = 71
    #if DEBUG
      let count = NumberTextTests.isLong ? 3000 : 400
    #else
      let count = NumberTextTests.isLong ? 40_000 : 2000
    #endif
    print("TextKernelTests.everyKernelReadsTheSame: seed \(seed), \(count) files")
    var generator = Generator(seed: seed)
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.csv")
    var errors = 0
    for index in 0..<count {
      put(Self.text(&generator), path)
      let (double, single) = (outcome(path, Double.self, nil), outcome(path, Float.self, nil))
      if case .error = double { errors += 1 }
      for kernels in TextKernels.all {
        guard outcome(path, Double.self, kernels) == double, outcome(path, Float.self, kernels) == single else {
          Issue.record(
            "file \(index) is read in another way by \(kernels.name): \(outcome(path, Double.self, kernels))")
          return
        }
      }
    }
    #expect(errors > count / 8 && errors < count * 7 / 8, "files of both kinds")
  }

  /// A second point, a sign or a letter at every place of a field.
  @Test func wrongCharactersAnywhere() throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.csv")
    for width in 1...26 {
      for point in Set([0, width / 3, width - 1]) {
        for place in 0..<width {
          for wrong in ".-e x" {
            var field = Array(repeating: "7" as Character, count: width)
            field[point] = "."
            field[place] = wrong
            put("1.2345678901234567,-1.2345678901234567,0.5\n1.5,\(String(field)),2.5\n", path)
            let expected = outcome(path, Double.self, nil)
            for kernels in TextKernels.all where outcome(path, Double.self, kernels) != expected {
              Issue.record("\(String(field)) is another number, or none, by \(kernels.name)")
              return
            }
          }
        }
      }
    }
  }

  /// Fields that end at every place of the 64 bytes that are looked at together, in pieces of every length.
  @Test func everyPlace() throws {
    let scratch = Scratch(in: "/dev/shm")
    let path = scratch.file("m.csv")
    for width in 1...70 {
      let field = String("1.2345678901234567890123456789012345678901234567890123456789012345678901".prefix(width))
      for columns in [1, 2, 63, 64, 65] {
        let line = (0..<columns).map { _ in field }.joined(separator: ",")
        put((0..<5).map { _ in line + "\n" }.joined(), path)
        let expected = outcome(path, Double.self, nil)
        for kernels in TextKernels.all {
          #expect(
            outcome(path, Double.self, kernels) == expected, "\(columns) fields of \(width) bytes, \(kernels.name)")
        }
      }
    }
  }
}
