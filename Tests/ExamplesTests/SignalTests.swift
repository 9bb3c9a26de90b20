// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C and kill while an example's pool works, as a shell sees them: 130 or 143, nothing said, nobody left. The
// example does nothing about signals.

import Testing

@Suite(.timeLimit(.minutes(20)))
struct SignalTests {
  @Test(arguments: [("INT", "130"), ("TERM", "143")], ["", "-"])
  func aSignalEndsAProgramWithAPool(signal: (name: String, code: String), group: String) throws {
    // With job control every job has a group of its own, and SIGINT is not ignored.
    let run = shell(
      """
      exec 2>/dev/null bash -c '
        set -m
        errors=$(mktemp)
        "\(productsFolder)/examples" speed-up >/dev/null 2>"$errors" &
        program=$!
        sleep 0.5
        echo "processes: $(ps -A -o pgid=,stat= | grep -c "^ *$program [^Z]")"
        kill -s \(signal.name) -- \(group)$program
        wait $program
        echo "code $?"
        sleep 1
        echo "left: $(ps -A -o pgid=,stat= | grep -c "^ *$program [^Z]")"
        cat "$errors"
        rm "$errors"'
      """)
    let lines = run.lines
    try #require(lines.count == 3, "\(lines)")
    let count = try #require(Int(lines[0].dropFirst("processes: ".count)))
    #expect(count >= 2, "the program and its workers")
    #expect(lines[1] == "code \(signal.code)" && lines[2] == "left: 0", "\(lines)")
  }
}
