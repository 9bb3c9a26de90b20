// SPDX-License-Identifier: Apache-2.0
//
// Environment variables, read in one place.

import Glibc

enum Environment {
  static func value(of name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    return unsafe String(cString: text)
  }
}
