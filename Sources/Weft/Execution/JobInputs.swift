// SPDX-License-Identifier: Apache-2.0
//
// The input matrices of a job, as memory: what the kernels gather from and the reference evaluator reads.

import Evaluation
import Formula
import MatrixCore

/// Input matrices in the order of the program's inputs. The memory behind them is the owner's, and must outlive this.
@safe struct JobInputs {
  @safe private struct Entry {
    var input: Program.Input
    var shape: Shape
    var elementType: ElementType
    var address: UnsafeRawPointer
  }

  private var entries: [Entry] = []

  @unsafe mutating func append(name: String, shape: Shape, elementType: ElementType, address: UnsafeRawPointer) {
    unsafe entries.append(
      Entry(
        input: Program.Input(name: name, rows: shape.rows, columns: shape.columns), shape: shape,
        elementType: elementType, address: address))
  }

  var declarations: [Program.Input] { entries.map { $0.input } }

  func elements(origin: Int) -> [InputElements] {
    entries.map {
      unsafe InputElements(elements: $0.address, shape: $0.shape, elementType: $0.elementType, origin: origin)
    }
  }

  /// One element; inside the matrix.
  func element(_ input: Int, row: Int, column: Int) -> Double {
    let entry = entries[input]
    precondition(row >= 0 && row < entry.shape.rows && column >= 0 && column < entry.shape.columns)
    let place = row * entry.shape.columns + column
    return switch entry.elementType {
    case .float64: unsafe entry.address.load(fromByteOffset: place * 8, as: Double.self)
    case .float32: unsafe Double(entry.address.load(fromByteOffset: place * 4, as: Float.self))
    }
  }
}

/// What an element has to be, bit for bit: the formula by the reference evaluator, in the numbers that the compiled form
/// promises.
struct ElementReference {
  private enum Evaluator {
    case double(ReferenceEvaluator<KernelReference>)
    case quad(ReferenceEvaluator<QuadReference>)
  }
  private let evaluator: Evaluator

  init(_ formula: BoundFormula, _ compiled: CompiledFormula, kernels: KernelTable, inputs: JobInputs) {
    guard case .operations(let program) = compiled else {
      evaluator = .quad(ReferenceEvaluator(formula, context: QuadReference(inputs: inputs)))
      return
    }
    let functions = KernelFunctions(table: kernels, isFast: program.isFast)
    evaluator = .double(ReferenceEvaluator(formula, context: KernelReference(functions: functions, inputs: inputs)))
  }

  func value(row: Int, column: Int) throws(EvaluationFault) -> Double {
    switch evaluator {
    case .double(let evaluator): try evaluator.value(row: row, column: column)
    case .quad(let evaluator): try evaluator.value(row: row, column: column)
    }
  }
}

/// The reference evaluator's world in quadruple precision: input elements alone come from outside.
struct QuadReference: QuadContext {
  let inputs: JobInputs
  func element(input: Int, row: Int, column: Int) -> Double { inputs.element(input, row: row, column: column) }
}

/// What the reference evaluator takes from outside: elementary functions from the portable kernels, input elements.
struct KernelReference: ReferenceContext {
  let functions: KernelFunctions
  let inputs: JobInputs

  func apply(_ function: Function, _ x: Double, _ y: Double, _ z: Double) -> Double {
    functions.apply(function, x, y, z)
  }
  func element(input: Int, row: Int, column: Int) -> Double { inputs.element(input, row: row, column: column) }
}
