// SPDX-License-Identifier: Apache-2.0
//
// The program `examples`: shows what the libraries are for, one file an example. A worker process never comes here:
// Multiprocessing takes it over before `main`.

await ExampleCommand.run(Array(CommandLine.arguments.dropFirst()))
