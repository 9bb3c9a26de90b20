// SPDX-License-Identifier: Apache-2.0
//
// Passes over matrices, by the names that peers/reductions.py knows, and the pass of limits/memory_limit.c that is the limit of each.

enum ReductionTask: String, CaseIterable {
  case sum, rows, columns, norm, update, add, transposed, flip

  var title: String {
    switch self {
    case .sum: "sum of all elements"
    case .rows: "sum of each row"
    case .columns: "sum of each column"
    case .norm: "Frobenius norm"
    case .update: "A ← A + B, in place"
    case .add: "A + B, into new memory"
    case .transposed: "Aᵀ, into new memory"
    case .flip: "A ← Aᵀ, in place"
    }
  }

  var ours: String {
    switch self {
    case .sum: "sum()"
    case .rows: "sum(ofEach: .row)"
    case .columns: "sum(ofEach: .column)"
    case .norm: "norm(.frobenius)"
    case .update: "+="
    case .add: "+"
    case .transposed: "transposed()"
    case .flip: "transpose()"
    }
  }

  var peer: String {
    switch self {
    case .sum: "NumPy's sum()"
    case .rows: "NumPy's sum(axis=1)"
    case .columns: "NumPy's sum(axis=0)"
    case .norm: "NumPy's linalg.norm: BLAS, all threads"
    case .update: "NumPy's add, out="
    case .add: "NumPy's a + b"
    case .transposed: "NumPy's ascontiguousarray(a.T)"
    case .flip: "NumPy's a[:] = a.T"
    }
  }

  /// What the memory has to do at least, and the same in words.
  var limit: (name: String, called: String) {
    switch self {
    case .sum, .rows, .columns, .norm: ("read", "reading")
    case .update: ("update", "adding in place")
    case .add: ("add", "adding into new memory")
    case .transposed: ("fresh", "memcpy into new memory")
    // As many bytes are read, and as many written.
    case .flip: ("copy", "memcpy")
    }
  }

  /// Matrices that are read and that are written.
  var passes: Int {
    switch self {
    case .sum, .rows, .columns, .norm: 1
    case .transposed, .flip: 2
    case .update, .add: 3
    }
  }
}
