// SPDX-License-Identifier: Apache-2.0
//
// Opening OpenBLAS: what it reports, what happens where it is missing, and who chooses its kernels. What depends on the
// environment runs in a child process, because the library reads it once.

import COpenBLAS
import Glibc
import MatrixCore
import Testing

@testable import LinearAlgebra

@Suite(.timeLimit(.minutes(20)))
struct BLASLibraryTests {
  @Test func reportsItself() throws {
    let library = try BLASLibrary.open()
    #expect(library.configuration.hasPrefix("OpenBLAS 0."))
    #expect(library.configuration.contains(" \(library.version) "))
    #expect(!library.coreType.isEmpty)
    #expect(library.description.contains("core type \(library.coreType)"))
    #expect(try BLASLibrary.open() === library)
  }

  @Test func threadsAreReadBack() async {
    await #expect(processExitsWith: .success) {
      let library = try BLASLibrary.open()
      precondition(library.setThreads(1) == 1 && library.threads == 1)
      if library.threading != .serial { precondition(library.setThreads(2) == 2 && library.threads == 2) }
    }
  }

  @Test(arguments: ["libweft-no-such-library.so.0", "/dev/null", "/nonexistent/libopenblas.so", ""])
  func aMissingLibraryIsOneSentence(name: String) {
    let error = failure { _ = try BLASLibrary.load(name) }
    #expect(error?.code == .libraryUnavailable)
    #expect(error?.exitCode == 69)
    #expect(error?.message.hasPrefix("OpenBLAS could not be opened: ") == true)
    #expect(error?.message.contains("apt-get install libopenblas0") == true)
    #expect(error?.message.contains("\n") == false)
  }

  @Test func anotherLibraryIsRefusedByName() {
    let error = failure { _ = try BLASLibrary.load("libm.so.6") }
    #expect(error?.code == .libraryUnavailable)
    #expect(
      error?.message.contains("libm.so.6 is no OpenBLAS with LAPACK inside; it lacks openblas_get_config") == true)
  }

  @Test func anOperationWithoutTheLibraryFailsInTheSameWay() async {
    await #expect(processExitsWith: .success) {
      unsafe setenv("WEFT_OPENBLAS", "/nonexistent/libopenblas.so.0", 1)
      let a = identity(3, as: Double.self)
      for _ in 0..<2 {
        do {
          _ = try Product.of(a, a)
          preconditionFailure("there is no library")
        } catch let error as LinearAlgebraError {
          precondition(error.code == .libraryUnavailable && error.message.contains("/nonexistent/libopenblas.so.0"))
        }
      }
    }
  }

  /// By its default OpenBLAS would spin for 0.13 s on every CPU after a call.
  @Test func idleThreadsGiveTheirCPUsBack() async {
    await #expect(processExitsWith: .success) {
      let library = try BLASLibrary.open()
      library.setThreads(2)
      let a = random(300, 300, seed: 1, as: Double.self)
      _ = try Product.of(a, a)
      let before = clock()
      usleep(200_000)
      let seconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      precondition(seconds < 0.05, "\(seconds) s of CPU time while nothing was to be done")
      precondition(unsafe getenv("OPENBLAS_THREAD_TIMEOUT") == nil && getenv("GOMP_SPINCOUNT") == nil)
    }
  }

  @Test func aFailureLeavesTheEnvironmentAsItWas() async {
    await #expect(processExitsWith: .success) {
      unsafe unsetenv("OPENBLAS_CORETYPE")
      do {
        _ = try BLASLibrary.load("/nonexistent.so", coreType: "Haswell")
        preconditionFailure("there is no library")
      } catch {
        precondition(unsafe getenv("OPENBLAS_CORETYPE") == nil)
      }
    }
  }
}

/// The choice itself, as a table of CPUs. What OpenBLAS 0.3.21 makes of the same signatures was seen by answering its
/// `cpuid` instructions by hand: 0xB06F2 and 0xC06F2 became Prescott, all the others a core type that fits.
@Suite(.timeLimit(.minutes(20)))
struct CoreTypeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let isIntel: Bool
    let family: Int32
    let extendedModel: Int32
    let features: Features
    let expected: String?
    var testDescription: String { name }
  }
  enum Features { case sse, avx2, avx512 }

  @Test(arguments: [
    Case(name: "Sapphire Rapids 0x8F", isIntel: true, family: 6, extendedModel: 8, features: .avx512, expected: nil),
    Case(name: "Granite Rapids 0xAD", isIntel: true, family: 6, extendedModel: 10, features: .avx512, expected: nil),
    Case(
      name: "Emerald Rapids 0xCF", isIntel: true, family: 6, extendedModel: 12, features: .avx512, expected: "SkylakeX"),
    Case(name: "Raptor Lake 0xB7", isIntel: true, family: 6, extendedModel: 11, features: .avx2, expected: "Haswell"),
    Case(name: "the same, no AVX", isIntel: true, family: 6, extendedModel: 11, features: .sse, expected: nil),
    Case(name: "Pentium 4", isIntel: true, family: 15, extendedModel: 0, features: .sse, expected: nil),
    Case(name: "Zen 4", isIntel: false, family: 15, extendedModel: 1, features: .avx512, expected: nil),
    Case(name: "an unknown AMD", isIntel: false, family: 15, extendedModel: 15, features: .avx512, expected: nil),
    Case(name: "no x86-64", isIntel: false, family: 0, extendedModel: 0, features: .sse, expected: nil),
  ])
  func onlyUnknownCPUsAreHelped(cpu: Case) {
    let features = weft_openblas_cpu(
      is_intel: cpu.isIntel, family: cpu.family, extended_model: cpu.extendedModel,
      has_avx2_fma: cpu.features != .sse, has_avx512: cpu.features == .avx512)
    #expect(unsafe weft_openblas_core_type(features).map { unsafe String(cString: $0) } == cpu.expected)
  }

  @Test func thisCPUGetsKernelsThatFitIt() throws {
    let cpu = weft_openblas_this_cpu()
    let library = try BLASLibrary.open()
    let old: Set = ["Prescott", "Core2", "Nehalem", "Barcelona", "Unknown"]
    if cpu.has_avx2_fma, library.coreTypeSource != .user {
      #expect(!old.contains(library.coreType), "\(library)")
    }
  }

  #if arch(x86_64)  // the names of core types are an architecture's own
    @Test func aForcedCoreTypeIsUsedAndNotInherited() async {
      await #expect(processExitsWith: .success) {
        unsafe unsetenv("OPENBLAS_CORETYPE")
        let library = try BLASLibrary.load(BLASLibrary.defaultName, coreType: "Nehalem")
        precondition(library.coreType == "Nehalem" && library.coreTypeSource == .weft, library.description)
        precondition(unsafe getenv("OPENBLAS_CORETYPE") == nil)
        let a = random(37, 41, seed: 5, as: Double.self)
        let g = try Product.of(a, a, left: .transposed)
        let expected = reference(a, .transposed, a, .asStored, alpha: 1, beta: 0, g)
        precondition(distance(g, expected) < 1e-13)
      }
    }

    @Test func theUsersOwnCoreTypeStands() async {
      await #expect(processExitsWith: .success) {
        unsafe setenv("OPENBLAS_CORETYPE", "Nehalem", 1)
        let library = try BLASLibrary.load(BLASLibrary.defaultName, coreType: "Haswell")
        precondition(library.coreType == "Nehalem" && library.coreTypeSource == .user, library.description)
        precondition(unsafe getenv("OPENBLAS_CORETYPE").map { unsafe String(cString: $0) } == "Nehalem")
      }
    }
  #endif
}
