// SPDX-License-Identifier: Apache-2.0
//
// The scratch of one evaluator: constants, tables of rows and columns, registers. One allocation, sized once.

import CKernels

/// Which section is running: decides whether a table streams or is one double for the block.
enum SectionRate { case constant, row, column, element }

/// The tables of one line: for each value as many as the line has, `capacity` doubles apart.
private struct LineMemory {
  var first: Int
  var capacity: Int
  var tableCount: Int
}

/// The memory a linked program runs in, and the sizes of its blocks.
@safe final class BlockMemory {
  /// Rows whose row-only values are computed together.
  static let rowBlock = 256

  /// Elements per block, a whole number of tiles. With registers 512: a handful of them, 4 KiB each, stays in L1 (32
  /// KiB), and the price of a kernel call, some 20 ns, is shared by 512 elements. Without registers a row at a time.
  let blockLength: Int
  /// Columns whose column-only values are kept at a time: all of them, unless the tables would pass 4 MiB.
  let panelColumns: Int

  /// One double beyond the constants, for a value that lives for one kernel call.
  let scratch: UnsafeMutablePointer<Double>

  private let base: UnsafeMutablePointer<Double>
  private let rowTables: UnsafeMutablePointer<Double>
  private let columnTables: UnsafeMutablePointer<Double>
  private let registers: UnsafeMutablePointer<Double>
  private let lines: [LineMemory]
  private let lineOffsets: UnsafeMutablePointer<Int>

  init(_ schedule: Schedule, rows: Int, columns: Int) {
    blockLength = schedule.registerCount == 0 ? 8192 : 512
    let tableLimit = max(4096, 524_288 / max(1, schedule.columnTableCount))
    panelColumns = max(1, min(columns, tableLimit))
    func rounded(_ count: Int) -> Int { (count + 7) & ~7 }
    let constantCount = rounded(schedule.constants.count + 1)
    let rowCount = schedule.rowTableCount * BlockMemory.rowBlock
    let columnCount = rounded(schedule.columnTableCount * panelColumns)
    var count = constantCount + rowCount + columnCount + schedule.registerCount * blockLength
    var lines: [LineMemory] = []
    for section in schedule.lineSections {
      let capacity = rounded(LineWindow.countLimit(section.line, rowCount: rows, columnCount: panelColumns))
      lines.append(LineMemory(first: count, capacity: capacity, tableCount: section.line.columns))
      count += section.valueCount * section.line.columns * capacity
    }
    self.lines = lines
    unsafe lineOffsets = .allocate(capacity: max(1, lines.count))
    unsafe lineOffsets.initialize(repeating: 0, count: max(1, lines.count))
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Double>.stride, alignment: 64)
    unsafe base = raw.bindMemory(to: Double.self, capacity: count)
    unsafe scratch = base + schedule.constants.count
    unsafe rowTables = base + constantCount
    unsafe columnTables = rowTables + rowCount
    unsafe registers = columnTables + columnCount
    for (index, value) in schedule.constants.enumerated() { unsafe base[index] = value }
  }

  deinit {
    unsafe base.deallocate()
    unsafe lineOffsets.deallocate()
  }

  func setConstant(_ index: Int, to value: Double) { unsafe base[index] = value }

  /// Where the operands of a line's values are from now on: in table `table`, from `place` on.
  func moveLine(_ section: Int, toTable table: Int, place: Int) {
    unsafe lineOffsets[section] = table * lines[section].capacity + place
  }

  func operand(_ place: Place, _ rate: SectionRate) -> LinkedOperand {
    switch place {
    case .constant(let index): unsafe LinkedOperand(base: base + index)
    case .row(let index):
      unsafe LinkedOperand(
        base: rowTables + index * BlockMemory.rowBlock, rowStep: 1, stride: rate == .row ? 1 : 0)
    case .column(let index):
      unsafe LinkedOperand(base: columnTables + index * panelColumns, columnStep: 1, stride: 1)
    case .line(let section, let value):
      unsafe LinkedOperand(
        base: base + lines[section].first + value * lines[section].tableCount * lines[section].capacity, columnStep: 1,
        stride: 1, offset: lineOffsets + section)
    case .register(let index, let isScalar):
      unsafe LinkedOperand(base: registers + index * blockLength, stride: isScalar ? 0 : 1)
    }
  }
}
