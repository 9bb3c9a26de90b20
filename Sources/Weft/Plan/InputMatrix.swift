// SPDX-License-Identifier: Apache-2.0
//
// A job's input matrix from a file, straight into memory that workers map: no copy is made of it for the job.

import MatrixCore
import MatrixFiles
import Multiprocessing

/// Input matrices on disk.
public enum InputMatrix {
  /// Reads a matrix file into shared memory, with the element type it is stored in.
  ///
  /// - Throws: `FileError`; `EngineError` (`resources`) when it does not fit, before memory is taken.
  public static func read(_ path: String) throws -> any MatrixReadable {
    let info = try MatrixFile.inspect(path)
    let need = info.shape.byteCount(of: info.elementType)
    let room = Machine.memoryRoom()
    guard need <= room.byteCount - Plan.safetyMargin else {
      throw EngineError(
        .resources,
        "The matrix in \(path) needs \(ByteCount(need)), and \(ByteCount(max(0, room.byteCount))) are there (\(room.reason))."
      )
    }
    return switch info.elementType {
    case .float64: try read(path, as: Double.self)
    case .float32: try read(path, as: Float.self)
    }
  }

  private static func read<Element: MatrixElement>(_ path: String, as type: Element.Type) throws -> SharedMatrix<
    Element
  > {
    var reader = try MatrixReader<Element>(contentsOf: path)
    var matrix = try engineErrors { () throws(SystemError) in try SharedMatrix<Element>(uninitialized: reader.shape) }
    var elements = matrix.mutableElements
    _ = try reader.readRows(into: &elements)
    return matrix
  }
}
