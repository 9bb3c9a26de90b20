// SPDX-License-Identifier: Apache-2.0
//
// `weft resize`: pictures in another size, one task for each on a pool. A broken file is named and the others are done.

import ArgumentParser
import Multiprocessing
import Pictures
import Weft

/// Some pictures could not be resized: everything was said, only the exit code is left.
struct PicturesFailed: Error {
  let exitCode: Int32
}

struct ResizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resize", abstract: "Resize pictures, PNG and JPEG, in parallel worker processes.",
    usage: "weft resize --size <WxH> <images> ... [options]",
    discussion: """
      Writes NAME_processed.EXT beside each picture, or NAME.EXT into another folder. The filter is Lanczos with \
      three lobes, or the mean of the area. A worker has one picture at a time, so that memory does not grow with \
      their number. A file that cannot be read is named, the others are done, and the exit code is 65. EXIF's \
      orientation is applied: pictures come upright. A JPEG keeps its colour profile; other metadata is left out. \
      16-bit PNG files become 8-bit sRGB. Needs libpng16-16 and libturbojpeg0.

      Examples:
        weft resize --size 800x600 photos/*.jpg
        weft resize --size 256x256 --fill -o thumbnails photos/*.jpg
        weft resize --size 1920x1080 --linear --quality 95 a.png b.jpg
      """)

  static var _errorPrefix: String { WeftCommand._errorPrefix }

  @Argument(help: "The pictures.", completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var images: [String]
  @Option(parsing: .unconditional, help: ArgumentHelp("The size to bring them to, in pixels.", valueName: "WxH"))
  var size: String
  @Flag(help: "As large as fits into the size; the ratio of the sides is kept. (default)")
  var fit = false
  @Flag(help: "As large as fills the size; what stands out is cut off evenly.")
  var fill = false
  @Flag(help: "Exactly the size, whatever the ratio of the sides.")
  var exact = false
  @Option(help: ArgumentHelp("Filter. (default: lanczos)", valueName: "lanczos|area"))
  var filter: String?
  @Flag(help: "Average amounts of light, not sRGB samples: fine patterns keep their brightness.")
  var linear = false
  @Option(help: ArgumentHelp("Quality of JPEG files, 1 to 100.", valueName: "n"))
  var quality = 90
  @Option(
    parsing: .unconditional, help: ArgumentHelp("What is added to the names. (default: _processed)", valueName: "text"))
  var suffix: String?
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Folder to write into, under the same names.", valueName: "folder"), completion: .directory)
  var output: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("Worker processes. (default: auto)", valueName: "n|auto"))
  var workers: String?
  @Flag(help: "Replace existing files.")
  var force = false
  @Flag(help: "Do not wait until the disk has confirmed the files: faster, but a power cut may lose them.")
  var noSync = false
  @Flag(help: "Print no line for each picture and no progress bar.")
  var quiet = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Progress bar on standard error. (default: auto)", valueName: "auto|always|never"),
    completion: .list(ProgressPolicy.allCases.map(\.rawValue)))
  var progress: String?

  func validate() throws {
    guard [fit, fill, exact].count(where: \.self) <= 1 else {
      throw ValidationError("--fit, --fill and --exact exclude each other; give one of them.")
    }
    guard (1...100).contains(quality) else { throw ValidationError("--quality is from 1 to 100, not \(quality).") }
    guard suffix == nil || output == nil else { throw ValidationError("--suffix and --output exclude each other.") }
    guard suffix?.contains("/") != true, suffix != "" else {
      throw ValidationError("--suffix is a text without a slash, as _small.")
    }
  }

  func run() throws {
    let tasks = try tasks()
    for task in tasks { try Image.check(task.target, overwrite: force) }
    let count = try workerCount(tasks.count)
    let policy: ProgressPolicy = try choice("progress", progress) ?? .auto
    var run = ResizeRun(tasks, quiet ? .never : policy, isQuiet: quiet)
    try TerminationSignals.catching { signals in
      if count == 1 {
        for task in tasks where signals.received == nil { try run.tell(task, .success(ResizeTask.call(task))) }
      } else {
        try run.onPool(of: count, signals)
      }
      if signals.received != nil { throw Interrupted(signals: signals) }
    }
    try run.finish()
  }

  private func tasks() throws -> [ResizeTask.Input] {
    let size = try PictureSize(parsing: size, atLeast: PictureSize(width: 1, height: 1))
    let options = ResizeOptions(
      width: size.width, height: size.height, shape: fill ? .fill : exact ? .exact : .fit,
      filter: try choice("filter", filter) ?? .lanczos, linearLight: linear)
    var sources: [String: String] = [:]
    return try images.map { image in
      let target = target(of: image)
      if let other = sources.updateValue(image, forKey: target) {
        throw UsageError("'\(other)' and '\(image)' would both become '\(target)'; resize them one after the other.")
      }
      return ResizeTask.Input(
        source: image, target: target, options: options, quality: quality, overwrite: force, sync: !noSync)
    }
  }

  private func target(of image: String) -> String {
    let name = image.split(separator: "/").last.map(String.init) ?? image
    if let output { return output.hasSuffix("/") ? output + name : "\(output)/\(name)" }
    let dot = name.lastIndex(of: ".").flatMap { $0 > name.startIndex ? $0 : nil } ?? name.endIndex
    return image.dropLast(name.count) + name[..<dot] + (suffix ?? "_processed") + name[dot...]
  }

  private func workerCount(_ count: Int) throws(UsageError) -> Int {
    guard let workers, workers != "auto" else { return max(1, min(count, Machine.cpuCount().count)) }
    guard let number = Int(workers), (1...1024).contains(number) else {
      throw UsageError("--workers is a whole number from 1 to 1024, or auto, not '\(workers)'.")
    }
    return max(1, min(count, number))
  }
}

/// One picture. What goes wrong with it is an answer, not an error: the exit code has to travel too.
struct ResizeTask: RemoteFunction {
  struct Input: Codable, Sendable {
    var source: String
    var target: String
    var options: ResizeOptions
    var quality: Int
    var overwrite: Bool
    var sync: Bool
  }

  struct Output: Codable, Sendable {
    /// Width and height before and after, and the bytes written.
    var numbers: [Int] = []
    /// What went wrong, and the exit code that goes with it.
    var failure = ""
    var exitCode: Int32 = 0
  }

  static func call(_ input: Input) -> Output {
    do throws(FileError) {
      let (old, new) = try Image.resized(contentsOf: input.source, input.options)
      let byteCount = try new.write(
        to: input.target, quality: input.quality, options: WriteOptions(overwrite: input.overwrite, sync: input.sync))
      return Output(numbers: [old.width, old.height, new.width, new.height, byteCount])
    } catch {
      return Output(failure: "\(error)", exitCode: error.code.exitCode)
    }
  }
}
