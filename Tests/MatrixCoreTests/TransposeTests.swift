// SPDX-License-Identifier: Apache-2.0
// Transposes of every shape around tiles and blocks, by definition; symmetry.

import MatrixCore
import Testing

@Suite(.timeLimit(.minutes(20)))
struct TransposeTests {
  static let sides = [0, 1, 3, 4, 7, 8, 9, 16, 31, 127, 128, 129, 140]

  @Test(arguments: sides) func everyShape(rows: Int) {
    func both<Element: MatrixElement>(_: Element.Type) {
      for columns in Self.sides {
        let a = Matrix<Element>(rows: rows, columns: columns) { i, j in Element(1000 * i + j) }
        let expected = Matrix<Element>(rows: columns, columns: rows) { i, j in Element(1000 * j + i) }
        #expect(a.transposed() == expected, "\(a.shape)")
        let around = Matrix<Element>(rows: rows + 2, columns: columns + 3) { i, j in
          (1..<1 + rows).contains(i) && (2..<2 + columns).contains(j) ? a[i - 1, j - 2] : .nan
        }
        #expect(around[rows: 1..<1 + rows, columns: 2..<2 + columns].transposed() == expected, "\(a.shape), a slice")
      }
    }
    both(Double.self)
    both(Float.self)
  }

  @Test(arguments: sides + [256, 261]) func inPlace(order: Int) throws {
    let a = Matrix<Double>(rows: order, columns: order) { i, j in Double(1000 * i + j) }
    var changed = a
    changed.transpose()
    #expect(changed == a.transposed())
    var shared = try SharedMatrix(a.map { Float($0) })
    let kept = shared
    shared.transpose()
    #expect(shared.equal(to: changed.map { Float($0) }) && kept.equal(to: a.map { Float($0) }))
    shared.transpose()
    #expect(shared == kept)
  }

  @Test(arguments: [1, 31, 32, 33, 70]) func symmetry(order: Int) {
    let symmetric = Matrix<Double>(rows: order, columns: order) { i, j in Double(i * j - 7 * (i + j)) / 3 }
    #expect(symmetric.isSymmetric())
    for (i, j) in [(0, order - 1), (order - 1, 0), (order / 2, 0), (order - 1, order / 2)] where i != j {
      var m = symmetric
      m[i, j] += 0.25
      #expect(!m.isSymmetric() && m.isSymmetric(within: 0.25) && !m.isSymmetric(within: 0.24))
      m[i, j] = .infinity
      #expect(!m.isSymmetric(within: 1))
      m[j, i] = .infinity
      #expect(m.isSymmetric())
    }
    var m = symmetric
    m[order / 2, order / 2] = .nan
    #expect(!m.isSymmetric() && !m[rows: 0...].isSymmetric(within: 9))
    let wide = Matrix<Float>(rows: order, columns: order + 5) { i, j in j < order ? Float(symmetric[i, j]) : .nan }
    #expect(wide[columns: ..<order].isSymmetric() && !wide.isSymmetric(within: .infinity))
  }

  @Test func symmetrizing() {
    var m = Matrix<Double>(rows: 45, columns: 45) { i, j in Double(i * 45 + j) * 0.1 }
    let a = m
    m.symmetrize()
    #expect(m.isSymmetric())
    #expect(m == a.map(with: a.transposed()) { $0 * 0.5 + $1 * 0.5 })
    var huge = Matrix<Double>([[1, 1.5e308], [1.7e308, 1]])
    huge.symmetrize()
    #expect(huge[0, 1] == 1.6e308 && huge[1, 0] == huge[0, 1] && huge[0, 0] == 1)
  }

  @Test func notSquareEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2]])
      m.transpose()
    }
    await #expect(processExitsWith: .failure) {
      var m = Matrix<Double>([[1, 2]])
      m.symmetrize()
    }
  }
}
