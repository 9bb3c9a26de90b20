// SPDX-License-Identifier: Apache-2.0
//
// Where output goes when it is not simply a new file: links, pipes, devices, closed descriptors, another run's target,
// another locale (F18, F37, F44, F45, F47).

import Glibc
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(20))) struct OutputPlaceTests {
    static let shape = ["i*1000+j", "--rows", "60", "--columns", "50"]
    static let compute = ["compute"] + shape + ["--workers", "2"]

    // MARK: Links and modes

    @Test func aSymbolicLinkStaysAndItsFileIsReplaced() throws {
      let golden = try Golden(Self.shape)
      let folder = ScratchFolder()
      unsafe mkdir(folder["data"], 0o755)
      folder.write("old", to: "data/real.npy")
      unsafe symlink("data/real.npy", folder["m.npy"])
      unsafe symlink("m.npy", folder["second.npy"])
      unsafe symlink("data/new.npy", folder["dangling.npy"])
      for (name, real) in [
        ("m.npy", "data/real.npy"), ("second.npy", "data/real.npy"), ("dangling.npy", "data/new.npy"),
      ] {
        if name == "second.npy" { folder.write("old", to: "data/real.npy") }
        let run = try Command.weft(Self.compute + ["--output", name, "--force"], in: folder).run()
        expectGolden(run, folder, real, is: golden, name)
        #expect(Files.isSymbolicLink(folder[name]))
      }
      #expect(folder.names == ["dangling.npy", "data", "m.npy", "second.npy"])
      #expect(Files.names(in: folder["data"]).sorted() == ["new.npy", "real.npy"])
    }

    @Test func modesAndHardLinks() throws {
      let golden = try Golden(Self.shape)
      let folder = ScratchFolder()
      folder.write("old", to: "m.npy")
      unsafe chmod(folder["m.npy"], 0o604)
      unsafe link(folder["m.npy"], folder["other.npy"])
      expectGolden(
        try Command.weft(Self.compute + ["--output", "m.npy", "--force"], in: folder).run(), folder, is: golden)
      #expect(Files.mode(folder["m.npy"]) == 0o604, "a replaced file hands on its mode")
      #expect(folder.text("other.npy") == "old", "another name of the old file keeps it")
      for (mask, mode) in [("022", 0o644), ("077", 0o600)] as [(String, mode_t)] {
        let run = try Command.shell("umask \(mask); \"$WEFT\" compute i --size 3 --output new\(mask).npy", in: folder)
          .run()
        #expect(run.code == 0 && Files.mode(folder["new\(mask).npy"]) == mode, "\(run.summary)")
      }
    }

    // MARK: Pipes and descriptors

    @Test func aReaderThatGoesIsAQuietEnd() throws {
      let folder = ScratchFolder()
      let line = """
        { "$WEFT" compute i+j --size 1500 --workers 2 --format csv --output - --quiet; echo $? > code; } | head -1
        """
      let run = try Command.shell(line, in: folder).run()
      #expect(run.code == 0 && run.errors.isEmpty, "\(run.summary)")
      #expect(run.text.hasPrefix("0.0,1.0,2.0,") && run.text.utf8.count { $0 == 0x0A } == 1)
      #expect(folder.text("code") == "141\n")
      expectClean(run, folder)
      // `true` reads nothing at all.
      for command in ["functions", "--help", "compute i --size 3"] {
        let run = try Command.shell("{ sleep 0.2; \"$WEFT\" \(command); echo $? > code; } | true", in: folder).run()
        #expect(run.errors.isEmpty, "\(run.errors)")
        #expect(folder.text("code") == "141\n", "\(command)")
      }
    }

    @Test func pipesGetWholeMatrices() throws {
      let golden = try Golden(Self.shape)
      let folder = ScratchFolder()
      let piped = try Command.shell(
        "\"$WEFT\" compute i*1000+j --rows 60 --columns 50 --output - --quiet | cat > m.npy", in: folder
      ).run()
      expectGolden(piped, folder, is: golden)
      unsafe mkfifo(folder["pipe.npy"], 0o644)
      let reader = try Command.shell("cat pipe.npy > read.npy", in: folder).start()
      let run = try Command.weft(Self.compute + ["--output", "pipe.npy"], in: folder).run()
      #expect(run.code == 0, "\(run.summary)")
      #expect(reader.wait().code == 0)
      #expect(folder.bytes("read.npy") == golden.bytes)
      for path in ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let run = try Command.weft(Self.compute + ["--output", path, "--format", "npy"], in: folder).run()
        #expect(run.code == 0, "\(path): \(run.summary)")
        let isGolden = run.output == golden.bytes
        #expect(isGolden || path == "/dev/null", "\(path)")
      }
    }

    /// Descriptors 0 to 2 may be closed: no file of ours must end up there (F18).
    @Test func closedDescriptorsDoNotMixUp() throws {
      let golden = try Golden(Self.shape)
      for closed in 1...7 {
        for mode in [["--workers", "2", "--chunk-rows", "10"], ["--in-process"]] {
          let folder = ScratchFolder()
          var command = Command.weft(["compute"] + Self.shape + mode + ["--output", "m.npy"], in: folder)
          command.environment["WEFT_FAULT"] = mode.contains("--workers") ? "worker.chunk.mid:1:trap" : ""
          if closed & 1 != 0 { command.input = .closed }
          if closed & 2 != 0 { (command.output, command.arguments) = (.closed, command.arguments + ["--quiet"]) }
          if closed & 4 != 0 { command.errors = .closed }
          let run = try command.run()
          expectGolden(run, folder, is: golden, "closed \(closed) \(mode)")
          #expect(folder.names == ["m.npy"])
        }
      }
      var refused = Command.weft(["compute", "i+", "--size", "3"])
      refused.errors = .closed
      #expect(try refused.run().code == 64)
    }

    /// What is written to nowhere is no success.
    @Test func closedStandardOutputIsAnError() throws {
      for path in ["-", "/dev/stdout", "/dev/fd/1", "/dev/fd/7"] {
        var command = Command.weft(Self.compute + ["--output", path, "--format", "npy"])
        command.output = .closed
        expectRefusal(try command.run(), code: 73, ["not open for writing"], path)
      }
      for arguments in [["functions"], ["--help"], ["--version"], ["compute", "i", "--size", "3"]] {
        var command = Command.weft(arguments)
        command.output = .closed
        #expect(try command.run().code == 74, "\(arguments)")
      }
      var input = Command.weft(Self.compute + ["--output", "-"])
      input.output = .readOnly("/dev/null")
      expectRefusal(try input.run(), code: 73, ["not open for writing"], "open for reading only")
    }

    // MARK: At the same time

    @Test func twentyRunsAtOnceLeaveOneWholeFile() throws {
      let goldens = try ["i*1000+j", "j*1000+i"].map { try Golden([$0, "--rows", "60", "--columns", "50"]) }
      for force in [true, false] {
        let folder = ScratchFolder()
        let running = try (0..<20).map { number in
          try Command.weft(
            ["compute", number % 2 == 0 ? "i*1000+j" : "j*1000+i", "--rows", "60", "--columns", "50", "--workers", "2"]
              + ["--output", "m.npy"] + (force ? ["--force"] : []), in: folder
          ).start()
        }
        let runs = running.map { $0.wait() }
        for run in runs { expectClean(run, folder) }
        let isGolden = goldens.contains { $0.bytes == folder.bytes("m.npy") }
        #expect(isGolden)
        #expect(folder.names == ["m.npy"])
        if force {
          #expect(runs.allSatisfy { $0.code == 0 }, "\(runs.map(\.summary))")
        } else {
          // The kernel decides who was first.
          #expect(runs.count { $0.code == 0 } == 1 && runs.count { $0.code == 73 } == 19, "\(runs.map(\.code))")
        }
      }
    }

    @Test func twentyRawRunsAtOnceFitTheirDescription() throws {
      let folder = ScratchFolder()
      let running = try (0..<20).map { number in
        try Command.weft(
          [
            "compute", "i+j", "--rows", "\(40 + number % 2 * 20)", "--columns", "50", "--in-process", "--force",
            "--output", "m.raw",
          ],
          in: folder
        ).start()
      }
      for run in running.map({ $0.wait() }) { expectClean(run, folder) }
      // Two names cannot change in one step: a reader may be told that they do not fit, never be given wrong elements.
      let info = try Command.weft(["info", "--json", "m.raw"], in: folder).run()
      if info.code == 0 {
        let rows = try JSONValue(parsing: info.text)["rows"]?.integer
        #expect((folder.bytes("m.raw")?.count ?? 0) == (rows ?? -1) * 50 * 8)
      } else {
        expectRefusal(info, code: 65, ["m.raw"])
      }
    }

    /// What a killed run left is taken away by the next for the same name, and only that.
    @Test func litterOfTheSameNameIsRemoved() throws {
      let folder = ScratchFolder()
      for name in [".m.npy.abcdefgh.weft-tmp", ".other.npy.abcdefgh.weft-tmp", ".m.npy.weft-tmp", "m.npy.weft-tmp"] {
        folder.write("litter", to: name)
      }
      #expect(try Command.weft(Self.compute + ["--output", "m.npy"], in: folder).run().code == 0)
      #expect(folder.names == [".m.npy.weft-tmp", ".other.npy.abcdefgh.weft-tmp", "m.npy", "m.npy.weft-tmp"])
    }

    // MARK: Names and locale

    @Test func oddNamesAreNames() throws {
      let golden = try Golden(Self.shape)
      let folder = ScratchFolder()
      for name in [
        " m .npy", "--m.npy", "ü日.npy", "a\nb.npy", "\u{1b}[31m.npy", "..npy",
        String(repeating: "n", count: 240) + ".npy",
      ] {
        let run = try Command.weft(Self.compute + ["--output=\(name)"], in: folder).run()
        expectGolden(run, folder, name, is: golden, name)
        #expect(!run.text.contains("\u{1b}"), "no escape sequences for the terminal")
      }
      let spaced = try Command.weft(Self.compute + ["--output", "--m.npy", "--force"], in: folder).run()
      expectGolden(spaced, folder, "--m.npy", is: golden)
    }

    /// Swift's texts are UTF-8: what is not would become another name.
    @Test func namesThatAreNotUTF8AreRefused() throws {
      let folder = ScratchFolder()
      let run = try Command.shell(
        "exec \"$WEFT\" compute i --size 3 --output \"$(printf 'a\\377.npy')\"", in: folder
      ).run()
      expectRefusal(run, code: 64, ["UTF-8"])
      let info = try Command.shell("exec \"$WEFT\" info \"$(printf 'a\\377.npy')\"", in: folder).run()
      expectRefusal(info, code: 64, ["UTF-8"])
      let linked = try Command.shell(
        "ln -s \"$(printf 'a\\377.npy')\" m.npy; exec \"$WEFT\" compute i --size 3 --output m.npy", in: folder
      ).run()
      expectRefusal(linked, code: 73, ["UTF-8"])
      #expect(folder.names == ["m.npy"])
    }

    /// Read into memory first, then replaced.
    @Test func anInputMayBeTheOutput() throws {
      let folder = ScratchFolder()
      #expect(try Command.weft(Self.compute + ["--output", "m.npy"], in: folder).run().code == 0)
      let run = try Command.weft(
        [
          "compute", "X[i,j]-X[0,0]", "--rows", "60", "--columns", "50", "--input", "X=m.npy", "--output", "m.npy",
          "--force",
        ],
        in: folder
      ).run()
      expectGolden(run, folder, is: try Golden(Self.shape))
    }

    @Test(
      .enabled(
        if: Tool.works("localedef", ["--version"]) && Files.exists("/usr/share/i18n/locales/de_DE"),
        "locale sources are not installed"))
    func theLocaleChangesNothing() throws {
      let folder = ScratchFolder()
      let built = try Command(
        "localedef", ["-i", "de_DE", "-f", "UTF-8", folder["de_DE.UTF-8"]], environment: ["LC_ALL": "C"]
      ).run()
      try #require(Files.exists(folder["de_DE.UTF-8"]), "\(built.summary)")
      let locale = ["LOCPATH": folder.path, "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"]
      let check = try Command("locale", ["decimal_point"], environment: locale).run()
      try #require(check.text == ",\n", "the locale has a decimal comma")
      let what = ["compute", "i/3 + j*1.5", "--let", "a=0.5", "--rows", "9", "--columns", "7", "--json"]
      let commands = [
        what.map { $0 == "i/3 + j*1.5" ? "a*i/3 + j*1.5" : $0 } + ["--format", "csv", "--output", "-"], ["functions"],
      ]
      for arguments in commands {
        let plain = try Command.weft(arguments).run()
        let german = try Command.weft(arguments, environment: locale).run()
        #expect(plain.code == 0 && german.output == plain.output, "\(german.summary)")
      }
      let csv = try Command.weft(commands[0], environment: locale).run()
      folder.write(csv.output, to: "m.csv")
      let info = try Command.weft(["info", "--json", "m.csv"], in: folder, environment: locale).run()
      #expect(try JSONValue(parsing: info.text)["checksum"] == (try JSONValue(parsing: csv.errors)["checksum"]))
    }
  }
}
