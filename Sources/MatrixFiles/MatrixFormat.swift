// SPDX-License-Identifier: Apache-2.0
// The file formats, how a path's extension names one, and the options of reading and writing.

/// A file format this module reads and writes.
public enum MatrixFormat: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
  /// NumPy's array file, read and written by nearly everything.
  case npy
  /// NumPy's archive of several arrays, each with a name.
  case npz
  /// Tensors with names, as machine learning keeps them: a JSON header and the elements.
  case safetensors
  /// HDF5: datasets in groups. Reading needs its library.
  case h5
  /// MatrixMarket's text, dense or as coordinates, a line an entry.
  case mtx
  /// The elements alone, row after row, little-endian, with a JSON file of their shape beside (`NAME.json`).
  case raw
  /// Comma-separated text, a line a row.
  case csv
  /// Tab-separated text, a line a row.
  case tsv

  /// The format of files that end so ("npy", without the dot, in any case), if there is one.
  public init?(pathExtension: String) {
    switch pathExtension.lowercased() {
    case "npy": self = .npy
    case "npz": self = .npz
    case "safetensors": self = .safetensors
    case "h5", "hdf5": self = .h5
    case "mtx", "mm": self = .mtx
    case "raw", "bin": self = .raw
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    default: return nil
    }
  }

  /// The format that the path's extension names, if it names one; that before `.gz` or `.zst`, where it ends so.
  public init?(path: String) {
    let bare = Compression.split(path).path
    let name = bare.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? [][...]
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
    self.init(pathExtension: String(decoding: name[name.index(after: dot)...], as: UTF8.self))
  }

  /// The path cut before the extension that names its format, that of a compression included: `f` and `.csv.gz`; nil
  /// where it names none.
  public static func split(_ path: String) -> (stem: String, pathExtension: String)? {
    let bare = Compression.split(path).path
    guard MatrixFormat(path: path) != nil, let dot = bare.lastIndex(of: ".") else { return nil }
    return (String(path[..<dot]), String(path[dot...]))
  }

  public var description: String { rawValue }

  /// Text formats cannot hold a matrix without elements: its shape would be lost.
  var isText: Bool { delimiter != nil }

  var delimiter: UInt8? {
    switch self {
    case .csv: UInt8(ascii: ",")
    case .tsv: UInt8(ascii: "\t")
    case .npy, .npz, .safetensors, .h5, .mtx, .raw: nil
    }
  }

  /// No text: nothing for a terminal.
  public var isBinary: Bool { !isText && self != .mtx }

  /// Several matrices, each with a name, may stand in one file.
  public var isArchive: Bool { self == .npz || self == .safetensors || self == .h5 }

  /// Header and elements, and nothing else: the file's size follows from the shape.
  var isSizeKnown: Bool { self == .npy || self == .safetensors || self == .h5 || self == .raw }

  static let knownExtensions = ".npy, .npz, .safetensors, .h5, .mtx, .raw, .csv or .tsv"
  static let archiveExtensions = ".npz, .safetensors or .h5"
}

/// How to read.
public struct ReadOptions: Sendable {
  /// What to do with a float64 file that is read as `Float`. (float32 read as `Double` is always exact; text has no
  /// type, each number of it is rounded once to the type asked for.)
  public enum Narrowing: Hashable, Sendable {
    /// Refuse the file.
    case refuse
    /// Convert, and refuse the file at the first value that is not a float32.
    case exact
    /// Round each value to the nearest float32, once.
    case nearest
  }

  /// The format, where neither content nor extension should decide.
  public var format: MatrixFormat?
  public var narrowing: Narrowing
  /// Text formats: the first line is a header, to be skipped.
  public var hasHeader: Bool
  /// Text formats: what stands between fields, where it is not the format's own: `UInt8(ascii: ";")`. A space, a digit and
  /// whatever else a number may contain cannot.
  public var delimiter: UInt8?
  /// Text formats: nil: the CPUs of this process.
  package var threads: Int?
  /// Text formats: for many fields at once; nil: one by one.
  package var textKernels = TextKernels.best
  /// Which matrix of a file that holds several. Nil: the one that the path names behind a colon (`a.npz:b`), else the
  /// only one.
  public var member: String?

  public init(
    format: MatrixFormat? = nil, narrowing: Narrowing = .refuse, hasHeader: Bool = false, delimiter: UInt8? = nil,
    member: String? = nil
  ) {
    self.format = format
    self.narrowing = narrowing
    self.hasHeader = hasHeader
    self.delimiter = delimiter
    self.member = member
  }
}

/// How to write.
public struct WriteOptions: Sendable {
  /// Replace an existing file. Without it an existing target is an error, also one that appears while we write.
  public var overwrite: Bool
  /// Have the disk confirm data and name before success is reported, so that a power cut cannot undo it.
  public var sync: Bool
  /// Pack what is in the file, where the format has a way of its own: .npz by deflate, as `np.savez_compressed`.
  public var isCompressed: Bool
  /// The matrix's name in a file that may hold several; nil: as is usual there (`arr_0` in .npz).
  public var member: String?
  /// Asked between pieces and while a pipe's reader lets us wait; true ends the writing, the target unchanged.
  public var isCancelled: (@Sendable () -> Bool)?
  /// How numbers and names are spelled in text formats; others ignore it.
  public var text: TextOptions

  public init(
    overwrite: Bool = false, sync: Bool = true, text: TextOptions = TextOptions(), isCompressed: Bool = false,
    member: String? = nil,
    isCancelled: (@Sendable () -> Bool)? = nil
  ) {
    self.overwrite = overwrite
    self.sync = sync
    self.text = text
    self.isCompressed = isCompressed
    self.member = member
    self.isCancelled = isCancelled
  }
}
