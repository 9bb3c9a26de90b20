// SPDX-License-Identifier: Apache-2.0
//
// `import Weft` is enough: a user needs no other module's name.

@_exported import ComplexModule
@_exported import Formula
@_exported import LinearAlgebra
@_exported import MatrixCore
@_exported import MatrixFiles
@_exported import RealModule
