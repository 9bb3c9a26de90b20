// SPDX-License-Identifier: Apache-2.0
//
// What this machine has for the tests: the program under test, and tools without which a test is skipped, by name.

import Glibc

/// The program `weft` under test.
enum Binary {
  /// `WEFT_BINARY`, else the package's release build, else the program beside the test bundle.
  static let path: String = {
    if let named = unsafe getenv("WEFT_BINARY") { return unsafe String(cString: named) }
    let release = "\(repository)/.build/release/weft"
    return isExecutable(release) ? release : "\(folder(of: Files.link("/proc/self/exe") ?? ""))/weft"
  }()

  static var isThere: Bool { isExecutable(path) }

  /// The package's own folder: the true one, even where Tests is reached through a symbolic link.
  static let repository: String = {
    guard let resolved = unsafe realpath(#filePath, nil) else { return "" }
    defer { unsafe free(resolved) }
    return (0..<4).reduce(unsafe String(cString: resolved)) { path, _ in folder(of: path) }
  }()

  private static func folder(of path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }
}

private func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

enum Tool {
  static let hasStrace = works("strace", ["-qq", "-o", "/dev/null", "true"])
  static let hasPrlimit = works("prlimit", ["--fsize=1048576", "true"])
  static let hasBash = works("bash", ["-c", "true"])
  static let isRoot = geteuid() == 0
  static let hasPython = works("python3", ["-c", "pass"])
  static let hasNumPy = works("python3", ["-c", "import numpy"])
  /// Root that can become somebody else, to whom the file system says no.
  static let canBeNobody = isRoot && works("setpriv", nobody + ["true"])
  static let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"]

  /// What lets a shell mount file systems for itself alone; nil where that is not allowed.
  static let privateMounts: [String]? = [["--mount"], ["--user", "--map-root-user", "--mount"]].first {
    works("unshare", $0 + ["sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp"])
  }
  static var canMount: Bool { privateMounts != nil }

  /// Where a memory cgroup (version 1) can be made below.
  static let memoryGroup: String? = {
    let root = "/sys/fs/cgroup/memory"
    let isWritable = unsafe access(root, W_OK) == 0
    return isWritable && Files.exists("\(root)/memory.limit_in_bytes") ? root : nil
  }()

  /// `make test-long` asks for the long forms.
  static let isLong = unsafe getenv("WEFT_LONG") != nil

  /// A count that the long form multiplies.
  static func count(_ short: Int, long: Int) -> Int { isLong ? long : short }

  static func works(_ program: String, _ arguments: [String]) -> Bool {
    var command = Command(program, arguments)
    command.limit = 20
    return (try? command.run())?.code == 0
  }
}

/// The kernel tables that this CPU runs.
enum Kernels {
  static let runnable: [String] = ["avx512", "avx2", "portable"].filter {
    let command = Command.weft(["compute", "i", "--size", "1", "--plan"], environment: ["WEFT_KERNELS": $0])
    return (try? command.run())?.code == 0
  }
}
