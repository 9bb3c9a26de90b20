// SPDX-License-Identifier: Apache-2.0
//
// That a node holds a matrix once, however many of its ranks have it: by what the kernel counts of each process's memory.

#if MPI
  import EngineConformance
  import Glibc
  import Weft

  enum OneCopy {
    private static let side = 5000

    /// 200 MB. A page that several processes have counts for each as its part (PSS): the ranks' sum is what there is.
    static func check(_ group: any RankGroup) -> EngineCheck {
      EngineCheck("one copy for all ranks of a node") { mode, findings in
        let engine = try Engine(mode)
        _ = try await engine.compute("i", rows: 10, columns: 10)
        let before = proportionalByteCount()
        let m = try await engine.compute("i+j", rows: side, columns: side)
        var sum = 0.0
        for i in 0..<side { for j in stride(from: 0, to: side, by: 64) { sum += m[i, j] } }
        // Every rank has touched every page.
        let nodes = Set(try group.collect { Array(group.place.utf8) }).count
        let own = try group.collect { Array("\(proportionalByteCount() - before) \(sum)".utf8) }
        let told = own.map { String(decoding: $0, as: UTF8.self).split(separator: " ") }
        let total = told.compactMap { Int($0[0]) }.reduce(0, +)
        let need = nodes * side * side * 8
        findings.expect(total > need / 2 && total < need * 3 / 2, "\(total) bytes for a matrix of \(need)")
        findings.expect(Set(told.map { $0[1] }).count == 1, "the ranks have read other elements")
        if group.isRoot {
          print("memory  \(total) bytes in \(group.count) ranks, for \(nodes) times a matrix of \(side * side * 8)")
        }
      }
    }

    private static func proportionalByteCount() -> Int {
      guard let file = unsafe fopen("/proc/self/smaps_rollup", "re") else { return 0 }
      defer { unsafe fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      while unsafe fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("Pss:") else { continue }
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
      }
      return 0
    }
  }
#endif
