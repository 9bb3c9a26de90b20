// SPDX-License-Identifier: Apache-2.0
//
// The version: what `weft --version` says and a recipe holds. Changes with every release that may change a bit of a result.

/// The version of Weft.
public let weftVersion = "0.1.0"
