// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean …?": the known name nearest to an unknown one.

package enum Spelling {
  /// The candidate that was probably meant, or nil. Names of other languages first, then the smallest edit distance;
  /// among equals the first candidate.
  package static func suggestion(for word: String, among candidates: [String]) -> String? {
    if let known = aliases[word.lowercased()], candidates.contains(known) { return known }
    // Longer names are never near one of ours, and the distance takes the product of both lengths.
    let letters = Array(word.utf8)
    guard letters.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != word {
      let other = Array(candidate.utf8)
      guard other.count <= 64 else { continue }
      // One slip in a short word, two in one of six letters or more; a word of one letter is no evidence at all.
      let limit = min(letters.count, other.count) >= 6 ? 2 : (min(letters.count, other.count) >= 2 ? 1 : 0)
      let distance = candidate.lowercased() == word.lowercased() ? 0 : distance(letters, other)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string
  /// alignment).
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        var best = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforePrevious[j - 1] + 1) }
        current.append(best)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[b.count]
  }

  /// What NumPy, C, Julia, MATLAB and spreadsheets call things.
  private static let aliases: [String: String] = [
    "ln": "log", "power": "pow", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "absolute": "abs", "fabs": "abs", "sgn": "sign",
    "signum": "sign", "ceiling": "ceil", "rint": "round", "int": "trunc", "fix": "trunc",
    "minimum": "min", "fmin": "min", "maximum": "max", "fmax": "max", "fmod": "mod", "remainder": "mod",
    "tgamma": "gamma", "gammaln": "lgamma", "loggamma": "lgamma", "iif": "where", "if": "where",
    "ifelse": "where", "select": "where", "product": "prod", "nrows": "rows", "ncols": "columns", "cols": "columns",
    "height": "rows", "width": "columns", "infinity": "inf", "row": "i", "col": "j", "column": "j",
  ]
}
