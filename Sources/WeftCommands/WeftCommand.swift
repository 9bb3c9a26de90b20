// SPDX-License-Identifier: Apache-2.0
//
// `weft` itself: the list of its commands, its version, and what stands around them in `weft --help`.

import ArgumentParser
import Weft

struct WeftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weft",
    abstract: "Computes a matrix from a formula in i and j, in parallel worker processes, and writes it to a file.",
    discussion: """
      Examples:
        weft compute 'sin(i*j)*cos(i+j)' --size 1000 --output m.npy
        weft compute 'exp(-a*abs(i-j))' --let a=0.1 --rows 500 --columns 800
        weft explain 'exp(-a*abs(i-j))' --let a=0.1 --size 4000
        weft info m.npy
        weft solve a.npy b.npy -o x.npy
        weft svd m.npy --values
        weft plot m.npy -o m.png
        weft functions
      """,
    version: weftVersion,
    subcommands: [
      ComputeCommand.self, ExplainCommand.self, InfoCommand.self, HeadCommand.self, CompareCommand.self,
      ConvertCommand.self, SliceCommand.self, VerifyCommand.self, FunctionsCommand.self,
    ],
    groupedSubcommands: [
      CommandGroup(
        name: "Pictures", subcommands: [PlotCommand.self, ShowCommand.self, ResizeCommand.self]),
      CommandGroup(
        name: "Linear Algebra",
        subcommands: [
          MultiplyCommand.self, AddCommand.self, SubtractCommand.self, ScaleCommand.self, TransposeCommand.self,
          SolveCommand.self, LeastSquaresCommand.self, InverseCommand.self, PseudoInverseCommand.self,
          LUCommand.self, CholeskyCommand.self, QRCommand.self, SVDCommand.self, EigenCommand.self,
          DeterminantCommand.self, RankCommand.self, ConditionCommand.self, NormCommand.self, TraceCommand.self,
          ExponentialCommand.self, LogarithmCommand.self, SquareRootCommand.self, PowerCommand.self,
        ]),
    ])

  // Every message of this program begins in the same way, the parser's too.
  static var _errorPrefix: String { "weft: " }

  /// What follows the parser's own help text.
  static let exitCodes = """


    EXIT CODES:
      0                       Done.
      1                       'weft compare' or 'weft verify' found a difference.
      64                      The command line or the formula is wrong.
      65                      The data is wrong: an unreadable or malformed input
                              file, an index outside an input matrix, a result
                              that is not finite, a matrix that is singular or
                              of the wrong shape for what is asked.
      69                      Memory, processes or another resource is missing.
      70                      An internal check failed: a fault of Weft or of this
                              machine.
      73                      The output exists already or cannot be created.
      74                      The output could not be written; a file is as it was.
      75                      Workers were lost more often than retries could mend,
                              or the deadline came first.
      76                      A worker is of another build.
      128+n                   Ended by signal n: 130 after Ctrl-C; 141 when the
                              reader of standard output has gone.
    """
}
