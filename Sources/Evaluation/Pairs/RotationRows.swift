// SPDX-License-Identifier: Apache-2.0
//
// The rotation of a PairProgram over rows: its tables are made for as many rows at once as a vector has lanes.

import CKernels
import Formula

/// sin or cos of a bilinear form. Along row i it is α·j + β with α = a·i + c and β = b·i + d.
@safe final class RotationRows: PairRowOperand {
  private let maker: PairTableMaker
  private let form: BilinearForm
  private let sign: Double
  private let hasPlainZeros: Bool
  private let origin: Double
  private let lanes: Int
  private var rotation: ck_rotation
  private let tables: UnsafeMutablePointer<Double>
  private let slopes: UnsafeMutablePointer<Double>
  private let intercepts: UnsafeMutablePointer<Double>
  private var firstRow = 0

  init(
    _ maker: PairTableMaker, _ form: BilinearForm, isCosine: Bool, isNegated: Bool, hasPlainZeros: Bool, width: Int,
    lanes: Int, origin: Double, panelColumns: Int
  ) {
    self.maker = maker
    self.form = form
    sign = isNegated ? -1 : 1
    self.hasPlainZeros = hasPlainZeros
    self.origin = origin
    self.lanes = lanes
    let blocks = ((panelColumns + width - 1) / width + 7) & ~7
    let perRow = 6 * width + 4 * blocks
    let raw = UnsafeMutableRawPointer.allocate(byteCount: (perRow + 2) * lanes * 8, alignment: 64)
    unsafe tables = raw.bindMemory(to: Double.self, capacity: (perRow + 2) * lanes)
    unsafe slopes = tables + perRow * lanes
    unsafe intercepts = slopes + lanes
    unsafe rotation = ck_rotation(
      is_cosine: isCosine, width: width, block_count: blocks, start_stride: blocks, row_stride: perRow, tables: tables)
  }

  deinit { unsafe tables.deallocate() }

  override func prepare(rows: Range<Int>, columns: Range<Int>) {
    firstRow = rows.lowerBound
    let firstColumn = origin + Double(columns.lowerBound)
    for lane in 0..<lanes {
      // All exact: `BilinearForm.isExact` holds for the whole shape. Lanes beyond the last row repeat it.
      let i = origin + Double(min(firstRow + lane, rows.upperBound - 1))
      let slope = form.product * i + form.column
      unsafe slopes[lane] = slope
      unsafe intercepts[lane] = slope * firstColumn + (form.row * i + form.constant)
    }
    unsafe rotation.block_count = ((columns.count + rotation.width - 1) / rotation.width + 7) & ~7
    unsafe maker.kernels.pointee.rotation_rows(slopes, intercepts, &rotation)
    if sign < 0 { negate() }
  }

  private func negate() {
    for row in 0..<lanes {
      let starts = unsafe tables + row * rotation.row_stride + 6 * rotation.width
      for k in unsafe 0..<4 * rotation.start_stride { unsafe starts[k] = -starts[k] }
    }
  }

  override func operand(row: Int, column: Int) -> ck_pair_operand {
    var operand = unsafe ck_pair_operand()
    let table = unsafe tables + (row - firstRow) * rotation.row_stride
    unsafe operand.kind = CK_PAIR_ROTATION
    unsafe operand.has_plain_zeros = hasPlainZeros
    unsafe operand.table = UnsafePointer(table)
    unsafe operand.starts = UnsafePointer(table + 6 * rotation.width + column / rotation.width)
    unsafe operand.width = rotation.width
    unsafe operand.start_stride = rotation.start_stride
    return unsafe operand
  }
}
