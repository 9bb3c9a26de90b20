// SPDX-License-Identifier: Apache-2.0
//
// The program: everything is in WeftCommands. A worker process never comes here (Multiprocessing/Process/WorkerEntry.swift).

import WeftCommands

WeftCommandLine.run()
