// SPDX-License-Identifier: Apache-2.0
//
// The matrices that contestants of linear algebra are given, in every process the same: limits/matrix.h and peers/inputs.py.

import Weft

extension Matrix<Double> {
  /// The matrix at that place of the sequence, counted from 0: numbers in -1/2 ..< 1/2 without pattern.
  static func ofNumbers(_ size: Int, place: Int) -> Matrix {
    Matrix(rows: size, columns: size) { i, j in number((place * size + i) * size + j) }
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014) as a function of the index, which any language has in a line.
private func number(_ k: Int) -> Double {
  var z = UInt64(k + 1) &* 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return Double((z ^ (z >> 31)) >> 11) * 0x1p-53 - 0.5
}

/// Numbers that stand for results (``Agreement``): sums of magnitudes, for signs are free in many of them.
func magnitudes(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1.magnitude } }

func magnitudes(_ m: Matrix<Double>) -> Double {
  (0..<m.rows).reduce(0.0) { sum, i in sum + magnitudesOfRow(m, i) }
}

func magnitudesOfRow(_ m: Matrix<Double>, _ i: Int) -> Double {
  let row = m.row(i)
  var sum = 0.0
  for j in 0..<row.count { sum += row[j].magnitude }
  return sum
}

extension Matrix<Double> {
  /// Two rows with different factors: enough to tell a matrix from its transpose.
  var ofRows: Double { magnitudesOfRow(self, 1) + 2 * magnitudesOfRow(self, rows / 2) }
}
