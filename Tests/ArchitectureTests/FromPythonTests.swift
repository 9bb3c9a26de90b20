// SPDX-License-Identifier: Apache-2.0
//
// The page for readers who know Python's multiprocessing: every public name of that module is on it, and every type of
// ours that the documentation links to exists.

import Testing

@Suite struct FromPythonTests {
  private static let folder = "Sources/Multiprocessing"

  /// `multiprocessing.__all__` of Python 3.13, those of connection, shared_memory, managers, pool and sharedctypes, and
  /// the public members of Process, Pool, AsyncResult and Connection.
  private static let names = """
    Array AuthenticationError Barrier BoundedSemaphore BufferTooShort Condition Event JoinableQueue Lock Manager Pipe
    Pool Process ProcessError Queue RLock RawArray RawValue Semaphore SimpleQueue TimeoutError Value active_children
    allow_connection_pickling context cpu_count current_process freeze_support get_all_start_methods get_context
    get_logger get_start_method log_to_stderr parent_process reducer set_executable set_forkserver_preload
    set_start_method Client Listener wait SharedMemory ShareableList BaseManager SyncManager BaseProxy
    SharedMemoryManager ThreadPool copy synchronized authkey close daemon exitcode ident is_alive join kill name pid run
    sentinel start terminate apply apply_async imap imap_unordered map map_async starmap starmap_async get ready
    successful closed fileno poll readable recv recv_bytes recv_bytes_into send send_bytes writable
    """

  @Test func everyNameOfPythonsIsThere() throws {
    let page = try #require(Repository.text(of: "\(Self.folder)/Multiprocessing.docc/FromPython.md"))
    // Only the first column is Python's, and a name may stand there with its object and arguments.
    let cells = page.split(separator: "\n").filter { $0.hasPrefix("| ") }
      .compactMap { $0.split(separator: "|").first }
    let words = Set(cells.flatMap { $0.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) })
    let wanted = Self.names.split(whereSeparator: \.isWhitespace)
    #expect(wanted.filter { !words.contains($0) } == [])
  }

  @Test func everyLinkLeadsToAType() throws {
    var declared: Set<Substring> = ["Multiprocessing"]
    for path in Repository.files(below: Self.folder) where path.hasSuffix(".swift") {
      for line in try #require(Repository.text(of: path)).split(separator: "\n") {
        let words = line.split(whereSeparator: { " <(:".contains($0) })
        guard let start = words.firstIndex(of: "public") else { continue }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func"]
        guard let kind = words[start...].firstIndex(where: { kinds.contains($0) }), kind + 1 < words.count else {
          continue
        }
        declared.insert(words[kind + 1])
      }
    }
    for page in ["FromPython.md", "Multiprocessing.md"] {
      let text = try #require(Repository.text(of: "\(Self.folder)/Multiprocessing.docc/\(page)"))
      // ``Name``, ``Name/member(…)``, ``function(label:)``; three backticks are a link and code behind it.
      let links = text.split(separator: "``")
        .filter { $0.first?.isLetter == true && !$0.contains(where: \.isWhitespace) }
      #expect(links.count > 20)
      let unknown = links.compactMap { $0.split(whereSeparator: { "/(".contains($0) }).first }
        .filter { !declared.contains($0) && !$0.contains("`") && $0 != "swift" }
      #expect(unknown == [], "\(page)")
    }
  }
}
