// SPDX-License-Identifier: Apache-2.0
//
// Which of Open MPI's leftovers are taken for dead, in folders made for the test. (With Open MPI's own: MPIFaultTests.)

import Glibc
import Testing

@testable import WeftCommands

@Suite(.enabled(if: StaleSessions.seesAllProcesses, "in a process namespace nobody can tell that an owner is dead"))
struct StaleSessionsTests {
  /// A folder for temporary files, and one in the place of /dev/shm.
  private final class Place {
    let path: String
    var top: String { "\(path)/ompi.some.host.\(geteuid())" }
    var shared: String { "\(path)/shm" }

    init() {
      var template = Array("/tmp/weft-stale-XXXXXX".utf8CString)
      path = unsafe String(cString: mkdtemp(&template))
      for folder in [top, shared] { unsafe mkdir(folder, 0o700) }
    }

    deinit { clear(path) }

    private func clear(_ path: String) {
      for name in FolderEntry.names(in: path) { clear("\(path)/\(name)") }
      if unsafe rmdir(path) != 0 { unsafe unlink(path) }
    }

    func file(_ path: String) { close(unsafe open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }

    /// A session as Open MPI's, of a job of this family.
    func session(_ name: String, family: UInt32, owner: pid_t) {
      let store = "\(top)/\(name)/pmix_dstor_ds21_\(owner)"
      for folder in ["\(top)/\(name)", store] { unsafe mkdir(folder, 0o700) }
      file("\(store)/smlockseg-\(family << 16 | 1)")
      file("\(top)/\(name)/hwloc.sm")
    }

    func segment(_ family: UInt32, host: String = "some.host", user: uid_t = geteuid(), rank: String = "0") -> String {
      let path = "\(shared)/vader_segment.\(host).\(user).\(String(family << 16 | 1, radix: 16)).\(rank)"
      file(path)
      return path
    }

    func remove(own: String = "pid.1") -> Set<String> {
      Set(StaleSessions(folder: top, ownSession: own, sharedMemory: shared).remove())
    }

    func isThere(_ path: String) -> Bool { FolderEntry(path) != nil }
  }

  /// A number above every process's: the system's own limit (4,194,304).
  private static let dead: pid_t = 5_000_000

  @Test func theDeadGoWithTheirSegments() {
    let place = Place()
    place.session("pid.\(Self.dead)", family: 0xEE4, owner: Self.dead)
    place.session("jf.4711", family: 4711, owner: Self.dead)
    let expected = [
      place.segment(0xEE4), place.segment(0xEE4, rank: "17"), place.segment(4711), "\(place.top)/pid.\(Self.dead)",
      "\(place.top)/jf.4711",
    ]
    #expect(place.remove() == Set(expected))
    #expect(!expected.contains(where: place.isThere) && place.isThere(place.top))
    #expect(place.remove().isEmpty)
  }

  @Test func whatMayBeAliveStays() throws {
    let place = Place()
    // This process is the owner by one name or the other; it is the job's own; nobody is named.
    place.session("pid.\(getpid())", family: 1, owner: Self.dead)
    place.session("pid.\(Self.dead)", family: 2, owner: getpid())
    place.session("pid.\(Self.dead + 1)", family: 3, owner: Self.dead)
    unsafe mkdir("\(place.top)/jf.5", 0o700)
    place.file("\(place.top)/pid.\(Self.dead + 2)")
    unsafe mkdir("\(place.top)/notes", 0o700)
    let segments = (1...3).map { place.segment($0) } + [place.segment(9)]
    #expect(place.remove(own: "pid.\(Self.dead + 1)").isEmpty)
    #expect(segments.allSatisfy(place.isThere) && FolderEntry.names(in: place.top).count == 6)
  }

  @Test func whatIsMappedIsAlive() throws {
    let place = Place()
    place.session("pid.\(Self.dead)", family: 1, owner: Self.dead)
    place.session("pid.\(Self.dead + 1)", family: 2, owner: Self.dead + 1)
    let held = place.segment(2)
    func map(_ path: String) -> UnsafeMutableRawPointer? {
      let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
      ftruncate(descriptor, 4096)
      defer { close(descriptor) }
      return unsafe mmap(nil, 4096, PROT_READ, MAP_SHARED, descriptor, 0)
    }
    let maps = unsafe [map("\(place.top)/pid.\(Self.dead)/hwloc.sm"), map(held)]
    #expect(place.remove().isEmpty)
    unsafe maps.forEach { _ = unsafe munmap($0, 4096) }
    #expect(place.remove() == ["\(place.top)/pid.\(Self.dead)", "\(place.top)/pid.\(Self.dead + 1)", held])
  }

  /// A family that a living session has too; another host's, another user's, or none of the form; a link, or a folder.
  @Test func segmentsOfOthersStay() {
    let place = Place()
    place.session("pid.\(Self.dead)", family: 1, owner: Self.dead)
    place.session("pid.\(Self.dead + 1)", family: 2, owner: Self.dead)
    place.session("pid.\(getpid())", family: 2, owner: getpid())
    let others = [
      place.segment(2), place.segment(1, host: "host"), place.segment(1, user: geteuid() + 1),
      place.segment(1, rank: "0.x"), place.segment(1, rank: ""),
    ]
    let target = "\(place.path)/target"
    place.file(target)
    let link = "\(place.shared)/vader_segment.some.host.\(geteuid()).10001.7"
    unsafe symlink(target, link)
    let expected: Set = ["\(place.top)/pid.\(Self.dead)", "\(place.top)/pid.\(Self.dead + 1)", place.segment(1)]
    #expect(place.remove() == expected)
    #expect((others + [link, target]).allSatisfy(place.isThere))
  }

  @Test func onlyAFolderOfOnesOwn() throws {
    let place = Place()
    place.session("pid.\(Self.dead)", family: 1, owner: Self.dead)
    // A link inside is removed; where it leads, nothing is.
    let outside = "\(place.path)/outside"
    unsafe mkdir(outside, 0o700)
    place.file("\(outside)/kept")
    unsafe symlink(outside, "\(place.top)/pid.\(Self.dead)/link")
    let own = place.top
    unsafe chmod(own, 0o770)
    #expect(place.remove().isEmpty, "others may write there")
    unsafe chmod(own, 0o700)
    unsafe rename(own, "\(place.path)/elsewhere")
    unsafe symlink("\(place.path)/elsewhere", own)
    #expect(place.remove().isEmpty, "a link")
    unsafe unlink(own)
    unsafe rename("\(place.path)/elsewhere", own)
    #expect(StaleSessions(folder: outside, ownSession: "", sharedMemory: place.shared).remove().isEmpty)
    #expect(place.remove() == ["\(own)/pid.\(Self.dead)"])
    #expect(place.isThere("\(outside)/kept") && FolderEntry.names(in: own).isEmpty)
  }
}
