// SPDX-License-Identifier: Apache-2.0
//
// What a Program becomes before it runs: for each rate a section of steps, each step one call of a kernel over a block.
// `Scheduler` writes it, `BlockMachine` runs it. No pointers here: places are names.

import CKernels
import Formula

/// Where a value is kept.
enum Place: Hashable {
  /// A literal, or a value that is the same for the whole matrix: one double.
  case constant(Int)
  /// A table with one double per row of the current row block.
  case row(Int)
  /// A table with one double per column of the current panel.
  case column(Int)
  /// A table along a line (see `LineWindow`): which of the line's values.
  case line(section: Int, value: Int)
  /// A block-sized scratch slot of the running section; inside a reduction one double where `isScalar`.
  case register(Int, isScalar: Bool)
}

/// One kernel call over a block.
struct Step {
  /// One link of a chain: `accumulator = operation(accumulator, y, z)`.
  struct Link {
    var operation: ck_operation
    var y: Place?
    var z: Place?
  }

  enum Kind {
    case chain(start: Place, links: [Link])
    case gather(input: Int, row: Place, column: Place, guarded: Place)
    case ramp
    case reduce(Loop)
  }

  /// A sum or product with its bounds and the steps of one turn.
  struct Loop {
    var reduction: Program.Reduction
    var first: Place
    var last: Place
    var guarded: Place
    /// `k`, and whether this element's loop still runs (1 or 0); registers of the enclosing section.
    var index: Place
    var active: Place
    /// Every bound is the same for the whole block: the loop needs no mask.
    var isUniform: Bool
    var steps: [Step]
    var term: Place
  }

  var kind: Kind
  var destination: Place
}

/// The steps of one rate, run over a block of rows, of columns or of elements.
struct Section {
  var steps: [Step] = []
}

/// The values that vary along one line only, run as columns are, in a row beside which the wanted numbers lie.
struct LineSection {
  var line: Program.Line
  var steps: [Step] = []
  /// The constant that holds that row's `i`.
  var rowIndex: Int
  /// How many tables it fills.
  var valueCount = 0
}

/// A Program, ready to run.
struct Schedule {
  var constants: [Double] = []
  /// Run once, over one element, after `constants` are in place; destinations are further constants.
  var constantSection = Section()
  var rowSection = Section()
  var columnSection = Section()
  var lineSections: [LineSection] = []
  /// Run for every block of every row; its last value goes to the sink through `resultLinks`.
  var elementSection = Section()
  var resultStart = Place.constant(0)
  var resultLinks: [Step.Link] = []
  var rowTableCount = 0
  var columnTableCount = 0
  /// Block-sized scratch slots needed by the greediest section.
  var registerCount = 0

  /// The table that holds `j` itself, if elements need one.
  var columnRamp: Place? {
    columnSection.steps.lazy.compactMap { step in
      if case .ramp = step.kind, case .column = step.destination { step.destination } else { nil }
    }.first
  }
}
